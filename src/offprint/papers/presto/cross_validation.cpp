#include "offprint/papers/presto/cross_validation.hpp"

#include "offprint/math/folds.hpp"
#include "offprint/papers/presto/solver.hpp"

namespace offprint::presto {
namespace {

/// The reference code's slip in cross-validation: differences of slopes taken for slopes.
Model with_differences_as_slopes(Model model) {
  for (Eigen::Index k = model.beta.cols() - 1; k > 0; --k) model.beta.col(k) -= model.beta.col(k - 1);
  return model;
}

double brier_score(const Model& model, const OrdinalData& data) {
  MatrixXd probabilities = predict_probabilities(model, data.x);
  for (Eigen::Index i = 0; i < probabilities.rows(); ++i)
    probabilities(i, data.y[static_cast<std::size_t>(i)] - 1) -= 1;
  return probabilities.squaredNorm() / static_cast<double>(probabilities.rows());
}

}  // namespace

OrdinalData rows_of(const OrdinalData& data, const std::vector<std::size_t>& rows) {
  OrdinalData part{MatrixXd(static_cast<Eigen::Index>(rows.size()), data.x.cols()), {}, data.classes};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    part.x.row(static_cast<Eigen::Index>(i)) = data.x.row(static_cast<Eigen::Index>(rows[i]));
    part.y.push_back(data.y[rows[i]]);
  }
  return part;
}

Tuned tune(const OrdinalData& data, const Options& options, Random random) {
  validate(data);
  Tuned tuned;
  tuned.lambdas = lambda_path(data, options);
  tuned.path = fit_path(data, tuned.lambdas, options);
  tuned.scores.assign(tuned.lambdas.size(), 0);
  const auto fold = stratified_folds(data.y, options.folds, random);
  for (int f = 0; f < options.folds; ++f) {
    std::vector<std::size_t> inside, outside;
    for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? outside : inside).push_back(i);
    const auto training = rows_of(data, inside), validation = rows_of(data, outside);
    const auto models = fit_path(training, tuned.lambdas, options);
    for (std::size_t l = 0; l < models.size(); ++l)
      tuned.scores[l] +=
          brier_score(options.as_published ? with_differences_as_slopes(models[l]) : models[l], validation) /
          options.folds;
  }
  for (std::size_t l = 1; l < tuned.scores.size(); ++l)
    if (tuned.scores[l] < tuned.scores[tuned.chosen]) tuned.chosen = l;
  return tuned;
}

}  // namespace offprint::presto
