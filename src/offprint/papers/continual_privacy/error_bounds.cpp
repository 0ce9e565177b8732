#include "offprint/papers/continual_privacy/error_bounds.hpp"

#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/papers/continual_privacy/counters.hpp"
#include "offprint/papers/continual_privacy/recompute.hpp"

namespace offprint::continual_privacy {
namespace {

double gaussian_bound(double variance, double beta) { return std::sqrt(2 * variance * std::log(2 / beta)); }

/// Largest error of one column's sums over the horizon, and over columns if `columns` counts them.
double counter_bound(const MechanismConfig& config, MechanismKind kind, double beta) {
  const double steps = static_cast<double>(config.horizon), share = beta / (steps * config.rows.dimension),
               l2 = config.rows.l2_sensitivity();
  const int levels = tree_levels(config.horizon);
  if (kind == MechanismKind::square_root) {
    double term = 1, norm = 0;
    for (std::int64_t k = 1; k <= config.horizon && k <= 1 << 20; ++k) {
      norm += term * term;
      term *= static_cast<double>(2 * k - 1) / static_cast<double>(2 * k);
    }
    return gaussian_bound(l2 * l2 * norm * norm / (2 * config.budget.rho), share);
  }
  const auto noise = Noise::for_releases(config.budget, config.rows.l1_sensitivity(), l2, levels);
  if (kind == MechanismKind::tree)
    return config.budget.is_pure ? noise.bound(share, levels) : gaussian_bound(noise.variance() * levels, share);
  double node = 1, total = 1;
  for (int level = 1; level < levels; ++level) total += node = 2 * node / (1 + 2 * node);
  // For Laplace noise the re-estimated sum has no closed tail: that of as many whole draws as carry its variance.
  return config.budget.is_pure ? noise.bound(share, total) : gaussian_bound(total * noise.variance(), share);
}

double recompute_bound(const MechanismConfig& config, double beta) {
  const double largest = static_cast<double>(std::max(std::abs(config.rows.low), std::abs(config.rows.high)));
  const double steps = static_cast<double>(config.horizon);
  const bool select = config.statistic == Statistic::sum_select;
  const double range = select ? static_cast<double>(config.rows.high - config.rows.low) : largest;
  if (config.kind == MechanismKind::non_private) return 0;
  if (config.kind == MechanismKind::trivial) return steps * range;
  std::int64_t every = 1;
  if (config.kind == MechanismKind::batch) every = config.horizon;
  if (config.kind == MechanismKind::recompute) every = config.every > 0 ? config.every : optimal_every(config);
  const std::int64_t rounds = (config.horizon + every - 1) / every;
  const double releases = static_cast<double>(rounds), change = static_cast<double>(config.rows.largest_change());
  // The batch release is judged where it is made, at the end.
  const double stale = config.kind == MechanismKind::batch ? 0 : range * static_cast<double>(every - 1);
  if (select)
    return stale + 2 * change / selection_epsilon(config.budget, releases) *
                       (std::log(static_cast<double>(config.rows.dimension)) + std::log(releases / beta));
  const auto noise = Noise::for_releases(config.budget, change, change, releases);
  return stale +
         (config.budget.is_pure ? noise.bound(beta / releases) : gaussian_bound(noise.variance(), beta / releases));
}

}  // namespace

double predict_error(const MechanismConfig& config, double beta) {
  config.rows.validate();
  if (config.horizon < 1) throw BadInput("horizon", "must be at least 1");
  double bound;
  if (config.statistic == Statistic::count)
    bound = counter_bound(config, config.kind, beta);
  else if (config.kind == MechanismKind::parallel) {
    const auto kind =
        config.budget.is_pure || config.horizon > 1 << 20 ? MechanismKind::honaker : MechanismKind::square_root;
    bound = counter_bound(config, kind, beta) * (config.statistic == Statistic::sum_select ? 2 : 1);
  } else
    bound = recompute_bound(config, beta);
  return bound * config.rows.grid;
}

std::vector<PredictedError> predict_errors(MechanismConfig config, double beta) {
  using enum MechanismKind;
  std::vector<MechanismKind> kinds{recompute, parallel, naive, batch, trivial};
  if (config.statistic == Statistic::count) {
    kinds = {tree, honaker};
    if (!config.budget.is_pure && config.horizon <= 1 << 20) kinds.push_back(square_root);
  }
  std::vector<PredictedError> errors;
  for (const auto kind : kinds) {
    config.kind = kind;
    errors.push_back({kind, predict_error(config, beta)});
  }
  return errors;
}

PredictedError choose(const MechanismConfig& config, double beta) {
  PredictedError best{MechanismKind::trivial, INFINITY};
  for (const auto& predicted : predict_errors(config, beta))
    if (predicted.kind != MechanismKind::batch && predicted.error < best.error) best = predicted;
  return best;
}

}  // namespace offprint::continual_privacy
