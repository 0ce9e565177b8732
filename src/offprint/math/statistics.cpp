#include "offprint/math/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace offprint {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> result(values.begin(), values.end());
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double variance(std::span<const double> values) {
  if (values.empty()) return nan;
  if (values.size() == 1) return 0;
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return sum / static_cast<double>(values.size() - 1);
}

double quantile(std::span<const double> values, double level) {
  if (values.empty()) return nan;
  const auto order = sorted(values);
  const double position = level * static_cast<double>(order.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= order.size()) return order.back();
  return order[below] + (position - static_cast<double>(below)) * (order[below + 1] - order[below]);
}

double median(std::span<const double> values) { return quantile(values, 0.5); }

Interval mean_interval(std::span<const double> values, double level) {
  const double centre = mean(values);
  if (values.size() < 2) return {centre, nan, nan};
  const auto n = static_cast<double>(values.size());
  const double t = boost::math::quantile(boost::math::students_t(n - 1), (1 + level) / 2);
  const double half = t * std::sqrt(variance(values) / n);
  return {centre, centre - half, centre + half};
}

Interval median_interval(std::span<const double> values, double level) {
  const auto order = sorted(values);
  if (order.size() < 6) return {median(values), nan, nan};
  // The number of values below the true median is Binomial(n, 1/2): the largest r with P(count < r) <= (1 - level) / 2
  // bounds it.
  const boost::math::binomial count(static_cast<double>(order.size()), 0.5);
  std::size_t r = 0;
  while (r + 1 <= order.size() / 2 && boost::math::cdf(count, static_cast<double>(r)) <= (1 - level) / 2) ++r;
  if (r == 0) return {median(values), nan, nan};
  return {median(values), order[r - 1], order[order.size() - r]};
}

Interval interquartile_mean(std::span<const double> values, std::uint64_t seed, int resamples) {
  const auto statistic = [](std::span<const double> given) {
    const auto order = sorted(given);
    const double n = static_cast<double>(order.size()), cut = n / 4;
    double sum = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const double left = std::max(static_cast<double>(i), cut), right = std::min(static_cast<double>(i) + 1, n - cut);
      if (right > left) sum += (right - left) * order[i];
    }
    return sum / (n / 2);
  };
  return bootstrap_interval(values, statistic, seed, resamples);
}

double paired_t(std::span<const double> a, std::span<const double> b) {
  std::vector<double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return mean(difference) / std::sqrt(variance(difference) / static_cast<double>(a.size()));
}

Interval proportion_interval(std::uint64_t successes, std::uint64_t trials, double level) {
  const auto k = static_cast<double>(successes), n = static_cast<double>(trials);
  const double tail = (1 - level) / 2;
  const double low = successes == 0 ? 0 : boost::math::quantile(boost::math::beta_distribution<>(k, n - k + 1), tail);
  const double high =
      successes == trials ? 1 : boost::math::quantile(boost::math::beta_distribution<>(k + 1, n - k), 1 - tail);
  return {k / n, low, high};
}

LinearFit linear_fit(std::span<const double> x, std::span<const double> y) {
  const double x_mean = mean(x), y_mean = mean(y);
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - x_mean) * (x[i] - x_mean);
    xy += (x[i] - x_mean) * (y[i] - y_mean);
  }
  const double slope = xy / xx, intercept = y_mean - slope * x_mean;
  double residual = 0;
  for (std::size_t i = 0; i < x.size(); ++i) residual += std::pow(y[i] - intercept - slope * x[i], 2);
  const double degrees = static_cast<double>(x.size()) - 2;
  return {intercept, slope, degrees > 0 ? std::sqrt(residual / degrees / xx) : nan};
}

double r_squared(std::span<const double> x, std::span<const double> y) {
  const auto fit = linear_fit(x, y);
  const double centre = mean(y);
  double residual = 0, total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    residual += std::pow(y[i] - fit.intercept - fit.slope * x[i], 2);
    total += std::pow(y[i] - centre, 2);
  }
  return total > 0 ? 1 - residual / total : 1;
}

LinearFit log_log_fit(std::span<const double> x, std::span<const double> y) {
  std::vector<double> log_x(x.size()), log_y(y.size());
  std::transform(x.begin(), x.end(), log_x.begin(), [](double v) { return std::log(v); });
  std::transform(y.begin(), y.end(), log_y.begin(), [](double v) { return std::log(v); });
  return linear_fit(log_x, log_y);
}

double chi_square_p_value(double statistic, double degrees_of_freedom) {
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(degrees_of_freedom), statistic));
}

double normal_cdf(double z) { return boost::math::cdf(boost::math::normal(), z); }

double normal_quantile(double level) { return boost::math::quantile(boost::math::normal(), level); }

}  // namespace offprint
