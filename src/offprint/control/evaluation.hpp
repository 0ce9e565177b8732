// How well a policy does: episodes with its deterministic action, each from a start state of its own stream.
#pragma once
#include <functional>

#include "offprint/control/policy.hpp"

namespace offprint::control {

struct EpisodeResult {
  double episode_return = 0, discounted_return = 0;
  int steps = 0;
  bool terminal = false;
  std::vector<float> start;  ///< first observation
};

struct EvaluationSettings {
  int episodes = 10;
  double discount = 0.99;
  Physics physics = Physics::exact;
};

/// Episode i starts from random.split(i), whatever the others do. `between` is called now and then, to cancel.
std::vector<EpisodeResult> evaluate(const Policy& policy, const Task& task, const EvaluationSettings& settings,
                                    Random random, const std::function<void()>& between = nullptr);

std::vector<double> returns_of(const std::vector<EpisodeResult>& episodes);

}  // namespace offprint::control
