// Trainings that are compared: the agents that need no room, made alike, and what a training ended with. Reported is
// the mean of the last five evaluations, never the best one.
#pragma once
#include "offprint/base/choices.hpp"
#include "offprint/control/td3.hpp"
#include "offprint/control/training.hpp"

namespace offprint::control {

enum class Algorithm { td3_bc, bc, td3, sac };
inline const Choices<Algorithm> algorithm_titles{
    {{"TD3+BC", Algorithm::td3_bc}, {"BC", Algorithm::bc}, {"TD3", Algorithm::td3}, {"SAC", Algorithm::sac}}};

/// `alpha` weighs values against the logged actions in TD3+BC. SAC takes layers, learning rate and discount of
/// `settings`. The same seed gives all of them the same first networks where these have the same shape.
std::unique_ptr<Learner> make_learner(Algorithm algorithm, const Transitions& transitions, const Td3Settings& settings,
                                      double alpha, std::uint64_t seed);

struct Outcome {
  TrainingResult training;
  Policy policy;
  double final_return = 0;
  double value_gap = 0;  ///< late mean of the critic's value of start states less the discounted return; NaN for BC
};
Outcome run_training(Learner& learner, const LearningData& data, const Task* task, const TrainingSettings& settings,
                     const TrainingHooks& hooks = {});

/// Mean over the last five evaluations of one of the learner's metrics; `otherwise` where it has no such metric.
double late_mean(const TrainingResult& result, const std::string& metric, double otherwise);

}  // namespace offprint::control
