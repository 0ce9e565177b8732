#include "offprint/papers/presto/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace offprint::presto {

std::vector<bool> is_rare(const OrdinalData& data) {
  std::vector<bool> rare;
  for (const int y : data.y) rare.push_back(y == data.classes);
  return rare;
}

double observed_calibration_error(const VectorXd& predicted, const std::vector<bool>& rare, bool as_published) {
  const std::size_t n = rare.size(),
                    bins = std::min(n, std::max<std::size_t>(
                                           static_cast<std::size_t>(std::lround(static_cast<double>(n) / 100)), 10));
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return predicted[static_cast<Eigen::Index>(a)] < predicted[static_cast<Eigen::Index>(b)];
  });
  double sum = 0;
  for (std::size_t bin = 0, begin = 0; bin < bins; ++bin) {
    const std::size_t end = begin + n / bins + (bin < n % bins);
    double share = 0;
    for (std::size_t i = begin; i < end; ++i) share += rare[order[i]];
    share /= static_cast<double>(end - begin);
    for (std::size_t i = begin; i < end; ++i)
      sum += std::pow(predicted[static_cast<Eigen::Index>(as_published ? i : order[i])] - share, 2);
    begin = end;
  }
  return sum / static_cast<double>(n);
}

double rare_brier_score(const VectorXd& predicted, const std::vector<bool>& rare) {
  double sum = 0;
  for (std::size_t i = 0; i < rare.size(); ++i) sum += std::pow(predicted[static_cast<Eigen::Index>(i)] - rare[i], 2);
  return sum / static_cast<double>(rare.size());
}

double rare_log_loss(const VectorXd& predicted, const std::vector<bool>& rare) {
  double sum = 0;
  for (std::size_t i = 0; i < rare.size(); ++i) {
    const double p = std::clamp(predicted[static_cast<Eigen::Index>(i)], 1e-300, 1.0);
    sum -= rare[i] ? std::log(p) : std::log1p(-std::min(p, 1 - 1e-16));
  }
  return sum / static_cast<double>(rare.size());
}

}  // namespace offprint::presto
