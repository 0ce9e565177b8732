// A trained policy: its actor network, the normaliser of its observations, where it comes from; kept as safetensors.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "offprint/control/dataset.hpp"
#include "offprint/nn/mlp.hpp"

namespace offprint::control {

/// The deterministic action of the network's outputs.
enum class Head {
  deterministic,  ///< the outputs are actions (a tanh layer)
  gaussian        ///< means, then log standard deviations; the action is tanh(mean)
};

struct Policy {
  nn::Mlp<float> actor;
  Head head = Head::deterministic;
  Normaliser normaliser;
  std::string task;                               ///< the task it was trained for; empty: unknown
  std::map<std::string, std::string> provenance;  ///< algorithm, settings, hash of the data, ...

  int observation_size() const { return actor.inputs(); }
  int action_size() const { return head == Head::gaussian ? actor.outputs() / 2 : actor.outputs(); }
};

/// Acts for many states at once; one object a thread.
class Actor {
 public:
  explicit Actor(const Policy& policy) : policy_(policy) {}
  /// `observations` [batch][observation_size] as the task gives them; `actions` [batch][action_size], in [-1, 1].
  void act(const float* observations, int batch, float* actions);

 private:
  const Policy& policy_;
  nn::Pass<float> pass_;
  std::vector<float> input_;
};

/// Tensors actor.0.weight [outputs][inputs], actor.0.bias, ..., observation.mean, observation.deviation.
void write_policy(const std::filesystem::path& path, const Policy& policy);
/// Throws BadInput on a file that is no policy, or with --task one of other widths.
Policy read_policy(const std::filesystem::path& path, const Task* task = nullptr);

}  // namespace offprint::control
