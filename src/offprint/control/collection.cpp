#include "offprint/control/collection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/control/sac.hpp"
#include "offprint/control/scripted.hpp"
#include "offprint/control/td3.hpp"
#include "offprint/control/training.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/nn/blas.hpp"

namespace offprint::control {
namespace {

using Act = std::function<void(const std::vector<float>& observation, Random& random, std::vector<float>& action)>;

/// Appends one row.
void log_step(OfflineDataset& data, const std::vector<float>& before, const Env& env,
              const std::vector<double>& positions, const std::vector<double>& velocities,
              const std::vector<float>& action, const StepResult& result) {
  const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  append(data.observations, before);
  append(data.actions, action);
  data.rewards.push_back(static_cast<float>(result.reward));
  data.terminals.push_back(result.terminal);
  data.timeouts.push_back(result.truncated);
  append(data.next_observations, env.observation());
  append(data.positions, positions);
  append(data.velocities, velocities);
}

OfflineDataset empty_dataset(const Task& task, const CollectSettings& settings) {
  OfflineDataset data;
  data.source = task.name + " " + settings.kind;
  data.observation_size = task.observations;
  data.action_size = task.actions;
  data.task = task.name;
  data.kind = settings.kind;
  if (task.family == "MuJoCo") data.physics = physics_names.name(settings.physics);
  return data;
}

void roll(const Task& task, const CollectSettings& settings, std::size_t steps, const Act& act, Random random,
          const OnlineHook& hook, OfflineDataset& data) {
  const auto env = make_env(task, settings.physics);
  std::vector<float> action(static_cast<std::size_t>(task.actions));
  Random starts = random.split("starts"), actions = random.split("actions");
  env->reset(starts);
  for (std::size_t step = 0; step < steps; ++step) {
    if (hook && step % 256 == 0) hook(static_cast<int>(step), nullptr);
    const auto before = env->observation();
    const auto positions = env->positions(), velocities = env->velocities();
    act(before, actions, action);
    const auto result = env->step(action);
    log_step(data, before, *env, positions, velocities, action, result);
    if (result.terminal || result.truncated) env->reset(starts);
  }
}

void uniform_action(const std::vector<float>&, Random& random, std::vector<float>& action) {
  for (auto& value : action) value = static_cast<float>(random.uniform(-1, 1));
}

/// The stochastic policy that trained: TD3's actor with noise, SAC's Gaussian.
class Explorer {
 public:
  Explorer(const nn::Mlp<float>& actor, Head head, double noise) : actor_(actor), head_(head), noise_(noise) {}
  void operator()(const std::vector<float>& observation, Random& random, std::vector<float>& action) {
    const float* output = actor_.forward(observation.data(), 1, pass_);
    for (std::size_t i = 0; i < action.size(); ++i) {
      if (head_ == Head::gaussian) {
        const double deviation = std::exp(std::clamp(static_cast<double>(output[action.size() + i]), -5.0, 2.0));
        action[i] = static_cast<float>(std::tanh(static_cast<double>(output[i]) + deviation * random.normal()));
      } else {
        action[i] = std::clamp(output[i] + static_cast<float>(noise_ * random.normal()), -1.0F, 1.0F);
      }
    }
  }

 private:
  const nn::Mlp<float>& actor_;
  Head head_;
  double noise_;
  nn::Pass<float> pass_;
};

std::unique_ptr<Learner> make_learner(const Task& task, const OnlineSettings& settings) {
  const auto random = Random(settings.seed).split("learner");
  if (settings.agent == OnlineAgent::sac) {
    SacSettings sac;
    sac.hidden = settings.recipe.hidden;
    sac.learning_rate = sac.actor_learning_rate = settings.recipe.learning_rate;
    return std::make_unique<Sac>(task.observations, task.actions, sac, random);
  }
  Td3Settings td3;
  td3.hidden = settings.recipe.hidden;
  td3.learning_rate = settings.recipe.learning_rate;
  return std::make_unique<Td3>(task.observations, task.actions, td3, ActorLoss::td3(), random);
}

void remember(Transitions& memory, const std::vector<float>& before, const std::vector<float>& action,
              const StepResult& result, const std::vector<float>& after) {
  memory.observations.insert(memory.observations.end(), before.begin(), before.end());
  memory.actions.insert(memory.actions.end(), action.begin(), action.end());
  memory.rewards.push_back(static_cast<float>(result.reward));
  memory.next_observations.insert(memory.next_observations.end(), after.begin(), after.end());
  memory.not_terminal.push_back(result.terminal ? 0.0F : 1.0F);  // a truncation is bootstrapped through
}

}  // namespace

OnlineRun train_online(const Task& task, const OnlineSettings& settings, const OnlineHook& hook) {
  const nn::TrainingThread thread;
  const double started = thread_seconds();
  const auto& recipe = settings.recipe;
  const Random random(settings.seed);
  const auto learner = make_learner(task, settings);
  const auto identity = Normaliser::identity(task.observations);
  OnlineRun run;
  run.head = learner->head();
  CollectSettings about;
  about.kind = "medium-replay";
  about.physics = settings.physics;
  run.replay = empty_dataset(task, about);
  run.replay.algorithm = settings.agent == OnlineAgent::td3 ? "TD3" : "SAC";
  Transitions memory{task.observations, task.actions, {}, {}, {}, {}, {}};
  Random starts = random.split("starts"), exploration = random.split("exploration");
  const auto minibatches = random.split("minibatch");
  Explorer explore(learner->actor(), run.head, settings.exploration_noise);
  const auto env = make_env(task, settings.physics);
  env->reset(starts);
  std::vector<float> action(static_cast<std::size_t>(task.actions));
  Batch batch;
  for (int step = 0; step < recipe.steps;) {
    const auto before = env->observation();
    const auto positions = env->positions(), velocities = env->velocities();
    if (step < recipe.warm_up)
      uniform_action(before, exploration, action);
    else
      explore(before, exploration, action);
    const auto result = env->step(action);
    log_step(run.replay, before, *env, positions, velocities, action, result);
    remember(memory, before, action, result, env->observation());
    if (result.terminal || result.truncated) env->reset(starts);
    if (++step > recipe.warm_up) {
      draw(memory, recipe.batch, minibatches.split(static_cast<std::uint64_t>(step)), batch);
      learner->update(batch);
    }
    const bool evaluates = step % recipe.evaluate_every == 0 || step == recipe.steps;
    if (evaluates) {
      EvaluationSettings evaluation{settings.evaluation_episodes, 0.99, settings.physics};
      const auto episodes = evaluate(policy_of(*learner, identity, task.name), task, evaluation,
                                     random.split("evaluation").split(static_cast<std::uint64_t>(step)));
      run.checkpoints.push_back({step, mean(returns_of(episodes)), learner->actor()});
    }
    if (hook && (evaluates || step % 256 == 0)) hook(step, evaluates ? &run.checkpoints.back() : nullptr);
  }
  run.cpu_seconds = thread_seconds() - started;
  return run;
}

const Checkpoint& best_checkpoint(const OnlineRun& run) {
  return *std::max_element(run.checkpoints.begin(), run.checkpoints.end(),
                           [](const auto& a, const auto& b) { return a.episode_return < b.episode_return; });
}

const Checkpoint& medium_checkpoint(const OnlineRun& run, const Task& task) {
  const double target = task.zero_score + 0.45 * (best_checkpoint(run).episode_return - task.zero_score);
  return *std::min_element(run.checkpoints.begin(), run.checkpoints.end(), [&](const auto& a, const auto& b) {
    return std::abs(a.episode_return - target) < std::abs(b.episode_return - target);
  });
}

namespace {

/// Rows [from, to) of a log.
OfflineDataset rows(const OfflineDataset& data, std::size_t from, std::size_t to) {
  OfflineDataset part = data;
  const auto cut = [&](auto& values) {
    const auto width = values.size() / data.size();
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(to * width), values.end());
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(from * width));
  };
  cut(part.observations);
  cut(part.actions);
  cut(part.rewards);
  cut(part.terminals);
  cut(part.timeouts);
  cut(part.next_observations);
  cut(part.positions);
  cut(part.velocities);
  return part;
}

void append(OfflineDataset& to, const OfflineDataset& from) {
  const auto join = [](auto& a, const auto& b) { a.insert(a.end(), b.begin(), b.end()); };
  join(to.observations, from.observations);
  join(to.actions, from.actions);
  join(to.rewards, from.rewards);
  join(to.terminals, from.terminals);
  join(to.timeouts, from.timeouts);
  join(to.next_observations, from.next_observations);
  join(to.positions, from.positions);
  join(to.velocities, from.velocities);
}

OfflineDataset whole_episodes(const OfflineDataset& data) {
  std::size_t end = data.size();
  while (end > 0 && !data.terminals[end - 1] && !data.timeouts[end - 1]) --end;
  return rows(data, 0, end == 0 ? data.size() : end);
}

OfflineDataset from_agent(const Task& task, const CollectSettings& settings, const OnlineHook& hook) {
  const auto run = online_run(task, settings, hook);
  const nn::TrainingThread thread;
  const auto by = [&](const Checkpoint& checkpoint, std::size_t steps, const char* stream) {
    auto data = empty_dataset(task, settings);
    roll(task, settings, steps, Explorer(checkpoint.actor, run.head, 0.1),
         Random(settings.seed).split("collect").split(stream), hook, data);
    data.algorithm = run.replay.algorithm;
    return data;
  };
  if (settings.kind == "medium") return by(medium_checkpoint(run, task), settings.steps, "medium");
  if (settings.kind == "expert") return by(best_checkpoint(run), settings.steps, "expert");
  if (settings.kind == "medium-replay") {
    const auto end = static_cast<std::size_t>(medium_checkpoint(run, task).step);
    return rows(run.replay, end - std::min(end, settings.steps), end);
  }
  auto data = whole_episodes(by(medium_checkpoint(run, task), settings.steps / 2, "medium"));
  append(data, by(best_checkpoint(run), settings.steps - settings.steps / 2, "expert"));
  return data;
}

}  // namespace

OfflineDataset collect(const Task& task, const CollectSettings& settings, const OnlineHook& hook) {
  if (std::find(task.kinds.begin(), task.kinds.end(), settings.kind) == task.kinds.end())
    throw BadInput("--kind", fmt::format("{} has no data set '{}'", task.name, settings.kind),
                   "its kinds are " + join(task.kinds, ", "));
  if (!task.recipe.hidden.empty() && settings.kind != "random") return from_agent(task, settings, hook);
  auto data = empty_dataset(task, settings);
  const auto random = Random(settings.seed).split("collect").split(settings.kind);
  if (settings.kind == "random") {
    data.algorithm = "uniform actions";
    roll(task, settings, settings.steps, uniform_action, random, hook, data);
  } else if (task.family == "maze") {
    data.algorithm = "waypoint controller";
    WaypointController controller(task);
    const auto act = [&](const std::vector<float>& observation, Random& noise, std::vector<float>& action) {
      controller.act(observation, noise, action);
    };
    roll(task, settings, settings.steps, act, random, hook, data);
  } else {
    data.algorithm = "walker";
    line_world_steps(task, settings.kind == "edge", settings.steps, random, data);
  }
  return data;
}

}  // namespace offprint::control
