// The runs of online agents behind data sets, kept in the user's cache: the kinds of one task share one run.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/control/collection.hpp"
#include "offprint/control/learner.hpp"
#include "offprint/data/safetensors.hpp"

namespace offprint::control {
namespace {

namespace fs = std::filesystem;

constexpr const char* format_name = "offprint online run 1";

void write_run(const fs::path& path, const OnlineRun& run) {
  const auto n = run.replay.size(), checkpoints = run.checkpoints.size(),
             parameters = run.last().actor.parameters().size();
  std::vector<float> actors;
  std::vector<double> returns;
  std::vector<std::int64_t> steps;
  for (const auto& checkpoint : run.checkpoints) {
    actors.insert(actors.end(), checkpoint.actor.parameters().begin(), checkpoint.actor.parameters().end());
    returns.push_back(checkpoint.episode_return);
    steps.push_back(checkpoint.step);
  }
  std::vector<std::int64_t> ends;
  for (std::size_t i = 0; i < n; ++i) ends.push_back(run.replay.terminals[i] + 2 * run.replay.timeouts[i]);
  const auto floats = [&](const std::vector<float>& values) {
    return data::view_of(std::span<const float>(values), {n, values.size() / n});
  };
  const auto doubles = [&](const std::vector<double>& values) {
    return data::view_of(std::span<const double>(values), {n, values.size() / n});
  };
  fs::create_directories(path.parent_path());
  data::write_safetensors(path,
                          {{"actors", data::view_of(std::span<const float>(actors), {checkpoints, parameters})},
                           {"returns", data::view_of(std::span<const double>(returns), {checkpoints})},
                           {"steps", data::view_of(std::span<const std::int64_t>(steps), {checkpoints})},
                           {"observations", floats(run.replay.observations)},
                           {"actions", floats(run.replay.actions)},
                           {"rewards", floats(run.replay.rewards)},
                           {"next_observations", floats(run.replay.next_observations)},
                           {"ends", data::view_of(std::span<const std::int64_t>(ends), {n})},
                           {"positions", doubles(run.replay.positions)},
                           {"velocities", doubles(run.replay.velocities)}},
                          {{"format", format_name}, {"algorithm", run.replay.algorithm}});
}

template <class T>
std::vector<T> exact(const data::TensorView& tensor, data::Dtype dtype) {
  if (tensor.dtype != dtype) throw BadInput("", "a tensor of another type");
  std::vector<T> values(tensor.size());
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

OnlineRun read_run(const fs::path& path, const Task& task, const OnlineSettings& settings) {
  const auto tensors = data::read_safetensors(path);
  if (!tensors.metadata().count("format") || tensors.metadata().at("format") != format_name)
    throw BadInput(path.string(), "is no cached run");
  OnlineRun run;
  nn::Mlp<float> actor(layer_sizes(task.observations, settings.recipe.hidden, task.actions), nn::Activation::relu,
                       nn::Activation::tanh);
  const auto returns = exact<double>(tensors.at("returns"), data::Dtype::f64);
  const auto steps = exact<std::int64_t>(tensors.at("steps"), data::Dtype::i64);
  const std::size_t shape[]{returns.size(), actor.parameters().size()};
  const auto actors = tensors.at("actors", shape).floats();
  for (std::size_t i = 0; i < returns.size(); ++i) {
    std::copy_n(actors.begin() + static_cast<std::ptrdiff_t>(i * shape[1]), shape[1], actor.parameters().begin());
    run.checkpoints.push_back({static_cast<int>(steps.at(i)), returns[i], actor});
  }
  auto& replay = run.replay;
  replay.source = path.string();
  replay.observation_size = task.observations;
  replay.action_size = task.actions;
  replay.rewards = tensors.at("rewards").floats();
  replay.observations = tensors.at("observations").floats();
  replay.actions = tensors.at("actions").floats();
  replay.next_observations = tensors.at("next_observations").floats();
  for (const auto end : exact<std::int64_t>(tensors.at("ends"), data::Dtype::i64)) {
    replay.terminals.push_back((end & 1) != 0);
    replay.timeouts.push_back((end & 2) != 0);
  }
  replay.positions = exact<double>(tensors.at("positions"), data::Dtype::f64);
  replay.velocities = exact<double>(tensors.at("velocities"), data::Dtype::f64);
  replay.algorithm = tensors.metadata().at("algorithm");
  replay.task = task.name;
  replay.kind = "medium-replay";
  if (task.family == "MuJoCo") replay.physics = physics_names.name(settings.physics);
  if (run.checkpoints.empty() || replay.terminals.size() != replay.size() ||
      replay.observations.size() != replay.size() * static_cast<std::size_t>(task.observations))
    throw BadInput(path.string(), "is a damaged cached run");
  return run;
}

}  // namespace

OnlineRun online_run(const Task& task, const CollectSettings& settings, const OnlineHook& hook) {
  OnlineSettings online;
  online.recipe = task.recipe;
  if (settings.training_steps > 0) online.recipe.steps = settings.training_steps;
  online.physics = settings.physics;
  online.seed = settings.seed;
  if (!settings.cached) return train_online(task, online, hook);
  const auto file = user_cache_folder() / "control" /
                    fmt::format("{}-{}-{}-{}.safetensors", task.name, physics_names.name(settings.physics),
                                online.recipe.steps, settings.seed);
  if (fs::exists(file)) {
    try {
      return read_run(file, task, online);
    } catch (const BadInput&) {  // of another version, or damaged: it is made again
    }
  }
  auto run = train_online(task, online, hook);
  write_run(file, run);
  return run;
}

}  // namespace offprint::control
