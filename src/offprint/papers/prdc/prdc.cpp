#include "offprint/papers/prdc/prdc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "offprint/base/error.hpp"

namespace offprint::prdc {

using control::Batch;
using control::Transitions;

void shape_rewards(Transitions& transitions, double scale, double shift) {
  for (auto& reward : transitions.rewards) reward = static_cast<float>(scale * static_cast<double>(reward) + shift);
}

namespace {

PrdcSettings checked(const PrdcSettings& settings, std::size_t pairs) {
  if (!(settings.alpha > 0))
    throw BadInput("--alpha", fmt::format("{} is not positive", settings.alpha), "give a positive weight");
  if (settings.k < 1 || static_cast<std::size_t>(settings.k) > pairs)
    throw BadInput("--k", fmt::format("{} neighbours of {} pairs", settings.k, pairs), "give 1 to that many");
  return settings;
}

}  // namespace

Prdc::Prdc(const Transitions& transitions, const PrdcSettings& settings, Random random)
    : transitions_(transitions),
      settings_(checked(settings, transitions.size())),
      pairs_(transitions.observations, transitions.actions, transitions.observation_size, transitions.action_size,
             settings.beta, settings.search),
      states_(transitions.observations, {}, transitions.observation_size, 0, settings.beta, SearchMethod::kd_tree),
      last_(transitions.size(), NearestPairs::none),
      near_states_(transitions.size()),
      td3_(transitions.observation_size, transitions.action_size, settings.td3,
           {control::ValueWeight::normalised, settings.alpha,
            [this](const Batch& batch, const float* actions, float* targets) { borrow(batch, actions, targets); }},
           random) {}

void Prdc::update(const Batch& batch) {
  td3_.update(batch);
  updates_ = td3_.updates();
}

void Prdc::restored() {
  td3_.set_updates(updates_);
  td3_.restored();
}

control::Metrics Prdc::metrics() const {
  auto metrics = td3_.metrics();
  metrics["own_share"] = own_share_;
  metrics["pair_distance"] = pair_distance_;
  metrics["state_distance"] = state_distance_;
  return metrics;
}

/// A pair is at least as far from a sample's key as its state is from the sample's: if some pair is nearer than every
/// state beyond the sample's nearest ones, only those need a look. They depend on the data alone and are searched for
/// when a sample comes for the second time. `best` comes in as the own pair.
bool Prdc::found_among_near_states(std::uint32_t row, const float* key, Neighbour& best) {
  if (last_[row] == NearestPairs::none) return false;
  constexpr float slack = 1 - 1e-5F;  // distances are rounded
  auto& near = near_states_[row];
  const auto count = std::min(near.rows.size(), transitions_.size() - 1);
  if (near.nearest < 0) {
    const auto found = states_.nearest(states_.point(row).data(), static_cast<int>(count) + 1);
    near.nearest = std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i].index != row) near.nearest = std::min(near.nearest, found[i].squared_distance);
      if (i < count) near.rows[i] = found[i].index;
    }
    near.beyond = found.back().squared_distance;
  }
  if (best.squared_distance < slack * near.nearest) return true;
  for (std::size_t i = 0; i < count; ++i) {
    const Neighbour other{near.rows[i], pairs_.squared_distance(key, near.rows[i])};
    if (other.squared_distance < best.squared_distance ||
        (other.squared_distance == best.squared_distance && other.index < best.index))
      best = other;
  }
  return best.squared_distance < slack * near.beyond;
}

void Prdc::find_neighbours(const Batch& batch, const float* actions) {
  const auto size = static_cast<std::size_t>(batch.size), a = static_cast<std::size_t>(transitions_.action_size),
             o = static_cast<std::size_t>(transitions_.observation_size), k = static_cast<std::size_t>(settings_.k),
             dimensions = o + a;
  keys_.resize(size * dimensions);
  action_.resize(a);
  hints_.clear();
  searched_.clear();
  neighbours_.resize(size * k);
  own_distances_.resize(size);
  for (std::size_t b = 0; b < size; ++b) {
    const auto row = static_cast<std::uint32_t>(batch.rows[b]);
    for (std::size_t f = 0; f < a; ++f) action_[f] = actions[f * size + b];
    float* const key = keys_.data() + searched_.size() * dimensions;
    pairs_.make_key(transitions_.observations.data() + row * o, action_.data(), key);
    own_distances_[b] = pairs_.squared_distance(key, row);
    Neighbour best{row, own_distances_[b]};
    if (k > 1) {
      const auto several = pairs_.nearest(key, settings_.k);
      std::copy(several.begin(), several.end(), neighbours_.begin() + static_cast<std::ptrdiff_t>(b * k));
    } else if (found_among_near_states(row, key, best)) {
      neighbours_[b] = best;
    } else {
      searched_.push_back(b);
      hints_.insert(hints_.end(), {best.index, last_[row]});
    }
  }
  if (searched_.empty()) return;
  found_.resize(searched_.size());
  pairs_.nearest(keys_.data(), searched_.size(), hints_, 2, found_.data());
  for (std::size_t i = 0; i < searched_.size(); ++i) neighbours_[searched_[i]] = found_[i];
}

void Prdc::borrow(const Batch& batch, const float* actions, float* targets) {
  find_neighbours(batch, actions);
  const auto size = static_cast<std::size_t>(batch.size), a = static_cast<std::size_t>(transitions_.action_size),
             o = static_cast<std::size_t>(transitions_.observation_size), k = static_cast<std::size_t>(settings_.k);
  double own = 0, distance = 0, state_distance = 0;
  for (std::size_t b = 0; b < size; ++b) {
    const std::span<const Neighbour> nearest(neighbours_.data() + b * k, k);
    for (std::size_t f = 0; f < a; ++f) {
      float sum = 0;
      for (const auto& one : nearest) sum += transitions_.actions[one.index * a + f];
      targets[f * size + b] = sum / static_cast<float>(k);
    }
    const auto& [index, squared_distance] = nearest[0];
    last_[batch.rows[b]] = index;
    own += index == batch.rows[b] || squared_distance == own_distances_[b];
    distance += std::sqrt(static_cast<double>(squared_distance));
    double square = 0;
    for (std::size_t f = 0; f < o; ++f)
      square += std::pow(static_cast<double>(transitions_.observations[batch.rows[b] * o + f] -
                                             transitions_.observations[index * o + f]),
                         2);
    state_distance += std::sqrt(square);
  }
  own_share_ = own / static_cast<double>(size);
  pair_distance_ = distance / static_cast<double>(size);
  state_distance_ = state_distance / static_cast<double>(size);
}

namespace {

/// Rows of `from` as columns.
std::vector<float> columns(const std::vector<float>& from, std::size_t width, const std::vector<std::size_t>& rows) {
  std::vector<float> result(width * rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t f = 0; f < width; ++f) result[f * rows.size() + i] = from[rows[i] * width + f];
  return result;
}

}  // namespace

Constraint dataset_constraint(const nn::Mlp<float>& actor, control::Head head, const Transitions& transitions,
                              const NearestPairs& pairs, const std::vector<std::size_t>& rows) {
  const auto o = static_cast<std::size_t>(transitions.observation_size),
             a = static_cast<std::size_t>(transitions.action_size), n = rows.size();
  Constraint result;
  result.rows = rows;
  result.actions.resize(n * a);
  nn::Pass<float> pass;
  const auto states = columns(transitions.observations, o, rows);
  const float* output = actor.forward(states.data(), static_cast<int>(n), pass);
  std::vector<float> key(o + a);
  for (std::size_t i = 0; i < n; ++i) {
    float* const action = result.actions.data() + i * a;
    for (std::size_t f = 0; f < a; ++f)
      action[f] = head == control::Head::gaussian ? std::tanh(output[f * n + i]) : output[f * n + i];
    pairs.make_key(transitions.observations.data() + rows[i] * o, action, key.data());
    const std::uint32_t hints[]{static_cast<std::uint32_t>(rows[i])};
    const auto neighbour = pairs.nearest(key.data(), hints);
    double state = 0, act = 0;
    for (std::size_t f = 0; f < o; ++f)
      state += std::pow(static_cast<double>(transitions.observations[rows[i] * o + f] -
                                            transitions.observations[neighbour.index * o + f]),
                        2);
    for (std::size_t f = 0; f < a; ++f)
      act += std::pow(static_cast<double>(action[f] - transitions.actions[neighbour.index * a + f]), 2);
    result.neighbours.push_back(neighbour.index);
    result.distances.push_back(std::sqrt(neighbour.squared_distance));
    result.state_distances.push_back(static_cast<float>(std::sqrt(state)));
    result.action_distances.push_back(static_cast<float>(std::sqrt(act)));
    result.own.push_back(neighbour.index == rows[i] ||
                         neighbour.squared_distance == pairs.squared_distance(key.data(), hints[0]));
  }
  return result;
}

double lipschitz_constant(const nn::Mlp<float>& network, int member) {
  double product = 1;
  for (int layer = 0; layer < network.layers(); ++layer) {
    const auto w = network.weights(layer, member);
    const auto in = static_cast<std::size_t>(network.sizes()[layer]),
               out = static_cast<std::size_t>(network.sizes()[layer + 1]);
    std::vector<double> v(in), u(out);
    Random random(static_cast<std::uint64_t>(layer));
    for (auto& x : v) x = random.normal();
    double norm = 0;
    for (int round = 0; round < 1000; ++round) {  // power iteration on w' w
      double length = 0;
      for (const double x : v) length += x * x;
      for (auto& x : v) x /= std::sqrt(std::max(length, 1e-300));
      double square = 0;
      for (std::size_t i = 0; i < out; ++i) {
        u[i] = 0;
        for (std::size_t j = 0; j < in; ++j) u[i] += static_cast<double>(w[i * in + j]) * v[j];
        square += u[i] * u[i];
      }
      std::fill(v.begin(), v.end(), 0.0);
      for (std::size_t i = 0; i < out; ++i)
        for (std::size_t j = 0; j < in; ++j) v[j] += static_cast<double>(w[i * in + j]) * u[i];
      const double next = std::sqrt(square);
      if (std::abs(next - norm) <= 1e-10 * next) {
        norm = next;
        break;
      }
      norm = next;
    }
    product *= norm;
  }
  return product;
}

double largest_lipschitz_ratio(const nn::Mlp<float>& critic, const Transitions& transitions, const NearestPairs& pairs,
                               const Constraint& constraint) {
  const auto o = static_cast<std::size_t>(transitions.observation_size),
             a = static_cast<std::size_t>(transitions.action_size), n = constraint.rows.size();
  const std::vector<std::size_t> neighbours(constraint.neighbours.begin(), constraint.neighbours.end());
  std::vector<std::size_t> all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = i;
  nn::Pass<float> pass;
  std::vector<float> input;
  const auto values = [&](const std::vector<std::size_t>& states, const std::vector<float>& actions) {
    const auto s = columns(transitions.observations, o, states);
    control::stack(s.data(), static_cast<int>(o), actions.data(), static_cast<int>(a), static_cast<int>(n), input);
    const float* q = critic.forward(input.data(), static_cast<int>(n), pass, {0, 1});
    return std::vector<float>(q, q + n);
  };
  const auto here = values(constraint.rows, columns(constraint.actions, a, all));
  const auto there = values(neighbours, columns(transitions.actions, a, neighbours));
  const double bound = lipschitz_constant(critic, 0) / std::min(pairs.beta(), 1.0);
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double difference = std::abs(static_cast<double>(here[i]) - static_cast<double>(there[i])),
                 limit = bound * static_cast<double>(constraint.distances[i]);
    // Rounding of float32 values: differences below it say nothing.
    const double rounding = 4e-6 * (1 + std::abs(static_cast<double>(here[i])));
    if (difference > rounding) largest = std::max(largest, (difference - rounding) / std::max(limit, 1e-300));
  }
  return largest;
}

}  // namespace offprint::prdc
