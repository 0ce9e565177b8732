#include "offprint/math/minimise.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace offprint {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

VectorXd gradient_at(const std::function<double(std::span<const double>)>& function, VectorXd& point,
                     const MinimiseOptions& options) {
  VectorXd gradient(point.size());
  if (options.gradient) {
    options.gradient(std::span<const double>(point.data(), static_cast<std::size_t>(point.size())),
                     std::span<double>(gradient.data(), static_cast<std::size_t>(gradient.size())));
    return gradient;
  }
  const std::span<const double> view(point.data(), static_cast<std::size_t>(point.size()));
  for (Eigen::Index i = 0; i < point.size(); ++i) {
    const double middle = point[i], step = options.difference * std::max(1.0, std::abs(middle));
    point[i] = middle + step;
    const double above = function(view);
    point[i] = middle - step;
    gradient[i] = (above - function(view)) / (2 * step);
    point[i] = middle;
  }
  return gradient;
}

}  // namespace

Minimum minimise(const std::function<double(std::span<const double>)>& function, std::vector<double> start,
                 const MinimiseOptions& options) {
  const auto size = static_cast<Eigen::Index>(start.size());
  VectorXd point = Eigen::Map<const VectorXd>(start.data(), size);
  const auto value_at = [&](const VectorXd& at) {
    return function(std::span<const double>(at.data(), static_cast<std::size_t>(size)));
  };
  double value = value_at(point);
  VectorXd gradient = gradient_at(function, point, options);
  MatrixXd inverse = MatrixXd::Identity(size, size);
  int iteration = 0;
  for (bool fresh = true; iteration < options.iterations && gradient.allFinite() &&
                          gradient.lpNorm<Eigen::Infinity>() > options.gradient_tolerance;
       ++iteration) {
    VectorXd direction = -inverse * gradient;
    double slope = gradient.dot(direction);
    if (!(slope < 0)) {
      inverse.setIdentity();
      direction = -gradient;
      slope = gradient.dot(direction);
      fresh = true;
    }
    double length =
               std::min(1.0, (fresh ? std::min(1.0, options.largest_step) : options.largest_step) / direction.norm()),
           next_value = 0;
    VectorXd next;
    int halvings = 0;
    for (;; length /= 2) {
      next = point + length * direction;
      next_value = value_at(next);
      if (std::isfinite(next_value) && next_value <= value + 1e-4 * length * slope) break;
      if (++halvings == 60) break;
    }
    if (halvings == 60) {
      if (fresh) break;
      inverse.setIdentity();
      fresh = true;
      continue;
    }
    const VectorXd next_gradient = gradient_at(function, next, options);
    const VectorXd moved = next - point, turned = next_gradient - gradient;
    const double curvature = moved.dot(turned);
    if (curvature > 1e-14 * moved.norm() * turned.norm()) {
      if (fresh) inverse = MatrixXd::Identity(size, size) * (curvature / turned.squaredNorm());
      const VectorXd mapped = inverse * turned;
      inverse += (1 + turned.dot(mapped) / curvature) / curvature * moved * moved.transpose() -
                 (mapped * moved.transpose() + moved * mapped.transpose()) / curvature;
      fresh = false;
    }
    point = next;
    value = next_value;
    gradient = next_gradient;
  }
  return {std::vector<double>(point.begin(), point.end()), value, iteration};
}

}  // namespace offprint
