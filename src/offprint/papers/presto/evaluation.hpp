// How good are predicted rare-class probabilities (Section 4).
#pragma once
#include "offprint/papers/presto/presto.hpp"

namespace offprint::presto {

/// Observed squared calibration error: rows sorted by prediction, cut into max(round(N / 100), 10) bins of equal count
/// (the first N mod bins one larger); mean squared difference between a prediction and its bin's share of rare rows.
/// `as_published` pairs the unsorted predictions with the sorted bins, as the reference code does.
double observed_calibration_error(const VectorXd& predicted, const std::vector<bool>& rare, bool as_published);
double rare_brier_score(const VectorXd& predicted, const std::vector<bool>& rare);
double rare_log_loss(const VectorXd& predicted, const std::vector<bool>& rare);  ///< natural logarithm
std::vector<bool> is_rare(const OrdinalData& data);

}  // namespace offprint::presto
