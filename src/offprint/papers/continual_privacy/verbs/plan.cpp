#include <fmt/format.h>

#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/names.hpp"
#include "offprint/papers/continual_privacy/verbs/budget.hpp"

namespace offprint::continual_privacy::verbs {
namespace {

struct PlanOptions : BudgetOptions {
  std::optional<std::int64_t> horizon;  ///< required
  int dimension = 1;
  double low = 0, high = 1, beta = 1.0 / 3;
  bool one_hot = false;
  Neighbours neighbours = Neighbours::replacement;
};

MechanismConfig config_of(const PlanOptions& options) {
  if (options.low != std::nearbyint(options.low) || options.high != std::nearbyint(options.high) ||
      options.low >= options.high)
    throw UsageError("--low: it and --high are integers, in units of your grid, low below high");
  MechanismConfig config;
  config.budget = budget_of(options);
  config.horizon = *options.horizon;
  config.rows.dimension = options.dimension;
  config.rows.one_hot = options.one_hot;
  config.rows.neighbours = options.neighbours;
  config.rows.low = static_cast<std::int64_t>(options.low);
  config.rows.high = static_cast<std::int64_t>(options.high);
  return config;
}

/// The bounds of all mechanisms for one statistic, from short streams to four times the horizon.
void add_bounds(Figure& figure, MechanismConfig config, double beta) {
  const auto horizon = config.horizon;
  if (horizon <= 16) return;
  for (const auto& [kind, ignored] : predict_errors(config, beta)) {
    auto& line = figure.line(mechanisms.name(kind)).of(statistics.name(config.statistic));
    line.dashed = kind == MechanismKind::trivial || kind == MechanismKind::batch;
    config.kind = kind;
    for (std::int64_t steps = 64; steps / 4 < horizon && steps <= 1 << 20; steps *= 2) {
      config.horizon = steps;
      line.add(static_cast<double>(steps), predict_error(config, beta));
    }
    config.horizon = horizon;
  }
}

void plan_errors(const PlanOptions& options, Run& run) {
  auto config = config_of(options);
  ResultTable table{"plan",
                    fmt::format("Errors that hold at all {} steps at once with probability {}", *options.horizon,
                                short_number(1 - options.beta)),
                    {"statistic", "mechanism", "largest_error", "chosen", "releases"}};
  Figure figure{"plan", "Predicted error against the horizon",
                "Counting costs little more for a longer stream; the largest of many sums pays a power of the horizon.",
                log_axis("horizon", "steps"), log_axis("largest error")};
  for (const auto statistic : {Statistic::count, Statistic::max_sum, Statistic::sum_select}) {
    config.statistic = statistic;
    const auto best = choose(config, options.beta);
    for (const auto& [kind, error] : predict_errors(config, options.beta))
      table.row(statistics.name(statistic), mechanisms.name(kind), error, kind == best.kind,
                kind == MechanismKind::batch     ? "the last step only"
                : kind == MechanismKind::trivial ? "none"
                                                 : "all steps");
    add_bounds(figure, config, options.beta);
  }
  run.table(table);
  run.figure(figure);
  run.figure(budget_figure(config.budget.rho));
}

}  // namespace

Verb plan() {
  return verb<PlanOptions>("plan", "Predicted error of every mechanism, and which would be chosen; looks at no data")
      .option(&PlanOptions::horizon, "horizon", "Events in all", Required{}, between(1, 1e12))
      .option(&PlanOptions::dimension, "dim", "Columns", between(1, 1 << 24))
      .with(budget_options)
      .option(&PlanOptions::low, "low", "Least value, in units of the grid", between(-1e9, 1e9))
      .option(&PlanOptions::high, "high", "Greatest value, in units of the grid", between(-1e9, 1e9))
      .option(&PlanOptions::one_hot, "one-hot", "At most one column is 1 in a row")
      .option(&PlanOptions::neighbours, "neighbours",
              "Which streams may not be told apart: one event replaced, or removed", neighbour_relations)
      .option(&PlanOptions::beta, "beta", "Probability with which the error may be larger", between(1e-9, 0.999))
      .example("plan --horizon 100000 --dim 10 --epsilon 1 --delta 1e-6")
      .instant()
      .runs(plan_errors);
}

}  // namespace offprint::continual_privacy::verbs
