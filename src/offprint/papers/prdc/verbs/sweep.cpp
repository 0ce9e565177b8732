#include <cmath>

#include "offprint/math/statistics.hpp"
#include "offprint/paper/repeat.hpp"
#include "offprint/papers/prdc/verbs/training.hpp"

namespace offprint::prdc::verbs {
namespace {

struct SweepOptions : TrainingOptions {
  std::vector<double> betas{0.1, 0.5, 1, 2, 5, 20, 1000};
  int seeds = 3;
};

void compare_betas(const SweepOptions& options, Run& run) {
  if (options.task.empty()) throw UsageError("--task: a sweep compares returns; name the task");
  const auto& task = control::find_task(options.task);
  const auto learning = load(options, &task, run).learning;
  auto betas = options.betas;
  std::sort(betas.begin(), betas.end());
  std::vector<std::pair<Method, double>> arms{{Method::bc, 0}, {Method::td3, 0}, {Method::td3_bc, 0}};
  for (const double beta : betas) arms.emplace_back(Method::prdc, beta);
  const auto seeds = static_cast<std::size_t>(options.seeds);
  const auto outcomes = repeat(run, seeds * arms.size(), "trainings", [&](std::size_t i) {
    const auto& [method, beta] = arms[i % arms.size()];
    Trial trial{method, settings_of(options), control::training_settings(options, run.seed() + i / arms.size())};
    trial.settings.beta = beta;
    control::TrainingHooks hooks;
    hooks.between = [&](std::int64_t) { run.check_cancelled(); };
    return run_trial(learning, &task, trial, hooks);
  });
  ResultTable table{"sweep",
                    "Mean over seeds of the last five evaluations",
                    {"method", "beta", "return", "deviation", "normalised", "own_share", "updates_per_second"}};
  std::vector<ReturnPoint> points;
  for (std::size_t a = 0; a < arms.size(); ++a) {
    const auto& [method, beta] = arms[a];
    std::vector<double> returns, own, rates;
    for (std::size_t i = a; i < outcomes.size(); i += arms.size()) {
      returns.push_back(outcomes[i].final_return);
      own.push_back(outcomes[i].own_share);
      rates.push_back(outcomes[i].training.updates_per_second);
    }
    const bool has_beta = method == Method::prdc;
    const double value = mean(returns), deviation = std::sqrt(variance(returns));
    table.row(methods.name(method), has_beta ? Cell(beta) : Cell(), value, deviation,
              control::normalised_score(task, value), has_beta ? Cell(mean(own)) : Cell(), mean(rates));
    points.push_back({"", method, beta, value, deviation});
  }
  run.table(table);
  run.figure(return_figure("Return against beta",
                           "To the left the constraint vanishes, to the right PRDC becomes TD3+BC.", points));
}

}  // namespace

Verb sweep() {
  return verb<SweepOptions>("sweep", "Compare values of beta, and BC, TD3 and TD3+BC, over several seeds")
      .with(training_options())
      .option(&SweepOptions::betas, "beta", "Weights of states to try", between(0, 1e9))
      .option(&SweepOptions::seeds, "seeds", "Trainings of each", between(1, 1000))
      .example(
          "sweep data:example-control-pendulum --task pendulum --steps 500 --evaluations 5 --hidden 64,64 --batch 64 "
          "--learning-rate 0.001 --threads 2")
      .runs(compare_betas);
}

}  // namespace offprint::prdc::verbs
