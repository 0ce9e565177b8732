// The Markov coding game: claims M8 to M10.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "offprint/math/statistics.hpp"
#include "offprint/paper/reproduction.hpp"
#include "offprint/papers/mec_bottleneck/grid_world.hpp"
#include "offprint/papers/mec_bottleneck/verbs/games.hpp"

namespace offprint::mec_bottleneck {
namespace {

struct Setting {
  EncoderMethod encoder;
  double compression, log_beta;
  auto operator<=>(const Setting&) const = default;
};
using Played = std::map<Setting, std::vector<Outcome>>;

const std::vector<double> compressions{1, 1.5, 2, 4, 8};
const Choices<EncoderMethod> encoder_titles{
    {{"Algorithm 1", EncoderMethod::greedy}, {"uniform quantiser", EncoderMethod::quantiser}}};

Estimate accuracy(const std::vector<Outcome>& played) {
  const auto right = std::count_if(played.begin(), played.end(), [](const Outcome& one) { return one.correct > 0; });
  return share_of(static_cast<std::size_t>(right), played.size());
}
Estimate reward(const std::vector<Outcome>& played) { return mean_of(members(played, &Outcome::reward)); }

Played play_all(Measurement& m, const std::vector<double>& log_betas) {
  Played all;
  for (const auto& [title, encoder] : encoder_titles.values)
    for (const double compression : compressions)
      for (const double log_beta : log_betas) {
        Protocol protocol;
        protocol.encoder = encoder;
        protocol.compression = compression;
        protocol.log_beta = log_beta;
        auto& played = all[{encoder, compression, log_beta}];
        // The same streams in all settings: their differences are those of the methods.
        played = play(make_game(grid_world(), protocol), m.repetitions(), m.random("games"),
                      fmt::format("episodes, {}, compression {}, log beta {}", title, compression, log_beta), m.run);
        if (encoder == EncoderMethod::greedy)
          m.run.metric(fmt::format("accuracy at compression {}", compression), log_beta, accuracy(played).value);
      }
  return all;
}

/// The largest difference of mean rewards between the encoders over the compressions; episodes of one stream are drawn
/// together.
Estimate reward_gap(Measurement& m, const Played& all) {
  std::vector<std::vector<double>> differences;
  for (std::size_t c = 1; c < compressions.size(); ++c) {
    const auto& greedy = all.at({EncoderMethod::greedy, compressions[c], -4});
    const auto& quantised = all.at({EncoderMethod::quantiser, compressions[c], -4});
    auto& difference = differences.emplace_back(greedy.size());
    for (std::size_t i = 0; i < greedy.size(); ++i) difference[i] = greedy[i].reward - quantised[i].reward;
  }
  const auto largest = [&](std::span<const std::size_t> drawn) {
    double gap = 0;
    for (const auto& difference : differences) {
      double sum = 0;
      for (const auto i : drawn) sum += difference[i];
      gap = std::max(gap, std::abs(sum / static_cast<double>(drawn.size())));
    }
    return gap;
  };
  return resampled(m.repetitions(), largest, m.random("bootstrap rewards"));
}

void check_claims(Measurement& m, const Played& all) {
  for (const int log_beta : {-6, -5, -4}) {
    const auto& played = all.at({EncoderMethod::greedy, 1, static_cast<double>(log_beta)});
    m.check(fmt::format("M8.accuracy_{}", -log_beta), accuracy(played));
    m.check(fmt::format("M8.reward_{}", -log_beta), reward(played));
  }
  double last = 2;
  int decreases = -1;
  for (std::size_t c = 1; c < compressions.size(); ++c) {
    const double compression = compressions[c];
    const auto key = fmt::format("{:.0f}", 10 * compression);
    m.check("M9.greedy_" + key, accuracy(all.at({EncoderMethod::greedy, compression, -4})));
    m.check("M9.quantiser_" + key, accuracy(all.at({EncoderMethod::quantiser, compression, -4})));
    const auto hotter = accuracy(all.at({EncoderMethod::greedy, compression, -5}));
    m.check("M10.accuracy_" + key, hotter);
    decreases += hotter.value < last;
    last = hotter.value;
  }
  m.check("M9.reward_gap", reward_gap(m, all));
  m.check("M10.decreases", observed(decreases, m.repetitions()));
}

void show_games(Measurement& m, const Played& all, const std::vector<double>& log_betas) {
  Figure trade{"reward-accuracy", "Reward against accuracy",
               "One line a compression, along it the temperature grows from left to right; left Algorithm 1, right the "
               "uniform quantiser.",
               "accuracy", "reward"};
  ResultTable table{"games",
                    "The coding game, 512 messages",
                    {"encoder", "compression", "log_beta", "accuracy", "reward", "mean_steps"}};
  auto beliefs = belief_figure();
  for (const auto& [title, encoder] : encoder_titles.values)
    for (const double compression : compressions) {
      const auto name = fmt::format("compression {}", compression);
      auto& line = trade.line(name).of(title);
      for (const double log_beta : log_betas) {
        const auto& played = all.at({encoder, compression, log_beta});
        line.add(accuracy(played).value, reward(played).value);
        table.row(title, compression, log_beta, line.x.back(), line.y.back(), mean(members(played, &Outcome::steps)));
      }
      auto& belief = beliefs.line(name).of(title);
      for (const double value : mean_belief(all.at({encoder, compression, -4})))
        belief.add(static_cast<double>(belief.x.size()), value);
    }
  m.run.table(table);
  m.run.figure(trade);
  m.run.figure(beliefs);
  const auto game = make_game(grid_world(), {});
  const auto episode = game.episode(17, m.random("shown episode"));
  m.run.figure(policy_figure(game));
  m.run.figure(trajectory_figure(game, episode.trajectory));
  m.run.figure(replay_figure(game, episode.trajectory, {episode.truth_belief.begin() + 1, episode.truth_belief.end()}));
}

}  // namespace

void coding_games(Measurement& m) {
  std::vector<double> log_betas{-6, -5, -4};
  if (!m.is_smoke()) log_betas = {-6, -5.5, -5, -4.5, -4, -3};
  const auto all = play_all(m, log_betas);
  check_claims(m, all);
  show_games(m, all, log_betas);
}

}  // namespace offprint::mec_bottleneck
