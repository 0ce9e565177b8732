// The verbs' options and bodies.
#pragma once
#include <map>

#include "offprint/paper/verb.hpp"
#include "offprint/papers/presto/presto.hpp"

namespace offprint::presto {

/// Which table, which outcome, which features.
struct TableOptions {
  InputFile data;
  std::string response;
  std::vector<std::string> order, columns, drop;
};

struct FitOptions : TableOptions {
  double mixing = 1, lambda_ratio = 0.01;
  int lambdas = 20, folds = 5;
  bool as_published = false;
  OutputFile output;
};

struct PredictOptions {
  InputFile model, data;
  Repair repair = Repair::none;
  OutputFile output;
};

struct CompareOptions : TableOptions {
  int splits = 20, lambdas = 20;
  double test = 0.1, lambda_ratio = 0.001;
};

struct PathOptions : TableOptions {
  double mixing = 1, lambda_ratio = 0.001;
  int lambdas = 50;
};

enum class Kind { sparse, dense };

struct SimulateOptions {
  Kind kind = Kind::sparse;
  double q = 0.5;
  std::vector<double> intercepts{0, 3, 5};
  int sims = 20, rows = 2500, features = 10;
  bool as_published = false;
};

void fit_verb(const FitOptions& options, Run& run);
void predict_verb(const PredictOptions& options, Run& run);
void compare_verb(const CompareOptions& options, Run& run);
void path_verb(const PathOptions& options, Run& run);
void simulate_verb(const SimulateOptions& options, Run& run);
void reproduce(const ReproduceOptions& options, Run& run);

/// A table coded for the model: categorical columns become one dummy a level but the first.
struct Coding {
  struct Feature {
    std::string column, level;  ///< level empty: the column's numbers
  };
  std::vector<Feature> features;
  std::vector<std::string> classes;                        ///< rare last
  std::map<std::string, std::vector<std::string>> levels;  ///< of each categorical column, the base level first
  std::string name_of(std::size_t feature) const {
    return features[feature].level.empty() ? features[feature].column
                                           : features[feature].column + "=" + features[feature].level;
  }
};

struct CodedTable {
  Coding coding;
  OrdinalData data;
};
CodedTable code_table(const TableOptions& options);

/// Results of the three methods on one data set or split.
struct Errors {
  double presto, logit, odds;
};
struct SplitErrors {
  Errors published, corrected, log_loss, brier;
};
/// Errors of one simulated data set over its training rows; worst_kkt is that of every fit that did not stop where cumulatives would cross.
struct SimulationResult {
  Errors errors;
  double rare_share, worst_kkt;
  int increases, fits, stopped;
};
SimulationResult one_simulation(bool sparse, double q, const std::vector<double>& intercepts, int rows, int features,
                                const Options& options, Random random);
/// One random split with every class on both sides.
SplitErrors one_split(const OrdinalData& data, double test, const Options& options, Random random);

}  // namespace offprint::presto
