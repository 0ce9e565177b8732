#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/paper/sinks.hpp"
#include "offprint/papers/mec_bottleneck/coupling.hpp"
#include "offprint/papers/mec_bottleneck/verbs.hpp"

namespace offprint::mec_bottleneck {
namespace {

CodingGame game_of(int messages, double log_beta, double compression, EncoderMethod encoder = EncoderMethod::greedy) {
  Protocol protocol;
  protocol.messages = messages;
  protocol.log_beta = log_beta;
  protocol.compression = compression;
  protocol.encoder = encoder;
  return make_game(grid_world(), protocol);
}

class Folder : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(path); }
  void TearDown() override { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& bytes) {
    write_file(path / name, bytes);
    return (path / name).string();
  }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("mec_bottleneck_test_" + std::to_string(getpid()));
  MemorySink sink;
  offprint::Run run{RunSettings{}, {}, sink};
};

TEST(GridWorld, IsThePapers) {
  const auto mdp = grid_world();
  validate(mdp, "the grid");
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

TEST(SoftQ, SolvesAChainInClosedForm) {
  // 0 -> 1 by action a with certainty, or stay; 1 terminal with reward 1. V(1) = 1 + beta log 2 as Q = r for both actions.
  TabularMdp mdp{2, {"go", "stay"}, 0, 0.5, {0, 1}, {0, 1}, {{{1, 1}}, {{0, 1}}, {}, {}}, 0};
  const double beta = 0.3;
  const auto policy = soft_q(mdp, beta, 200);
  const double end = 1 + beta * std::log(2);
  EXPECT_NEAR(policy.values[1], end, 1e-12);
  const double v = policy.values[0];
  EXPECT_NEAR(v, beta * std::log(std::exp(0.5 * end / beta) + std::exp(0.5 * v / beta)), 1e-12);
  EXPECT_NEAR(policy.probabilities[0] + policy.probabilities[1], 1, 1e-15);
  EXPECT_NEAR(policy.probabilities[0], std::exp((0.5 * end - v) / beta), 1e-12);
  EXPECT_LT(policy.last_change, 1e-12);
  const auto hard = soft_q(mdp, 0, 50);
  EXPECT_EQ(hard.probabilities[0], 1);
  EXPECT_NEAR(hard.values[0], 0.5, 1e-12);
  EXPECT_EQ(hard.probabilities[2], 1);  // ties to the lowest action
  EXPECT_TRUE(std::isfinite(soft_q(grid_world(), 1e-5).values[0]));
  EXPECT_THROW(soft_q(mdp, -1), BadInput);
  EXPECT_THROW(soft_q(mdp, 1, 0), BadInput);
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
  const auto policy = soft_q(mdp, std::exp(-3.0));
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
  const auto& mdp = game.mdp();
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
  EXPECT_THROW(CodingGame(grid_world(), SoftPolicy{}, Distribution::uniform(2), 1, EncoderMethod::greedy), BadInput);
  EXPECT_THROW(CodingGame(grid_world(), soft_q(grid_world(), 1), Distribution::uniform(2), -1, EncoderMethod::greedy),
               BadInput);
}

TEST_F(Folder, AnotherProcessDecodesFromTheFileAlone) {
  const auto mdp_file = file("game.json", mdp_text(grid_world(0.05)));
  const int messages[]{0, 17, 500, 511};
  const pid_t child = fork();
  if (child == 0) {
    for (const int message : messages) {
      EncodeOptions options;
      options.mdp.source = mdp_file;
      options.message = message;
      options.compression = 2;
      options.log_beta = -3.8;
      options.output.path = (path / (std::to_string(message) + ".jsonl")).string();
      encode_verb(options, run);
    }
    _exit(0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  for (const int message : messages) {
    DecodeOptions options;
    options.trajectory.source = (path / (std::to_string(message) + ".jsonl")).string();
    EXPECT_THROW(decode_verb(options, run), BadInput);  // another game
    options.mdp.source = mdp_file;
    sink.events.clear();
    decode_verb(options, run);
    const auto table =
        std::find_if(sink.events.begin(), sink.events.end(), [](const Event& event) { return event.kind == "table"; });
    ASSERT_NE(table, sink.events.end());
    EXPECT_EQ(table_from_json(table->payload).rows[0][0], Cell{std::int64_t{message}});
    const auto text = read_file(options.trajectory.source);
    EXPECT_EQ(text.find("message\""), std::string::npos);
  }
}

TEST_F(Folder, DamagedTrajectoriesAreRefused) {
  const auto mdp = grid_world();
  const auto game = game_of(512, -4, 1);
  const auto good = trajectory_text(game.episode(17, Random(1)).trajectory, mdp, Protocol{});
  Protocol protocol;
  EXPECT_NO_THROW(parse_trajectory(good, "t", mdp, protocol));
  const auto first = good.find('\n'), second = good.find('\n', first + 1);
  for (const auto& bad : {std::string(), std::string("{}"), std::string("\xff\x00"), good.substr(0, first + 1),
                          good.substr(0, second - 3),
                          good.substr(0, first + 1) +
                              good.substr(good.find('\n', good.find('\n', second + 1) + 1) + 1) + "{\"state\":1}\n",
                          good.substr(0, first + 1) + "{\"state\":44,\"action\":\"jump\",\"next\":44}\n",
                          std::string(good).replace(good.find("512"), 3, "-51"),
                          std::string(good).replace(good.find("greedy"), 6, "clever")})
    EXPECT_THROW(parse_trajectory(bad, "t", mdp, protocol), BadInput) << bad.substr(0, 200);
}

TEST(MdpFile, ReadsBackAndRefusesBadOnes) {
  const auto mdp = grid_world();
  EXPECT_EQ(mdp_text(parse_mdp(mdp_text(mdp), "grid.json")), mdp_text(mdp));
  const std::string good =
      R"({"states":2,"actions":["a"],"start":0,"discount":0.9,"rewards":[0,1],"terminal":[1],"transitions":[[0,0,1,0.5],[0,0,0,0.5]]})";
  EXPECT_EQ(parse_mdp(good, "g").states, 2);
  const auto with = [&](const std::string& from, const std::string& to) {
    return std::string(good).replace(good.find(from), from.size(), to);
  };
  for (const auto& bad : {std::string("[]"), std::string("{"), with("0.5]]", "0.4]]"),
                          with("\"start\":0", "\"start\":1"), with("\"start\":0", "\"start\":7"), with("0.9", "1.5"),
                          with("[0,1]", "[0]"), with("[0,0,0,0.5]", "[0,0,5,0.5]"), with("[0,0,0,0.5]", "[0,3,0,0.5]"),
                          with("[1]", "[4]"), with("\"states\":2", "\"states\":-2"), with("[0,0,0,0.5]", "[0,0]"),
                          with("[\"a\"]", "[]"), with("[\"a\"]", "3")})
    EXPECT_THROW(parse_mdp(bad, "g"), BadInput) << bad;
}

TEST_F(Folder, DistributionsOfTables) {
  const auto named = read_distribution({file("good.csv", "symbol,probability\na,0.25\nb,0.75\n")}, {});
  EXPECT_EQ(named.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_NEAR(named.masses[1], 0.75, 1e-15);
  TableOptions counts;
  counts.normalise = true;
  EXPECT_NEAR(read_distribution({file("counts.csv", "word,count\nx,3\ny,1\n")}, counts).masses[0], 0.75, 1e-15);
  EXPECT_EQ(read_distribution({file("one.csv", "probability\n1\n")}, {}).names[0], "1");
  TableOptions column;
  column.column = "q";
  const auto two = file("two.csv", "r,q\n0.5,0.1\n0.5,0.9\n");
  EXPECT_NEAR(read_distribution({two}, column).masses[1], 0.9, 1e-15);
  EXPECT_THROW(read_distribution({two}, {}), BadInput);
  EXPECT_THROW(read_distribution({file("counts.csv", "word,count\nx,3\ny,1\n")}, {}), BadInput);
  EXPECT_THROW(read_distribution({file("negative.csv", "probability\n1.5\n-0.5\n")}, {}), BadInput);
  EXPECT_THROW(read_distribution({file("header.csv", "0.5\n0.5\n0.5\n")}, {}), BadInput);
  EXPECT_THROW(read_distribution({file("texts.csv", "a,b\nx,y\n")}, {}), BadInput);
  EXPECT_THROW(read_distribution({file("missing.csv", "a,probability\nx,0.5\ny,\n")}, {}), BadInput);
  EXPECT_THROW(read_distribution({file("zero.csv", "probability\n0\n0\n")}, counts), BadInput);
}

}  // namespace
}  // namespace offprint::mec_bottleneck
