// Making data sets: an online agent, its checkpoints and its replay, and the kinds of D4RL from them; a planner for
// mazes, a walker for the line world.
#pragma once
#include <functional>

#include "offprint/control/evaluation.hpp"

namespace offprint::control {

enum class OnlineAgent { td3, sac };

struct OnlineSettings {
  OnlineAgent agent = OnlineAgent::td3;
  Recipe recipe;
  Physics physics = Physics::exact;
  double exploration_noise = 0.1;  ///< of TD3
  int evaluation_episodes = 5;     ///< at every checkpoint
  std::uint64_t seed = 0;
};

struct Checkpoint {
  int step = 0;
  double episode_return = 0;  ///< mean of the evaluation's episodes
  nn::Mlp<float> actor;
};

/// One run of an online agent: checkpoints in order and every transition it saw.
struct OnlineRun {
  Head head = Head::deterministic;
  std::vector<Checkpoint> checkpoints;
  OfflineDataset replay;
  double cpu_seconds = 0;
  const Checkpoint& last() const { return checkpoints.back(); }
};

using OnlineHook = std::function<void(
    int step, const Checkpoint* newest)>;  ///< `newest` when one was just made, else null; throws to stop

OnlineRun train_online(const Task& task, const OnlineSettings& settings, const OnlineHook& hook = nullptr);

struct CollectSettings {
  std::string kind = "medium";
  std::size_t steps = 20000;  ///< transitions; medium-replay has at most as many as the agent had seen
  Physics physics = Physics::exact;
  std::uint64_t seed = 0;
  int training_steps = 0;  ///< of the online agent; 0: the task's recipe
  bool cached = true;      ///< keep the agent's run in the user's cache and take it from there
};

/// random: uniform actions. medium: the stochastic policy of the checkpoint nearest to 45 % of the way from random to
/// the last return. medium-replay: the newest transitions of the replay up to that checkpoint. expert: the best
/// checkpoint's stochastic policy. medium-expert: half of each, the first cut after its last finished episode. waypoint
/// (mazes): a noisy controller that walks from random target to random target, rewards for the fixed goal. easy, edge
/// (line world): starts anywhere, actions +-0.8 with noise; all to the right, or to the right from 9 on only. Throws
/// BadInput for a kind the task does not have.
OfflineDataset collect(const Task& task, const CollectSettings& settings, const OnlineHook& hook = nullptr);

/// The online run behind a task's data sets, from the cache if it is there.
OnlineRun online_run(const Task& task, const CollectSettings& settings, const OnlineHook& hook = nullptr);
const Checkpoint& medium_checkpoint(const OnlineRun& run, const Task& task);
const Checkpoint& best_checkpoint(const OnlineRun& run);

}  // namespace offprint::control
