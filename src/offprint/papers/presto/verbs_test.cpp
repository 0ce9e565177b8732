#include <gmock/gmock.h>

#include "offprint/data/catalogue.hpp"
#include "offprint/paper/verb_test.hpp"

namespace offprint::presto {

const Paper& paper();

namespace {

using testing::HasSubstr;

/// Sixty rows whose outcome grows with x; the last class has six.
class Verbs : public VerbTest {
 protected:
  Verbs() : VerbTest(paper()) {
    std::string text = "y,x,z,kind\n";
    for (int i = 0; i < 60; ++i)
      text += std::to_string(i < 30 + i % 7   ? 1
                             : i < 51 + i % 4 ? 2
                                              : 3) +
              "," + std::to_string(0.1 * i) + "," + std::to_string((i * 37) % 11) + "," + "ab"[i % 2] + "\n";
    write("rows.csv", text);
  }
  static constexpr const char* fit = "fit rows.csv --response y --lambdas 5 --folds 2 --seed 1 -o model.json";
};

TEST_F(Verbs, FitWritesAModelThatPredictReads) {
  const auto fitted = call(fit);
  EXPECT_EQ(fitted["tables"]["slopes"].size(), 4u);  // intercept, x, z, kind=b
  EXPECT_EQ(fitted["files"][0]["path"], "model.json");
  call("predict model.json rows.csv -o probabilities.csv");
  const auto table = data::read_table("probabilities.csv");
  EXPECT_EQ(table.names(), (std::vector<std::string>{"probability_1", "probability_2", "probability_3"}));
  const auto rare = table.numeric("probability_3");
  EXPECT_GT(rare[59], rare[0]);
  for (std::size_t i = 0; i < 60; ++i)
    EXPECT_NEAR(table.numeric("probability_1")[i] + table.numeric("probability_2")[i] + rare[i], 1, 1e-12);
}

TEST_F(Verbs, TheSameSeedGivesTheSameModel) {
  call(fit);
  const auto first = read("model.json");
  call(fit);
  EXPECT_EQ(read("model.json"), first);
}

TEST_F(Verbs, CompareAndPathAndSimulateReport) {
  const auto compared = call("compare rows.csv --response y --splits 3 --test 0.2 --lambdas 4");
  EXPECT_EQ(compared["tables"]["comparison"].size(), 4u);
  EXPECT_EQ(compared["figures"].size(), 4u);
  EXPECT_EQ(call("path rows.csv --response y --lambdas 6")["tables"]["path"].size(), 6u);
  EXPECT_EQ(call("simulate --sims 2 --rows 300")["tables"]["errors"].size(), 3u);
}

TEST_F(Verbs, BadTablesAreRefusedWithTheirPlace) {
  write("hole.csv", "y,x\n1,2\n2,\n3,1\n1,1\n2,2\n3,3\n");
  EXPECT_THAT(refusal("fit hole.csv --response y -o m.json"), HasSubstr("hole.csv line 3 column x"));
  EXPECT_THAT(refusal("fit rows.csv --response q -o m.json"), HasSubstr("has no column 'q'"));
  EXPECT_THAT(refusal("fit rows.csv --response y --order 1,2,4 -o m.json"), HasSubstr("class '4' of --order never"));
  EXPECT_THAT(refusal("fit rows.csv --response y --order 1,2 -o m.json"), HasSubstr("class '3' is not in --order"));
  EXPECT_THAT(refusal("fit rows.csv --response kind --order a,b -o m.json"), HasSubstr("fewer than three classes"));
  EXPECT_THAT(refusal("fit rows.csv --response y --drop x,z,kind -o m.json"), HasSubstr("no feature"));
  EXPECT_THAT(refusal("fit nothing.csv --response y -o m.json"), HasSubstr("nothing.csv"));
  EXPECT_THAT(refusal("simulate --intercepts 3,1"), HasSubstr("--intercepts: must increase"));
  EXPECT_THAT(refusal("fit rows.csv --response y --folds 1 -o m.json"), HasSubstr("--folds"));
}

TEST_F(Verbs, AnOrderNeedsEvidence) {
  std::string text = "risk,x\n";
  for (int i = 0; i < 60; ++i)
    text += std::string(i < 30 ? "low" : i < 52 ? "medium" : "high") + "," + std::to_string((i * 17) % 23) + "\n";
  write("risk.csv", text);
  EXPECT_THAT(refusal("fit risk.csv --response risk -o m.json"),
              HasSubstr("whose order is not known: high, low, medium; give them in order with --order"));
  const auto fitted = call("fit risk.csv --response risk --order low,medium,high --folds 2 --lambdas 4 -o m.json");
  EXPECT_TRUE(fitted["tables"]["slopes"][0].contains("up_to_medium"));
}

TEST_F(Verbs, ANearlyNumericFeatureIsRefusedAndItsMendMends) {
  auto text = read("rows.csv");
  text.replace(text.find("0.500000"), 8, "unknown ");
  write("odd.csv", text);
  EXPECT_THAT(refusal("fit odd.csv --response y --folds 2 --lambdas 4 -o m.json"),
              HasSubstr("odd.csv line 7 column x: 'unknown' is no number"));
  EXPECT_THAT(refusal("fit odd.csv --response y --missing unknown --folds 2 --lambdas 4 -o m.json"),
              HasSubstr("line 7 column x: is missing"));
  call("fit odd.csv --response y --drop x --folds 2 --lambdas 4 -o m.json");
}

TEST_F(Verbs, BadModelsAreRefused) {
  EXPECT_THAT(refusal("predict rows.csv rows.csv -o p.csv"), HasSubstr("is no PRESTO model"));
  call(fit);
  auto text = read("model.json");
  write("half.json", text.substr(0, text.size() / 2));
  EXPECT_THAT(refusal("predict half.json rows.csv -o p.csv"), HasSubstr("half.json: is no PRESTO model"));
  text.replace(text.find("\"alpha\""), 7, "\"alhpa\"");
  write("damaged.json", text);
  EXPECT_THAT(refusal("predict damaged.json rows.csv -o p.csv"), HasSubstr("'alpha' is missing"));
  write("new.csv", "x,z,kind\n1,2,c\n");
  EXPECT_THAT(refusal("predict model.json new.csv -o p.csv"), HasSubstr("new.csv line 2 column kind"));
}

}  // namespace
}  // namespace offprint::presto
