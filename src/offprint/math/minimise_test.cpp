#include "offprint/math/minimise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace offprint {
namespace {

double rosenbrock(std::span<const double> x) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i)
    sum += 100 * std::pow(x[i + 1] - x[i] * x[i], 2) + std::pow(1 - x[i], 2);
  return sum;
}

TEST(Minimise, FindsTheEndOfTheBananaValley) {
  const auto found = minimise(rosenbrock, {-1.2, 1, 0.5, -0.3}, {.iterations = 2000});
  for (const double x : found.point) EXPECT_NEAR(x, 1, 1e-5);
  EXPECT_LT(found.value, 1e-9);
}

TEST(Minimise, TakesAGivenGradient) {
  const auto function = [](std::span<const double> x) { return std::log(std::cosh(x[0] - 3)) + x[1] * x[1]; };
  MinimiseOptions options;
  options.gradient = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = std::tanh(x[0] - 3);
    gradient[1] = 2 * x[1];
  };
  const auto found = minimise(function, {-5, 4}, options);
  EXPECT_NEAR(found.point[0], 3, 1e-8);
  EXPECT_NEAR(found.point[1], 0, 1e-8);
}

TEST(Minimise, StepsBackFromWhereTheFunctionHasNoValue) {
  const auto found = minimise([](std::span<const double> x) { return x[0] - std::log(x[0]); }, {50});  // NaN below zero
  EXPECT_NEAR(found.point[0], 1, 1e-6);
}

TEST(Minimise, StaysAtAMinimum) {
  const auto found = minimise([](std::span<const double> x) { return x[0] * x[0]; }, {0.0});
  EXPECT_EQ(found.iterations, 0);
}

}  // namespace
}  // namespace offprint
