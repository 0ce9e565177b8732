// What both halves of the reproduction use.
#pragma once
#include <algorithm>
#include <cmath>

#include "offprint/papers/continual_privacy/verbs.hpp"

namespace offprint::continual_privacy {

inline constexpr std::int64_t cancel_stride = 1 << 16;  ///< steps between two looks at whether to stop

/// Largest error over all steps; `fill` writes the row of step t, `truth` says the right answer after it.
template <class Fill, class Truth>
double largest_error(StreamMechanism& mechanism, std::size_t dimension, const Fill& fill, const Truth& truth,
                     const Run& run) {
  std::vector<std::int64_t> row(dimension);
  double worst = 0;
  for (std::int64_t t = 0; t < mechanism.horizon(); ++t) {
    if (t % cancel_stride == 0) run.check_cancelled();
    fill(t, row);
    worst = std::max(worst, std::abs(mechanism.step(row).values[0] - truth(t, row)));
  }
  return worst;
}

inline MechanismConfig configuration(Statistic statistic, MechanismKind kind, std::int64_t horizon,
                                     const PrivacyBudget& budget, int dimension = 1) {
  MechanismConfig config;
  config.statistic = statistic;
  config.kind = kind;
  config.horizon = horizon;
  config.budget = budget;
  config.rows.dimension = dimension;
  return config;
}

inline RandomBits seeded_noise(const Random& random) { return RandomBits::seeded(random.split("noise")); }

inline std::size_t repetitions(const ReproduceOptions& options, int smoke, int standard, int full) {
  return static_cast<std::size_t>(options.seeds > 0 ? std::max(2, options.seeds)
                                                    : options.by_budget(smoke, standard, full));
}

void reproduce_privacy(const ReproduceOptions& options, Run& run);  ///< C5, C6, C9 to C11

}  // namespace offprint::continual_privacy
