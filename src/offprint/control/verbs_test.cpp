#include <gmock/gmock.h>

#include "offprint/control/dataset.hpp"
#include "offprint/paper/verb_test.hpp"

namespace offprint::control {

const Paper& tool();

namespace {

using testing::HasSubstr;

class Verbs : public VerbTest {
 protected:
  Verbs() : VerbTest(tool()) {
    call("collect --task pendulum --kind random --steps 2000 --seed 1 -o d.hdf5");
    std::string table = "s0,s1,s2,a0,r,terminal\n";
    for (int i = 0; i < 20; ++i)
      table += "1,0,0." + std::to_string(i) + ",0.5,-1," + std::to_string(i % 10 == 9) + "\n";
    write("log.csv", table);
  }
  static constexpr const char* train =
      "train d.hdf5 --task pendulum --steps 200 --batch 32 --hidden 16,16 --evaluations 4 --episodes 2 "
      "-o p.safetensors";
};

TEST_F(Verbs, TasksAndRandomActions) {
  EXPECT_GE(call("tasks")["tables"]["tasks"].size(), 8u);
  const auto row = call("random --task pendulum --episodes 20")["tables"]["random"][0];
  EXPECT_NEAR(row["normalised"], 0, 15);
  EXPECT_EQ(row["steps"], 200);
  EXPECT_THAT(refusal("random --task pendulums"), HasSubstr("did you mean pendulum"));
}

TEST_F(Verbs, InfoShowsWhatCollectWrote) {
  const auto shown = call("info d.hdf5 --task pendulum");
  EXPECT_EQ(shown["tables"]["file"][0]["kind"], "random");
  EXPECT_EQ(shown["tables"]["statistics"][0]["transitions"], 2000);
  EXPECT_EQ(shown["figures"].size(), 1u);
  EXPECT_THAT(refusal("info d.hdf5 --task hopper"), HasSubstr("hopper"));
  EXPECT_THAT(refusal("info log.csv"), HasSubstr("log.csv"));
  EXPECT_THAT(refusal("info nothing.hdf5"), HasSubstr("nothing.hdf5"));
  write("cut.hdf5", read("d.hdf5").substr(0, 3000));
  EXPECT_THAT(refusal("info cut.hdf5"), HasSubstr("truncated"));
  EXPECT_THAT(refusal("collect --task pendulum --kind best -o x.hdf5"), HasSubstr("best"));
}

TEST_F(Verbs, TrainWritesAPolicyThatEvaluateReads) {
  for (const char* algorithm : {"td3-bc", "bc", "td3", "sac"}) {
    const auto trained = call(std::string(train) + " --algorithm " + algorithm);
    EXPECT_EQ(trained["tables"]["evaluations"].size(), 4u);
    EXPECT_TRUE(exists("p.svg"));
    EXPECT_FALSE(exists("p.safetensors.checkpoint"));
    const auto evaluated = call("evaluate p.safetensors --episodes 3 -o e.svg");
    EXPECT_EQ(evaluated["tables"]["episodes"].size(), 3u);
    EXPECT_EQ(evaluated["tables"]["result"][0]["task"], "pendulum");
    EXPECT_TRUE(exists("e.svg"));
  }
  const auto seeds = call(std::string(train) + " --seeds 2 --seed 5");
  EXPECT_EQ(seeds["tables"]["result"][1]["seed"], 6);
  EXPECT_TRUE(says(seeds, "notes", "over 2 seeds; inter-quartile mean"));
  EXPECT_THAT(refusal("evaluate p.safetensors --task hopper"), HasSubstr("hopper"));
  EXPECT_THAT(refusal("evaluate d.hdf5"), HasSubstr("d.hdf5"));
  EXPECT_THAT(refusal(std::string(train) + " --batch 5000"), HasSubstr("--batch"));
}

TEST_F(Verbs, WithoutATaskNothingIsEvaluated) {
  const auto trained = call("train d.hdf5 --steps 50 --batch 32 --hidden 8 --evaluations 1 -o q.safetensors");
  EXPECT_TRUE(trained["tables"]["result"][0]["return"].is_null());
  EXPECT_TRUE(trained["figures"].empty());
  EXPECT_EQ(call("evaluate q.safetensors --episodes 1")["tables"]["result"][0]["task"], "pendulum");
}

TEST_F(Verbs, ImportMakesADataSetOfATable) {
  const auto shown = call("import log.csv --layout csv --task pendulum -o made.hdf5");
  EXPECT_EQ(shown["tables"]["statistics"][0]["transitions"], 20);
  EXPECT_EQ(call("info made.hdf5")["tables"]["file"][0]["task"], "pendulum");
  write("bad.csv", "s0,s1,s2,a0,r,terminal\n1,0,0,0.5,-1,0\n1,0,nan,0.5,-1,0\n");
  EXPECT_THAT(refusal("import bad.csv --layout csv -o x.hdf5"), HasSubstr("bad.csv"));
  write("far.csv", "s0,s1,s2,a0,r,terminal\n1,0,0,2,-1,0\n");
  EXPECT_THAT(refusal("import far.csv --layout csv -o x.hdf5"), HasSubstr("far.csv"));
  call("import far.csv --layout csv --rescale -o x.hdf5");
  EXPECT_THAT(refusal("import log.csv --layout csv --task hopper -o y.hdf5"), HasSubstr("hopper"));
  EXPECT_THAT(refusal("import d.hdf5 --layout minari -o y.hdf5"), HasSubstr("d.hdf5"));
}

}  // namespace
}  // namespace offprint::control
