#include <cmath>

#include "offprint/control/report/options.hpp"
#include "offprint/control/report/report.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::control::verbs {
namespace {

struct EvaluateOptions {
  InputFile policy;
  std::string task;
  int episodes = 10;
  double discount = 0.99;
  Physics physics = Physics::exact;
  OutputFile output;
};

void evaluate_policy(const EvaluateOptions& options, Run& run) {
  const auto path = data::resolve(options.policy.source);
  auto policy = read_policy(path, task_or_none(options.task));
  if (options.task.empty() && policy.task.empty())
    throw UsageError("--task: the policy does not say which task it was trained for; name it");
  const auto& task = find_task(options.task.empty() ? policy.task : options.task);
  if (options.task.empty()) policy = read_policy(path, &task);  // checks its widths
  const auto episodes = control::evaluate(policy, task, {options.episodes, options.discount, options.physics},
                                          run.random("evaluation"), [&] { run.check_cancelled(); });
  const auto returns = returns_of(episodes);
  const auto interval = mean_interval(returns);
  run.table(ResultTable{
      "result", "Result", {"task", "episodes", "return_mean", "return_deviation", "low", "high", "normalised"}}
                .row(task.name, options.episodes, interval.value, std::sqrt(variance(returns)), interval.low,
                     interval.high, normalised_score(task, interval.value)));
  ResultTable table{"episodes", "Episodes", {"episode", "return", "discounted_return", "steps", "terminal"}};
  for (const auto& one : episodes)
    table.row(table.rows.size(), one.episode_return, one.discounted_return, one.steps, one.terminal);
  run.table(table);
  if (!options.output.empty()) show_policy(policy, task, options.physics, options.output.path, run);
}

}  // namespace

Verb evaluate() {
  return verb<EvaluateOptions>("evaluate", "What a policy earns")
      .option(&EvaluateOptions::policy, "policy", "Policy written by a train verb", Positional{}, Required{},
              Accepts{{"safetensors"}}, Example{"policy.safetensors"})
      .option(&EvaluateOptions::task, "task", "The task; default: the one it was trained for",
              Suggestions{task_names()})
      .option(&EvaluateOptions::episodes, "episodes", "Episodes", between(1, 1e6))
      .option(&EvaluateOptions::discount, "discount", "Of the discounted return", between(0, 1))
      .option(&EvaluateOptions::physics, "physics", physics_help, physics_names)
      .option(&EvaluateOptions::output, "output", "Where to write a moving picture of one episode",
              SuggestedName{"episode.svg", false})
      .example("evaluate policy.safetensors --episodes 10 -o episode.svg")
      .runs(evaluate_policy);
}

}  // namespace offprint::control::verbs
