#include <fmt/format.h>

#include <cmath>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/control/report/report.hpp"
#include "offprint/data/table.hpp"
#include "offprint/papers/prdc/published.hpp"
#include "offprint/papers/prdc/verbs/training.hpp"

namespace offprint::prdc::verbs {
namespace {

struct TrainOptions : TrainingOptions {
  double beta = 2;
  int k = 1;
  bool paper_scale = false, resume = false;
  OutputFile output;
};

/// alpha, beta and sizes of the paper for a task (its code's README).
TrainOptions at_paper_scale(TrainOptions options) {
  options.steps = 1000000;
  options.batch = 256;
  options.hidden = {256, 256};
  options.evaluations = 1000;
  options.episodes = 50;
  options.beta = 2;
  options.alpha = options.task == "half-cheetah" || options.task == "half_cheetah" ? 40 : 2.5;
  return options;
}

void show_published(const std::string& task, double normalised, Run& run) {
  ResultTable table{"published", "The paper's table beside this run", {"data", "paper", "td3_bc", "this_run"}};
  for (const auto& row : published_scores())
    if (row.task == task)
      table.row(row.data, row.prdc, std::isfinite(row.td3_bc) ? Cell(row.td3_bc) : Cell(), normalised);
  if (!table.rows.empty()) run.table(table);
}

void show_constraint(const control::TrainingResult& result, Run& run) {
  Figure figure{
      "constraint", "Where the policy borrows",
      "Share of samples whose nearest pair is their own (at 1, PRDC is TD3+BC), and distances to the nearest pair.",
      "updates", "share or distance"};
  for (const auto& [metric, name] : {std::pair{"own_share", "own pair"},
                                     {"pair_distance", "distance to the pair"},
                                     {"state_distance", "distance of states"}}) {
    auto& line = figure.line(name);
    for (const auto& e : result.evaluations) line.add(static_cast<double>(e.step), e.metrics.at(metric));
  }
  run.figure(figure);
}

void train_policy(const TrainOptions& given, Run& run) {
  const auto options = given.paper_scale ? at_paper_scale(given) : given;
  const auto* task = control::task_or_none(options.task);
  const auto [learning, logged_task] = load(options, task, run);
  if (options.beta == 0) run.warning("with beta 0 states do not count: the policy may take any logged action anywhere");
  const auto hash = sha256_of_file(data::resolve(options.data.source));
  Trial trial{Method::prdc, settings_of(options), control::training_settings(options, run.seed())};
  trial.settings.beta = options.beta;
  trial.settings.k = options.k;
  trial.training.checkpoint = options.output.path + ".checkpoint";
  trial.training.resume = options.resume;
  trial.training.fingerprint = fmt::format("PRDC {}{} {} {} {} {} {}", control::fingerprint_of(options), options.beta,
                                           options.k, options.reward_scale, options.reward_shift, run.seed(), hash);
  auto outcome = run_trial(learning, task, trial, control::report_training(run, options.steps));
  if (!task) outcome.policy.task = logged_task;
  outcome.policy.provenance = {{"algorithm", "PRDC"},
                               {"alpha", exact_number(options.alpha)},
                               {"beta", exact_number(options.beta)},
                               {"k", std::to_string(options.k)},
                               {"updates", std::to_string(options.steps)},
                               {"seed", std::to_string(run.seed())},
                               {"data_sha256", hash}};
  control::write_policy(options.output.path, outcome.policy);
  std::filesystem::remove(trial.training.checkpoint);
  const auto& result = outcome.training;
  const auto& metrics = result.evaluations.back().metrics;
  const auto normalised = task ? Cell(control::normalised_score(*task, outcome.final_return)) : Cell();
  run.table(ResultTable{
      "result",
      "Result",
      {"return", "normalised", "updates", "updates_per_second", "resumed_at", "own_share", "pair_distance", "lambda"}}
                .row(task ? Cell(outcome.final_return) : Cell(), normalised, options.steps, result.updates_per_second,
                     result.resumed_at, metrics.at("own_share"), metrics.at("pair_distance"), metrics.at("lambda")));
  control::show_training(result, task, run);
  show_constraint(result, run);
  run.file(options.output.path, "The policy");
  if (metrics.at("own_share") > 0.95)
    run.note(
        "nearly every nearest pair is the sample's own: on these data PRDC is TD3+BC; a smaller beta, a larger alpha "
        "or more data would let it borrow");
  if (!task) return;
  if (options.paper_scale) show_published(task->name, control::normalised_score(*task, outcome.final_return), run);
  control::show_policy(outcome.policy, *task, control::Physics::exact, options.output.path, run);
}

}  // namespace

Verb train() {
  return verb<TrainOptions>("train", "Train a policy on logged transitions")
      .with(training_options())
      .option(&TrainOptions::beta, "beta", "Weight of states in the distance; 0: actions alone", between(0, 1e9))
      .option(&TrainOptions::k, "k", "Nearest pairs whose mean action is the target", between(1, 1e6))
      .option(&TrainOptions::paper_scale, "paper-scale",
              "The paper's sizes: a million updates, 50 episodes an evaluation; alpha 40 on half-cheetah")
      .option(&TrainOptions::resume, "resume", "Go on from the checkpoint of a stopped training, if there is one")
      .output(&TrainOptions::output, "policy.safetensors", "Where to write the policy")
      .example(
          "train data:example-control-pendulum --task pendulum --steps 2000 --batch 64 --hidden 64,64 --seed 0 "
          "-o policy.safetensors")
      .runs(train_policy);
}

}  // namespace offprint::prdc::verbs
