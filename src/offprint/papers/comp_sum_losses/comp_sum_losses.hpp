// Comp-sum losses (Mao, Mohri and Zhong, ICML 2023, arXiv 2304.07288): cross-entropy and its relatives as one family,
// with their best risks.
// n classes, scores h_1..h_n of an input, prediction argmax (ties: the largest index). With u = sum over wrong classes
// of exp(h_j - h_y) and the softmax probability s_y = 1/(1+u) of the right class, the family is (Section 3)
//   Phi_tau(u) = ((1+u)^(1-tau) - 1) / (1-tau),   Phi_1(u) = log(1+u),   tau >= 0:
// tau = 0 sum-exponential, 1 cross-entropy, between 1 and 2 generalised cross-entropy, 2 mean absolute error.
// Everything is computed from L = log(1+u), as expm1((1-tau) L)/(1-tau), which is exact to rounding at every tau;
// within 1e-8 of 1, tau counts as 1.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace offprint::comp_sum_losses {

/// Throws BadInput naming what is wrong.
void check_tau(double tau);                                ///< finite, >= 0
void check_scores(std::span<const double> scores);         ///< at least two, finite
void check_label(std::size_t label, std::size_t classes);  ///< below the number of classes
void check_distribution(std::span<const double> p);        ///< at least two masses >= 0 whose sum is 1 within 1e-9

inline bool is_one(double tau) { return std::abs(tau - 1) < 1e-8; }

/// Phi_tau as a function of L = log(1+u) >= 0.
template <class Scalar>
Scalar phi_of_log(double tau, Scalar log_one_plus_u) {
  if (is_one(tau)) return log_one_plus_u;
  const auto rest = static_cast<Scalar>(1 - tau);
  return std::expm1(rest * log_one_plus_u) / rest;
}
/// Phi_tau(u), u >= 0.
inline double phi(double tau, double u) { return phi_of_log(tau, std::log1p(u)); }

/// The loss of one example. Unchecked: at tau below 1 it may overflow to infinity for scores hundreds apart.
struct CompSum {
  double tau = 1;  ///< >= 0
  double rho = 1;  ///< > 0: scores are divided by it

  /// Phi_tau at h/rho. `label` below scores.size().
  template <class Scalar>
  Scalar value(std::span<const Scalar> scores, std::size_t label) const {
    return phi_of_log(tau, log_one_plus_u(scores, label));
  }
  /// Gradient in the scores: s_y^(tau-1) (s_j - [j = y]) / rho.
  template <class Scalar>
  std::vector<Scalar> gradient(std::span<const Scalar> scores, std::size_t label) const {
    const Scalar log_s = -log_one_plus_u(scores, label);
    const auto scale = static_cast<Scalar>(1 / rho);
    std::vector<Scalar> result(scores.size());
    Scalar others = 0;
    for (std::size_t j = 0; j < scores.size(); ++j)
      if (j != label) {
        result[j] = scale * std::exp(static_cast<Scalar>(tau) * log_s + (scores[j] - scores[label]) * scale);
        others += result[j];
      }
    result[label] = -others;
    return result;
  }
  /// L = log(1+u) = -log s_y.
  template <class Scalar>
  Scalar log_one_plus_u(std::span<const Scalar> scores, std::size_t label) const {
    const auto scale = static_cast<Scalar>(1 / rho);
    const Scalar largest = *std::max_element(scores.begin(), scores.end());
    Scalar sum = 0;
    std::size_t top = 0;
    for (std::size_t j = 0; j < scores.size(); ++j)
      if (scores[j] == largest) top = j;
    for (std::size_t j = 0; j < scores.size(); ++j)
      if (j != top) sum += std::exp((scores[j] - largest) * scale);
    return (largest - scores[label]) * scale + std::log1p(sum);
  }
};

/// The predicted class: the largest score, ties going to the largest index.
std::size_t predict(std::span<const double> scores);

/// Over all scores: inf_h sum_y p_y l_tau(h, y), in closed form (Section 4). `p`: class probabilities.
/// tau < 2: ((sum_y p_y^(1/(2-tau)))^(2-tau) - 1)/(1-tau), Shannon's entropy at 1; tau >= 2: (1 - max p)/(tau-1).
double best_conditional_risk(double tau, std::span<const double> p);
/// sum_y p_y l_tau(h, y).
double conditional_risk(double tau, std::span<const double> p, std::span<const double> scores);
/// conditional_risk - best_conditional_risk, >= 0 up to rounding.
double conditional_regret(double tau, std::span<const double> p, std::span<const double> scores);
/// max p - p of the predicted class.
double zero_one_regret(std::span<const double> p, std::span<const double> scores);

}  // namespace offprint::comp_sum_losses
