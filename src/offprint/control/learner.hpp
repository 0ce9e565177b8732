// What every learner offers to the training loop: one update at a time on a minibatch, its actor, and its whole state
// by name.
#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "offprint/control/dataset.hpp"
#include "offprint/control/policy.hpp"

namespace offprint::control {

using Metrics = std::map<std::string, double>;

class Learner {
 public:
  virtual ~Learner() = default;
  /// The next update; its random numbers depend on the seed and on `updates()` alone.
  virtual void update(const Batch& batch) = 0;
  virtual Metrics metrics() const = 0;  ///< of the newest update: critic_loss, mean_q, ...
  virtual const nn::Mlp<float>& actor() const = 0;
  virtual Head head() const { return Head::deterministic; }
  /// Value of normalised states under the actor: [batch] from feature-major [observation_size][batch]. Empty if the
  /// learner has no critic.
  virtual std::vector<float> values(const float* observations, int batch) = 0;

  std::int64_t updates() const { return updates_; }
  void set_updates(std::int64_t updates) { updates_ = updates; }
  /// Everything that changes in training but the number of updates: a checkpoint of it goes on exactly.
  virtual std::map<std::string, std::span<float>> state() = 0;
  /// Called after state() has been overwritten and updates() set.
  virtual void restored() = 0;

 protected:
  std::int64_t updates_ = 0;
};

/// Inputs, hidden layers, outputs: the sizes of a network.
std::vector<int> layer_sizes(int inputs, const std::vector<int>& hidden, int outputs);
/// Rows of `first`, then of `second`: the input of a critic.
void stack(const float* first, int first_rows, const float* second, int second_rows, int batch,
           std::vector<float>& stacked);

}  // namespace offprint::control
