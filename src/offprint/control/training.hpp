// Offline training: updates of a learner on minibatches of logged transitions, evaluations along the way, checkpoints
// that go on exactly.
#pragma once
#include <functional>
#include <optional>

#include "offprint/control/evaluation.hpp"
#include "offprint/control/learner.hpp"

namespace offprint::control {

struct TrainingSettings {
  std::int64_t steps = 8000;
  int batch = 256;
  int evaluations = 20;           ///< equally spaced; none without a task
  EvaluationSettings evaluation;  ///< of each
  std::uint64_t seed = 0;
  /// A checkpoint is written here at every evaluation point, and removed when training ends. Empty: none.
  std::filesystem::path checkpoint;
  bool resume = false;      ///< go on from the checkpoint if there is one
  std::string fingerprint;  ///< all that must be the same to go on
};

/// One evaluation.
struct Progress {
  std::int64_t step = 0;
  double return_mean = 0, return_deviation = 0;  ///< of the episodes; NaN without a task
  double predicted_value = 0;    ///< mean critic's value of the start states; NaN without a critic or task
  double discounted_return = 0;  ///< mean discounted return from them
  Metrics metrics;               ///< the learner's newest
};

struct TrainingResult {
  std::vector<Progress> evaluations;
  double cpu_seconds = 0;  ///< of updates, without evaluations, since the start or the resumption
  double updates_per_second = 0;
  std::int64_t resumed_at = 0;
  /// Mean return of the last five evaluations: what is reported, never the best one.
  double final_return() const;
};

struct TrainingHooks {
  std::function<void(std::int64_t done)> between;  ///< every 100 updates at most; throws to stop
  std::function<void(const Progress&)> evaluated;
};

/// The policy of a learner as it is now.
Policy policy_of(const Learner& learner, const Normaliser& normaliser, const std::string& task);

/// `transitions` are normalised by `normaliser`. Evaluations need `task`. Minibatch i of a seed is the same for every
/// learner.
TrainingResult train(Learner& learner, const Transitions& transitions, const Normaliser& normaliser, const Task* task,
                     const TrainingSettings& settings, const TrainingHooks& hooks = {});

/// CPU seconds of the calling thread.
double thread_seconds();

}  // namespace offprint::control
