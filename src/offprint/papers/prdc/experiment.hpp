// One training of PRDC or a baseline, with the same networks, normalisation and minibatches for all.
#pragma once
#include "offprint/control/experiment.hpp"
#include "offprint/papers/prdc/prdc.hpp"

namespace offprint::prdc {

enum class Method { prdc, td3_bc, bc, td3 };
inline const Choices<Method> methods{
    {{"PRDC", Method::prdc}, {"TD3+BC", Method::td3_bc}, {"BC", Method::bc}, {"TD3", Method::td3}}};

struct Trial {
  Method method = Method::prdc;
  PrdcSettings settings;  ///< beta, k and search matter to PRDC only, alpha also to TD3+BC
  control::TrainingSettings training;
};

struct Outcome : control::Outcome {
  nn::Mlp<float> critic;  ///< empty for BC
  double own_share = 1;   ///< late mean; 1 for the baselines, which use their own pair
};

Outcome run_trial(const control::LearningData& data, const control::Task* task, const Trial& trial,
                  const control::TrainingHooks& hooks = {});

}  // namespace offprint::prdc
