#include "offprint/control/dataset.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <set>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/control/collection.hpp"
#include "offprint/control/scripted.hpp"
#include "offprint/data/hdf5.hpp"

namespace offprint::control {
namespace {

namespace fs = std::filesystem;

class Datasets : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("offprint-datasets-" + std::to_string(::getpid()));
    fs::create_directories(folder);
    data = collect(find_task("pendulum"), {"random", 1000, Physics::exact, 1, 0, false});
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string refusal(const fs::path& path, const char* task = "pendulum") const {
    try {
      read_dataset(path, {&find_task(task), false});
    } catch (const BadInput& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    return "";
  }

  fs::path folder;
  OfflineDataset data;
};

TEST_F(Datasets, ComeBackFromHdf5AndNpz) {
  for (const char* name : {"a.hdf5", "a.npz"}) {
    write_dataset(folder / name, data);
    const auto back = read_dataset(folder / name, {&find_task("pendulum"), false});
    EXPECT_EQ(back.observations, data.observations) << name;
    EXPECT_EQ(back.actions, data.actions);
    EXPECT_EQ(back.rewards, data.rewards);
    EXPECT_EQ(back.terminals, data.terminals);
    EXPECT_EQ(back.timeouts, data.timeouts);
    EXPECT_EQ(back.next_observations, data.next_observations);
  }
  const auto back = read_dataset(folder / "a.hdf5");
  EXPECT_EQ(back.positions, data.positions);
  EXPECT_EQ(back.algorithm, "uniform actions");
  EXPECT_EQ(back.kind, "random");
}

TEST_F(Datasets, ViewsKeepEpisodesApart) {
  EXPECT_EQ(std::count(data.timeouts.begin(), data.timeouts.end(), 1), 5);  // 1000 rows of 200 steps
  const auto view = value_view(data);
  EXPECT_EQ(view.size(), 1000u - 1 - 4);  // N - 1 - timeouts among the first N - 1 rows
  const auto dynamics = dynamics_view(data);
  EXPECT_EQ(dynamics.size(), 1000u);
  EXPECT_EQ(
      std::vector<float>(dynamics.next_observations.begin() + 3 * 199, dynamics.next_observations.begin() + 3 * 200),
      std::vector<float>(data.next_observations.begin() + 3 * 199, data.next_observations.begin() + 3 * 200));
  auto bare = data;
  bare.next_observations.clear();
  bare.terminals[50] = 1;
  EXPECT_EQ(value_view(bare).size(), 995u);
  EXPECT_EQ(value_view(bare).not_terminal[50], 0);
  EXPECT_EQ(dynamics_view(bare).size(), 994u) << "the successor of a terminal row is another episode's start";
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t f = 0; f < 3; ++f)
      EXPECT_EQ(view.next_observations[3 * i + f], data.observations[3 * (i + 1) + f]);
}

TEST_F(Datasets, MissingTimeoutsAreInferredFromTheTimeLimit) {
  auto bare = data;
  bare.timeouts.clear();
  bare.terminals[50] = 1;
  check_dataset(bare, {&find_task("pendulum"), false});
  std::set<std::size_t> cuts;
  for (std::size_t i = 0; i < bare.size(); ++i)
    if (bare.timeouts[i]) cuts.insert(i);
  EXPECT_EQ(cuts, (std::set<std::size_t>{250, 450, 650, 850}));
}

TEST_F(Datasets, StatisticsAreThoseOfFinishedEpisodes) {
  const auto returns = episode_returns(data);
  ASSERT_EQ(returns.size(), 5u);
  double first = 0;
  for (std::size_t i = 0; i < 200; ++i) first += static_cast<double>(data.rewards[i]);
  EXPECT_NEAR(returns[0], first, 1e-9);
  const auto stats = statistics(data);
  EXPECT_EQ(stats.transitions, 1000u);
  EXPECT_EQ(stats.terminal_share, 0);
  EXPECT_NEAR(stats.saturated_share, 0.01, 0.01);
}

TEST_F(Datasets, BadFilesAreRefusedWithTheirPlace) {
  const auto with = [&](const auto& change) {
    auto copy = data;
    change(copy);
    write_dataset(folder / "bad.hdf5", copy);
    return refusal(folder / "bad.hdf5");
  };
  EXPECT_NE(with([](auto& d) { d.rewards[7] = std::nanf(""); }).find("the reward of row 7 is not a number"),
            std::string::npos);
  EXPECT_NE(with([](auto& d) { d.observations[3 * 11] = INFINITY; }).find("observations of row 11 hold infinite"),
            std::string::npos);
  EXPECT_NE(with([](auto& d) { d.actions[13] = 1.5F; }).find("an action of row 13 is 1.5"), std::string::npos);
  write_dataset(folder / "a.hdf5", data);
  EXPECT_NE(
      refusal(folder / "a.hdf5", "half-cheetah").find("its observations have 3 numbers, those of half-cheetah have 17"),
      std::string::npos);
  data::Hdf5Writer partial;
  partial.add("observations", data.observations, {1000, 3});
  partial.commit(folder / "partial.hdf5");
  EXPECT_NE(refusal(folder / "partial.hdf5").find("lacks actions, rewards, terminals"), std::string::npos);
  data::Hdf5Writer ragged;
  ragged.add("observations", data.observations, {1000, 3});
  ragged.add("actions", std::span(data.actions).first(999), {999, 1});
  ragged.add("rewards", data.rewards, {1000, 1});
  ragged.add_truths("terminals", data.terminals, {1000, 1});
  ragged.commit(folder / "ragged.hdf5");
  EXPECT_NE(refusal(folder / "ragged.hdf5").find("has the shape (999, 1) where 1000 rows are needed"),
            std::string::npos);
  const auto bytes = read_file(folder / "a.hdf5");
  write_file(folder / "cut.hdf5", bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(refusal(folder / "cut.hdf5").find("truncated"), std::string::npos);
}

TEST_F(Datasets, MinariIsRefusedWhereD4rlIsMeantAndImported) {
  data::Hdf5Writer writer;
  for (const std::string episode : {"episode_0/", "episode_1/"}) {
    writer.add(episode + "observations", std::span(data.observations).first(3 * 11), {11, 3});
    writer.add(episode + "actions", std::span(data.actions).first(10), {10, 1});
    writer.add(episode + "rewards", std::span(data.rewards).first(10), {10});
    writer.add_truths(episode + "terminations",
                      std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 0, 0, episode == "episode_1/"}, {10});
    writer.add_truths(episode + "truncations", std::vector<std::uint8_t>(10, 0), {10});
  }
  writer.commit(folder / "minari.hdf5");
  EXPECT_NE(refusal(folder / "minari.hdf5").find("Minari"), std::string::npos);
  const auto imported = read_minari(folder / "minari.hdf5", {&find_task("pendulum"), false});
  EXPECT_EQ(imported.size(), 20u);
  EXPECT_EQ(imported.timeouts[9], 1);
  EXPECT_EQ(imported.terminals[19], 1);
  EXPECT_EQ(imported.next_observations[3 * 9], data.observations[3 * 10]);
}

TEST_F(Datasets, TablesAreImported) {
  write_file(folder / "t.csv", "s0,s1,s2,a0,r,terminal\n1,2,3,0.5,-1,0\n4,5,6,-0.5,-2,0\n7,8,9,0,-3,1\n");
  const auto imported = read_csv_dataset((folder / "t.csv").string(), {&find_task("pendulum"), false});
  EXPECT_EQ(imported.observations, (std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(imported.terminals[2], 1);
  write_file(folder / "t.csv", "x,y\n1,2\n");
  EXPECT_THROW(read_csv_dataset((folder / "t.csv").string()), BadInput);
}

TEST_F(Datasets, NormalisersCentreAndScale) {
  auto view = value_view(data);
  const auto normaliser = Normaliser::of(view);
  normaliser.apply(view);
  for (std::size_t f = 0; f < 3; ++f) {
    double sum = 0, square = 0;
    for (std::size_t i = 0; i < view.size(); ++i) {
      sum += view.observations[3 * i + f];
      square += std::pow(view.observations[3 * i + f], 2);
    }
    EXPECT_NEAR(sum / static_cast<double>(view.size()), 0, 1e-4);
    EXPECT_NEAR(square / static_cast<double>(view.size()), 1, 5e-3);
  }
}

TEST(Kinds, UnknownOnesAreRefused) {
  EXPECT_THROW(collect(find_task("pendulum"), {"waypoint"}), BadInput);
  EXPECT_THROW(collect(find_task("maze2d-umaze"), {"medium"}), BadInput);
}

TEST(Kinds, LineWorldStepsAreIndependent) {
  const auto data = collect(find_task("line-world"), {"edge", 5000});
  for (std::size_t i = 0; i < data.size(); ++i) {
    EXPECT_EQ(data.actions[i] > 0, data.observations[i] >= 9) << data.observations[i];
    EXPECT_EQ(data.terminals[i], data.next_observations[i] >= 10);
  }
  EXPECT_EQ(value_view(data).size(), 5000u);
}

TEST(Kinds, MazeWalksReachTheGoalNowAndThen) {
  const auto data = collect(find_task("maze2d-umaze"), {"waypoint", 30000, Physics::exact, 2});
  const auto stats = statistics(data);
  EXPECT_EQ(stats.episodes, 100u);
  EXPECT_NEAR(stats.return_mean, 23.5, 8);
}

TEST(Kinds, ShortestPathsAreShortest) {
  const auto maze = maze_of(find_task("maze2d-large"));
  for (std::size_t i = 0; i < maze.free.size(); i += 7) {
    // Distances by relaxation until nothing changes.
    std::map<std::pair<int, int>, int> distance{{maze.free[i], 0}};
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& a : maze.free)
        for (const auto& b : maze.free)
          if (std::abs(a.first - b.first) + std::abs(a.second - b.second) == 1 && distance.count(a) &&
              (!distance.count(b) || distance[b] > distance[a] + 1)) {
            distance[b] = distance[a] + 1;
            changed = true;
          }
    }
    for (const auto& cell : maze.free)
      EXPECT_EQ(static_cast<int>(shortest_path(maze, maze.free[i], cell).size()),
                distance.count(cell) ? distance[cell] + 1 : 0);
  }
}

}  // namespace
}  // namespace offprint::control
