// PRESTO: predicting rare events by shrinking towards proportional odds (Faletto and Bien, ICML 2023, arXiv
// 2305.18700).
// Ordered classes 1..K, the last one rare. Model (Section 2): P(Y <= k | x) = sigma(alpha_k + x'beta_k), k = 1..K-1, so
// that a positive slope lowers the rare class's probability. Slopes of adjacent boundaries are shrunk towards each
// other:
//   minimise -(1/n) loglik + lambda sum_j [ |beta_j1| + sum_{k>=2} |beta_jk - beta_j,k-1| ]        (equation 4)
// on features centred and scaled to population standard deviation 1. psi_1 = beta_1, psi_k = beta_k - beta_{k-1} turn
// it into a lasso.
#pragma once
#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

namespace offprint::presto {

using Eigen::MatrixXd;
using Eigen::VectorXd;

struct OrdinalData {
  MatrixXd x;          ///< n x p features, no intercept column
  std::vector<int> y;  ///< n classes in 1..classes
  int classes = 0;     ///< K
};

/// Throws BadInput unless K >= 2, n > K, all of x is finite, and every class occurs.
void validate(const OrdinalData& data);

/// How the slopes are tied.
enum class Structure {
  fused,    ///< one slope vector a boundary, shrunk to its neighbour: PRESTO
  parallel  ///< one slope vector for all: proportional odds
};

struct Options {
  Structure structure = Structure::fused;
  double mixing = 1;           ///< 1: PRESTO; 0: its ridge variant PRESTO_L2; between: elastic net
  int lambdas = 20;            ///< length of the path
  double lambda_ratio = 0.01;  ///< smallest over largest lambda
  int folds = 5;
  bool as_published = false;  ///< with the two numerical slips of the reference code, see the README
  double tolerance = 1e-7;    ///< of the optimality conditions, relative to n lambda_max
  int max_iterations = 200;
  std::function<void()> between_fits;  ///< called often; may throw to stop
};

struct Model {
  VectorXd alpha;  ///< K-1 intercepts, original scale
  MatrixXd beta;   ///< p x (K-1) slopes, original scale
  double lambda = 0;
  double objective = 0;       ///< penalised, per row, on the standardised scale
  double log_likelihood = 0;  ///< summed over rows
  double kkt_violation = 0;   ///< largest violation of the optimality conditions, in units of the score
  int nonzero = 0;            ///< slopes psi_jk that are not zero
  int iterations = 0;
  bool converged = false;
  bool crossing =
      false;  ///< not converged, and the last full step would have led to where cumulatives of training rows cross
  bool separated = false;     ///< the likelihood has no maximum: slopes grow without bound and were stopped
  std::vector<double> trace;  ///< objective after each iteration
};

/// n x (K-1) linear predictors alpha_k + x'beta_k.
MatrixXd linear_predictors(const Model& model, const MatrixXd& x);

enum class Repair { none, running_maximum, sort };
/// n x K class probabilities. Cumulatives may cross away from the training rows; the middle classes are then negative
/// unless repaired.
MatrixXd predict_probabilities(const Model& model, const MatrixXd& x, Repair repair = Repair::none);
/// P(Y = K | x) = sigma(-(alpha_{K-1} + x'beta_{K-1})), which needs no repair.
VectorXd predict_rare(const Model& model, const MatrixXd& x);
/// Rows whose cumulatives cross.
int crossings(const Model& model, const MatrixXd& x);

/// Log-spaced from lambda_max, the smallest at which all slopes are zero, down to lambda_max * ratio.
std::vector<double> lambda_path(const OrdinalData& data, const Options& options);
/// One model a lambda, warm-started along the path.
std::vector<Model> fit_path(const OrdinalData& data, const std::vector<double>& lambdas, const Options& options);
/// At one lambda; 0 gives the unpenalised maximum likelihood fit by Newton steps.
Model fit(const OrdinalData& data, double lambda, const Options& options);

/// Unpenalised proportional odds.
Model fit_proportional_odds(const OrdinalData& data);
/// Unpenalised logistic regression of the rare class against the rest; predict_rare() applies.
Model fit_rare_logit(const OrdinalData& data);

}  // namespace offprint::presto
