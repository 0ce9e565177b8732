// The Markov coding game: claims M8 to M10.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "offprint/math/statistics.hpp"
#include "offprint/papers/mec_bottleneck/verbs.hpp"

namespace offprint::mec_bottleneck {
namespace {

class Games {
 public:
  Games(const ReproduceOptions& options, Run& run) : options_(options), run_(run) {}

  void measure() {
    const bool m8 = options_.wants("M8"), m9 = options_.wants("M9"), m10 = options_.wants("M10");
    if (!m8 && !m9 && !m10) return;
    std::vector<double> log_betas{-6, -5, -4};
    if (options_.budget != Budget::smoke) log_betas = {-6, -5.5, -5, -4.5, -4, -3};
    for (const auto encoder : {EncoderMethod::greedy, EncoderMethod::quantiser})
      for (const double compression : {1.0, 1.5, 2.0, 4.0, 8.0})
        for (const double log_beta : log_betas) {
          play_setting({encoder, compression, log_beta});
          run_.progress(static_cast<double>(settings_.size()), static_cast<double>(10 * log_betas.size()), "games");
        }
    if (m8) game_claims_without_compression();
    if (m9) game_claims_of_encoders();
    if (m10) game_claims_of_compression();
    show_games(log_betas);
  }

 private:
  struct Setting {
    EncoderMethod encoder;
    double compression, log_beta;
    auto operator<=>(const Setting&) const = default;
  };

  void play_setting(const Setting& setting) {
    Protocol protocol;
    protocol.encoder = setting.encoder;
    protocol.compression = setting.compression;
    protocol.log_beta = setting.log_beta;
    const std::size_t episodes = static_cast<std::size_t>(options_.by_budget(200, 1000, 2000)) *
                                 static_cast<std::size_t>(std::max(1, options_.seeds));
    // The same streams in all settings: their differences are those of the methods.
    settings_[setting] = play(make_game(grid_world(), protocol), static_cast<std::size_t>(protocol.messages), episodes,
                              run_.random("games"), run_);
    if (setting.encoder == EncoderMethod::greedy)
      run_.metric(fmt::format("accuracy at compression {}", setting.compression), setting.log_beta,
                  mean(settings_[setting].correct));
  }

  Estimate accuracy(const Setting& setting) const {
    const auto& correct = settings_.at(setting).correct;
    return estimate_of(
        proportion_interval(static_cast<std::uint64_t>(std::accumulate(correct.begin(), correct.end(), 0.0)),
                            correct.size()),
        correct.size());
  }
  Estimate reward(const Setting& setting) const {
    const auto& rewards = settings_.at(setting).rewards;
    return estimate_of(mean_interval(rewards), rewards.size());
  }

  void game_claims_without_compression() {
    for (const double log_beta : {-6.0, -5.0, -4.0}) {
      const Setting setting{EncoderMethod::greedy, 1, log_beta};
      run_.claim("M8", fmt::format("accuracy_{:.0f}", -log_beta), accuracy(setting));
      run_.claim("M8", fmt::format("reward_{:.0f}", -log_beta), reward(setting));
    }
  }

  void game_claims_of_encoders() {
    double gap = 0;
    for (const double compression : {1.5, 2.0, 4.0, 8.0}) {
      const Setting greedy{EncoderMethod::greedy, compression, -4},
          quantised{EncoderMethod::quantiser, compression, -4};
      const auto key = fmt::format("{:.0f}", 10 * compression);
      run_.claim("M9", "greedy_" + key, accuracy(greedy));
      run_.claim("M9", "quantiser_" + key, accuracy(quantised));
      gap = std::max(gap, std::abs(reward(greedy).value - reward(quantised).value));
    }
    run_.claim("M9", "reward_gap", {gap});
  }

  void game_claims_of_compression() {
    double last = 2, decreases = -1;
    for (const double compression : {1.5, 2.0, 4.0, 8.0}) {
      const auto estimate = accuracy({EncoderMethod::greedy, compression, -5});
      run_.claim("M10", fmt::format("accuracy_{:.0f}", 10 * compression), estimate);
      decreases += estimate.value < last;
      last = estimate.value;
    }
    run_.claim("M10", "decreases", {decreases});
  }

  void show_games(const std::vector<double>& log_betas) {
    Figure trade{
        "reward-accuracy",
        "Reward against accuracy",
        "One line a compression, along it the temperature grows from left to right; left Algorithm 1, right the uniform quantiser.",
        {"accuracy", "", Scale::linear},
        {"reward", "", Scale::linear},
        {}};
    ResultTable table{
        "games",
        "The coding game, 512 messages",
        {{"encoder", ""}, {"compression", ""}, {"log_beta", ""}, {"accuracy", ""}, {"reward", ""}, {"mean_steps", ""}},
        {}};
    std::vector<std::pair<std::string, const GameResult*>> beliefs;
    std::vector<std::string> facets;
    for (const auto encoder : {EncoderMethod::greedy, EncoderMethod::quantiser})
      for (const double compression : {1.0, 1.5, 2.0, 4.0, 8.0}) {
        const std::string facet = encoder == EncoderMethod::greedy ? "Algorithm 1" : "uniform quantiser",
                          name = fmt::format("compression {}", compression);
        Mark line{.kind = MarkKind::line, .name = name, .facet = facet};
        for (const double log_beta : log_betas) {
          const Setting setting{encoder, compression, log_beta};
          line.x.push_back(accuracy(setting).value);
          line.y.push_back(reward(setting).value);
          table.rows.push_back(
              {facet, compression, log_beta, line.x.back(), line.y.back(), mean(settings_.at(setting).steps)});
        }
        trade.marks.push_back(std::move(line));
        beliefs.emplace_back(name, &settings_.at({encoder, compression, -4}));
        facets.push_back(facet);
      }
    run_.table(table);
    run_.figure(trade);
    run_.figure(belief_figure(beliefs, "belief", facets));
    const auto game = make_game(grid_world(), {});
    const auto episode = game.episode(17, run_.random("shown episode"));
    run_.figure(policy_figure(game));
    run_.figure(trajectory_figure(game, episode.trajectory));
    run_.figure(
        replay_figure(game, episode.trajectory, {episode.truth_belief.begin() + 1, episode.truth_belief.end()}));
  }

  const ReproduceOptions& options_;
  Run& run_;
  std::map<Setting, GameResult> settings_;
};

}  // namespace

void reproduce_games(const ReproduceOptions& options, Run& run) { Games(options, run).measure(); }

}  // namespace offprint::mec_bottleneck
