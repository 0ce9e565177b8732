// What the verbs share: which table, outcome and features; fitted models in files; the figure of a path.
#pragma once
#include "offprint/data/features.hpp"
#include "offprint/paper/reading_options.hpp"
#include "offprint/papers/presto/cross_validation.hpp"

namespace offprint::presto {

struct TableOptions : ReadingOptions {
  InputFile data;
  std::string response;
  std::vector<std::string> order, columns, drop;
};

inline const auto table_options =
    options_of<TableOptions>()
        .option(&TableOptions::data, "data", "Table with one row an observation", Positional{}, Required{},
                Accepts{{"csv", "tsv", "jsonl", "npy"}}, Example{"data:fair"})
        .option(&TableOptions::response, "response", "Column of the ordered outcome", Required{})
        .option(&TableOptions::order, "order",
                "Its classes in order, the rare one last; default: the order of numbers, or of an ordered factor")
        .option(&TableOptions::columns, "columns", "Features to use; default: all other columns")
        .option(&TableOptions::drop, "drop", "Columns to leave out")
        .with(reading_options);

struct PathOptions {
  int lambdas = 20;
  double lambda_ratio = 0.001;
};

inline const auto path_options =
    options_of<PathOptions>()
        .option(&PathOptions::lambdas, "lambdas", "Length of the penalty path", between(2, 1000))
        .option(&PathOptions::lambda_ratio, "lambda-ratio", "Smallest over largest penalty", between(1e-6, 0.99));

struct CodedTable {
  data::Coding coding;
  std::vector<std::string> classes;  ///< rare last
  OrdinalData data;
};
/// Throws BadInput naming the place: a class that is not in --order, a missing value, fewer than three classes.
CodedTable code_table(const TableOptions& options);
MatrixXd feature_matrix(const data::Table& table, const data::Coding& coding);

/// The solver's options for a path, asking between fits whether to stop.
Options solver_options(const PathOptions& options, Run& run);

struct StoredModel {
  data::Coding coding;
  std::vector<std::string> classes;
  Model model;
};
void write_model(const std::string& file, const CodedTable& table, const Tuned& tuned);
StoredModel read_model(const std::string& file);

/// The figure of slopes against the penalty, and a note if fits stopped where cumulatives would cross.
void show_path(const data::Coding& coding, const std::vector<Model>& path, Run& run);

}  // namespace offprint::presto
