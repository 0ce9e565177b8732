#include "offprint/papers/presto/presto.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/papers/presto/comparison.hpp"
#include "offprint/papers/presto/cross_validation.hpp"
#include "offprint/papers/presto/evaluation.hpp"
#include "offprint/papers/presto/row_loops.hpp"
#include "offprint/papers/presto/simulation.hpp"

namespace offprint::presto {
namespace {

OrdinalData small_data(std::uint64_t seed, int rows = 300, int features = 3) {
  Simulation simulation;
  simulation.intercepts = {-0.5, 1.5};
  simulation.rows = rows;
  simulation.features = features;
  return simulate(simulation, Random(seed)).data;
}

/// The objective written down directly from the model: an independent formula, in the original features.
double objective(const OrdinalData& data, const VectorXd& alpha, const MatrixXd& beta, double lambda) {
  double sum = 0;
  for (Eigen::Index i = 0; i < data.x.rows(); ++i) {
    double below = 0, value = 0;
    for (Eigen::Index k = 0; k < data.classes; ++k) {
      const double cumulative = k < alpha.size() ? 1 / (1 + std::exp(-alpha[k] - data.x.row(i).dot(beta.col(k)))) : 1;
      if (k + 1 == data.y[static_cast<std::size_t>(i)]) value = cumulative - below;
      below = cumulative;
    }
    sum -= std::log(value);
  }
  double penalty = 0;
  for (Eigen::Index j = 0; j < beta.rows(); ++j) {
    const VectorXd column = data.x.col(j).array() - data.x.col(j).mean();
    const double scale = std::sqrt(column.squaredNorm() / static_cast<double>(column.size()));
    for (Eigen::Index k = 0; k < beta.cols(); ++k)
      penalty += scale * std::abs(beta(j, k) - (k > 0 ? beta(j, k - 1) : 0));
  }
  return sum / static_cast<double>(data.x.rows()) + lambda * penalty;
}

TEST(Solver, ObjectiveIsTheModelsOwn) {
  const auto data = small_data(1);
  for (const double lambda : {0.05, 0.01, 0.001}) {
    const auto model = fit(data, lambda, {});
    EXPECT_TRUE(model.converged);
    EXPECT_NEAR(model.objective, objective(data, model.alpha, model.beta, lambda), 1e-10);
  }
}

TEST(Solver, NoNearbyPointIsBetter) {
  const auto data = small_data(2);
  Random random(3);
  for (const double lambda : {0.03, 0.005}) {
    const auto model = fit(data, lambda, {});
    const double best = objective(data, model.alpha, model.beta, lambda);
    for (int trial = 0; trial < 3000; ++trial) {
      auto alpha = model.alpha;
      auto beta = model.beta;
      const double size = std::pow(10.0, -1 - 4 * random.uniform());
      for (auto& value : alpha) value += size * random.normal();
      for (Eigen::Index i = 0; i < beta.size(); ++i)
        if (random.bernoulli(0.5)) beta.data()[i] += size * random.normal();
      const double other = objective(data, alpha, beta, lambda);
      if (std::isfinite(other)) {
        EXPECT_GE(other, best - 1e-9);
      }
    }
  }
}

TEST(Solver, PredictionsDoNotDependOnTheOriginOfAFeature) {
  auto data = small_data(4);
  const auto before = fit(data, 0.01, {});
  const MatrixXd expected = predict_probabilities(before, data.x);
  data.x.col(0).array() += 100;
  data.x.col(1) *= 1000;
  const auto after = fit(data, 0.01, {});
  EXPECT_LT((predict_probabilities(after, data.x) - expected).cwiseAbs().maxCoeff(), 1e-5);
  Options slips;
  slips.as_published = true;
  EXPECT_GT((predict_probabilities(fit(data, 0.01, slips), data.x) - expected).cwiseAbs().maxCoeff(), 1e-3);
}

TEST(Solver, LargestPenaltyGivesTheFrequencies) {
  const auto data = small_data(5);
  const auto path = lambda_path(data, {});
  const auto model = fit(data, path[0] * 1.0001, {});
  EXPECT_EQ(model.nonzero, 0);
  const double share = static_cast<double>(std::count(data.y.begin(), data.y.end(), 3)) / 300;
  EXPECT_NEAR(predict_rare(model, data.x)[0], share, 1e-8);
  EXPECT_GT(fit(data, path[0] * 0.99, {}).nonzero, 0);
}

TEST(Solver, LogitSolvesItsScoreEquations) {
  const auto data = small_data(6);
  const auto model = fit_rare_logit(data);
  VectorXd residual = predict_rare(model, data.x);
  for (std::size_t i = 0; i < data.y.size(); ++i) residual[static_cast<Eigen::Index>(i)] -= data.y[i] == 3;
  EXPECT_LT(std::abs(residual.sum()), 1e-4);
  EXPECT_LT((data.x.transpose() * residual).cwiseAbs().maxCoeff(), 1e-4);
}

TEST(Solver, ProportionalOddsMaximisesItsLikelihood) {
  const auto data = small_data(7);
  const auto model = fit_proportional_odds(data);
  EXPECT_LT((model.beta.col(0) - model.beta.col(1)).norm(), 1e-12);
  const auto likelihood = [&](const VectorXd& alpha, const VectorXd& slopes) {
    MatrixXd beta(slopes.size(), 2);
    beta << slopes, slopes;
    return objective(data, alpha, beta, 0);
  };
  constexpr double step = 1e-5;
  for (Eigen::Index j = 0; j < 3; ++j) {
    VectorXd up = model.beta.col(0), down = up;
    up[j] += step;
    down[j] -= step;
    EXPECT_NEAR((likelihood(model.alpha, up) - likelihood(model.alpha, down)) / (2 * step), 0, 1e-6);
  }
}

TEST(Solver, RidgeVariantHasNoExactZeros) {
  Options ridge;
  ridge.mixing = 0;
  const auto data = small_data(8);
  const auto model = fit(data, 0.1, ridge);
  EXPECT_TRUE(model.converged);
  EXPECT_EQ(model.nonzero, 6);
}

TEST(Solver, ObjectiveNeverGrows) {
  const auto data = small_data(9);
  for (const auto& model : fit_path(data, lambda_path(data, {}), {}))
    EXPECT_TRUE(std::is_sorted(model.trace.rbegin(), model.trace.rend()));
}

TEST(Solver, ConstantColumnsGetNoWeight) {
  auto data = small_data(10);
  data.x.col(2).setConstant(7);
  EXPECT_EQ(fit(data, 0.01, {}).beta.row(2).norm(), 0);
  EXPECT_EQ(fit_proportional_odds(data).beta.row(2).norm(), 0);
}

TEST(Solver, SeparationIsReported) {
  OrdinalData data{MatrixXd(40, 1), {}, 2};
  for (int i = 0; i < 40; ++i) {
    data.x(i, 0) = i;
    data.y.push_back(i < 20 ? 1 : 2);
  }
  const auto model = fit(data, 0, {});
  EXPECT_TRUE(model.separated);
  EXPECT_FALSE(model.converged);
  EXPECT_TRUE(model.beta.allFinite());
}

TEST(Solver, RefusesWhatCannotBeFitted) {
  auto data = small_data(11);
  data.x(3, 1) = std::nan("");
  EXPECT_THROW(fit(data, 0.1, {}), BadInput);
  data = small_data(11);
  std::replace(data.y.begin(), data.y.end(), 2, 1);
  EXPECT_THROW(fit(data, 0.1, {}), BadInput);
}

TEST(RowLoops, LogisticSidesAndLogarithmsAreThoseOfTheLibrary) {
  std::vector<double> eta;
  for (double t = -720; t <= 720; t += 0.37) eta.push_back(t);
  for (double t = -2; t <= 2; t += 0.001) eta.push_back(t);
  const auto count = static_cast<long>(eta.size());
  std::vector<double> lower(eta.size()), upper(eta.size());
  logistic_sides(eta.data(), count, lower.data(), upper.data());
  for (std::size_t i = 0; i < eta.size(); ++i) {
    const double t = std::clamp(eta[i], -700.0, 700.0);
    EXPECT_NEAR(lower[i] * (1 + std::exp(-t)), 1, 1e-15) << t;
    EXPECT_NEAR(upper[i] * (1 + std::exp(t)), 1, 1e-15) << t;
    lower[i] = std::max(lower[i], 0x1p-1000);
  }
  for (const long part : {0L, 1L, 7L, 8L, 9L, count}) {
    double expected = 0;
    for (long i = 0; i < part; ++i) expected += std::log(lower[static_cast<std::size_t>(i)]);
    EXPECT_NEAR(sum_of_logarithms(lower.data(), part), expected, 1e-12 * std::abs(expected)) << part;
  }
  const std::vector<double> many(20011, 0.99999999);
  EXPECT_NEAR(sum_of_logarithms(many.data(), 20011), 20011 * std::log(0.99999999), 1e-14);
}

TEST(Prediction, RepairsMakeProbabilities) {
  Model model;
  model.alpha = VectorXd::LinSpaced(2, 0, 1);
  model.beta = MatrixXd(1, 2);
  model.beta << 2, -2;
  const MatrixXd x = MatrixXd::Constant(1, 1, 3);
  EXPECT_EQ(crossings(model, x), 1);
  EXPECT_LT(predict_probabilities(model, x)(0, 1), 0);
  for (const auto repair : {Repair::running_maximum, Repair::sort}) {
    const MatrixXd p = predict_probabilities(model, x, repair);
    EXPECT_GE(p.minCoeff(), 0);
    EXPECT_NEAR(p.sum(), 1, 1e-12);
  }
}

TEST(Evaluation, CalibrationErrorOfTenRows) {
  VectorXd predicted(10);
  std::vector<bool> rare;
  double expected = 0;
  for (int i = 0; i < 10; ++i) {
    predicted[i] = (9 - i) / 10.0;
    rare.push_back(i < 3);
    expected += std::pow(predicted[i] - (i < 3), 2) / 10;
  }
  EXPECT_NEAR(observed_calibration_error(predicted, rare, false), expected, 1e-15);  // one row a bin
  EXPECT_GT(observed_calibration_error(predicted, rare, true), expected);
}

TEST(Theory, EigenvalueAndLimitsOfThePaper) {
  EXPECT_NEAR(theorem_eigenvalue(20, 10, 300000, Random(1)), 0.0236, 0.0004);
  const auto variance = slope_variance(10, 10, 100000, Random(2));
  EXPECT_NEAR(variance.proportional_odds, 20.6, 0.5);
  EXPECT_NEAR(variance.logit * variance.rare_probability, 3.63, 0.1);
}

TEST(Simulation, IsRedrawnUntilEveryClassHasTwoRows) {
  Options quick;
  quick.lambdas = 3;
  quick.folds = 2;
  // About one row of the rare class is expected: without redrawing most of these would have fewer than two.
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto result = one_simulation({true, 0.5, {0, 3, 5}, 100, 2}, quick, Random(seed));
    EXPECT_GE(result.rare_share, 0.02);
  }
}

}  // namespace
}  // namespace offprint::presto
