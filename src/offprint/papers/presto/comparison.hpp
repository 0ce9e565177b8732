// PRESTO beside its baselines on the same data: simulated data sets (Sections 4.1, 4.2) and random splits (Section
// 4.3).
#pragma once
#include "offprint/base/random.hpp"
#include "offprint/papers/presto/presto.hpp"
#include "offprint/papers/presto/simulation.hpp"

namespace offprint::presto {

/// One number for each method: PRESTO tuned by cross-validation, logistic regression of the rare class, proportional
/// odds.
struct Errors {
  double presto, logit, odds;
};
inline const std::vector<std::string> methods{"PRESTO", "logistic regression", "proportional odds"};

/// Errors of one simulated data set over its training rows; worst_kkt is that of every fit that did not stop where
/// cumulatives would cross.
struct SimulationResult {
  Errors errors;  ///< mean squared error of the rare probability
  double rare_share = 0;
  double worst_kkt = 0;  ///< largest violation of the optimality conditions, relative to n lambda_max
  int increases = 0;     ///< steps at which the objective grew
  int fits = 0, stopped = 0;
};
/// A data set with at least two rows of every class, which cross-validation needs; BadInput if 100 draws have none.
SimulationResult one_simulation(const Simulation& simulation, const Options& options, Random random);

struct SplitErrors {
  Errors published;  ///< calibration error as the reference code computes it
  Errors corrected;  ///< calibration error
  Errors log_loss, brier;
};
/// Errors on the held-out share `test` of one random split with every class on both sides; BadInput if 200 have none.
SplitErrors one_split(const OrdinalData& data, double test, const Options& options, Random random);

/// One method's numbers of many results.
template <class Result>
std::vector<double> column(const std::vector<Result>& results, Errors Result::*metric, double Errors::*method) {
  std::vector<double> values;
  for (const auto& result : results) values.push_back(result.*metric.*method);
  return values;
}

}  // namespace offprint::presto
