#include <fmt/format.h>

#include <cmath>

#include "offprint/base/file.hpp"
#include "offprint/base/parallel.hpp"
#include "offprint/control/report/options.hpp"
#include "offprint/control/report/report.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::control::verbs {
namespace {

const Choices<Algorithm> algorithms{
    {{"td3-bc", Algorithm::td3_bc}, {"bc", Algorithm::bc}, {"td3", Algorithm::td3}, {"sac", Algorithm::sac}}};

struct TrainOptions : LearningOptions {
  Algorithm algorithm = Algorithm::td3_bc;
  int seeds = 1;
  bool raw_observations = false, logged_successors = false, resume = false;
  Physics physics = Physics::exact;
  OutputFile output;
};

void train_offline(const TrainOptions& options, Run& run) {
  const auto* task = task_or_none(options.task);
  const auto data = load_dataset(options.data, task);
  warn_about_physics(data, task, options.physics, run);
  const auto learning = learning_data(data, options.batch, !options.raw_observations,
                                      options.logged_successors ? Successors::logged : Successors::next_row);
  const auto& algorithm = algorithm_titles.name(options.algorithm);
  const auto hash = sha256_of_file(data::resolve(options.data.source));
  std::vector<Outcome> outcomes(static_cast<std::size_t>(options.seeds));
  std::vector<std::filesystem::path> checkpoints(outcomes.size());
  parallel_for(outcomes.size(), run.threads(), [&](std::size_t i) {
    auto settings = training_settings(options, run.seed() + i);
    settings.evaluation.physics = options.physics;
    const auto suffix = options.seeds > 1 ? fmt::format(".{}", settings.seed) : "";
    settings.checkpoint = checkpoints[i] = options.output.path + suffix + ".checkpoint";
    settings.resume = options.resume;
    settings.fingerprint = fmt::format("{} {}{} {} {} {}", algorithm, fingerprint_of(options), options.raw_observations,
                                       options.logged_successors, settings.seed, hash);
    const auto learner =
        make_learner(options.algorithm, learning.transitions, td3_settings(options), options.alpha, settings.seed);
    outcomes[i] = run_training(
        *learner, learning, task, settings,
        report_training(run, options.steps, options.seeds > 1 ? fmt::format("seed {} ", settings.seed) : ""));
  });
  auto& policy = outcomes[0].policy;
  if (!task) policy.task = data.task;
  policy.provenance = {{"algorithm", algorithm},
                       {"updates", std::to_string(options.steps)},
                       {"seed", std::to_string(run.seed())},
                       {"data_sha256", hash}};
  write_policy(options.output.path, policy);
  for (const auto& checkpoint : checkpoints) std::filesystem::remove(checkpoint);
  ResultTable table{
      "result", "Result", {"algorithm", "seed", "return", "normalised", "updates_per_second", "resumed_at"}};
  std::vector<double> finals;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const double final = outcomes[i].final_return;
    finals.push_back(final);
    table.row(algorithm, run.seed() + i, task ? Cell(final) : Cell(),
              task ? Cell(normalised_score(*task, final)) : Cell(), outcomes[i].training.updates_per_second,
              outcomes[i].training.resumed_at);
  }
  run.table(table);
  show_training(outcomes[0].training, task, run);
  if (task && finals.size() > 1) {
    const auto middle = interquartile_mean(finals, run.seed());
    run.note(fmt::format("return {:.1f} +- {:.1f} over {} seeds; inter-quartile mean {:.1f} ({:.1f} to {:.1f})",
                         mean(finals), std::sqrt(variance(finals)), finals.size(), middle.value, middle.low,
                         middle.high));
  }
  run.file(options.output.path, "The policy");
  if (task) show_policy(policy, *task, options.physics, options.output.path, run);
}

}  // namespace

Verb train() {
  return verb<TrainOptions>("train", "Train an offline agent on a data set")
      .with(learning_options())
      .option(&TrainOptions::algorithm, "algorithm", "Agent; --alpha is of td3-bc", algorithms)
      .option(&TrainOptions::seeds, "seeds", "Trainings with seeds from --seed on, as many at once as --threads",
              between(1, 1000))
      .option(&TrainOptions::raw_observations, "raw-observations", "Do not normalise observations")
      .option(&TrainOptions::logged_successors, "logged-successors",
              "Take successors from next_observations instead of the next row")
      .option(&TrainOptions::physics, "physics", physics_help, physics_names)
      .option(&TrainOptions::resume, "resume", "Go on from the checkpoint of a stopped training, if there is one")
      .output(&TrainOptions::output, "policy.safetensors", "Where to write the policy")
      .example(
          "train data:example-control-pendulum --task pendulum --steps 1000 --batch 64 --hidden 64,64 "
          "-o policy.safetensors")
      .runs(train_offline);
}

}  // namespace offprint::control::verbs
