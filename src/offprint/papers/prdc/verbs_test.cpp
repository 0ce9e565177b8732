#include "offprint/papers/prdc/verbs.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "offprint/base/file.hpp"
#include "offprint/control/collection.hpp"
#include "offprint/data/table.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint::prdc {

const Paper& paper();

namespace {

namespace fs = std::filesystem;

class Verbs : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("offprint-prdc-" + std::to_string(::getpid()));
    fs::create_directories(folder);
    control::write_dataset(folder / "d.hdf5", control::collect(control::find_task("pendulum"),
                                                               {"random", 3000, control::Physics::exact, 1, 0, false}));
  }
  void TearDown() override { fs::remove_all(folder); }

  TrainOptions options(const char* output) const {
    TrainOptions o;
    o.data.source = (folder / "d.hdf5").string();
    o.task = "pendulum";
    o.steps = 400;
    o.batch = 32;
    o.hidden = {32, 32};
    o.evaluations = 8;
    o.episodes = 3;
    o.output.path = (folder / output).string();
    return o;
  }
  Json run(const auto& body, const auto& given) {
    MemorySink sink;
    offprint::Run run({7, 1, "cpu"}, paper().claims, sink);
    body(given, run);
    Json tables = Json::object();
    for (const auto& event : sink.events)
      if (event.kind == "table") tables[event.payload["id"].get<std::string>()] = event.payload;
    return tables;
  }
  std::string refusal(const TrainOptions& given) {
    try {
      run(train_verb, given);
    } catch (const BadInput& error) {
      EXPECT_EQ(error.exit_code(), 3);
      EXPECT_FALSE(fs::exists(given.output.path)) << "nothing half-written";
      return error.what();
    }
    return "";
  }

  fs::path folder;
};

TEST_F(Verbs, TrainWritesAPolicyThatReadsBack) {
  const auto tables = run(train_verb, options("p.safetensors"));
  EXPECT_EQ(tables["evaluations"]["rows"].size(), 8u);
  const auto policy = control::read_policy(folder / "p.safetensors", &control::find_task("pendulum"));
  EXPECT_EQ(policy.provenance.at("algorithm"), "PRDC");
  EXPECT_FALSE(fs::exists(folder / "p.safetensors.checkpoint"));
  EXPECT_TRUE(fs::exists(folder / "p.svg"));
  const auto picture = read_file(folder / "p.svg");
  EXPECT_NE(picture.find("<animate "), std::string::npos);
  EXPECT_EQ(picture.find("script"), std::string::npos);
}

TEST_F(Verbs, ATrainingKilledOutrightGoesOnToTheSameNumbers) {
  run(train_verb, options("whole.safetensors"));
  auto killed = options("killed.safetensors");
  killed.steps = 400;
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    MemorySink sink;
    offprint::Run run({7, 1, "cpu"}, paper().claims, sink);
    killed.resume = false;
    train_verb(killed, run);
    _exit(0);
  }
  const auto checkpoint = killed.output.path + ".checkpoint";
  for (int i = 0; i < 4000 && !fs::exists(checkpoint); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  if (!fs::exists(checkpoint)) GTEST_SKIP() << "the child had already ended";
  killed.resume = true;
  const auto tables = run(train_verb, killed);
  EXPECT_GE(tables["result"]["rows"][0][4].get<int>(), 50);
  EXPECT_EQ(read_file(folder / "whole.safetensors"), read_file(folder / "killed.safetensors"));
}

TEST_F(Verbs, NeighboursWriteOneLineAState) {
  run(train_verb, options("p.safetensors"));
  NeighboursOptions given;
  given.data.source = (folder / "d.hdf5").string();
  given.policy.source = (folder / "p.safetensors").string();
  given.rows = 100;
  given.output.path = (folder / "n.csv").string();
  run(neighbours_verb, given);
  const auto table = data::read_table((folder / "n.csv").string());
  ASSERT_EQ(table.rows(), 100u);
  const auto distance = table.numeric("distance"), state = table.numeric("state_distance"),
             action = table.numeric("action_distance");
  for (std::size_t i = 0; i < 100; ++i) EXPECT_NEAR(distance[i], std::hypot(given.beta * state[i], action[i]), 1e-4);
}

TEST_F(Verbs, SweepsCompareBetasWithTheBaselines) {
  SweepOptions given;
  static_cast<TrainingOptions&>(given) = options("");
  given.betas = {1, 0.1};
  given.seeds = 2;
  const auto tables = run(sweep_verb, given);
  ASSERT_EQ(tables["sweep"]["rows"].size(), 5u);
  EXPECT_EQ(tables["sweep"]["rows"][3][1], 0.1);
}

TEST_F(Verbs, BadInputIsOneLine) {
  auto given = options("p.safetensors");
  given.task = "pendulums";
  EXPECT_NE(refusal(given).find("did you mean pendulum"), std::string::npos);
  given = options("p.safetensors");
  given.task = "half-cheetah";
  EXPECT_NE(refusal(given).find("those of half-cheetah have 17"), std::string::npos);
  given = options("p.safetensors");
  given.batch = 5000;
  EXPECT_NE(refusal(given).find("--batch"), std::string::npos);
  given = options("p.safetensors");
  given.k = 4000;
  EXPECT_NE(refusal(given).find("--k"), std::string::npos);
  const auto bytes = read_file(folder / "d.hdf5");
  write_file(folder / "cut.hdf5", bytes.substr(0, 3000));
  given = options("p.safetensors");
  given.data.source = (folder / "cut.hdf5").string();
  EXPECT_NE(refusal(given).find("truncated"), std::string::npos);
}

}  // namespace
}  // namespace offprint::prdc
