#include "offprint/papers/presto/simulation.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <set>

#include "offprint/base/error.hpp"
#include "offprint/papers/presto/solver.hpp"

namespace offprint::presto {
namespace {

Model draw_truth(const Simulation& simulation, Random& random) {
  const auto boundaries = static_cast<Eigen::Index>(simulation.intercepts.size());
  Model truth;
  truth.alpha = Eigen::Map<const VectorXd>(simulation.intercepts.data(), boundaries);
  truth.beta.resize(simulation.features, boundaries);
  for (Eigen::Index j = 0; j < simulation.features; ++j)
    for (Eigen::Index k = 0; k < boundaries; ++k) {
      double psi = 0;
      if (!simulation.sparse)
        psi = random.uniform(-0.5, 0.5);
      else if (random.bernoulli(simulation.deviation))
        psi = k == 0 || random.bernoulli(0.5) ? 0.5 : -0.5;
      truth.beta(j, k) = psi + (k > 0 ? truth.beta(j, k - 1) : 0);
    }
  return truth;
}

bool draw_rows(const Simulation& simulation, const Model& truth, Random& random, OrdinalData& data) {
  data.classes = static_cast<int>(simulation.intercepts.size()) + 1;
  data.x.resize(simulation.rows, simulation.features);
  data.y.clear();
  for (Eigen::Index i = 0; i < data.x.size(); ++i) data.x.data()[i] = random.uniform(-1, 1);
  const MatrixXd eta = linear_predictors(truth, data.x);
  std::set<int> seen;
  for (Eigen::Index i = 0; i < eta.rows(); ++i) {
    for (Eigen::Index k = 1; k < eta.cols(); ++k)
      if (eta(i, k) < eta(i, k - 1)) return false;
    const double u = random.uniform();
    int y = 1;
    while (y < data.classes && u >= sigmoid(eta(i, y - 1))) ++y;
    data.y.push_back(y);
    seen.insert(y);
  }
  return static_cast<int>(seen.size()) == data.classes;
}

}  // namespace

Simulated simulate(const Simulation& simulation, Random random) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    Simulated result{{}, draw_truth(simulation, random)};
    for (int redraw = 0; redraw < 10; ++redraw)
      if (draw_rows(simulation, result.truth, random, result.data)) return result;
  }
  throw NumericalFailure("no slopes were found whose cumulatives do not cross", "100 draws");
}

SlopeVariance slope_variance(double a, int features, int draws, Random random) {
  const Eigen::Index p = features, q = p + 2;
  MatrixXd odds = MatrixXd::Zero(q, q), logit = MatrixXd::Zero(p + 1, p + 1);
  VectorXd x(p);
  double rare = 0;
  for (int i = 0; i < draws; ++i) {
    for (auto& value : x) value = random.uniform(-1, 1);
    const double sum = x.sum(), f1 = sigmoid(sum), f2 = sigmoid(a + sum), p3 = sigmoid(-a - sum), p2 = f2 - f1,
                 d1 = f1 * (1 - f1), d2 = f2 * p3;
    const double w11 = d1 * d1 * (1 / f1 + 1 / p2), w22 = d2 * d2 * (1 / p2 + 1 / p3), w12 = -d1 * d2 / p2,
                 w = w11 + 2 * w12 + w22;
    odds(0, 0) += w11;
    odds(1, 1) += w22;
    odds(1, 0) += w12;
    odds.block(2, 0, p, 1) += (w11 + w12) * x;
    odds.block(2, 1, p, 1) += (w22 + w12) * x;
    odds.bottomRightCorner(p, p).selfadjointView<Eigen::Lower>().rankUpdate(x, w);
    logit(0, 0) += d2;
    logit.block(1, 0, p, 1) += d2 * x;
    logit.bottomRightCorner(p, p).selfadjointView<Eigen::Lower>().rankUpdate(x, d2);
    rare += p3;
  }
  const auto variance = [&](MatrixXd& information) {
    information /= draws;
    const MatrixXd inverse = information.selfadjointView<Eigen::Lower>().ldlt().solve(
        MatrixXd::Identity(information.rows(), information.rows()));
    return inverse.diagonal().tail(p).mean();
  };
  return {rare / draws, variance(odds), variance(logit)};
}

double theorem_eigenvalue(double a, int features, int draws, Random random) {
  const Eigen::Index p = features;
  MatrixXd bb = MatrixXd::Zero(p, p);
  VectorXd ba = VectorXd::Zero(p), x(p);
  double aa = 0;
  for (int i = 0; i < draws; ++i) {
    for (auto& value : x) value = random.uniform(-1, 1);
    const double sum = x.sum(), f1 = sigmoid(sum), p3 = sigmoid(-a - sum), p2 = sigmoid(a + sum) - f1,
                 w = (1 - p3) * f1 * (1 - f1);
    bb.selfadjointView<Eigen::Lower>().rankUpdate(x, (1 - f1) * (1 - p2) * (1 - p3));
    ba += w * x;
    aa += w;
  }
  const MatrixXd full = bb.selfadjointView<Eigen::Lower>();
  const MatrixXd difference = (full - 2 * ba * ba.transpose() / aa) / draws;
  return Eigen::SelfAdjointEigenSolver<MatrixXd>(difference, Eigen::EigenvaluesOnly).eigenvalues()[0];
}

}  // namespace offprint::presto
