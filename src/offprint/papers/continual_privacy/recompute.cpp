#include "offprint/papers/continual_privacy/recompute.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/papers/continual_privacy/row_loops.hpp"

namespace offprint::continual_privacy {
namespace {

std::int64_t steps_between(const MechanismConfig& config) {
  switch (config.kind) {
    case MechanismKind::naive:
    case MechanismKind::non_private:
      return 1;
    case MechanismKind::batch:
      return config.horizon;
    case MechanismKind::trivial:
      return config.horizon + 1;
    default:
      if (config.every < 0 || config.every > config.horizon)
        throw BadInput("every", "must lie between 1 and the horizon");
      return config.every > 0 ? config.every : optimal_every(config);
  }
}

}  // namespace

double selection_epsilon(const PrivacyBudget& budget, double releases) {
  return budget.is_pure ? budget.epsilon / releases : std::sqrt(8 * budget.rho / releases);
}

std::int64_t optimal_every(const MechanismConfig& config) {
  const double steps = static_cast<double>(config.horizon),
               budget = config.budget.is_pure ? config.budget.epsilon : config.budget.rho;
  double every;
  if (!config.budget.is_pure)
    every = std::cbrt(steps * std::log(steps) / (4 * budget));
  else if (config.statistic == Statistic::max_sum)
    every = std::sqrt(steps * std::log(steps) / budget);
  else
    every = std::sqrt(2 * steps * std::log(config.rows.dimension * steps) / budget);
  return static_cast<std::int64_t>(std::clamp(std::round(every), 1.0, steps));
}

Recompute::Recompute(const MechanismConfig& config, RandomBits bits)
    : StreamMechanism(config, std::move(bits)),
      every_(steps_between(config)),
      releases_((config.horizon + every_ - 1) / every_),
      sums_(dimension()) {
  if (config.kind == MechanismKind::trivial) releases_ = 0;
  if (config.statistic == Statistic::max_sum)
    release().values = {0};
  else
    release().index = 0;
}

void Recompute::advance(std::span<const std::int64_t> row) {
  add_row(row, sums_);
  if (now() % every_ == 0 || (now() == horizon() && releases_ > 0)) {
    compute(sums_);
    released_at_ = now();
  }
  const double largest = static_cast<double>(std::max(std::abs(config().rows.low), std::abs(config().rows.high)));
  const double range =
      config().statistic == Statistic::max_sum ? largest : static_cast<double>(config().rows.high - config().rows.low);
  release().half_width_95 =
      ((released_at_ > 0 ? noise_half_width_ : 0) + range * static_cast<double>(now() - released_at_)) *
      config().rows.grid;
}

nlohmann::ordered_json Recompute::save_state() const { return {{"sums", sums_}, {"released_at", released_at_}}; }

void Recompute::restore_state(const nlohmann::ordered_json& state) {
  auto sums = state.at("sums").get<std::vector<std::int64_t>>();
  released_at_ = state.at("released_at").get<std::int64_t>();
  if (sums.size() != dimension() || released_at_ < 0 || released_at_ > now())
    throw BadInput("", "the saved stream is damaged");
  sums_ = std::move(sums);
}

RecomputeMaxSum::RecomputeMaxSum(const MechanismConfig& config, RandomBits bits) : Recompute(config, std::move(bits)) {
  const double change = static_cast<double>(config.rows.largest_change());
  if (exact() || releases() == 0) return;
  noise_ = Noise::for_releases(config.budget, change, change, static_cast<double>(releases()));
  set_noise_half_width(noise_.bound(0.05));
}

void RecomputeMaxSum::compute(std::span<const std::int64_t> sums) {
  const double grid = config().rows.grid;
  release().values = {static_cast<double>(largest(sums) + noise_(bits())) * grid};
  release().stddev = std::sqrt(noise_.variance()) * grid;
}

RecomputeSumSelect::RecomputeSumSelect(const MechanismConfig& config, RandomBits bits)
    : Recompute(config, std::move(bits)) {
  if (exact() || releases() == 0) return;
  factor_ = rational_at_most(selection_epsilon(config.budget, static_cast<double>(releases())) /
                             (2 * static_cast<double>(config.rows.largest_change())));
  set_noise_half_width(std::log(20.0 * static_cast<double>(dimension())) / factor_.value());
}

void RecomputeSumSelect::compute(std::span<const std::int64_t> sums) {
  release().index = exact() ? std::max_element(sums.begin(), sums.end()) - sums.begin()
                            : static_cast<std::int64_t>(exact_exponential(bits(), sums, factor_));
}

}  // namespace offprint::continual_privacy
