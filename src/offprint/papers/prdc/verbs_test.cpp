#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "offprint/control/collection.hpp"
#include "offprint/data/table.hpp"
#include "offprint/paper/verb_test.hpp"

namespace offprint::prdc {

const Paper& paper();

namespace {

using testing::HasSubstr;

class Verbs : public VerbTest {
 protected:
  Verbs() : VerbTest(paper()) {
    control::write_dataset("d.hdf5", control::collect(control::find_task("pendulum"),
                                                      {"random", 3000, control::Physics::exact, 1, 0, false}));
  }
  static std::string training(const std::string& verb) {
    return verb +
           " d.hdf5 --task pendulum --steps 400 --batch 32 --hidden 32,32 --evaluations 8 --episodes 3 --seed 7 ";
  }
  const std::string train = training("train");
};

TEST_F(Verbs, TrainWritesAPolicyThatReadsBack) {
  const auto trained = call(train + "-o p.safetensors");
  EXPECT_EQ(trained["tables"]["evaluations"].size(), 8u);
  EXPECT_EQ(trained["figures"].size(), 4u);
  const auto policy = control::read_policy("p.safetensors", &control::find_task("pendulum"));
  EXPECT_EQ(policy.provenance.at("algorithm"), "PRDC");
  EXPECT_FALSE(exists("p.safetensors.checkpoint"));
  const auto picture = read("p.svg");
  EXPECT_NE(picture.find("<animate "), std::string::npos);
  EXPECT_EQ(picture.find("script"), std::string::npos);
}

TEST_F(Verbs, TrainWithoutATaskEvaluatesNothing) {
  const auto trained = call("train d.hdf5 --steps 50 --batch 32 --hidden 8 --beta 0 --k 3 -o p.safetensors");
  EXPECT_TRUE(trained["tables"]["result"][0]["return"].is_null());
  EXPECT_TRUE(says(trained, "warnings", "with beta 0"));
  EXPECT_EQ(control::read_policy("p.safetensors").task, "pendulum");
}

TEST_F(Verbs, ATrainingKilledOutrightGoesOnToTheSameNumbers) {
  call(train + "-o whole.safetensors");
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    call(train + "-o killed.safetensors");
    _exit(0);
  }
  const char* checkpoint = "killed.safetensors.checkpoint";
  for (int i = 0; i < 4000 && !exists(checkpoint); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  if (!exists(checkpoint)) GTEST_SKIP() << "the child had already ended";
  const auto resumed = call(train + "--resume -o killed.safetensors");
  EXPECT_GE(resumed["tables"]["result"][0]["resumed_at"], 50);
  EXPECT_EQ(read("whole.safetensors"), read("killed.safetensors"));
}

TEST_F(Verbs, NeighboursWriteOneLineAState) {
  call(train + "-o p.safetensors");
  call("neighbours d.hdf5 p.safetensors --rows 100 -o n.csv");
  const auto table = data::read_table("n.csv");
  ASSERT_EQ(table.rows(), 100u);
  const auto distance = table.numeric("distance"), state = table.numeric("state_distance"),
             action = table.numeric("action_distance");
  for (std::size_t i = 0; i < 100; ++i) EXPECT_NEAR(distance[i], std::hypot(2 * state[i], action[i]), 1e-4);
  EXPECT_THAT(refusal("neighbours d.hdf5 d.hdf5 -o x.csv"), HasSubstr("d.hdf5"));
  control::write_dataset("line.hdf5", control::collect(control::find_task("line-world"),
                                                       {"edge", 500, control::Physics::exact, 1, 0, false}));
  EXPECT_THAT(refusal("neighbours line.hdf5 p.safetensors -o x.csv"), HasSubstr("line.hdf5: has 1 observations"));
}

TEST_F(Verbs, SweepsCompareBetasWithTheBaselines) {
  const auto swept = call(training("sweep") + "--beta 1,0.1 --seeds 2 --threads 2");
  ASSERT_EQ(swept["tables"]["sweep"].size(), 5u);
  EXPECT_EQ(swept["tables"]["sweep"][3]["beta"], 0.1);
  EXPECT_THAT(refusal("sweep d.hdf5"), HasSubstr("--task: a sweep compares returns"));
}

TEST_F(Verbs, BenchComparesTheSearches) {
  EXPECT_EQ(call("bench --pairs 2000 --queries 50")["tables"]["search"].size(), 5u);
}

TEST_F(Verbs, BadInputIsOneLine) {
  EXPECT_THAT(refusal("train d.hdf5 --task pendulums -o p.safetensors"), HasSubstr("did you mean pendulum"));
  EXPECT_THAT(refusal("train d.hdf5 --task half-cheetah -o p.safetensors"), HasSubstr("those of half-cheetah have 17"));
  EXPECT_THAT(refusal(train + "--batch 5000 -o p.safetensors"), HasSubstr("--batch"));
  EXPECT_THAT(refusal(train + "--k 4000 -o p.safetensors"), HasSubstr("--k"));
  write("cut.hdf5", read("d.hdf5").substr(0, 3000));
  EXPECT_THAT(refusal("train cut.hdf5 --task pendulum -o p.safetensors"), HasSubstr("truncated"));
  write("empty.npz", "");
  EXPECT_THAT(refusal("train empty.npz -o p.safetensors"), HasSubstr("empty.npz"));
}

TEST_F(Verbs, ReproduceAtTheSmokeBudgetWhatIsQuick) {
  const auto result = call("reproduce --budget smoke --claims P1,P9 --threads 2 --seed 0");
  EXPECT_EQ(result["claims"].size(), 2u);
  for (const auto& claim : result["claims"]) EXPECT_NE(claim["verdict"], "not reproduced") << claim.dump();
}

}  // namespace
}  // namespace offprint::prdc
