#include "offprint/math/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace offprint {

double entropy_term(double mass) { return mass > 0 ? -mass * std::log2(mass) : 0; }

double entropy_bits(std::span<const double> masses) {
  long double sum = 0;
  for (const double mass : masses) sum += entropy_term(mass);
  return static_cast<double>(sum);
}

double binary_entropy_bits(double p) { return entropy_term(p) + entropy_term(1 - p); }

double merge_loss_bits(double a, double b) {
  return a > 0 && b > 0 ? (a * std::log1p(b / a) + b * std::log1p(a / b)) * std::numbers::log2e : 0;
}

double mutual_information_bits(std::span<const double> joint, std::size_t columns) {
  if (columns == 0 || joint.size() % columns != 0)
    throw std::invalid_argument("mutual_information_bits: the size is no multiple of the columns");
  std::vector<double> row_sums(joint.size() / columns), column_sums(columns);
  for (std::size_t i = 0; i < joint.size(); ++i) {
    row_sums[i / columns] += joint[i];
    column_sums[i % columns] += joint[i];
  }
  long double sum = 0;
  for (std::size_t i = 0; i < joint.size(); ++i)
    if (joint[i] > 0) sum += joint[i] * std::log2(joint[i] / (row_sums[i / columns] * column_sums[i % columns]));
  return std::max(0.0, static_cast<double>(sum));
}

}  // namespace offprint
