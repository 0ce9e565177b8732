#include "offprint/math/ranks.hpp"

#include <algorithm>
#include <cmath>

namespace offprint {

RocCurve roc(std::vector<double> negatives, std::vector<double> positives) {
  std::sort(negatives.rbegin(), negatives.rend());
  std::sort(positives.rbegin(), positives.rend());
  RocCurve curve;
  curve.points.push_back({0, 0});
  std::size_t above_n = 0, above_p = 0;
  while (above_n < negatives.size() || above_p < positives.size()) {
    const double value = above_n == negatives.size()   ? positives[above_p]
                         : above_p == positives.size() ? negatives[above_n]
                                                       : std::max(negatives[above_n], positives[above_p]);
    while (above_n < negatives.size() && negatives[above_n] == value) ++above_n;
    while (above_p < positives.size() && positives[above_p] == value) ++above_p;
    const RocPoint next{static_cast<double>(above_n) / static_cast<double>(negatives.size()),
                        static_cast<double>(above_p) / static_cast<double>(positives.size())},
        last = curve.points.back();
    // Trapezoids: pairs that are equal count half.
    curve.area +=
        (next.false_positive_rate - last.false_positive_rate) * (next.true_positive_rate + last.true_positive_rate) / 2;
    curve.points.push_back(next);
  }
  return curve;
}

double threshold_at(std::vector<double> negatives, double false_positive_rate) {
  std::sort(negatives.rbegin(), negatives.rend());
  const auto allowed = static_cast<std::size_t>(false_positive_rate * static_cast<double>(negatives.size()) + 1e-9);
  return allowed >= negatives.size() ? -HUGE_VAL : negatives[allowed];
}

double tpr_at(const std::vector<double>& negatives, const std::vector<double>& positives, double false_positive_rate) {
  const double threshold = threshold_at(negatives, false_positive_rate);
  return static_cast<double>(
             std::count_if(positives.begin(), positives.end(), [&](double score) { return score > threshold; })) /
         static_cast<double>(positives.size());
}

}  // namespace offprint
