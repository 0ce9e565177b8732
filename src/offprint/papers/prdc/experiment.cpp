#include "offprint/papers/prdc/experiment.hpp"

namespace offprint::prdc {
namespace {

std::unique_ptr<control::Learner> make_learner(const control::LearningData& data, const Trial& trial) {
  const auto seed = trial.training.seed;
  if (trial.method == Method::prdc)
    return std::make_unique<Prdc>(data.transitions, trial.settings, Random(seed).split("learner"));
  const auto algorithm = *control::algorithm_titles.find(methods.name(trial.method));
  return control::make_learner(algorithm, data.transitions, trial.settings.td3, trial.settings.alpha, seed);
}

}  // namespace

Outcome run_trial(const control::LearningData& data, const control::Task* task, const Trial& trial,
                  const control::TrainingHooks& hooks) {
  const auto learner = make_learner(data, trial);
  Outcome outcome{control::run_training(*learner, data, task, trial.training, hooks), {}, 1};
  outcome.own_share = control::late_mean(outcome.training, "own_share", 1);
  if (const auto* prdc = dynamic_cast<const Prdc*>(learner.get())) outcome.critic = prdc->critic();
  if (const auto* td3 = dynamic_cast<const control::Td3*>(learner.get()); td3 && trial.method != Method::bc)
    outcome.critic = td3->critic();
  return outcome;
}

}  // namespace offprint::prdc
