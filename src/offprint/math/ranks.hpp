// How well a score tells positives from negatives by rank alone. High scores speak for positives.
#pragma once
#include <vector>

namespace offprint {

struct RocPoint {
  double false_positive_rate, true_positive_rate;
};
struct RocCurve {
  std::vector<RocPoint> points;  ///< from (0, 0) to (1, 1), one a distinct threshold
  double area = 0;               ///< P(positive > negative) + P(equal) / 2
};
/// Both not empty, all finite.
RocCurve roc(std::vector<double> negatives, std::vector<double> positives);

/// Least threshold at which at most this share of the negatives is strictly above it.
double threshold_at(std::vector<double> negatives, double false_positive_rate);
/// Share of positives strictly above that threshold.
double tpr_at(const std::vector<double>& negatives, const std::vector<double>& positives, double false_positive_rate);

}  // namespace offprint
