#include <fmt/format.h>

#include "offprint/math/statistics.hpp"
#include "offprint/paper/repeat.hpp"
#include "offprint/paper/verb.hpp"
#include "offprint/papers/presto/comparison.hpp"

namespace offprint::presto::verbs {
namespace {

enum class Kind { sparse, dense };

struct SimulateOptions {
  Kind kind = Kind::sparse;
  double q = 0.5;
  std::vector<double> intercepts{0, 3, 5};
  int sims = 20, rows = 2500, features = 10;
  bool as_published = false;
};

void simulate_methods(const SimulateOptions& options, Run& run) {
  for (std::size_t k = 1; k < options.intercepts.size(); ++k)
    if (options.intercepts[k] <= options.intercepts[k - 1]) throw UsageError("--intercepts: must increase");
  if (options.intercepts.size() < 2) throw UsageError("--intercepts: give at least two");
  Options solver;
  solver.as_published = options.as_published;
  solver.between_fits = [&] { run.check_cancelled(); };
  const Simulation simulation{options.kind == Kind::sparse, options.q, options.intercepts, options.rows,
                              options.features};
  const auto results = repeat(run, static_cast<std::size_t>(options.sims), "data sets", [&](std::size_t i) {
    return one_simulation(simulation, solver, run.random("simulation").split(i));
  });
  const auto errors = [&](double Errors::*method) { return column(results, &SimulationResult::errors, method); };
  const auto presto = errors(&Errors::presto), logit = errors(&Errors::logit), odds = errors(&Errors::odds);
  run.table(ResultTable{
      "errors", "Error of the rare probability over the training rows", {"method", "median_mse", "t_against_presto"}}
                .row("presto", median(presto), Cell())
                .row("logit", median(logit), paired_t(presto, logit))
                .row("proportional_odds", median(odds), paired_t(presto, odds)));
  run.note(fmt::format("mean share of the rare class {:.4f}", mean(members(results, &SimulationResult::rare_share))));
  Figure figure{"errors", "Error of the rare probability", "One box a method, over data sets.", "method",
                log_axis("mean squared error")};
  figure.boxes(methods, {presto, logit, odds});
  run.figure(figure);
}

}  // namespace

Verb simulate() {
  return verb<SimulateOptions>("simulate", "Errors on the paper's synthetic data")
      .option(&SimulateOptions::kind, "kind", "Differences between boundaries",
              Choices<Kind>{{{"sparse", Kind::sparse}, {"dense", Kind::dense}}})
      .option(&SimulateOptions::q, "q", "Probability of a difference (sparse)", between(0, 1))
      .option(&SimulateOptions::intercepts, "intercepts", "Increasing intercepts, one a boundary", between(-20, 20))
      .option(&SimulateOptions::sims, "sims", "Data sets", between(2, 100000))
      .option(&SimulateOptions::rows, "rows", "Rows of a data set", between(50, 1e6))
      .option(&SimulateOptions::features, "features", "Features", between(1, 200))
      .option(&SimulateOptions::as_published, "as-published", "With the reference code's numerical slips")
      .example("simulate --kind sparse --q 0.5 --intercepts 0,3,5 --sims 20")
      .runs(simulate_methods);
}

}  // namespace offprint::presto::verbs
