// H-consistency bounds of the comp-sum losses (Section 4): what the excess of the surrogate loss guarantees about the
// excess of the error. For a symmetric and complete hypothesis set H,
//   R01(h) - R01*(H) <= Gamma_tau( R_tau(h) - R_tau*(H) + M_tau(H) ) - M_01(H),
// with Gamma_tau the inverse of the transform T_tau and M the minimizability gaps, which are zero when H holds all
// functions.
#pragma once
#include <cstddef>
#include <span>

namespace offprint::comp_sum_losses {

/// T_tau and its inverse for n classes. With m = ((1+b)^(1/(2-tau)) + (1-b)^(1/(2-tau)))/2,
///   T(b) = 2^(1-tau) (1 - m^(2-tau)) / (1-tau)            for tau < 1,
///   T(b) = ((1+b) log(1+b) + (1-b) log(1-b)) / 2          for tau = 1,
///   T(b) = (m^(2-tau) - 1) / ((tau-1) n^(tau-1))          for 1 < tau < 2,
///   T(b) = b / ((tau-1) n^(tau-1))                        for tau >= 2.
class Transform {
 public:
  /// Throws BadInput unless tau is finite and at least 0 and there are two classes or more.
  Transform(double tau, std::size_t classes);

  /// Least surrogate regret that an excess error of b in [0, 1] needs, or a lower bound of it: convex, increasing, T(0)
  /// = 0. Throws BadInput outside.
  double value(double b) const;
  /// Gamma: most excess error that a surrogate regret of t >= 0 allows; 0 at 0, 1 from T(1) on; relative error below
  /// 1e-12. Throws BadInput if t < 0 or NaN.
  double inverse(double t) const;
  /// A simpler bound on Gamma: sqrt(2^tau (2-tau) t), sqrt(2 n^(tau-1) t) or (tau-1) n^(tau-1) t for tau < 1, < 2 and
  /// from 2 on; at most 1.
  double simple_upper(double t) const;
  /// Whether T(b) is attained by some distribution and scores: tau <= 1, or two classes and tau <= 2.
  bool tight() const;

  double tau() const { return tau_; }
  std::size_t classes() const { return classes_; }

 private:
  double tau_;
  std::size_t classes_;
  double scale_;  ///< 2^(1-tau), n^(1-tau), or n^(1-tau)/(tau-1)
};

/// What is known about a hypothesis set and a member of it.
struct Certificate {
  double surrogate_excess = 0;  ///< R_tau(h) - R_tau*(H), >= 0
  double surrogate_gap = 0;     ///< M_tau(H), >= 0
  double best_error = 0;        ///< R01*(H), in [0, 1]
  double error_gap = 0;         ///< M_01(H), in [0, 1]
};
/// The guaranteed bound on R01(h), in [0, 1]. Throws BadInput for values out of range.
double certified_error(const Transform& transform, const Certificate& certificate);

/// Best conditional risk of a set with scores |h_j| <= lambda, where the label is certain: Phi_tau((n-1) exp(-2
/// lambda)) (Section 5).
double restricted_best_risk(double tau, std::size_t classes, double lambda);
/// Bound on M_tau(H) when labels are certain: Phi_tau(best_sum_exponential_risk) minus the mean of restricted_best_risk
/// over the inputs' `lambdas`. By Jensen's inequality, as Phi_tau is concave; any upper bound on the best
/// sum-exponential risk gives a valid one. Decreases in tau if lambda is constant.
/// Throws BadInput if there is no input, a lambda is negative, or the risk is not finite and >= 0.
double minimizability_gap_bound(double tau, std::size_t classes, std::span<const double> lambdas,
                                double best_sum_exponential_risk);

}  // namespace offprint::comp_sum_losses
