#include "offprint/papers/presto/presto.hpp"

#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/papers/presto/solver.hpp"

namespace offprint::presto {

void validate(const OrdinalData& data) {
  if (data.classes < 2)
    throw BadInput("the response", "has fewer than two classes", "give an ordered outcome of at least three");
  if (data.x.rows() != static_cast<Eigen::Index>(data.y.size()))
    throw BadInput("the features", "have another number of rows than the response");
  if (data.x.rows() <= data.classes) throw BadInput("the table", "has no more rows than classes", "give more rows");
  if (!data.x.allFinite()) throw BadInput("the features", "hold a value that is not finite", "mend the table");
  std::vector<int> counts(static_cast<std::size_t>(data.classes), 0);
  for (const int y : data.y) {
    if (y < 1 || y > data.classes)
      throw BadInput("the response", "holds class " + std::to_string(y), "number classes from 1");
    ++counts[static_cast<std::size_t>(y - 1)];
  }
  for (int k = 0; k < data.classes; ++k)
    if (counts[static_cast<std::size_t>(k)] == 0)
      throw BadInput("the response", "class " + std::to_string(k + 1) + " never occurs", "leave it out");
}

MatrixXd linear_predictors(const Model& model, const MatrixXd& x) {
  return (x * model.beta).rowwise() + model.alpha.transpose();
}

MatrixXd predict_probabilities(const Model& model, const MatrixXd& x, Repair repair) {
  MatrixXd eta = linear_predictors(model, x);
  MatrixXd probabilities(eta.rows(), eta.cols() + 1);
  std::vector<double> row(static_cast<std::size_t>(eta.cols()));
  for (Eigen::Index i = 0; i < eta.rows(); ++i) {
    for (Eigen::Index k = 0; k < eta.cols(); ++k) row[static_cast<std::size_t>(k)] = eta(i, k);
    if (repair == Repair::sort) std::sort(row.begin(), row.end());
    if (repair == Repair::running_maximum)
      for (std::size_t k = 1; k < row.size(); ++k) row[k] = std::max(row[k], row[k - 1]);
    double below = 0;
    for (Eigen::Index k = 0; k < eta.cols(); ++k) {
      const double cumulative = sigmoid(row[static_cast<std::size_t>(k)]);
      probabilities(i, k) = cumulative - below;
      below = cumulative;
    }
    probabilities(i, eta.cols()) = sigmoid(-row.back());
  }
  return probabilities;
}

VectorXd predict_rare(const Model& model, const MatrixXd& x) {
  const Eigen::Index last = model.alpha.size() - 1;
  const VectorXd eta = (x * model.beta.col(last)).array() + model.alpha[last];
  return eta.unaryExpr([](double t) { return sigmoid(-t); });
}

int crossings(const Model& model, const MatrixXd& x) {
  const MatrixXd eta = linear_predictors(model, x);
  int count = 0;
  for (Eigen::Index i = 0; i < eta.rows(); ++i) {
    bool crossed = false;
    for (Eigen::Index k = 1; k < eta.cols(); ++k) crossed |= eta(i, k) < eta(i, k - 1);
    count += crossed;
  }
  return count;
}

std::vector<double> lambda_path(const OrdinalData& data, const Options& options) {
  const double largest = Solver(data, options).lambda_max();
  std::vector<double> path(static_cast<std::size_t>(options.lambdas), largest);
  for (std::size_t i = 1; i < path.size(); ++i)
    path[i] = largest * std::pow(options.lambda_ratio, static_cast<double>(i) / static_cast<double>(path.size() - 1));
  return path;
}

std::vector<Model> fit_path(const OrdinalData& data, const std::vector<double>& lambdas, const Options& options) {
  validate(data);
  Solver solver(data, options);
  std::vector<Model> models;
  for (const double lambda : lambdas) models.push_back(solver.solve(lambda));
  return models;
}

Model fit(const OrdinalData& data, double lambda, const Options& options) {
  return fit_path(data, {lambda}, options).front();
}

Model fit_proportional_odds(const OrdinalData& data) {
  Options options;
  options.structure = Structure::parallel;
  return fit(data, 0, options);
}

Model fit_rare_logit(const OrdinalData& data) {
  OrdinalData binary{data.x, data.y, 2};
  for (auto& y : binary.y) y = y == data.classes ? 2 : 1;
  return fit(binary, 0, {});
}

}  // namespace offprint::presto
