#include <fmt/format.h>

#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/paper/repeat.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/names.hpp"
#include "offprint/papers/continual_privacy/tracing.hpp"
#include "offprint/papers/continual_privacy/verbs/budget.hpp"

namespace offprint::continual_privacy::verbs {
namespace {

struct AttackOptions : BudgetOptions {
  int rows = 100, dimension = 2000, trials = 10, outsiders = 2000;
  double noise = 0.2, false_positive_rate = 0.01;
};

/// With a budget: the mechanism that answers through its largest sums.
std::optional<MechanismConfig> attacked_mechanism(const AttackOptions& options) {
  if (!options.rho && !options.epsilon) return std::nullopt;
  MechanismConfig config;
  config.statistic = Statistic::max_sum;
  config.rows.dimension = options.dimension;
  config.horizon =
      reduction_length(static_cast<std::size_t>(options.rows), static_cast<std::size_t>(options.dimension));
  config.budget = budget_of(options);
  config.kind = choose(config).kind;
  if (static_cast<double>(config.horizon) * options.dimension > 1e9)
    throw UsageError("--dim: the reduction stream would have more than 1e9 values; give fewer rows or columns");
  return config;
}

TracingResult traced(const AttackOptions& options, const std::optional<MechanismConfig>& config, Random random,
                     Run& run) {
  const auto n = static_cast<std::size_t>(options.rows), d = static_cast<std::size_t>(options.dimension);
  const auto population = Population::draw(d, random);
  const auto data = population.sample(n, random);
  auto answers = data.column_means();
  if (config) {
    const auto releases = make_mechanism(*config, RandomBits::seeded(random.split("noise")));
    answers = means_through(*releases, data, [&] { run.check_cancelled(); });
  } else {
    const double scale = options.noise * std::sqrt(static_cast<double>(d)) / static_cast<double>(n);
    for (double& answer : answers) answer += scale * random.normal();
  }
  return trace(population, data, answers, static_cast<std::size_t>(options.outsiders), options.false_positive_rate,
               random.split("outsiders"));
}

void attack_answers(const AttackOptions& options, Run& run) {
  const auto config = attacked_mechanism(options);
  const auto results = repeat(run, static_cast<std::size_t>(options.trials), "data sets", [&](std::size_t trial) {
    return traced(options, config, run.random("attack").split(trial), run);
  });
  const auto found = members(results, &TracingResult::true_positive_rate);
  for (std::size_t trial = 0; trial < found.size(); ++trial)
    run.metric("members found", static_cast<double>(trial), found[trial]);
  std::string answers = fmt::format("Gaussian noise of {} sqrt(d) / n", short_number(options.noise));
  Cell ceiling;
  if (config) {
    const auto& budget = config->budget;
    const double delta = budget.is_pure ? 0 : options.delta.value_or(1e-6);
    ceiling = tracing_ceiling(budget.is_pure ? budget.epsilon : epsilon_of_zcdp(budget.rho, delta), delta,
                              options.false_positive_rate);
    answers = "MaxSum of the reduction stream by " + mechanisms.name(config->kind);
  }
  const auto rate = mean_interval(found);
  run.table(ResultTable{"attack",
                        "Members found by the tracing attack",
                        {"answers", "found", "low", "high", "largest_error", "dp_ceiling"}}
                .row(answers, rate.value, rate.low, rate.high, mean(members(results, &TracingResult::largest_error)),
                     ceiling));
  Figure figure{"scores", "Scores of members and of outsiders",
                "The first data set. Members stand out where the answers are too accurate.", "score", "rows"};
  figure.histogram("members", results[0].member_scores).as(Role::method);
  figure.histogram("outsiders", results[0].outsider_scores).as(Role::baseline);
  run.figure(figure);
}

}  // namespace

Verb attack() {
  return verb<AttackOptions>("attack", "Tracing: find the members of a data set from answers to all its column means")
      .option(&AttackOptions::rows, "n", "People in the data", between(10, 100000))
      .option(&AttackOptions::dimension, "dim", "Columns", between(1, 100000))
      .option(&AttackOptions::noise, "noise",
              "Without a budget: Gaussian noise on the answers, in units of sqrt(d) / n", between(0, 1000))
      .with(budget_options)
      .option(&AttackOptions::trials, "trials", "Data sets", between(2, 10000))
      .option(&AttackOptions::outsiders, "outsiders", "Fresh people to set the threshold with", between(100, 100000))
      .option(&AttackOptions::false_positive_rate, "false-positives", "Share of outsiders wrongly called members",
              between(0.0001, 0.5))
      .example("attack --n 100 --dim 2000 --noise 0.1")
      .example("attack --n 100 --dim 200 --epsilon 1 --delta 1e-6")
      .runs(attack_answers);
}

}  // namespace offprint::continual_privacy::verbs
