#include "offprint/control/training.hpp"

#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <limits>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/safetensors.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/nn/blas.hpp"

namespace offprint::control {
namespace {

namespace fs = std::filesystem;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Progress measure(Learner& learner, const Normaliser& normaliser, const Task* task, const TrainingSettings& settings,
                 const TrainingHooks& hooks) {
  Progress progress{learner.updates(), nan, nan, nan, nan, learner.metrics()};
  if (!task) return progress;
  const auto between = [&] {
    if (hooks.between) hooks.between(learner.updates());
  };
  const auto random = Random(settings.seed).split("evaluation").split(static_cast<std::uint64_t>(learner.updates()));
  const auto episodes =
      evaluate(policy_of(learner, normaliser, task->name), *task, settings.evaluation, random, between);
  const auto returns = returns_of(episodes);
  progress.return_mean = mean(returns);
  progress.return_deviation = std::sqrt(variance(returns));
  const auto o = static_cast<std::size_t>(task->observations), count = episodes.size();
  std::vector<float> starts(o * count);
  progress.discounted_return = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t f = 0; f < o; ++f)
      starts[f * count + i] = (episodes[i].start[f] - normaliser.mean[f]) / normaliser.deviation[f];
    progress.discounted_return += episodes[i].discounted_return / static_cast<double>(count);
  }
  const auto values = learner.values(starts.data(), static_cast<int>(count));
  if (!values.empty()) {
    progress.predicted_value = 0;
    for (const float value : values)
      progress.predicted_value += static_cast<double>(value) / static_cast<double>(count);
  }
  return progress;
}

void write_checkpoint(Learner& learner, const std::vector<Progress>& evaluations, const TrainingSettings& settings) {
  std::map<std::string, data::TensorView> tensors;
  for (const auto& [name, values] : learner.state())
    tensors["state." + name] = data::view_of(std::span<const float>(values), {values.size()});
  std::vector<double> rows;
  std::string metrics;
  for (const auto& e : evaluations) {
    rows.insert(rows.end(), {static_cast<double>(e.step), e.return_mean, e.return_deviation, e.predicted_value,
                             e.discounted_return});
    for (const auto& [name, value] : e.metrics) metrics += name + " " + exact_number(value) + ";";
    metrics += "\n";
  }
  tensors["evaluations"] = data::view_of(std::span<const double>(rows), {evaluations.size(), 5});
  data::write_safetensors(settings.checkpoint, tensors,
                          {{"format", "offprint training checkpoint 1"},
                           {"updates", std::to_string(learner.updates())},
                           {"fingerprint", settings.fingerprint},
                           {"metrics", metrics}});
}

double float64_at(const data::TensorView& tensor, std::size_t index) {
  double value;
  std::copy_n(tensor.bytes.begin() + static_cast<std::ptrdiff_t>(8 * index), 8, reinterpret_cast<std::byte*>(&value));
  return value;
}

std::vector<Progress> read_checkpoint(Learner& learner, const TrainingSettings& settings) {
  const auto tensors = data::read_safetensors(settings.checkpoint);
  auto metadata = tensors.metadata();
  const auto file = settings.checkpoint.string();
  const auto updates = parse_integer(metadata["updates"]);
  if (metadata["format"] != "offprint training checkpoint 1" || !updates || *updates < 0)
    throw BadInput(file, "is no checkpoint of a training", "remove it");
  if (metadata["fingerprint"] != settings.fingerprint)
    throw BadInput(file, "is of a training with other settings or data",
                   "give the same ones, or start anew without --resume");
  for (auto& [name, values] : learner.state()) {
    const std::size_t shape[]{values.size()};
    const auto stored = tensors.at("state." + name, shape).floats();
    std::copy(stored.begin(), stored.end(), values.begin());
  }
  learner.set_updates(*updates);
  learner.restored();
  const auto& rows = tensors.at("evaluations");
  if (rows.dtype != data::Dtype::f64 || rows.shape.size() != 2 || rows.shape[1] != 5)
    throw BadInput(file, "its evaluations are damaged", "remove it");
  const auto lines = split(metadata["metrics"], '\n');
  std::vector<Progress> evaluations;
  for (std::size_t i = 0; i < rows.shape[0]; ++i) {
    Progress e{static_cast<std::int64_t>(float64_at(rows, 5 * i)),
               float64_at(rows, 5 * i + 1),
               float64_at(rows, 5 * i + 2),
               float64_at(rows, 5 * i + 3),
               float64_at(rows, 5 * i + 4),
               {}};
    for (const auto& pair : split(i < lines.size() ? lines[i] : "", ';'))
      if (const auto space = pair.find(' '); space != std::string::npos)
        e.metrics[pair.substr(0, space)] = parse_double(pair.substr(space + 1)).value_or(nan);
    evaluations.push_back(std::move(e));
  }
  return evaluations;
}

}  // namespace

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double TrainingResult::final_return() const {
  double sum = 0;
  const auto count = std::min<std::size_t>(5, evaluations.size());
  for (std::size_t i = evaluations.size() - count; i < evaluations.size(); ++i) sum += evaluations[i].return_mean;
  return count == 0 ? nan : sum / static_cast<double>(count);
}

Policy policy_of(const Learner& learner, const Normaliser& normaliser, const std::string& task) {
  return {learner.actor(), learner.head(), normaliser, task, {}};
}

TrainingResult train(Learner& learner, const Transitions& transitions, const Normaliser& normaliser, const Task* task,
                     const TrainingSettings& settings, const TrainingHooks& hooks) {
  const nn::TrainingThread thread;
  TrainingResult result;
  if (settings.resume && !settings.checkpoint.empty() && fs::exists(settings.checkpoint)) {
    result.evaluations = read_checkpoint(learner, settings);
    result.resumed_at = learner.updates();
  }
  const auto minibatches = Random(settings.seed).split("minibatch");
  const auto every =
      std::max<std::int64_t>(1, (settings.steps + settings.evaluations - 1) / std::max(1, settings.evaluations));
  Batch batch;
  double started = thread_seconds();
  while (learner.updates() < settings.steps) {
    const auto step = learner.updates();
    if (hooks.between && step % 100 == 0) hooks.between(step);
    draw(transitions, settings.batch, minibatches.split(static_cast<std::uint64_t>(step)), batch);
    learner.update(batch);
    if (learner.updates() % every != 0 && learner.updates() != settings.steps) continue;
    result.cpu_seconds += thread_seconds() - started;
    for (const auto& [name, value] : learner.metrics())
      if (!std::isfinite(value))
        throw NumericalFailure("the training diverged: " + name + " is no longer finite",
                               fmt::format("{} updates", learner.updates()));
    result.evaluations.push_back(measure(learner, normaliser, task, settings, hooks));
    if (hooks.evaluated) hooks.evaluated(result.evaluations.back());
    if (!settings.checkpoint.empty()) write_checkpoint(learner, result.evaluations, settings);
    started = thread_seconds();
  }
  result.updates_per_second =
      result.cpu_seconds > 0 ? static_cast<double>(learner.updates() - result.resumed_at) / result.cpu_seconds : 0;
  return result;
}

}  // namespace offprint::control
