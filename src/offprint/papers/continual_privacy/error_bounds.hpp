// Closed-form bounds on the error of every mechanism, and the choice among them. They look at no data.
#pragma once
#include <vector>

#include "offprint/papers/continual_privacy/continual_privacy.hpp"

namespace offprint::continual_privacy {

struct PredictedError {
  MechanismKind kind;
  double error;  ///< with probability 1 - beta the error is at most this at all steps at once; user units
};

/// Bound for config.kind, which must not be automatic; union bound over steps and columns.
double predict_error(const MechanismConfig& config, double beta = 1.0 / 3);
/// All mechanisms that fit this statistic and budget, in the order of MechanismKind.
std::vector<PredictedError> predict_errors(MechanismConfig config, double beta = 1.0 / 3);
/// The one with the smallest bound that releases at every step.
PredictedError choose(const MechanismConfig& config, double beta = 1.0 / 3);

}  // namespace offprint::continual_privacy
