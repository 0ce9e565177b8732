#include <fmt/format.h>

#include "offprint/papers/presto/verbs/table.hpp"

namespace offprint::presto::verbs {
namespace {

struct FitOptions : TableOptions, PathOptions {
  FitOptions() { lambda_ratio = 0.01; }
  double mixing = 1;
  int folds = 5;
  bool as_published = false;
  OutputFile output;
};

ResultTable slopes_of(const CodedTable& table, const Model& model) {
  ResultTable slopes{"slopes", "Slopes of each boundary (positive: fewer in the later classes)", {"feature"}};
  for (std::size_t k = 0; k + 1 < table.classes.size(); ++k) slopes.columns.push_back("up_to_" + table.classes[k]);
  const auto add = [&](const std::string& name, const auto& values) {
    slopes.row(name).rows.back().insert(slopes.rows.back().end(), values.begin(), values.end());
  };
  add("(intercept)", model.alpha);
  for (std::size_t j = 0; j < table.coding.features.size(); ++j)
    add(table.coding.name_of(j), model.beta.row(static_cast<Eigen::Index>(j)));
  return slopes;
}

void fit_table(const FitOptions& options, Run& run) {
  const auto table = code_table(options);
  auto solver = solver_options(options, run);
  solver.mixing = options.mixing;
  solver.folds = options.folds;
  solver.as_published = options.as_published;
  run.note(fmt::format("{} rows, {} features, {} classes; tuning over {} penalties with {} stratified folds",
                       table.data.y.size(), table.coding.features.size(), table.data.classes, options.lambdas,
                       options.folds));
  const auto tuned = tune(table.data, solver, run.random("folds"));
  for (std::size_t l = 0; l < tuned.scores.size(); ++l)
    run.metric("cross-validated Brier score", static_cast<double>(l), tuned.scores[l]);
  const auto& model = tuned.model();
  run.table(slopes_of(table, model));
  run.table(ResultTable{"fit", "Fit", {"lambda", "log_likelihood", "nonzero", "crossing_rows"}}.row(
      model.lambda, model.log_likelihood, model.nonzero, crossings(model, table.data.x)));
  show_path(table.coding, tuned.path, run);
  write_model(options.output.path, table, tuned);
  run.file(options.output.path, "The fitted model");
}

}  // namespace

Verb fit() {
  return verb<FitOptions>("fit", "Fit PRESTO to a table and write the model")
      .with(table_options)
      .option(&FitOptions::mixing, "mixing", "1: PRESTO, 0: ridge variant, between: elastic net", between(0, 1))
      .with(path_options)
      .option(&FitOptions::folds, "folds", "Cross-validation folds, stratified by class", between(2, 100))
      .option(&FitOptions::as_published, "as-published", "With the reference code's numerical slips")
      .output(&FitOptions::output, "model.json", "Where to write the model")
      .example("fit data:fair --response rate_marriage --order 5,4,3,2,1 --seed 1 -o model.json")
      .runs(fit_table);
}

}  // namespace offprint::presto::verbs
