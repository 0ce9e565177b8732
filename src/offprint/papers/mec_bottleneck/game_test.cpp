#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "offprint/base/error.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/mec_bottleneck/coding_game.hpp"
#include "offprint/papers/mec_bottleneck/coupling.hpp"
#include "offprint/papers/mec_bottleneck/grid_world.hpp"

namespace offprint::mec_bottleneck {
namespace {

using mdp::soft_solve;

CodingGame game_of(int messages, double log_beta, double compression, EncoderMethod encoder = EncoderMethod::greedy) {
  const auto process = grid_world();
  return {process, soft_solve(process, std::exp(log_beta)), Distribution::uniform(static_cast<std::size_t>(messages)),
          std::log2(messages) / compression, encoder};
}

TEST(GridWorld, IsThePapers) {
  const auto mdp = grid_world();
  mdp::validate(grid_world(), "the grid");
  EXPECT_EQ(mdp.states, 64);
  EXPECT_EQ(mdp.start, 44);
  EXPECT_EQ(mdp.rewards[7], 1);
  EXPECT_EQ(mdp.rewards[15], -1);
  std::map<int, double> reached;
  for (const auto& [to, probability] : mdp.transitions[mdp.pair(0, 1)])
    reached[to] += probability;  // right from the corner; turned left it stays
  EXPECT_NEAR(reached[1], 0.8, 1e-12);
  EXPECT_NEAR(reached[8], 0.1, 1e-12);
  EXPECT_NEAR(reached[0], 0.1, 1e-12);
  reached.clear();
  for (const auto& [to, probability] : mdp.transitions[mdp.pair(44, 1)])
    reached[to] += probability;  // (5,4) right or up: an obstacle
  EXPECT_NEAR(reached[44], 0.9, 1e-12);
  EXPECT_NEAR(reached[52], 0.1, 1e-12);
}

TEST(CodingGame, TheReceiverHoldsTheSourcesBelief) {
  for (const auto encoder : {EncoderMethod::greedy, EncoderMethod::quantiser}) {
    const auto game = game_of(200, -4.5, 2, encoder);
    for (int message = 0; message < 200; message += 23) {
      const auto episode = game.episode(message, Random(static_cast<std::uint64_t>(message)));
      std::vector<Distribution> history;
      const auto posterior = game.decode(episode.trajectory, &history);
      EXPECT_EQ(likeliest(posterior), episode.answer);
      ASSERT_EQ(history.size() + 1, episode.truth_belief.size());
      for (std::size_t i = 0; i < history.size(); ++i)
        EXPECT_EQ(history[i][static_cast<std::size_t>(message)], episode.truth_belief[i + 1]);
      EXPECT_GT(posterior[static_cast<std::size_t>(message)], 0);
    }
  }
}

TEST(CodingGame, BeliefsAreBayesRule) {
  // One step from a known prior, against the couplings put together by hand.
  const auto mdp = grid_world();
  const auto policy = soft_solve(mdp, std::exp(-3.0));
  const Distribution prior({0.5, 0.25, 0.15, 0.1});
  const CodingGame game(mdp, policy, prior, 1.2, EncoderMethod::greedy);
  const auto groups = ebim_greedy(prior, 1.2);
  const auto row = policy.probabilities.begin() + static_cast<std::ptrdiff_t>(mdp.pair(mdp.start, 0));
  const auto joint = mec_max_seeking(Distribution(groups.masses), Distribution({row, row + 4})).dense();
  for (int action = 0; action < 4; ++action) {
    std::vector<double> expected(4);
    double sum = 0;
    for (std::size_t m = 0; m < 4; ++m) {
      const auto t = static_cast<std::size_t>(groups.labels[m]);
      sum += expected[m] = prior[m] * joint[t * 4 + static_cast<std::size_t>(action)] / groups.masses[t];
    }
    const int next = mdp.transitions[mdp.pair(mdp.start, action)].front().state;
    if (sum <= 0) continue;
    const auto posterior = game.decode({{mdp.start}, {action}, next});
    for (std::size_t m = 0; m < 4; ++m) EXPECT_NEAR(posterior[m], expected[m] / sum, 1e-12);
  }
}

TEST(CodingGame, ActionsFollowThePolicyWhateverTheRate) {
  const auto game = game_of(64, -3.5, 2);
  const auto& mdp = game.process();
  std::map<int, std::vector<double>> counts;
  Random random(4);
  for (int episode = 0; episode < 400; ++episode) {
    const auto played =
        game.episode(static_cast<int>(random.below(64)), random.split(static_cast<std::uint64_t>(episode)));
    for (std::size_t i = 0; i < std::min<std::size_t>(60, played.trajectory.states.size()); ++i) {
      auto& row = counts[played.trajectory.states[i]];
      row.resize(4);
      ++row[static_cast<std::size_t>(played.trajectory.actions[i])];
    }
  }
  double statistic = 0, freedom = 0;
  for (const auto& [state, row] : counts) {
    const double total = row[0] + row[1] + row[2] + row[3];
    if (total < 100) continue;
    for (int a = 0; a < 4; ++a) {
      const double expected = total * game.policy().probabilities[mdp.pair(state, a)];
      ASSERT_GT(expected, 1);
      statistic += std::pow(row[static_cast<std::size_t>(a)] - expected, 2) / expected;
    }
    freedom += 3;
  }
  EXPECT_GT(freedom, 30);
  const double p = chi_square_p_value(statistic, freedom);
  EXPECT_GT(p, 1e-4) << statistic << " on " << freedom;
}

TEST(CodingGame, TheQuantiserNeverSeparatesABin) {
  const auto game = game_of(512, -4, 4, EncoderMethod::quantiser);
  const auto posterior = game.decode(game.episode(300, Random(1)).trajectory);
  EXPECT_LE(posterior[300], 1.0 / 128 + 1e-12);
}

TEST(CodingGame, StopsAtTheLimitAndRefusesStrangers) {
  const auto game = game_of(16, -2, 1);
  EXPECT_LE(game.episode(3, Random(1)).trajectory.actions.size(), 1000u);
  EXPECT_THROW(game.episode(16, Random(1)), BadInput);
  EXPECT_THROW(game.episode(-1, Random(1)), BadInput);
  EXPECT_THROW(game.decode({{44}, {9}, 44}), BadInput);
  EXPECT_THROW(game.decode({{44}, {0}, 3}), BadInput);
  EXPECT_THROW(game.decode({{0}, {0}, 0}), BadInput);
  EXPECT_THROW(game.decode({{44, 44}, {0}, 44}), BadInput);
  EXPECT_NEAR(game.decode({{}, {}, 44})[5], 1.0 / 16, 1e-15);
  EXPECT_THROW(CodingGame(grid_world(), mdp::SoftPolicy{}, Distribution::uniform(2), 1, EncoderMethod::greedy),
               BadInput);
  EXPECT_THROW(
      CodingGame(grid_world(), soft_solve(grid_world(), 1), Distribution::uniform(2), -1, EncoderMethod::greedy),
      BadInput);
}

}  // namespace
}  // namespace offprint::mec_bottleneck
