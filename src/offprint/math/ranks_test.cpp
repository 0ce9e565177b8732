#include "offprint/math/ranks.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "offprint/base/random.hpp"

namespace offprint {
namespace {

std::vector<double> draws(Random& random, double shift) {
  std::vector<double> values;
  for (std::uint64_t i = 1 + random.below(30); i > 0; --i)
    values.push_back(static_cast<double>(random.below(10)) + shift);
  return values;
}

double share_above(const std::vector<double>& values, double threshold) {
  double above = 0;
  for (const double value : values) above += value > threshold;
  return above / static_cast<double>(values.size());
}

TEST(Roc, AreaIsTheShareOfPairsInOrder) {
  Random random(6);
  for (int trial = 0; trial < 100; ++trial) {
    const auto negatives = draws(random, 0), positives = draws(random, 2);
    double area = 0;
    for (const double n : negatives)
      for (const double p : positives) area += p > n ? 1 : p == n ? 0.5 : 0;
    const auto curve = roc(negatives, positives);
    EXPECT_NEAR(curve.area, area / static_cast<double>(negatives.size() * positives.size()), 1e-12);
    EXPECT_NEAR(roc(positives, negatives).area, 1 - curve.area, 1e-12);
    EXPECT_EQ(curve.points.front().true_positive_rate, 0);
    EXPECT_EQ(curve.points.back().false_positive_rate, 1);
    EXPECT_EQ(curve.points.back().true_positive_rate, 1);
  }
  EXPECT_EQ(roc({1, 2}, {3, 4}).area, 1);
  EXPECT_EQ(roc({1, 1, 1}, {1}).area, 0.5);
}

TEST(Roc, EveryPointIsAThresholdsRates) {
  Random random(7);
  for (int trial = 0; trial < 30; ++trial) {
    const auto negatives = draws(random, 0), positives = draws(random, 1);
    for (const auto& point : roc(negatives, positives).points) {
      bool found = false;
      for (double threshold = -1.5; threshold < 13; ++threshold)
        found |= share_above(negatives, threshold) == point.false_positive_rate &&
                 share_above(positives, threshold) == point.true_positive_rate;
      EXPECT_TRUE(found);
    }
  }
}

TEST(Threshold, IsTheLeastThatKeepsTheRate) {
  Random random(8);
  for (int trial = 0; trial < 50; ++trial) {
    const auto negatives = draws(random, 0);
    for (const double rate : {0.0, 0.05, 0.3, 1.0}) {
      const double threshold = threshold_at(negatives, rate);
      EXPECT_LE(share_above(negatives, threshold), rate + 1e-9);
      if (std::isfinite(threshold)) {
        EXPECT_GT(share_above(negatives, threshold - 0.5), rate);
      }
    }
  }
  EXPECT_EQ(threshold_at({1, 2}, 1), -HUGE_VAL);
  EXPECT_EQ(tpr_at({1, 2, 3, 4}, {5, 3, 0, 6}, 0.25), 0.5);
}

}  // namespace
}  // namespace offprint
