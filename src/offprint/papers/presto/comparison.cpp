#include "offprint/papers/presto/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "offprint/base/error.hpp"
#include "offprint/papers/presto/cross_validation.hpp"
#include "offprint/papers/presto/evaluation.hpp"

namespace offprint::presto {
namespace {

bool every_class_has(const OrdinalData& data, int rows) {
  std::vector<int> counts(static_cast<std::size_t>(data.classes));
  for (const int y : data.y) ++counts[static_cast<std::size_t>(y - 1)];
  return *std::min_element(counts.begin(), counts.end()) >= rows;
}

Simulated simulate_all_classes(const Simulation& simulation, const Random& random) {
  for (std::uint64_t attempt = 0; attempt < 100; ++attempt) {
    auto simulated = simulate(simulation, attempt == 0 ? random : random.split(attempt));
    if (every_class_has(simulated.data, 2)) return simulated;
  }
  throw BadInput("--rows", "no data set in 100 has two rows of every class",
                 "simulate more rows or less extreme intercepts");
}

}  // namespace

SimulationResult one_simulation(const Simulation& simulation, const Options& options, Random random) {
  const auto simulated = simulate_all_classes(simulation, random.split("data"));
  const auto& data = simulated.data;
  const auto tuned = tune(data, options, random.split("folds"));
  const VectorXd truth = predict_rare(simulated.truth, data.x);
  const auto error = [&](const Model& model) {
    return (predict_rare(model, data.x) - truth).squaredNorm() / static_cast<double>(truth.size());
  };
  const auto n = static_cast<double>(data.y.size());
  SimulationResult result{{error(tuned.model()), error(fit_rare_logit(data)), error(fit_proportional_odds(data))}};
  result.rare_share = static_cast<double>(std::count(data.y.begin(), data.y.end(), data.classes)) / n;
  for (const auto& model : tuned.path) {
    ++result.fits;
    if (model.crossing) {
      ++result.stopped;
      continue;
    }
    result.worst_kkt = std::max(result.worst_kkt, model.kkt_violation / (n * tuned.lambdas[0]));
    for (std::size_t i = 1; i < model.trace.size(); ++i)
      result.increases += model.trace[i] > model.trace[i - 1] * (1 + 1e-12);
  }
  return result;
}

SplitErrors one_split(const OrdinalData& data, double test, const Options& options, Random random) {
  const auto n = static_cast<double>(data.y.size());
  const auto held_out = static_cast<std::ptrdiff_t>(std::max(1L, std::lround(test * n)));
  std::vector<std::size_t> rows(data.y.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  for (int attempt = 0; attempt < 200; ++attempt) {
    random.shuffle(rows);
    const auto testing = rows_of(data, {rows.begin(), rows.begin() + held_out});
    const auto training = rows_of(data, {rows.begin() + held_out, rows.end()});
    if (!every_class_has(testing, 1) || !every_class_has(training, 2)) continue;
    const auto rare = is_rare(testing);
    const VectorXd presto = predict_rare(tune(training, options, random.split("folds")).model(), testing.x);
    const VectorXd logit = predict_rare(fit_rare_logit(training), testing.x);
    const VectorXd odds = predict_rare(fit_proportional_odds(training), testing.x);
    const auto all = [&](const auto& metric) { return Errors{metric(presto), metric(logit), metric(odds)}; };
    return {all([&](const VectorXd& p) { return observed_calibration_error(p, rare, true); }),
            all([&](const VectorXd& p) { return observed_calibration_error(p, rare, false); }),
            all([&](const VectorXd& p) { return rare_log_loss(p, rare); }),
            all([&](const VectorXd& p) { return rare_brier_score(p, rare); })};
  }
  throw BadInput("the table", "no split in 200 has every class on both sides",
                 "hold out more rows, or merge rare classes");
}

}  // namespace offprint::presto
