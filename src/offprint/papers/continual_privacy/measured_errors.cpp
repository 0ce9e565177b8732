#include "offprint/papers/continual_privacy/measured_errors.hpp"

#include <algorithm>
#include <cmath>

namespace offprint::continual_privacy {
namespace {

constexpr std::int64_t stride = 1 << 16;  ///< steps between two calls back

double worst_against_ones(const std::vector<double>& released) {
  double worst = 0;
  for (std::size_t t = 0; t < released.size(); ++t)
    worst = std::max(worst, std::abs(released[t] - static_cast<double>(t + 1)));
  return worst;
}

}  // namespace

MechanismConfig configuration(Statistic statistic, MechanismKind kind, std::int64_t horizon,
                              const PrivacyBudget& budget, int dimension) {
  MechanismConfig config;
  config.statistic = statistic;
  config.kind = kind;
  config.horizon = horizon;
  config.budget = budget;
  config.rows.dimension = dimension;
  return config;
}

RandomBits seeded_noise(const Random& random) { return RandomBits::seeded(random.split("noise")); }

double error_on_ones(StreamMechanism& mechanism, const std::function<void()>& between_steps) {
  const std::vector<std::int64_t> ones(static_cast<std::size_t>(mechanism.config().rows.dimension), 1);
  double worst = 0;
  for (std::int64_t t = 0; t < mechanism.horizon(); ++t) {
    if (t % stride == 0) between_steps();
    worst = std::max(worst, std::abs(mechanism.step(ones).values[0] - static_cast<double>(t + 1)));
  }
  return worst;
}

double error_on_reduction(StreamMechanism& max_sum, const BitMatrix& data, const std::function<void()>& between_steps,
                          std::vector<double>* released) {
  std::vector<std::int64_t> row(data.columns), sums(data.columns);
  double worst = 0;
  for (std::int64_t t = 0; t < max_sum.horizon(); ++t) {
    if (t % stride == 0) between_steps();
    reduction_row(data, t, row);
    for (std::size_t j = 0; j < data.columns; ++j) sums[j] += row[j];
    const double value = max_sum.step(row).values[0];
    worst = std::max(worst, std::abs(value - static_cast<double>(*std::max_element(sums.begin(), sums.end()))));
    if (released) released->push_back(value);
  }
  return worst;
}

double error_of_counting(const SquareRootCounter& counter, RandomBits bits) {
  return worst_against_ones(
      counter.sums_at_once(std::vector<std::int64_t>(static_cast<std::size_t>(counter.horizon()), 1), bits));
}

double error_of_parallel_counters(std::int64_t length, const PrivacyBudget& budget, int columns, const Random& random,
                                  const std::function<void()>& between_columns) {
  // A column's share of the budget is rho / columns: one counter of one column serves all, with new noise each time.
  const SquareRootCounter counter(
      configuration(Statistic::count, MechanismKind::square_root, length, PrivacyBudget::zcdp(budget.rho / columns)),
      seeded_noise(Random(0)));
  const std::vector<std::int64_t> ones(static_cast<std::size_t>(length), 1);
  std::vector<double> largest(ones.size(), -INFINITY);
  auto bits = seeded_noise(random);
  for (int j = 0; j < columns; ++j) {
    if (j % 64 == 0) between_columns();
    const auto sums = counter.sums_at_once(ones, bits);
    for (std::size_t t = 0; t < sums.size(); ++t) largest[t] = std::max(largest[t], sums[t]);
  }
  return worst_against_ones(largest);
}

}  // namespace offprint::continual_privacy
