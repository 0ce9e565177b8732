#include "offprint/math/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace offprint {
namespace {

TEST(Statistics, QuantilesOfSmallSamples) {
  const std::vector<double> values{4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(median(values), 2.5);
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 1), 4);
  EXPECT_DOUBLE_EQ(quantile(values, 0.25), 1.75);
  EXPECT_TRUE(std::isnan(median({})));
}

TEST(Statistics, MeanIntervalCoversAtItsLevel) {
  Random random(1);
  int covered = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<double> values(5);
    for (auto& value : values) value = random.normal();
    const auto interval = mean_interval(values);
    covered += interval.low <= 0 && 0 <= interval.high;
  }
  EXPECT_NEAR(covered / 2000.0, 0.95, 0.015);
}

TEST(Statistics, MedianIntervalCoversAtLeastItsLevel) {
  Random random(2);
  int covered = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<double> values(25);
    for (auto& value : values) value = random.exponential();
    const auto interval = median_interval(values);
    covered += interval.low <= std::log(2.0) && std::log(2.0) <= interval.high;
  }
  EXPECT_GT(covered / 2000.0, 0.945);
}

TEST(Statistics, InterquartileMeanIsTheMiddleHalf) {
  EXPECT_DOUBLE_EQ(interquartile_mean(std::vector<double>{100, 1, 2, -50}, 0).value, 1.5);
  EXPECT_DOUBLE_EQ(interquartile_mean(std::vector<double>{1, 2, 3, 4, 100}, 0).value, (0.75 * 2 + 3 + 0.75 * 4) / 2.5);
}

TEST(Statistics, ClopperPearsonSolvesItsDefinition) {
  const auto zero = proportion_interval(0, 10);
  EXPECT_DOUBLE_EQ(zero.low, 0);
  EXPECT_NEAR(std::pow(1 - zero.high, 10), 0.025, 1e-12);
}

TEST(Statistics, ExactLineIsFound) {
  const std::vector<double> x{1, 2, 4}, y{3, 12, 48};
  const auto fit = log_log_fit(x, y);
  EXPECT_NEAR(fit.slope, 2, 1e-12);
  EXPECT_NEAR(std::exp(fit.intercept), 3, 1e-12);
}

TEST(Statistics, ChiSquareWithTwoDegreesIsExponential) { EXPECT_NEAR(chi_square_p_value(3, 2), std::exp(-1.5), 1e-12); }

}  // namespace
}  // namespace offprint
