#include <fmt/format.h>

#include "offprint/data/catalogue.hpp"
#include "offprint/papers/presto/verbs/table.hpp"

namespace offprint::presto::verbs {
namespace {

struct PredictOptions : ReadingOptions {
  InputFile model, data;
  Repair repair = Repair::none;
  OutputFile output;
};

const Choices<Repair> repairs{{{"none", Repair::none}, {"cummax", Repair::running_maximum}, {"sort", Repair::sort}}};

void predict_rows(const PredictOptions& options, Run& run) {
  const auto stored = read_model(options.model.source);
  const auto table = data::read_table(options.data.source, options.reading());
  const MatrixXd x = feature_matrix(table, stored.coding);
  const MatrixXd probabilities = predict_probabilities(stored.model, x, options.repair);
  data::Table out;
  for (std::size_t k = 0; k < stored.classes.size(); ++k) {
    const auto column = probabilities.col(static_cast<Eigen::Index>(k));
    out.add("probability_" + stored.classes[k], std::vector<double>(column.begin(), column.end()));
  }
  data::write_csv(options.output.path, out);
  const int crossed = crossings(stored.model, x);
  if (crossed > 0 && options.repair == Repair::none)
    run.warning(
        fmt::format("in {} of {} rows cumulative probabilities cross and a middle class is negative; "
                    "--repair cummax mends them",
                    crossed, table.rows()));
  const VectorXd rare = predict_rare(stored.model, x);
  run.table(ResultTable{
      "prediction", "Prediction", {"rows", "mean_rare_probability", "largest_rare_probability", "crossing_rows"}}
                .row(table.rows(), rare.mean(), rare.maxCoeff(), crossed));
  Figure figure{"rare-probability", "Predicted probability of the rare class", "How many rows have which probability.",
                "probability of " + stored.classes.back(), "rows"};
  figure.histogram("", std::vector<double>(rare.begin(), rare.end()));
  run.figure(figure);
  run.file(options.output.path, "Class probabilities, one row an observation");
}

}  // namespace

Verb predict() {
  return verb<PredictOptions>("predict", "Class probabilities of new rows")
      .option(&PredictOptions::model, "model", "Model written by fit", Positional{}, Required{}, Accepts{{"json"}},
              Example{"model.json"})
      .option(&PredictOptions::data, "data", "Table with the model's features", Positional{}, Required{},
              Accepts{{"csv", "tsv", "jsonl", "npy"}}, Example{"data:fair"})
      .option(&PredictOptions::repair, "repair", "What to do where cumulative probabilities cross", repairs)
      .with(reading_options)
      .output(&PredictOptions::output, "probabilities.csv", "Where to write the probabilities")
      .example("predict model.json data:fair -o probabilities.csv")
      .runs(predict_rows);
}

}  // namespace offprint::presto::verbs
