#include "offprint/control/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::control {
namespace {

constexpr double action_slack = 1e-3;

void refuse_values(const std::vector<float>& values, int width, const std::string& source, const char* what) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) {
      const auto row = i / static_cast<std::size_t>(width);
      throw BadInput(source,
                     fmt::format("{} of row {} {} {}", what, row, width > 1 ? "hold" : "is",
                                 std::isnan(values[i]) ? "not a number" : "infinite"),
                     "remove or mend that row");
    }
}

void check_widths(const OfflineDataset& data, const Task& task) {
  if (data.observation_size != task.observations)
    throw BadInput(data.source,
                   fmt::format("its observations have {} numbers, those of {} have {}", data.observation_size,
                               task.name, task.observations),
                   "give the task the file was logged from");
  if (data.action_size != task.actions)
    throw BadInput(
        data.source,
        fmt::format("its actions have {} numbers, those of {} have {}", data.action_size, task.name, task.actions),
        "give the task the file was logged from");
}

void check_actions(OfflineDataset& data, bool rescale) {
  double largest = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < data.actions.size(); ++i)
    if (std::abs(static_cast<double>(data.actions[i])) > largest) {
      largest = std::abs(static_cast<double>(data.actions[i]));
      at = i;
    }
  if (largest > 1 + action_slack && !rescale)
    throw BadInput(data.source,
                   fmt::format("an action of row {} is {:.4g}, outside -1 to 1",
                               at / static_cast<std::size_t>(data.action_size), data.actions[at]),
                   "offprint control import --rescale divides all actions by the largest");
  const float scale = rescale && largest > 1 ? static_cast<float>(1 / largest) : 1.0F;
  for (auto& action : data.actions) action = std::clamp(action * scale, -1.0F, 1.0F);
}

}  // namespace

void check_dataset(OfflineDataset& data, const ReadOptions& options) {
  if (data.size() == 0) throw BadInput(data.source, "holds no transitions", "log some first");
  if (options.task) check_widths(data, *options.task);
  refuse_values(data.observations, data.observation_size, data.source, "observations");
  refuse_values(data.actions, data.action_size, data.source, "actions");
  refuse_values(data.rewards, 1, data.source, "the reward");
  refuse_values(data.next_observations, data.observation_size, data.source, "next observations");
  check_actions(data, options.rescale_actions);
  if (!data.timeouts.empty()) return;
  data.timeouts.assign(data.size(), 0);
  const int limit = options.task ? options.task->max_steps : 0;
  for (std::size_t i = 0, steps = 0; i < data.size(); ++i) {
    const bool cut = limit > 0 && ++steps >= static_cast<std::size_t>(limit) && !data.terminals[i];
    data.timeouts[i] = cut;
    if (cut || data.terminals[i]) steps = 0;
  }
}

namespace {

void append_row(Transitions& view, const OfflineDataset& data, std::size_t row, const float* next) {
  const auto o = static_cast<std::size_t>(data.observation_size), a = static_cast<std::size_t>(data.action_size);
  const auto from = [](const std::vector<float>& values, std::size_t at) {
    return values.begin() + static_cast<std::ptrdiff_t>(at);
  };
  view.observations.insert(view.observations.end(), from(data.observations, row * o),
                           from(data.observations, (row + 1) * o));
  view.actions.insert(view.actions.end(), from(data.actions, row * a), from(data.actions, (row + 1) * a));
  view.rewards.push_back(data.rewards[row]);
  view.next_observations.insert(view.next_observations.end(), next, next + o);
  view.not_terminal.push_back(data.terminals[row] ? 0.0F : 1.0F);
}

Transitions empty_view(const OfflineDataset& data) {
  Transitions view{data.observation_size, data.action_size, {}, {}, {}, {}, {}};
  view.observations.reserve(data.observations.size());
  view.next_observations.reserve(data.observations.size());
  view.actions.reserve(data.actions.size());
  return view;
}

}  // namespace

Transitions random_transitions(std::size_t count, int observation_size, int action_size, Random random) {
  Transitions t{observation_size, action_size, {}, {}, {}, {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    for (int f = 0; f < observation_size; ++f) t.observations.push_back(static_cast<float>(random.normal()));
    for (int f = 0; f < observation_size; ++f) t.next_observations.push_back(static_cast<float>(random.normal()));
    for (int f = 0; f < action_size; ++f) t.actions.push_back(static_cast<float>(random.uniform(-0.9, 0.9)));
    t.rewards.push_back(static_cast<float>(random.normal()));
    t.not_terminal.push_back(random.bernoulli(0.1) ? 0.0F : 1.0F);
  }
  return t;
}

Transitions value_view(const OfflineDataset& data, Successors successors) {
  auto view = empty_view(data);
  const auto o = static_cast<std::size_t>(data.observation_size);
  bool single_steps = !data.next_observations.empty();
  for (std::size_t i = 0; i < data.size() && single_steps; ++i) single_steps = data.terminals[i] || data.timeouts[i];
  if (single_steps || successors == Successors::logged) {
    if (data.next_observations.empty())
      throw BadInput(data.source, "has no key next_observations", "use the next row as successor");
    for (std::size_t i = 0; i < data.size(); ++i) append_row(view, data, i, data.next_observations.data() + i * o);
    return view;
  }
  for (std::size_t i = 0; i + 1 < data.size(); ++i)
    if (!data.timeouts[i]) append_row(view, data, i, data.observations.data() + (i + 1) * o);
  if (view.size() == 0) throw BadInput(data.source, "has no transition inside an episode", "give longer episodes");
  return view;
}

Transitions dynamics_view(const OfflineDataset& data) {
  auto view = empty_view(data);
  const auto o = static_cast<std::size_t>(data.observation_size);
  const bool logged = !data.next_observations.empty();
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (logged)
      append_row(view, data, i, data.next_observations.data() + i * o);
    else if (i + 1 < data.size() && !data.timeouts[i] && !data.terminals[i])
      append_row(view, data, i, data.observations.data() + (i + 1) * o);
  }
  if (view.size() == 0) throw BadInput(data.source, "has no transition inside an episode", "give longer episodes");
  return view;
}

std::vector<double> episode_returns(const OfflineDataset& data) {
  std::vector<double> returns;
  double sum = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    sum += static_cast<double>(data.rewards[i]);
    if (!data.terminals[i] && !data.timeouts[i]) continue;
    returns.push_back(sum);
    sum = 0;
  }
  return returns;
}

DatasetStatistics statistics(const OfflineDataset& data) {
  DatasetStatistics result;
  const auto returns = episode_returns(data);
  result.transitions = data.size();
  result.episodes = returns.size();
  if (!returns.empty()) {
    result.return_mean = mean(returns);
    result.return_deviation = std::sqrt(variance(returns));
    const auto [low, high] = std::minmax_element(returns.begin(), returns.end());
    result.return_low = *low;
    result.return_high = *high;
  }
  const auto share = [](auto count, std::size_t of) {
    return of == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(of);
  };
  result.terminal_share = share(std::count(data.terminals.begin(), data.terminals.end(), 1), data.size());
  result.saturated_share =
      share(std::count_if(data.actions.begin(), data.actions.end(), [](float a) { return std::abs(a) > 0.99F; }),
            data.actions.size());
  return result;
}

Normaliser Normaliser::of(const Transitions& transitions) {
  const auto o = static_cast<std::size_t>(transitions.observation_size), n = transitions.size();
  Normaliser result = identity(transitions.observation_size);
  for (std::size_t f = 0; f < o; ++f) {
    double sum = 0, square = 0;
    for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(transitions.observations[i * o + f]);
    const double centre = sum / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i)
      square += std::pow(static_cast<double>(transitions.observations[i * o + f]) - centre, 2);
    result.mean[f] = static_cast<float>(centre);
    result.deviation[f] = static_cast<float>(std::sqrt(square / static_cast<double>(n)) + 1e-3);
  }
  return result;
}

Normaliser Normaliser::identity(int observation_size) {
  return {std::vector<float>(static_cast<std::size_t>(observation_size), 0.0F),
          std::vector<float>(static_cast<std::size_t>(observation_size), 1.0F)};
}

void Normaliser::apply(std::vector<float>& observations) const {
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const auto f = i % mean.size();
    observations[i] = (observations[i] - mean[f]) / deviation[f];
  }
}

void Normaliser::apply(Transitions& transitions) const {
  apply(transitions.observations);
  apply(transitions.next_observations);
}

LearningData learning_data(const OfflineDataset& dataset, int batch, bool normalise, Successors successors) {
  LearningData data{value_view(dataset, successors), Normaliser::identity(dataset.observation_size)};
  if (static_cast<std::size_t>(batch) > data.transitions.size())
    throw BadInput(
        "--batch",
        fmt::format("{} is more than the {} transitions of {}", batch, data.transitions.size(), dataset.source),
        "give a smaller batch or more data");
  if (!normalise) return data;
  data.normaliser = Normaliser::of(data.transitions);
  data.normaliser.apply(data.transitions);
  return data;
}

void gather(const Transitions& transitions, Batch& batch) {
  const auto size = batch.rows.size(), o = static_cast<std::size_t>(transitions.observation_size),
             a = static_cast<std::size_t>(transitions.action_size);
  batch.size = static_cast<int>(size);
  batch.observations.resize(o * size);
  batch.next_observations.resize(o * size);
  batch.actions.resize(a * size);
  batch.rewards.resize(size);
  batch.not_terminal.resize(size);
  for (std::size_t b = 0; b < size; ++b) {
    const auto row = batch.rows[b];
    for (std::size_t f = 0; f < o; ++f) {
      batch.observations[f * size + b] = transitions.observations[row * o + f];
      batch.next_observations[f * size + b] = transitions.next_observations[row * o + f];
    }
    for (std::size_t f = 0; f < a; ++f) batch.actions[f * size + b] = transitions.actions[row * a + f];
    batch.rewards[b] = transitions.rewards[row];
    batch.not_terminal[b] = transitions.not_terminal[row];
  }
}

void draw(const Transitions& transitions, int size, Random random, Batch& batch) {
  batch.rows.resize(static_cast<std::size_t>(size));
  for (auto& row : batch.rows) row = random.below(transitions.size());
  gather(transitions, batch);
}

}  // namespace offprint::control
