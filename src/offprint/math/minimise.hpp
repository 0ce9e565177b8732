// Local minimisation of smooth functions of a few variables: quasi-Newton (BFGS), gradients by central differences
// unless they are given.
#pragma once
#include <functional>
#include <span>
#include <vector>

namespace offprint {

struct MinimiseOptions {
  int iterations = 500;
  double gradient_tolerance = 1e-9;  ///< stops when every component of the gradient is below it
  double difference = 6e-6;          ///< step of the central differences, relative to max(1, |x|)
  double largest_step =
      1e300;  ///< length that no step exceeds: keeps functions that flatten out far away from sending the search there
  /// Fills the gradient at a point; empty: central differences.
  std::function<void(std::span<const double> point, std::span<double> gradient)> gradient = {};
};

struct Minimum {
  std::vector<double> point;
  double value = 0;
  int iterations = 0;
};

/// A local minimum near `start`. Points where `function` is not finite are stepped back from.
Minimum minimise(const std::function<double(std::span<const double>)>& function, std::vector<double> start,
                 const MinimiseOptions& options = {});

}  // namespace offprint
