#include "offprint/papers/continual_privacy/continual_privacy.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>

#include "offprint/base/error.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/continual_privacy/counters.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/recompute.hpp"
#include "offprint/papers/continual_privacy/row_loops.hpp"

namespace offprint::continual_privacy {
namespace {

constexpr std::int64_t largest_sum = std::int64_t{1} << 62;

/// Chernoff's bound on a sum of `count` Laplace variables of scale 1: the exponent at `limit`, with its best tilt.
double laplace_log_tail(double limit, double count) {
  const double tilt = (std::sqrt(count * count + limit * limit) - count) / limit;
  return -tilt * limit - count * std::log1p(-tilt * tilt);
}

double number(const nlohmann::ordered_json& json, const char* key) { return json.at(key).get<double>(); }

nlohmann::ordered_json to_json(const MechanismConfig& config) {
  const auto& rows = config.rows;
  return {{"statistic", static_cast<int>(config.statistic)},
          {"kind", static_cast<int>(config.kind)},
          {"dimension", rows.dimension},
          {"low", rows.low},
          {"high", rows.high},
          {"grid", rows.grid},
          {"one_hot", rows.one_hot},
          {"neighbours", static_cast<int>(rows.neighbours)},
          {"outside", static_cast<int>(rows.outside)},
          {"horizon", config.horizon},
          {"every", config.every},
          {"pure", config.budget.is_pure},
          {"rho", config.budget.rho},
          {"epsilon", config.budget.epsilon},
          {"delta", config.budget.delta}};
}

template <class Enum>
Enum enum_from(const nlohmann::ordered_json& json, const char* key, Enum last) {
  const int value = json.at(key).get<int>();
  if (value < 0 || value > static_cast<int>(last)) throw BadInput("", "the saved stream is damaged");
  return static_cast<Enum>(value);
}

MechanismConfig config_from_json(const nlohmann::ordered_json& json) {
  MechanismConfig config;
  config.statistic = enum_from(json, "statistic", Statistic::sum_select);
  config.kind = enum_from(json, "kind", MechanismKind::non_private);
  config.rows = {.dimension = json.at("dimension").get<int>(),
                 .low = json.at("low").get<std::int64_t>(),
                 .high = json.at("high").get<std::int64_t>(),
                 .grid = number(json, "grid"),
                 .one_hot = json.at("one_hot").get<bool>(),
                 .neighbours = enum_from(json, "neighbours", Neighbours::add_remove),
                 .outside = enum_from(json, "outside", OutsidePolicy::clip)};
  config.horizon = json.at("horizon").get<std::int64_t>();
  config.every = json.at("every").get<std::int64_t>();
  config.budget = {json.at("pure").get<bool>(), number(json, "rho"), number(json, "epsilon"), number(json, "delta")};
  return config;
}

}  // namespace

void RowSpec::validate() const {
  if (dimension < 1 || dimension > 1 << 24)
    throw BadInput("dimension", "must lie between 1 and 2^24, not " + std::to_string(dimension));
  if (low >= high)
    throw BadInput("low, high", "low must be below high, not " + std::to_string(low) + " and " + std::to_string(high));
  if (std::max(std::abs(static_cast<double>(low)), std::abs(static_cast<double>(high))) > 0x1p40)
    throw BadInput("low, high", "values must stay within 2^40 units of the grid", "choose a coarser grid");
  if (!(grid > 0 && std::isfinite(grid))) throw BadInput("grid", "must be positive and finite");
  if (one_hot && (low != 0 || high != 1)) throw BadInput("low, high", "one-hot rows have values 0 and 1");
}

std::int64_t RowSpec::largest_change() const {
  if (neighbours == Neighbours::replacement) return high - low;
  return std::max(std::abs(low), std::abs(high));
}

double RowSpec::l1_sensitivity() const {
  if (one_hot) return dimension > 1 && neighbours == Neighbours::replacement ? 2 : 1;
  return static_cast<double>(dimension) * static_cast<double>(largest_change());
}

double RowSpec::l2_sensitivity() const {
  if (one_hot) return dimension > 1 && neighbours == Neighbours::replacement ? std::numbers::sqrt2 : 1;
  return std::sqrt(static_cast<double>(dimension)) * static_cast<double>(largest_change());
}

Noise Noise::for_releases(const PrivacyBudget& budget, double l1, double l2, double releases) {
  Noise noise;
  if (budget.is_pure) {
    const DiscreteLaplace laplace(rational_at_least(l1 * releases / budget.epsilon));
    noise.variance_ = laplace.variance();
    noise.distribution_ = laplace;
  } else {
    const auto gaussian = DiscreteGaussian::at_least(l2 * l2 * releases / (2 * budget.rho));
    noise.variance_ = gaussian.variance();
    noise.distribution_ = gaussian;
  }
  return noise;
}

std::int64_t Noise::operator()(RandomBits& bits) const {
  if (const auto* gaussian = std::get_if<DiscreteGaussian>(&distribution_)) return (*gaussian)(bits);
  if (const auto* laplace = std::get_if<DiscreteLaplace>(&distribution_)) return (*laplace)(bits);
  return 0;
}

double Noise::parameter() const {
  if (const auto* gaussian = std::get_if<DiscreteGaussian>(&distribution_)) return gaussian->s2();
  if (const auto* laplace = std::get_if<DiscreteLaplace>(&distribution_)) return laplace->scale().value();
  return 0;
}

double Noise::bound(double beta, double count) const {
  if (is_laplace()) {
    if (count == 1) return -parameter() * std::log(beta);
    double low = 0, high = 1;
    const auto exceeds = [&](double limit) { return laplace_log_tail(limit, count) > std::log(beta / 2); };
    while (exceeds(high)) high *= 2;
    for (int i = 0; i < 60; ++i) (exceeds(0.5 * (low + high)) ? low : high) = 0.5 * (low + high);
    return parameter() * high;
  }
  // Two tails of beta / 2 by Mills' bound for tiny beta, where the quantile function runs out of digits.
  const double tail = beta / 2;
  return std::sqrt(parameter() * count) * (tail > 1e-15 ? -normal_quantile(tail) : std::sqrt(-2 * std::log(tail)));
}

StreamMechanism::StreamMechanism(const MechanismConfig& config, RandomBits bits)
    : config_(config), bits_(std::move(bits)), clipped_(dimension()) {
  config_.rows.validate();
  if (config_.horizon < 1 || config_.horizon > std::int64_t{1} << 40)
    throw BadInput("horizon", "must lie between 1 and 2^40, not " + std::to_string(config_.horizon));
  const double largest =
      std::max(std::abs(static_cast<double>(config_.rows.low)), std::abs(static_cast<double>(config_.rows.high)));
  if (largest * static_cast<double>(config_.horizon) >= static_cast<double>(largest_sum))
    throw BadInput("horizon", "sums could leave 62 bits", "choose a shorter horizon or a coarser grid");
}

const Release& StreamMechanism::step(std::span<const std::int64_t> row) {
  if (now_ >= config_.horizon)
    throw BadInput("step " + std::to_string(now_ + 1), "lies beyond the horizon of " + std::to_string(config_.horizon),
                   "the noise was fixed for that many steps: plan a longer horizon");
  if (row.size() != dimension())
    throw BadInput("step " + std::to_string(now_ + 1),
                   "has " + std::to_string(row.size()) + " values instead of " + std::to_string(dimension()));
  if (!all_within(row, config_.rows.low, config_.rows.high)) {
    if (config_.rows.outside == OutsidePolicy::reject)
      throw BadInput(
          "step " + std::to_string(now_ + 1),
          "a value lies outside " + std::to_string(config_.rows.low) + " to " + std::to_string(config_.rows.high),
          "widen the range or clip");
    for (std::size_t j = 0; j < row.size(); ++j) clipped_[j] = std::clamp(row[j], config_.rows.low, config_.rows.high);
    row = clipped_;
  }
  if (config_.rows.one_hot && std::accumulate(row.begin(), row.end(), std::int64_t{0}) > 1)
    throw BadInput("step " + std::to_string(now_ + 1), "more than one value is 1 in a one-hot row");
  ++now_;
  advance(row);
  return release_;
}

nlohmann::ordered_json StreamMechanism::save() const {
  return {{"config", to_json(config_)},
          {"now", now_},
          {"release", {release_.values, release_.index, release_.stddev, release_.half_width_95}},
          {"state", save_state()}};
}

void StreamMechanism::restore(const nlohmann::ordered_json& saved) {
  now_ = saved.at("now").get<std::int64_t>();
  if (now_ < 0 || now_ > config_.horizon) throw BadInput("", "the saved stream is damaged");
  const auto& release = saved.at("release");
  release_ = {release.at(0).get<std::vector<double>>(), release.at(1).get<std::int64_t>(), release.at(2).get<double>(),
              release.at(3).get<double>()};
  restore_state(saved.at("state"));
}

std::unique_ptr<StreamMechanism> make_mechanism(MechanismConfig config, RandomBits bits) {
  config.rows.validate();
  if (config.kind == MechanismKind::automatic) config.kind = choose(config).kind;
  if (config.statistic == Statistic::count) return make_counter(config, std::move(bits));
  if (config.kind == MechanismKind::parallel) return std::make_unique<ParallelCounters>(config, std::move(bits));
  if (config.kind == MechanismKind::tree || config.kind == MechanismKind::honaker ||
      config.kind == MechanismKind::square_root)
    throw BadInput("mechanism", "counters release counts", "for the largest sum use parallel");
  if (config.statistic == Statistic::max_sum) return std::make_unique<RecomputeMaxSum>(config, std::move(bits));
  return std::make_unique<RecomputeSumSelect>(config, std::move(bits));
}

std::unique_ptr<StreamMechanism> load_mechanism(const nlohmann::ordered_json& saved, RandomBits bits) {
  try {
    auto mechanism = make_mechanism(config_from_json(saved.at("config")), std::move(bits));
    mechanism->restore(saved);
    return mechanism;
  } catch (const nlohmann::json::exception&) {
    throw BadInput("", "the saved stream is damaged");
  }
}

}  // namespace offprint::continual_privacy
