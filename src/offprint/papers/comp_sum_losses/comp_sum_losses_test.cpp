#include "offprint/papers/comp_sum_losses/comp_sum_losses.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "offprint/base/error.hpp"
#include "offprint/base/random.hpp"
#include "offprint/math/minimise.hpp"
#include "offprint/papers/comp_sum_losses/finite_problem.hpp"
#include "offprint/papers/comp_sum_losses/transform.hpp"

namespace offprint::comp_sum_losses {
namespace {

const std::vector<double> taus{0, 0.3, 0.7, 0.999999, 1, 1.0000001, 1.2, 1.6, 1.95, 2, 2.5};

std::vector<double> random_scores(Random& random, std::size_t n, double scale) {
  std::vector<double> scores(n);
  for (auto& score : scores) score = scale * random.normal();
  return scores;
}

/// The definition, without any care for rounding.
double by_definition(double tau, const std::vector<double>& scores, std::size_t label) {
  long double u = 0;
  for (std::size_t j = 0; j < scores.size(); ++j)
    if (j != label) u += std::exp(static_cast<long double>(scores[j]) - scores[label]);
  if (tau == 1) return static_cast<double>(std::log1p(u));
  return static_cast<double>((std::pow(1 + u, 1 - static_cast<long double>(tau)) - 1) /
                             (1 - static_cast<long double>(tau)));
}

TEST(CompSum, IsItsDefinition) {
  Random random(1);
  for (const double tau : taus)
    for (int i = 0; i < 50; ++i) {
      const auto scores = random_scores(random, 2 + random.below(6), 3);
      const auto label = random.below(scores.size());
      const double expected = by_definition(tau, scores, label);
      EXPECT_NEAR(CompSum{tau}.value(std::span<const double>(scores), label), expected, 1e-9 * std::max(1.0, expected))
          << tau;
    }
}

TEST(CompSum, KnowsItsMembers) {
  const std::vector<double> scores{1, 2, 0.5};
  const std::span<const double> view(scores);
  const double s = std::exp(1.0) / (std::exp(1.0) + std::exp(2.0) + std::exp(0.5));
  EXPECT_NEAR(CompSum{0}.value(view, 0), std::exp(1.0) + std::exp(-0.5), 1e-12);  // sum-exponential
  EXPECT_NEAR(CompSum{1}.value(view, 0), -std::log(s), 1e-14);                    // cross-entropy
  EXPECT_NEAR(CompSum{1.7}.value(view, 0), (1 - std::pow(s, 0.7)) / 0.7, 1e-14);  // generalised cross-entropy
  EXPECT_NEAR(CompSum{2}.value(view, 0), 1 - s, 1e-14);                           // mean absolute error
}

TEST(CompSum, GradientsAgreeWithDifferences) {
  Random random(2);
  for (const double tau : taus)
    for (const double rho : {0.5, 1.0, 3.0}) {
      auto scores = random_scores(random, 5, 2);
      const CompSum loss{tau, rho};
      const auto gradient = loss.gradient(std::span<const double>(scores), 2);
      EXPECT_NEAR(std::accumulate(gradient.begin(), gradient.end(), 0.0), 0, 1e-12);
      for (std::size_t j = 0; j < scores.size(); ++j) {
        const double step = 1e-5;
        scores[j] += step;
        const double above = loss.value(std::span<const double>(scores), 2);
        scores[j] -= 2 * step;
        const double slope = (above - loss.value(std::span<const double>(scores), 2)) / (2 * step);
        scores[j] += step;
        EXPECT_NEAR(gradient[j], slope, 1e-6 * std::max(1.0, std::abs(slope))) << tau << " " << rho;
      }
    }
}

TEST(CompSum, IsStableWhereExponentialsAreNot) {
  const std::vector<double> far{800, 0, -800};
  const std::span<const double> view(far);
  EXPECT_NEAR(CompSum{1}.value(view, 2), 1600, 1e-9);
  EXPECT_EQ(CompSum{2}.value(view, 2), 1);
  EXPECT_EQ(CompSum{1}.value(view, 0), 0);
  EXPECT_NEAR(CompSum{1}.gradient(view, 2)[2], -1, 1e-12);
  const std::vector<double> close{30, 0};
  EXPECT_NEAR(CompSum{1}.value(std::span<const double>(close), 0), std::exp(-30.0), 1e-25);  // not lost in 1 + u
  const std::vector<float> floats{40.0F, 0.0F};
  EXPECT_NEAR(CompSum{1}.value(std::span<const float>(floats), 0), std::exp(-40.0F), 1e-24);
}

TEST(CompSum, IsContinuousInTauAtOne) {
  const std::vector<double> scores{0.3, 4, -1};
  for (const double step : {1e-3, 1e-6, 1e-9, 1e-12})
    for (const double side : {-1.0, 1.0})
      EXPECT_NEAR(CompSum{1 + side * step}.value(std::span<const double>(scores), 0),
                  CompSum{1}.value(std::span<const double>(scores), 0), 20 * step + 1e-14);
}

TEST(Risks, ClosedFormsAreTheLeast) {
  Random random(3);
  for (const double tau : {0.0, 0.3, 0.7, 0.95, 1.0, 1.05, 1.2, 1.6})
    for (int i = 0; i < 10; ++i) {
      const auto p = random.dirichlet(2 + random.below(4), 1);
      EXPECT_NEAR(least_conditional_risk(tau, p), best_conditional_risk(tau, p), 1e-6) << tau;
    }
}

TEST(Risks, SpecialCases) {
  EXPECT_NEAR(best_conditional_risk(1, std::vector{0.5, 0.25, 0.25}), 1.5 * std::log(2), 1e-15);
  EXPECT_EQ(best_conditional_risk(2, std::vector{0.5, 0.3, 0.2}), 0.5);
  EXPECT_EQ(best_conditional_risk(2.5, std::vector{0.5, 0.3, 0.2}), 0.5 / 1.5);
  EXPECT_NEAR(best_conditional_risk(1.9999, std::vector{0.5, 0.3, 0.2}), 0.5, 1e-3);
  for (const double tau : taus) EXPECT_NEAR(best_conditional_risk(tau, std::vector{0.0, 1.0, 0.0}), 0, 1e-12) << tau;
  const std::vector<double> tied{1, 1, 0};
  EXPECT_EQ(predict(tied), 1u);
  EXPECT_NEAR(zero_one_regret(std::vector{0.5, 0.2, 0.3}, tied), 0.3, 1e-15);
}

TEST(Risks, RegretIsNeverNegative) {
  Random random(4);
  for (int i = 0; i < 2000; ++i) {
    const double tau = taus[random.below(taus.size())];
    const auto p = random.dirichlet(2 + random.below(6), 0.3);
    EXPECT_GE(conditional_regret(tau, p, random_scores(random, p.size(), 2)),
              -1e-9 * (1 + best_conditional_risk(tau, p)))
        << tau;
  }
}

/// T by its formula in long double.
double transform_by_formula(double tau, double n, long double b) {
  if (tau == 1) return static_cast<double>(((1 + b) * std::log1p(b) + (b < 1 ? (1 - b) * std::log1p(-b) : 0)) / 2);
  if (tau >= 2) return static_cast<double>(b / ((tau - 1) * std::pow(n, tau - 1)));
  const long double power = 1 / (2 - static_cast<long double>(tau)),
                    m = (std::pow(1 + b, power) + std::pow(1 - b, power)) / 2;
  const long double root = std::pow(m, 2 - static_cast<long double>(tau));
  return static_cast<double>(tau < 1 ? std::pow(2.0L, 1 - tau) * (1 - root) / (1 - tau)
                                     : (root - 1) / ((tau - 1) * std::pow(n, tau - 1)));
}

TEST(Transforms, AreTheirFormula) {
  for (const double tau : {0.0, 0.3, 0.7, 0.92, 1.0, 1.08, 1.2, 1.6, 1.9, 2.0, 3.0})
    for (const std::size_t n : {2, 10, 100})
      for (const double b : {1e-3, 0.1, 0.5, 0.9, 0.999, 1.0})
        EXPECT_NEAR(Transform(tau, n).value(b) / transform_by_formula(tau, static_cast<double>(n), b), 1, 1e-10)
            << tau << " " << b;
  EXPECT_NEAR(Transform(1.9999, 10).value(0.7) / Transform(2, 10).value(0.7), 1, 1e-3);
  EXPECT_NEAR(Transform(1 + 1e-7, 10).value(0.7) / Transform(1, 10).value(0.7), 1, 1e-6);
}

TEST(Transforms, AreConvexIncreasingAndInverted) {
  for (const double tau : {0.0, 0.3, 0.999, 1.0, 1.001, 1.6, 1.99, 2.0, 2.5})
    for (const std::size_t n : {2, 10}) {
      const Transform transform(tau, n);
      EXPECT_EQ(transform.value(0), 0);
      EXPECT_EQ(transform.inverse(0), 0);
      EXPECT_EQ(transform.inverse(transform.value(1) * 1.01 + 1), 1);
      for (const double b : {1e-9, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.9999}) {
        const double t = transform.value(b);
        EXPECT_NEAR(transform.inverse(t) / b, 1, 1e-9) << tau << " " << b;
        EXPECT_GE(transform.simple_upper(t), b * (1 - 1e-9)) << tau << " " << b;
        const double step = b / 4 * std::min(1.0, (1 - b) / b);
        EXPECT_LE(2 * t, (transform.value(b - step) + transform.value(b + step)) * (1 + 1e-9)) << tau << " " << b;
      }
    }
  EXPECT_NEAR(Transform(1, 10).simple_upper(0.05), std::sqrt(0.1), 1e-15);
  EXPECT_NEAR(Transform(2, 10).inverse(0.05), 0.5, 1e-12);
}

TEST(Transforms, TightnessIsWhereTheInfimumAttainsThem) {
  EXPECT_TRUE(Transform(0.3, 10).tight());
  EXPECT_TRUE(Transform(1, 10).tight());
  EXPECT_TRUE(Transform(1.6, 2).tight());
  EXPECT_FALSE(Transform(1.6, 3).tight());
  EXPECT_FALSE(Transform(2.5, 2).tight());
  for (const double tau : {0.0, 0.6, 1.0, 1.5}) {
    const Transform transform(tau, 3);
    const double least = least_regret(tau, 3, 0.4, 4, Random(5)),
                 expected = transform.value(0.4) * (tau > 1 ? std::pow(1.5, tau - 1) : 1);
    EXPECT_NEAR(least / expected, 1, 1e-3) << tau;  // for tau in (1, 2) and n > 2 the bound is not attained
  }
}

TEST(Certificates, HoldOnRandomProblems) {
  Random random(6);
  for (int i = 0; i < 3000; ++i) {
    const double tau = taus[random.below(taus.size())];
    const auto problem = random_problem(random);
    const auto risks = exact_risks(problem, tau);
    const Transform transform(tau, problem.classes());
    EXPECT_LE(risks.error, certified_error(transform, {std::max(0.0, risks.surrogate - risks.best_surrogate), 0,
                                                       risks.best_error, 0}) +
                               1e-7)
        << tau;
  }
}

TEST(Certificates, TheCurveIsNeverCrossedByScoresThatBarelyMiss) {
  // Two classes, p = ((1+b)/2, (1-b)/2), scores tied but for the wrong class: regret is T(b) and error regret b.
  for (const double tau : {0.0, 0.5, 1.0})
    for (const double b : {0.05, 0.3, 0.8}) {
      const std::vector<double> p{(1 + b) / 2, (1 - b) / 2}, scores{0, 1e-9};
      EXPECT_NEAR(zero_one_regret(p, scores), b, 1e-15);
      EXPECT_NEAR(Transform(tau, 2).inverse(conditional_regret(tau, p, scores)), b, 1e-6) << tau;
    }
}

TEST(GapBound, IsExactForConstantScoresAndDecreasesInTau) {
  const std::vector<double> same(3, 0.5);
  const double risk = 9 * std::exp(-1.0);
  for (const double tau : taus) EXPECT_NEAR(minimizability_gap_bound(tau, 10, same, risk), 0, 1e-12) << tau;
  double before = 1e9;
  for (double tau = 0; tau <= 3; tau += 0.1) {
    const double gap = minimizability_gap_bound(tau, 10, same, 1.7 * risk);
    EXPECT_GE(gap, 0);
    EXPECT_LE(gap, before);
    before = gap;
  }
}

template <class Body>
bool refuses(const Body& body) {
  try {
    body();
  } catch (const BadInput&) {
    return true;
  }
  return false;
}

TEST(Checks, RefuseWhatIsOutOfRange) {
  const std::vector<double> p{0.5, 0.5}, scores{0, 1};
  EXPECT_TRUE(refuses([] { Transform(-0.1, 2); }));
  EXPECT_TRUE(refuses([] { Transform(std::nan(""), 2); }));
  EXPECT_TRUE(refuses([] { Transform(1, 1); }));
  EXPECT_TRUE(refuses([] { Transform(1, 2).value(1.1); }));
  EXPECT_TRUE(refuses([] { Transform(1, 2).inverse(-1); }));
  EXPECT_TRUE(refuses([] { Transform(1, 2).inverse(std::nan("")); }));
  EXPECT_TRUE(refuses([&] { best_conditional_risk(1, std::vector{0.5, 0.6}); }));
  EXPECT_TRUE(refuses([&] { best_conditional_risk(1, std::vector{1.5, -0.5}); }));
  EXPECT_TRUE(refuses([&] { best_conditional_risk(1, std::vector{1.0}); }));
  EXPECT_FALSE(refuses([&] { best_conditional_risk(1, std::vector{0.5, 0.5 + 5e-10}); }));
  EXPECT_TRUE(refuses([&] { conditional_risk(1, p, std::vector{0.0, 1.0, 2.0}); }));
  EXPECT_TRUE(refuses([&] { conditional_risk(1, p, std::vector{0.0, std::nan("")}); }));
  EXPECT_TRUE(refuses([&] { conditional_risk(-1, p, scores); }));
  EXPECT_TRUE(refuses([&] { check_label(2, 2); }));
  EXPECT_TRUE(refuses([&] { certified_error(Transform(1, 2), {.surrogate_excess = -1}); }));
  EXPECT_TRUE(refuses([&] { certified_error(Transform(1, 2), {.best_error = 2}); }));
  EXPECT_TRUE(refuses([&] { minimizability_gap_bound(1, 2, {}, 1); }));
  EXPECT_TRUE(refuses([&] { minimizability_gap_bound(1, 2, std::vector{-1.0}, 1); }));
}

}  // namespace
}  // namespace offprint::comp_sum_losses
