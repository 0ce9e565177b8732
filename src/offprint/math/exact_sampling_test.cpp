#include "offprint/math/exact_sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "offprint/base/error.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint {
namespace {

/// Draws of a seeded source, folded into one number.
template <class Sampler>
std::uint64_t fingerprint(Sampler sampler) {
  auto bits = RandomBits::seeded(Random(11));
  std::uint64_t folded = 0;
  for (int i = 0; i < 20000; ++i) folded = 31 * folded + static_cast<std::uint64_t>(sampler(bits));
  return folded;
}

/// Chi-square p-value of draws against the pmf weight(k) / sum, pooling cells expected fewer than 10 times.
template <class Sampler, class Weight>
double fit(Sampler sampler, Weight weight, int draws, double& variance) {
  auto bits = RandomBits::seeded(Random(11));
  std::map<std::int64_t, int> counts;
  double second = 0;
  for (int i = 0; i < draws; ++i) {
    const auto k = sampler(bits);
    ++counts[k];
    second += static_cast<double>(k) * static_cast<double>(k);
  }
  variance = second / draws;
  double mass = 0, statistic = 0, rest_expected = 0, rest_seen = draws;
  for (int k = -2000; k <= 2000; ++k) mass += weight(k);
  int cells = 0;
  for (int k = -2000; k <= 2000; ++k) {
    const double expected = draws * weight(k) / mass;
    if (expected < 10) {
      rest_expected += expected;
      continue;
    }
    const double seen = counts[k];
    statistic += (seen - expected) * (seen - expected) / expected;
    rest_seen -= seen;
    ++cells;
  }
  if (rest_expected > 1) statistic += (rest_seen - rest_expected) * (rest_seen - rest_expected) / rest_expected;
  return chi_square_p_value(statistic, cells - (rest_expected > 1 ? 0 : 1));
}

TEST(ExactSampling, DiscreteGaussianFollowsItsProbabilities) {
  const std::vector<std::pair<Rational, double>> cases{
      {{1, 4}, 0.215013}, {{1, 1}, 1}, {{4, 1}, 4}, {{100, 1}, 100}, {{7, 3}, 7.0 / 3}};
  for (const auto& [s2, expected] : cases) {
    double variance = 0;
    const DiscreteGaussian gaussian(s2);
    EXPECT_GT(fit(
                  gaussian, [&](int k) { return std::exp(-k * k / (2 * s2.value())); }, 300000, variance),
              1e-3);
    EXPECT_NEAR(variance / expected, 1, 0.015);
    EXPECT_NEAR(gaussian.variance() / expected, 1, 1e-4);
  }
}

TEST(ExactSampling, DiscreteLaplaceFollowsItsProbabilities) {
  for (const Rational scale : {Rational{1, 2}, Rational{1, 1}, Rational{7, 2}, Rational{20, 1}}) {
    double variance = 0;
    const DiscreteLaplace laplace(scale);
    EXPECT_GT(fit(
                  laplace, [&](int k) { return std::exp(-std::abs(k) / scale.value()); }, 300000, variance),
              1e-3);
    EXPECT_NEAR(variance / laplace.variance(), 1, 0.02);
  }
}

TEST(ExactSampling, WideGaussianHasItsVarianceAndShape) {
  auto bits = RandomBits::seeded(Random(3));
  const auto gaussian = DiscreteGaussian::at_least(0x1p60);
  EXPECT_GE(gaussian.s2(), 0x1p60);
  EXPECT_LE(gaussian.s2(), 0x1p60 * (1 + 1e-6));
  double second = 0, inside = 0;
  for (int i = 0; i < 100000; ++i) {
    const double z = static_cast<double>(gaussian(bits)) / 0x1p30;
    second += z * z;
    inside += std::abs(z) < 1;
  }
  EXPECT_NEAR(second / 1e5, 1, 0.02);
  EXPECT_NEAR(inside / 1e5, 0.682689, 0.006);
}

TEST(ExactSampling, BernoulliExpHasItsProbability) {
  auto bits = RandomBits::seeded(Random(5));
  for (const double g : {0.0, 0.25, 1.0, 1.5, 3.0}) {
    int hits = 0;
    for (int i = 0; i < 200000; ++i) hits += bernoulli_exp(bits, static_cast<Unsigned128>(g * 4), 4);
    EXPECT_NEAR(hits / 2e5, std::exp(-g), 0.005) << g;
  }
}

TEST(ExactSampling, WideBelowIsUniform) {
  auto bits = RandomBits::seeded(Random(6));
  const Unsigned128 n = static_cast<Unsigned128>(3) << 70;
  std::vector<int> counts(3);
  for (int i = 0; i < 90000; ++i) ++counts[static_cast<std::size_t>(bits.below(n) >> 70)];
  for (const int count : counts) EXPECT_NEAR(count, 30000, 700);
}

TEST(ExactSampling, ExponentialMechanismHasItsProbabilities) {
  auto bits = RandomBits::seeded(Random(7));
  const std::vector<std::int64_t> scores{0, 2, 3};
  std::vector<double> counts(3);
  for (int i = 0; i < 200000; ++i) ++counts[exact_exponential(bits, scores, {1, 2})];
  const double mass = 1 + std::exp(1) + std::exp(1.5);
  EXPECT_NEAR(counts[0] / 2e5, 1 / mass, 0.005);
  EXPECT_NEAR(counts[2] / 2e5, std::exp(1.5) / mass, 0.005);
}

TEST(ExactSampling, SourcesAndFaults) {
  auto a = RandomBits::operating_system(), b = RandomBits::operating_system();
  EXPECT_TRUE(a.is_private());
  EXPECT_NE(a.word(), b.word());
  EXPECT_FALSE(RandomBits::seeded(Random(1)).is_private());
  EXPECT_THROW(DiscreteGaussian(Rational{0, 1}), BadInput);
  EXPECT_THROW(DiscreteLaplace(Rational{1, 0}), BadInput);
  EXPECT_THROW(DiscreteGaussian::at_least(0), BadInput);
  EXPECT_THROW(DiscreteGaussian::at_least(NAN), BadInput);
  EXPECT_THROW(exact_exponential(a, {}, {1, 1}), BadInput);
}

// Recorded results rest on the seeded draws: a faster sampler takes the same words to the same values.
TEST(ExactSampling, SeededDrawsAreWhatTheyWere) {
  EXPECT_EQ(fingerprint(DiscreteLaplace(Rational{5, 3})), 16654448503243793087U);
  EXPECT_EQ(fingerprint(DiscreteLaplace(Rational{1000, 1})), 394489728101292046U);
  EXPECT_EQ(fingerprint(DiscreteGaussian(Rational{1, 2})), 2710479900997632489U);
  EXPECT_EQ(fingerprint(DiscreteGaussian::at_least(1234.5)), 9792279913858629849U);
  EXPECT_EQ(fingerprint(DiscreteGaussian::at_least(3e17)), 3132797213581997606U);
  EXPECT_EQ(fingerprint([](RandomBits& bits) { return bernoulli_exp(bits, 7, 5) ? 1 : 0; }), 8658258480239195074U);
}

TEST(DiscreteGaussian, CanBeMadeAtEveryScale) {
  auto bits = RandomBits::seeded(Random(1));
  for (double s2 = 0x1p-39; s2 < 0x1p61; s2 *= 1.7) {
    const auto gaussian = DiscreteGaussian::at_least(s2);
    EXPECT_GE(gaussian.s2(), s2);
    EXPECT_LE(gaussian.s2(), s2 < 0x1p-36 ? 0x1p-36 : s2 * (1 + 0x1p-18)) << s2;
    const auto draw = static_cast<double>(gaussian(bits));
    EXPECT_LE(draw * draw, 100 * s2) << s2;
  }
}

}  // namespace
}  // namespace offprint
