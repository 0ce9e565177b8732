#include "offprint/math/privacy_accounting.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "offprint/base/error.hpp"

namespace offprint {
namespace {

void check_positive(const char* name, double value) {
  if (!(value > 0 && std::isfinite(value)))
    throw BadInput(name, "must be positive and finite, not " + std::to_string(value));
}

void check_delta(double delta) {
  if (!(delta > 0 && delta < 1))
    throw BadInput("delta", "must lie strictly between 0 and 1, not " + std::to_string(delta));
}

/// Smallest x in [low, high] with `fits(x)`, for a monotone condition.
template <class Condition>
double bisect(double low, double high, const Condition& fits) {
  for (int i = 0; i < 200 && high - low > 1e-14 * high; ++i)
    (fits(0.5 * (low + high)) ? high : low) = 0.5 * (low + high);
  return high;
}

/// Natural logarithm of the delta at this epsilon: convex in the order a, minimised over log(a - 1) by golden section.
double log_delta_of_zcdp(double rho, double epsilon) {
  const auto value = [&](double log_order) {
    const double b = std::exp(log_order), a = 1 + b;
    return b * (a * rho - epsilon) - a * std::log1p(1 / b) - log_order;
  };
  double low = -30, high = 30;
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double x = high - golden * (high - low), y = low + golden * (high - low), fx = value(x), fy = value(y);
  for (int i = 0; i < 100; ++i) {
    if (fx < fy) {
      high = y, y = x, fy = fx, x = high - golden * (high - low), fx = value(x);
    } else {
      low = x, x = y, fx = fy, y = low + golden * (high - low), fy = value(y);
    }
  }
  return std::min({fx, fy, 0.0});
}

/// log of the standard normal tail above z, by its continued fraction where erfc underflows.
double log_upper_tail(double z) {
  if (z < 30) return std::log(0.5 * std::erfc(z / std::sqrt(2.0)));
  return -0.5 * z * z - std::log(z) - 0.5 * std::log(2 * M_PI) + std::log1p(-1 / (z * z));
}

double delta_of_gaussian(double mu, double epsilon) {
  return std::exp(log_upper_tail(epsilon / mu - mu / 2)) - std::exp(epsilon + log_upper_tail(epsilon / mu + mu / 2));
}

}  // namespace

PrivacyBudget PrivacyBudget::zcdp(double rho) {
  check_positive("rho", rho);
  return {false, rho, 0, 0};
}

PrivacyBudget PrivacyBudget::approx(double epsilon, double delta) {
  return {false, zcdp_of_approx(epsilon, delta), epsilon, delta};
}

PrivacyBudget PrivacyBudget::pure(double epsilon) {
  check_positive("epsilon", epsilon);
  return {true, epsilon * epsilon / 2, epsilon, 0};
}

double epsilon_of_zcdp_simple(double rho, double delta) {
  check_positive("rho", rho);
  check_delta(delta);
  return rho + 2 * std::sqrt(rho * -std::log(delta));
}

double epsilon_of_zcdp(double rho, double delta) {
  const double limit = epsilon_of_zcdp_simple(rho, delta), target = std::log(delta);
  return bisect(0, limit, [&](double epsilon) { return log_delta_of_zcdp(rho, epsilon) <= target; });
}

double epsilon_of_gaussian(double rho, double delta) {
  const double limit = epsilon_of_zcdp_simple(rho, delta), mu = std::sqrt(2 * rho);
  return bisect(0, limit, [&](double epsilon) { return delta_of_gaussian(mu, epsilon) <= delta; });
}

double zcdp_of_approx(double epsilon, double delta) {
  check_positive("epsilon", epsilon);
  check_delta(delta);
  const double target = std::log(delta);
  double low = 0, high = epsilon + 1;
  while (log_delta_of_zcdp(high, epsilon) <= target) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-14 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (log_delta_of_zcdp(middle, epsilon) <= target ? low : high) = middle;
  }
  return low;
}

double gaussian_rho(double sensitivity, double s2) { return sensitivity * sensitivity / (2 * s2); }
double exponential_rho(double epsilon) { return epsilon * epsilon / 8; }

}  // namespace offprint
