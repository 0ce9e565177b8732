#include "offprint/papers/prdc/experiment.hpp"

#include <algorithm>
#include <limits>

namespace offprint::prdc {

std::string_view method_text(Method method) {
  switch (method) {
    case Method::prdc:
      return "PRDC";
    case Method::td3_bc:
      return "TD3+BC";
    case Method::bc:
      return "BC";
    case Method::td3:
      return "TD3";
  }
  return "";
}

namespace {

std::unique_ptr<control::Learner> make_learner(const control::LearningData& data, const Experiment& e) {
  const auto random = Random(e.seed).split("learner");
  const auto& t = data.transitions;
  if (e.method == Method::prdc) return std::make_unique<Prdc>(t, e.settings, random);
  const auto loss = e.method == Method::bc    ? control::ActorLoss::behaviour_cloning()
                    : e.method == Method::td3 ? control::ActorLoss::td3()
                                              : control::ActorLoss::td3_bc(e.settings.alpha);
  return std::make_unique<control::Td3>(t.observation_size, t.action_size, e.settings.td3, loss, random);
}

/// Mean of a metric over the last five evaluations.
double late_mean(const control::TrainingResult& result, const char* metric, double otherwise) {
  double sum = 0;
  const auto count = std::min<std::size_t>(5, result.evaluations.size());
  for (std::size_t i = result.evaluations.size() - count; i < result.evaluations.size(); ++i) {
    const auto found = result.evaluations[i].metrics.find(metric);
    if (found == result.evaluations[i].metrics.end()) return otherwise;
    sum += found->second;
  }
  return count > 0 ? sum / static_cast<double>(count) : otherwise;
}

}  // namespace

Outcome run_experiment(const control::LearningData& data, const control::Task* task, const Experiment& e,
                       const control::TrainingHooks& hooks) {
  const auto learner = make_learner(data, e);
  control::TrainingSettings settings;
  settings.steps = e.steps;
  settings.batch = e.batch;
  settings.evaluations = e.evaluations;
  settings.evaluation.episodes = e.episodes;
  settings.evaluation.discount = e.settings.td3.discount;
  settings.seed = e.seed;
  Outcome outcome;
  outcome.training = control::train(*learner, data.transitions, data.normaliser, task, settings, hooks);
  outcome.policy = control::policy_of(*learner, data.normaliser, task ? task->name : "");
  outcome.final_return = outcome.training.final_return();
  outcome.own_share = late_mean(outcome.training, "own_share", 1);
  outcome.pair_distance = late_mean(outcome.training, "pair_distance", std::numeric_limits<double>::quiet_NaN());
  if (const auto* prdc = dynamic_cast<const Prdc*>(learner.get())) outcome.critic = prdc->critic();
  if (const auto* td3 = dynamic_cast<const control::Td3*>(learner.get()); td3 && e.method != Method::bc)
    outcome.critic = td3->critic();
  const auto& evaluations = outcome.training.evaluations;
  const auto count = std::min<std::size_t>(5, evaluations.size());
  for (std::size_t i = evaluations.size() - count; i < evaluations.size(); ++i)
    outcome.value_gap +=
        (evaluations[i].predicted_value - evaluations[i].discounted_return) / static_cast<double>(count);
  return outcome;
}

}  // namespace offprint::prdc
