#include "offprint/control/report/options.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::control::verbs {
namespace {

struct RandomOptions {
  std::string task = "half-cheetah";
  int episodes = 100;
  Physics physics = Physics::exact;
};

void act_at_random(const RandomOptions& options, Run& run) {
  const auto& task = find_task(options.task);
  const auto env = make_env(task, options.physics);
  std::vector<double> returns, steps;
  std::vector<float> action(static_cast<std::size_t>(task.actions));
  for (int episode = 0; episode < options.episodes; ++episode) {
    run.progress(episode, options.episodes, "episodes");
    Random random = run.random("random").split(static_cast<std::uint64_t>(episode));
    env->reset(random);
    double sum = 0;
    int count = 0;
    for (StepResult result; !result.terminal && !result.truncated; ++count) {
      for (auto& value : action) value = static_cast<float>(random.uniform(-1, 1));
      result = env->step(action);
      sum += result.reward;
    }
    returns.push_back(sum);
    steps.push_back(count);
  }
  const auto interval = mean_interval(returns);
  run.table(
      ResultTable{"random", "Uniform actions", {"task", "episodes", "return", "low", "high", "normalised", "steps"}}
          .row(task.name, options.episodes, interval.value, interval.low, interval.high,
               normalised_score(task, interval.value), mean(steps)));
}

}  // namespace

Verb random() {
  return verb<RandomOptions>("random", "What uniform actions earn")
      .option(&RandomOptions::task, "task", "The task; offprint control tasks lists them", Suggestions{task_names()})
      .option(&RandomOptions::episodes, "episodes", "Episodes", between(1, 1e6))
      .option(&RandomOptions::physics, "physics", physics_help, physics_names)
      .example("random --task hopper --episodes 100")
      .runs(act_at_random);
}

}  // namespace offprint::control::verbs
