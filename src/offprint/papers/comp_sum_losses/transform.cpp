#include "offprint/papers/comp_sum_losses/transform.hpp"

#include <fmt/format.h>

#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/papers/comp_sum_losses/comp_sum_losses.hpp"

namespace offprint::comp_sum_losses {
namespace {

/// (m^(2-tau) - 1)/(tau - 1), or its limit at tau = 1, without cancellation; tau < 2.
double unscaled(double tau, double b) {
  const double power = 1 / (2 - tau), up = std::log1p(b), down = std::log1p(-b);
  if (is_one(tau)) return b < 1e-3 ? b * b * (0.5 + b * b / 12) : ((1 + b) * up + (b < 1 ? (1 - b) * down : 0)) / 2;
  if (power < 20 || power * b < 1e-3) {  // m - 1 is small
    double excess = power * (power - 1) / 2 * b * b * (1 + (power - 2) * (power - 3) / 12 * b * b);
    if (power * b >= 1e-3)
      excess = ((1 + b) * std::expm1((power - 1) * up) + (b < 1 ? (1 - b) * std::expm1((power - 1) * down) : 0)) / 2;
    return std::expm1((2 - tau) * std::log1p(excess)) / (tau - 1);
  }
  const double ratio = b < 1 ? std::exp(power * (down - up)) : 0;
  return std::expm1(up + (2 - tau) * std::log((1 + ratio) / 2)) / (tau - 1);
}

void check_share(double value, const char* what) {
  if (!(value >= 0 && value <= 1))
    throw BadInput("", fmt::format("{} is {}", what, value), "give a number from 0 to 1");
}

void check_excess(double value, const char* what) {
  if (!(value >= 0)) throw BadInput("", fmt::format("{} is {}", what, value), "give a number of at least 0");
}

}  // namespace

Transform::Transform(double tau, std::size_t classes) : tau_(tau), classes_(classes) {
  check_tau(tau);
  if (classes < 2) throw BadInput("", fmt::format("{} classes", classes), "give at least two");
  const double n = static_cast<double>(classes);
  scale_ = tau < 1 ? std::pow(2, 1 - tau) : std::pow(n, 1 - tau) / (tau < 2 ? 1 : tau - 1);
}

double Transform::value(double b) const {
  check_share(b, "the excess error");
  return tau_ >= 2 ? scale_ * b : scale_ * unscaled(tau_, b);
}

double Transform::inverse(double t) const {
  check_excess(t, "the surrogate's excess");
  if (t == 0) return 0;
  if (tau_ >= 2) return std::min(1.0, t / scale_);
  if (t >= value(1)) return 1;
  // T is convex and increasing: Newton's steps from above never undershoot; bisection guards them against rounding.
  double low = 0, high = std::min(1.0, simple_upper(t)), b = high;
  for (int i = 0; i < 200 && high - low > 4e-16 * high; ++i) {
    const double excess = value(b) - t;
    if (std::abs(excess) <= 1e-15 * t) break;
    (excess > 0 ? high : low) = b;
    const double step = 1e-7 * b, slope = (value(b) - value(b - step)) / step;
    const double newton = b - excess / slope;
    b = newton > low && newton < high ? newton : low + (high - low) / 2;
  }
  return b;
}

double Transform::simple_upper(double t) const {
  check_excess(t, "the surrogate's excess");
  const double n = static_cast<double>(classes_);
  if (tau_ >= 2) return std::min(1.0, (tau_ - 1) * std::pow(n, tau_ - 1) * t);
  return std::min(1.0, std::sqrt(tau_ < 1 ? std::pow(2, tau_) * (2 - tau_) * t : 2 * std::pow(n, tau_ - 1) * t));
}

bool Transform::tight() const { return tau_ <= 1 || is_one(tau_) || (classes_ == 2 && tau_ <= 2); }

double certified_error(const Transform& transform, const Certificate& certificate) {
  check_excess(certificate.surrogate_excess, "the surrogate's excess");
  check_excess(certificate.surrogate_gap, "the minimizability gap");
  check_share(certificate.best_error, "the best error");
  check_share(certificate.error_gap, "the error's minimizability gap");
  const double excess =
      transform.inverse(certificate.surrogate_excess + certificate.surrogate_gap) - certificate.error_gap;
  return std::clamp(certificate.best_error + excess, 0.0, 1.0);
}

double restricted_best_risk(double tau, std::size_t classes, double lambda) {
  check_tau(tau);
  check_excess(lambda, "the bound of the scores");
  return phi(tau, static_cast<double>(classes - 1) * std::exp(-2 * lambda));
}

double minimizability_gap_bound(double tau, std::size_t classes, std::span<const double> lambdas,
                                double best_sum_exponential_risk) {
  if (classes < 2) throw BadInput("", fmt::format("{} classes", classes), "give at least two");
  if (lambdas.empty()) throw BadInput("", "there is no input", "give the bound of the scores at one input or more");
  check_excess(best_sum_exponential_risk, "the best sum-exponential risk");
  double mean = 0;
  for (const double lambda : lambdas)
    mean += restricted_best_risk(tau, classes, lambda) / static_cast<double>(lambdas.size());
  return phi(tau, best_sum_exponential_risk) - mean;
}

}  // namespace offprint::comp_sum_losses
