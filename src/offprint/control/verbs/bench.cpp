#include <algorithm>

#include "offprint/control/collection.hpp"
#include "offprint/control/td3.hpp"
#include "offprint/control/training.hpp"
#include "offprint/nn/blas.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint::control::verbs {
namespace {

struct BenchOptions {
  bool learning = false;
  int seeds = 3;
};

/// Best CPU seconds of a piece of work over three windows of about 0.1 seconds.
template <class Work>
double best_seconds(const Work& work) {
  double best = 1e300;
  for (int window = 0; window < 3; ++window) {
    const double started = thread_seconds();
    int count = 0;
    for (; count < 5 || thread_seconds() - started < 0.1; ++count) work();
    best = std::min(best, (thread_seconds() - started) / count);
  }
  return best;
}

double update_seconds(int batch_size, int hidden) {
  const Random random(1);
  const auto data = random_transitions(20000, 11, 3, random);
  Td3Settings settings;
  settings.hidden = {hidden, hidden};
  Td3 learner(11, 3, settings, ActorLoss::td3_bc(2.5), Random(2));
  Batch batch;
  return best_seconds([&] {  // two: one of them updates the actor
           for (int i = 0; i < 2; ++i) {
             draw(data, batch_size, random.split(static_cast<std::uint64_t>(learner.updates())), batch);
             learner.update(batch);
           }
         }) /
         2;
}

double step_seconds(const Task& task) {
  const auto env = make_env(task);
  Random random(1);
  env->reset(random);
  std::vector<float> action(static_cast<std::size_t>(task.actions));
  return best_seconds([&] {
           for (int i = 0; i < 100; ++i) {
             for (auto& value : action) value = static_cast<float>(random.uniform(-1, 1));
             const auto result = env->step(action);
             if (result.terminal || result.truncated) env->reset(random);
           }
         }) /
         100;
}

void learn(const BenchOptions& options, Run& run) {
  const auto& task = find_task("half-cheetah");
  ResultTable table{"learning", "TD3 on half-cheetah, 60 000 steps", {"seed", "return", "steps_per_second"}};
  for (int i = 0; i < options.seeds; ++i) {
    OnlineSettings settings;
    settings.recipe = task.recipe;
    settings.recipe.steps = 60000;
    settings.seed = run.seed() + static_cast<std::uint64_t>(i);
    const auto trained = train_online(task, settings, [&](int step, const Checkpoint* newest) {
      if (newest) run.metric("return, seed " + std::to_string(settings.seed), step, newest->episode_return);
      run.progress(step, 60000, "steps of half-cheetah");
    });
    table.row(settings.seed, trained.last().episode_return, 60000 / trained.cpu_seconds);
  }
  run.table(table);
}

void measure_speed(const BenchOptions& options, Run& run) {
  const nn::TrainingThread thread;
  const double gigaflops = nn::blas_gigaflops();
  run.table(ResultTable{"machine", "This machine", {"blas", {"gemm", "GFLOP/s"}, "mujoco"}}.row(
      nn::blas_name(), gigaflops, mujoco_version()));
  // What the networks' design was decided on: an update of TD3+BC, 11 observations, 3 actions, on a 2.6 GHz core with
  // AVX-512.
  const struct {
    int batch, hidden;
    double expected;
  } sizes[]{{256, 256, 2.88}, {256, 128, 0.89}, {256, 64, 0.30}, {128, 128, 0.46}, {128, 64, 0.14}, {64, 64, 0.078}};
  ResultTable updates{"updates", "One TD3+BC update", {"batch", "hidden", "milliseconds", "expected", "ratio"}};
  for (const auto& [batch, hidden, expected] : sizes) {
    run.progress(static_cast<double>(updates.rows.size()), 11, "measurements");
    const double milliseconds = 1e3 * update_seconds(batch, hidden);
    updates.row(batch, hidden, milliseconds, expected, milliseconds / expected);
  }
  run.table(updates);
  ResultTable steps{
      "steps", "Environment steps with random actions", {"task", "steps_per_second", "expected", "ratio"}};
  for (const auto& [name, expected] : {std::pair{"half-cheetah", 43e3},
                                       {"hopper", 19e3},
                                       {"walker2d", 14e3},
                                       {"inverted-pendulum", 91e3},
                                       {"inverted-double-pendulum", 28e3}}) {
    run.progress(static_cast<double>(6 + steps.rows.size()), 11, "measurements");
    const double rate = 1 / step_seconds(find_task(name));
    steps.row(name, rate, expected, rate / expected);
  }
  run.table(steps);
  if (options.learning) learn(options, run);
}

}  // namespace

Verb bench() {
  return verb<BenchOptions>("bench", "Speed of the networks and the tasks on this machine")
      .option(&BenchOptions::learning, "learning",
              "Also train TD3 on half-cheetah, 60 000 steps a seed: a CPU minute each")
      .option(&BenchOptions::seeds, "seeds", "Of those trainings", between(1, 100))
      .example("bench")
      .runs(measure_speed);
}

}  // namespace offprint::control::verbs
