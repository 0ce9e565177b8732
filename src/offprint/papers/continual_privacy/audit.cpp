#include "offprint/papers/continual_privacy/audit.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/base/parallel.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::continual_privacy {
namespace {

constexpr std::size_t chunk = 500;  ///< games between two calls of after_games

struct Game {
  std::int64_t challenge = 0;    ///< step of the pair, from 0
  std::vector<double> features;  ///< releases from the challenge on, less what the adversary knows
};

/// Its rows depend on what was released last; its pair moves the statistic as far as one row can.
class Adversary {
 public:
  explicit Adversary(const MechanismConfig& config)
      : config_(config), known_(static_cast<std::size_t>(config.rows.dimension)) {}

  std::vector<std::int64_t> next(const Release& release, std::int64_t t) const {
    const auto& rows = config_.rows;
    std::vector<std::int64_t> row(known_.size(), rows.low);
    if (config_.statistic == Statistic::sum_select) {
      row[static_cast<std::size_t>(release.index + 1) % row.size()] =
          rows.high;  // the leader's rival: where the lead turns tells the noise
    } else {
      const double middle = 0.5 * static_cast<double>(rows.low + rows.high) * rows.grid * static_cast<double>(t);
      if (!rows.one_hot && !release.values.empty() && release.values[0] > middle)
        std::fill(row.begin(), row.end(), rows.high);
    }
    return row;
  }

  std::vector<std::int64_t> challenge(bool right) const {
    const auto& rows = config_.rows;
    if (rows.neighbours == Neighbours::add_remove && !right) return std::vector<std::int64_t>(known_.size());
    // One sum after another where the statistic is which is larger, or where only one value may be 1; else all sums
    // at once.
    const bool opposed = rows.one_hot || config_.statistic == Statistic::sum_select;
    std::vector<std::int64_t> row(known_.size(), opposed || !right ? rows.low : rows.high);
    if (opposed) row[right ? row.size() - 1 : 0] = rows.high;
    return row;
  }

  void record(std::span<const std::int64_t> row) {
    for (std::size_t j = 0; j < row.size(); ++j) known_[j] += static_cast<double>(row[j]) * config_.rows.grid;
  }

  void observe(const Release& release, std::vector<double>& features) const {
    if (config_.statistic == Statistic::count)
      for (std::size_t j = 0; j < known_.size(); ++j) features.push_back(release.values[j] - known_[j]);
    else if (config_.statistic == Statistic::max_sum)
      features.push_back(release.values[0] - *std::max_element(known_.begin(), known_.end()));
    else
      features.push_back(release.index == 0 ? -1 : 1);
  }

 private:
  const MechanismConfig& config_;
  std::vector<double> known_;  ///< sums, if the challenge was the left row
};

Game play(const MechanismConfig& config, bool right, Random random) {
  Game game{static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(config.horizon))), {}};
  const auto mechanism = make_mechanism(config, RandomBits::seeded(random.split("noise")));
  Adversary adversary(config);
  for (std::int64_t t = 0; t < config.horizon; ++t) {
    const bool challenged = t == game.challenge;
    const auto row = challenged ? adversary.challenge(right) : adversary.next(mechanism->current(), t);
    adversary.record(challenged ? adversary.challenge(false) : row);
    const auto& release = mechanism->step(row);
    if (t >= game.challenge) adversary.observe(release, game.features);
  }
  return game;
}

/// Fisher's linear discriminant, scaled to a log likelihood ratio of Gaussians: one for each challenge step.
struct LinearTest {
  Eigen::VectorXd weights;
  double offset = 0;
  double operator()(const Game& game) const {
    return weights.dot(Eigen::Map<const Eigen::VectorXd>(game.features.data(),
                                                         static_cast<Eigen::Index>(game.features.size()))) -
           offset;
  }
};

LinearTest train(const std::vector<Game>& left, const std::vector<Game>& right, std::int64_t challenge) {
  Eigen::VectorXd means[2];
  Eigen::MatrixXd scatter;
  double total = 0;
  for (const int side : {0, 1}) {
    std::vector<const Game*> games;
    for (const auto& game : side ? right : left)
      if (game.challenge == challenge) games.push_back(&game);
    if (games.size() < 2) return {};
    const auto size = static_cast<Eigen::Index>(games[0]->features.size());
    Eigen::MatrixXd rows(static_cast<Eigen::Index>(games.size()), size);
    for (std::size_t i = 0; i < games.size(); ++i)
      rows.row(static_cast<Eigen::Index>(i)) = Eigen::Map<const Eigen::RowVectorXd>(games[i]->features.data(), size);
    means[side] = rows.colwise().mean();
    rows.rowwise() -= means[side].transpose();
    if (scatter.size() == 0) scatter = Eigen::MatrixXd::Zero(size, size);
    scatter += rows.transpose() * rows;
    total += static_cast<double>(games.size());
  }
  scatter /= total;
  scatter.diagonal().array() += 1e-9 * (1 + scatter.diagonal().maxCoeff());
  LinearTest test;
  test.weights = scatter.ldlt().solve(means[1] - means[0]);
  test.offset = 0.5 * test.weights.dot(means[0] + means[1]);
  return test;
}

/// Largest epsilon that these counts prove: more than `delta + e^epsilon * false_positives` hits.
double proved_epsilon(std::size_t hits, std::size_t false_alarms, std::size_t games, double delta, double level) {
  const double least = proportion_interval(hits, games, level).low - delta,
               most = proportion_interval(false_alarms, games, level).high;
  return least > 0 ? std::max(0.0, std::log(least / most)) : 0;
}

std::size_t count_above(const std::vector<double>& scores, double threshold, int sign) {
  return static_cast<std::size_t>(
      std::count_if(scores.begin(), scores.end(), [&](double score) { return sign * score > threshold; }));
}

}  // namespace

AuditResult audit(const MechanismConfig& config, std::size_t games, double delta, double level, const Random& random,
                  int threads, const std::function<void()>& after_games) {
  if (config.horizon < 1 || config.horizon > 64)
    throw BadInput("horizon", "an audit's stream has 1 to 64 steps, not " + std::to_string(config.horizon));
  if (games < 100) throw BadInput("games", "must be at least 100");
  const std::size_t training_games = games / 2;
  std::vector<Game> training[2], played[2];
  const auto play_all = [&](std::vector<Game>& results, std::size_t count, int side, const Random& stream) {
    results.resize(count);
    parallel_for((count + chunk - 1) / chunk, threads, [&](std::size_t part) {
      for (std::size_t i = part * chunk; i < std::min(count, (part + 1) * chunk); ++i)
        results[i] = play(config, side == 1, stream.split(i));
      after_games();
    });
  };
  for (const int side : {0, 1}) {
    play_all(training[side], training_games, side, random.split("training").split(static_cast<std::uint64_t>(side)));
    play_all(played[side], games, side, random.split("games").split(static_cast<std::uint64_t>(side)));
  }
  std::vector<LinearTest> tests;
  for (std::int64_t t = 0; t < config.horizon; ++t) tests.push_back(train(training[0], training[1], t));
  const auto scores_of = [&](const std::vector<Game>& results) {
    std::vector<double> scores;
    for (const auto& game : results) {
      const auto& test = tests[static_cast<std::size_t>(game.challenge)];
      scores.push_back(test.weights.size() ? test(game) : 0);
    }
    std::sort(scores.begin(), scores.end());
    return scores;
  };
  const std::vector<double> trained[2]{scores_of(training[0]), scores_of(training[1])},
      scores[2]{scores_of(played[0]), scores_of(played[1])};
  double promised = -1, threshold = 0;
  int direction = 1;
  for (const int sign : {1, -1}) {
    const auto& alarms = trained[sign < 0];
    // Thresholds with from 90 % down to 0.05 % false alarms.
    for (double rate = 0.9; rate > 0.0005; rate *= 0.9) {
      const auto rank =
          std::min(training_games - 1, static_cast<std::size_t>((1 - rate) * static_cast<double>(training_games)));
      const double candidate = sign > 0 ? alarms[rank] : -alarms[training_games - 1 - rank];
      const double epsilon = proved_epsilon(count_above(trained[sign > 0], candidate, sign),
                                            count_above(alarms, candidate, sign), training_games, delta, level);
      if (epsilon > promised) {
        promised = epsilon;
        direction = sign;
        threshold = candidate;
      }
    }
  }
  AuditResult result;
  result.games = games;
  const auto hits = count_above(scores[direction > 0], threshold, direction),
             alarms = count_above(scores[direction < 0], threshold, direction);
  // Each rate uses one end of a two-sided interval, so that both ends hold together at the level.
  result.epsilon_lower_bound = proved_epsilon(hits, alarms, games, delta, level);
  result.true_positive_rate = static_cast<double>(hits) / static_cast<double>(games);
  result.false_positive_rate = static_cast<double>(alarms) / static_cast<double>(games);
  return result;
}

MechanismConfig with_half_the_noise(MechanismConfig config) {
  if (config.budget.is_pure)
    config.budget = PrivacyBudget::pure(2 * config.budget.epsilon);
  else
    config.budget = PrivacyBudget::zcdp(4 * config.budget.rho);
  return config;
}

}  // namespace offprint::continual_privacy
