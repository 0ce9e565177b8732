// One training of PRDC or a baseline, with the same networks, normalisation and minibatches for all.
#pragma once
#include "offprint/control/training.hpp"
#include "offprint/papers/prdc/prdc.hpp"

namespace offprint::prdc {

enum class Method { prdc, td3_bc, bc, td3 };
std::string_view method_text(Method method);  ///< "PRDC", "TD3+BC", ...

struct Experiment {
  Method method = Method::prdc;
  PrdcSettings settings;  ///< beta, k and search matter to PRDC only, alpha also to TD3+BC
  int steps = 8000, batch = 64;
  int evaluations = 20, episodes = 10;
  std::uint64_t seed = 0;
};

struct Outcome {
  control::TrainingResult training;
  control::Policy policy;
  nn::Mlp<float> critic;  ///< empty for BC
  double final_return = 0;
  double own_share = 1;      ///< mean over the last five evaluations; 1 for the baselines, which use their own pair
  double value_gap = 0;      ///< critic's value of start states less the discounted return, likewise; NaN for BC
  double pair_distance = 0;  ///< likewise
};

Outcome run_experiment(const control::LearningData& data, const control::Task* task, const Experiment& experiment,
                       const control::TrainingHooks& hooks = {});

}  // namespace offprint::prdc
