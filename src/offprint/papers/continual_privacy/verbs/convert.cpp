#include "offprint/papers/continual_privacy/verbs/budget.hpp"

namespace offprint::continual_privacy::verbs {
namespace {

struct ConvertOptions : BudgetOptions {
  std::vector<std::int64_t> groups{1, 2, 5, 10};
};

void convert_budget(const ConvertOptions& options, Run& run) {
  if (options.groups.empty()) throw UsageError("--groups: give at least one size");
  // A pure budget has an approximate form too; delta then only says at which point to show it.
  BudgetOptions given = options;
  if (given.rho) given.delta.reset();
  const auto budget = budget_of(given);
  const double delta = options.delta.value_or(1e-6);
  if (!options.delta) run.note("delta was not given: converted at 1e-6");
  ResultTable table{"conversions",
                    "The same budget in each currency, by events of one person in the stream",
                    {"events", "rho", "delta", "epsilon_zcdp", "epsilon_gaussian", "epsilon_simple", "epsilon_pure"}};
  for (const auto events : options.groups) {
    // k events of one person move the sums k times as far: rho grows with the square, a pure epsilon with k.
    const double size = static_cast<double>(events), rho = budget.rho * size * size;
    table.row(events, rho, delta, epsilon_of_zcdp(rho, delta), epsilon_of_gaussian(rho, delta),
              epsilon_of_zcdp_simple(rho, delta), budget.is_pure ? Cell(budget.epsilon * size) : Cell());
  }
  run.table(table);
  run.figure(budget_figure(budget.rho));
}

}  // namespace

Verb convert() {
  return verb<ConvertOptions>("convert", "One budget in every currency: rho, epsilon with delta, pure epsilon")
      .with(budget_options)
      .option(&ConvertOptions::groups, "groups", "Events of one person to protect together", between(1, 1e6))
      .example("convert --rho 0.5 --delta 1e-6 --json")
      .instant()
      .runs(convert_budget);
}

}  // namespace offprint::continual_privacy::verbs
