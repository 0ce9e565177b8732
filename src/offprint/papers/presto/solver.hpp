// The solver: Newton steps with coordinate descent on their quadratic model, in psi-space.
#pragma once
#include <cmath>

#include "offprint/papers/presto/presto.hpp"
#include "offprint/papers/presto/row_loops.hpp"

namespace offprint::presto {

/// sigma(t) without overflow.
inline double sigmoid(double t) { return t >= 0 ? 1 / (1 + std::exp(-t)) : std::exp(t) / (1 + std::exp(t)); }

/// A fit in progress on one standardised data set; consecutive solves start from the last.
class Solver {
 public:
  Solver(const OrdinalData& data, const Options& options);
  double lambda_max() const { return lambda_max_; }
  Model solve(double lambda);

 private:
  MatrixXd beta_of(const VectorXd& theta) const;
  double log_likelihood(const VectorXd& theta);
  void derivatives();
  VectorXd gather_score() const;
  MatrixXd gather_information() const;
  double penalty(const VectorXd& theta, double lambda) const;
  double violation(const VectorXd& theta, double lambda) const;
  VectorXd newton_target(double lambda) const;
  VectorXd descend(double lambda, double small) const;
  void solve_active(std::vector<int>& active, double l1, double l2, VectorXd& theta) const;
  Model model_of(double lambda) const;

  const Options& options_;
  int n_, p_, m_, blocks_;
  MatrixXd z_;  ///< n x (p+1): ones, then standardised features; rows in order of class
  VectorXd centre_, scale_;
  VectorXd theta_;                ///< m intercepts, then blocks_ x p of psi
  std::vector<long> first_;       ///< row of each class, and n
  std::vector<RowRange> active_;  ///< of the 2 m - 1 columns of weights_; the first m also of u_
  MatrixXd eta_, lower_, upper_;  ///< n x m, where log_likelihood() looked last: predictors, sigma(eta), sigma(-eta)
  Eigen::ArrayXd own_;            ///< each row's probability of its class
  MatrixXd u_,
      /// derivatives: n x m, and n x (2 m - 1), the diagonal of the information and then what stands beside it
      weights_;
  VectorXd score_;
  MatrixXd information_;
  double lambda_max_ = 0;
};

}  // namespace offprint::presto
