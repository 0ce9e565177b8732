#include "offprint/control/experiment.hpp"

#include <algorithm>

#include "offprint/control/sac.hpp"

namespace offprint::control {
namespace {

std::span<const Progress> late(const TrainingResult& result) {
  const auto& all = result.evaluations;
  return std::span(all).last(std::min<std::size_t>(5, all.size()));
}

}  // namespace

std::unique_ptr<Learner> make_learner(Algorithm algorithm, const Transitions& transitions, const Td3Settings& settings,
                                      double alpha, std::uint64_t seed) {
  const auto random = Random(seed).split("learner");
  const int observations = transitions.observation_size, actions = transitions.action_size;
  if (algorithm == Algorithm::sac) {
    SacSettings sac;
    sac.hidden = settings.hidden;
    sac.learning_rate = sac.actor_learning_rate = settings.learning_rate;
    sac.discount = settings.discount;
    return std::make_unique<Sac>(observations, actions, sac, random);
  }
  const auto loss = algorithm == Algorithm::bc    ? ActorLoss::behaviour_cloning()
                    : algorithm == Algorithm::td3 ? ActorLoss::td3()
                                                  : ActorLoss::td3_bc(alpha);
  return std::make_unique<Td3>(observations, actions, settings, loss, random);
}

Outcome run_training(Learner& learner, const LearningData& data, const Task* task, const TrainingSettings& settings,
                     const TrainingHooks& hooks) {
  Outcome outcome;
  outcome.training = train(learner, data.transitions, data.normaliser, task, settings, hooks);
  outcome.policy = policy_of(learner, data.normaliser, task ? task->name : "");
  outcome.final_return = outcome.training.final_return();
  const auto evaluations = late(outcome.training);
  for (const auto& one : evaluations)
    outcome.value_gap += (one.predicted_value - one.discounted_return) / static_cast<double>(evaluations.size());
  return outcome;
}

double late_mean(const TrainingResult& result, const std::string& metric, double otherwise) {
  double sum = 0;
  const auto evaluations = late(result);
  for (const auto& one : evaluations) {
    const auto found = one.metrics.find(metric);
    if (found == one.metrics.end()) return otherwise;
    sum += found->second;
  }
  return evaluations.empty() ? otherwise : sum / static_cast<double>(evaluations.size());
}

}  // namespace offprint::control
