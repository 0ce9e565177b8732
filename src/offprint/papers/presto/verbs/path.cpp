#include "offprint/papers/presto/verbs/table.hpp"

namespace offprint::presto::verbs {
namespace {

struct PathVerbOptions : TableOptions, PathOptions {
  PathVerbOptions() { lambdas = 50; }
  double mixing = 1;
};

void fit_whole_path(const PathVerbOptions& options, Run& run) {
  const auto table = code_table(options);
  auto solver = solver_options(options, run);
  solver.mixing = options.mixing;
  const auto models = fit_path(table.data, lambda_path(table.data, solver), solver);
  ResultTable fits{"path", "Fits along the path", {"lambda", "nonzero", "log_likelihood", "iterations"}};
  for (const auto& model : models) fits.row(model.lambda, model.nonzero, model.log_likelihood, model.iterations);
  run.table(fits);
  show_path(table.coding, models, run);
}

}  // namespace

Verb path() {
  return verb<PathVerbOptions>("path", "Coefficient paths against the penalty")
      .with(table_options)
      .option(&PathVerbOptions::mixing, "mixing", "1: PRESTO, 0: ridge variant, between: elastic net", between(0, 1))
      .with(path_options)
      .example("path data:fair --response rate_marriage --order 5,4,3,2,1")
      .runs(fit_whole_path);
}

}  // namespace offprint::presto::verbs
