// Summaries of repeated measurements: what every reproduction reports with its numbers.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace offprint {

double mean(std::span<const double> values);      ///< NaN of none
double variance(std::span<const double> values);  ///< unbiased; 0 of one
double quantile(std::span<const double> values,
                double level);  ///< linear interpolation between order statistics; level in [0, 1]
double median(std::span<const double> values);

struct Interval {
  double value, low, high;
};

/// Mean with its two-sided Student interval.
Interval mean_interval(std::span<const double> values, double level = 0.95);
/// Median with the distribution-free interval of order statistics.
Interval median_interval(std::span<const double> values, double level = 0.95);
/// Any statistic with its percentile bootstrap interval; deterministic for a seed.
template <class Statistic>
Interval bootstrap_interval(std::span<const double> values, const Statistic& statistic, std::uint64_t seed,
                            int resamples = 1000, double level = 0.95);

/// Mean of the middle half of the values (all weights of a quarter cut from both ends), with a percentile bootstrap
/// interval over them.
Interval interquartile_mean(std::span<const double> values, std::uint64_t seed, int resamples = 2000);

/// Student's t of the mean of paired differences a - b. Negative: a is smaller.
double paired_t(std::span<const double> a, std::span<const double> b);

/// Two-sided exact (Clopper-Pearson) interval of a proportion.
Interval proportion_interval(std::uint64_t successes, std::uint64_t trials, double level = 0.95);

struct LinearFit {
  double intercept, slope, slope_standard_error;
};
/// Least squares y = intercept + slope x. At least two different x.
LinearFit linear_fit(std::span<const double> x, std::span<const double> y);
/// Share of the variance of y that this fit explains.
double r_squared(std::span<const double> x, std::span<const double> y);
/// Slope of log y on log x; all values positive.
LinearFit log_log_fit(std::span<const double> x, std::span<const double> y);

/// Upper tail of the chi-square distribution.
double chi_square_p_value(double statistic, double degrees_of_freedom);
double normal_cdf(double z);
double normal_quantile(double level);

}  // namespace offprint

#include "offprint/base/random.hpp"

namespace offprint {

template <class Statistic>
Interval bootstrap_interval(std::span<const double> values, const Statistic& statistic, std::uint64_t seed,
                            int resamples, double level) {
  Random random = Random(seed).split("bootstrap");
  std::vector<double> sample(values.size()), statistics(static_cast<std::size_t>(resamples));
  for (auto& result : statistics) {
    for (auto& value : sample) value = values[random.below(values.size())];
    result = statistic(std::span<const double>(sample));
  }
  return {statistic(values), quantile(statistics, (1 - level) / 2), quantile(statistics, (1 + level) / 2)};
}

}  // namespace offprint
