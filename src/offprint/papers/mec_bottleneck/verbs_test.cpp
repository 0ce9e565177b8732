#include <gmock/gmock.h>

#include "offprint/data/catalogue.hpp"
#include "offprint/paper/verb_test.hpp"
#include "offprint/papers/mec_bottleneck/grid_world.hpp"

namespace offprint::mec_bottleneck {

const Paper& paper();

namespace {

using testing::HasSubstr;

class Verbs : public VerbTest {
 protected:
  Verbs() : VerbTest(paper()) {
    write("px.csv", "symbol,probability\na,0.4\nb,0.3\nc,0.2\nd,0.1\n");
    write("py.csv", "signal,count\ndot,3\ndash,1\n");
    write("two.csv", "r,q\n0.5,0.1\n0.5,0.9\n");
  }
  static constexpr const char* encode = "encode --messages 64 --message 17 --log-beta -3.5 --seed 3 -o t.jsonl";
};

TEST_F(Verbs, CoupleKeepsTheOutputsMarginal) {
  const auto shown = call("couple px.csv py.csv --normalise --rate 1.2 --report");
  const auto row = shown["tables"]["coupling"][0];
  EXPECT_LE(row["entropy_t"], 1.2);
  EXPECT_LE(row["lower_bound"].get<double>(), row["information_x_y"].get<double>() + 1e-12);
  EXPECT_EQ(shown["tables"]["encoder"].size(), 4u);
  EXPECT_EQ(shown["figures"].size(), 1u);
  EXPECT_TRUE(shown["files"].empty());
  call("couple px.csv py.csv --normalise --rate 1.2 --fill --encoder exact --decoder zero -o coupling.csv");
  const auto table = data::read_table("coupling.csv");
  double dots = 0;
  for (std::size_t i = 0; i < table.rows(); ++i)
    if (table.text("y")[i] == "dot") dots += table.numeric("probability")[i];
  EXPECT_NEAR(dots, 0.75, 1e-12);
}

TEST_F(Verbs, EbimComparesTheMethodsAndWritesTheCurve) {
  const auto shown = call("ebim px.csv --rate 1.5 --curve curve.csv");
  EXPECT_NEAR(shown["tables"]["methods"][0]["information"], 1.156780, 1e-6);
  EXPECT_NEAR(shown["tables"]["methods"][2]["information"], 1.485475, 1e-6);
  EXPECT_EQ(shown["tables"]["encoder"].size(), 4u);
  EXPECT_EQ(data::read_table("curve.csv").rows(), 201u);
  EXPECT_NEAR(call("ebim px.csv --rate 1.5 --fill")["tables"]["methods"][0]["entropy_t"], 1.5, 1e-9);
}

TEST_F(Verbs, MecCouplesWithoutABottleneck) {
  for (const char* method : {"max", "zero", "sla", "exact"}) {
    const auto shown = call(std::string("mec px.csv py.csv --normalise --method ") + method);
    const auto row = shown["tables"]["coupling"][0];
    EXPECT_GE(row["entropy_x_y"].get<double>(), row["lower_bound"].get<double>() - 1e-12);
    EXPECT_LE(row["output_marginal_error"], 1e-12);
  }
  call("mec two.csv two.csv --column q -o coupling.csv");
  EXPECT_EQ(data::read_table("coupling.csv").rows(), 2u);
}

TEST_F(Verbs, GameMeasuresRewardAndAccuracy) {
  const auto shown = call("game --messages 16 --log-beta -3.5 --episodes 30");
  const auto row = shown["tables"]["game"][0];
  EXPECT_EQ(row["episodes"], 30);
  EXPECT_GT(row["accuracy"], 0.9);
  EXPECT_EQ(shown["figures"].size(), 2u);
  EXPECT_TRUE(says(call("game --messages 4 --episodes 1 --sweeps 2"), "warnings", "still moves"));
}

TEST_F(Verbs, DecodeReadsTheMessageFromTheFileAlone) {
  for (const char* encoder : {"greedy", "quantiser"}) {
    const auto encoded = call(std::string(encode) + " --encoder " + encoder);
    EXPECT_EQ(read("t.jsonl").find("message\""), std::string::npos);
    const auto decoded = call("decode t.jsonl");
    EXPECT_EQ(decoded["tables"]["posterior"][0]["message"], encoded["tables"]["encoding"][0]["received"]);
  }
  // In a process of the user's own, which both sides must name.
  write("game.json", mdp_text(grid_world(0.05)));
  call(std::string(encode) + " --mdp game.json");
  EXPECT_EQ(call("decode t.jsonl --mdp game.json")["tables"]["posterior"][0]["message"], 17);
  EXPECT_THAT(refusal("decode t.jsonl"), HasSubstr("another decision process"));
}

TEST_F(Verbs, BadDistributionsAreRefusedWithTheirPlace) {
  const auto refused = [&](const std::string& bytes, const std::string& words) {
    write("bad.csv", bytes);
    for (const char* line : {"couple bad.csv px.csv -o c.csv", "mec px.csv bad.csv -o c.csv", "ebim bad.csv --rate 1"})
      EXPECT_THAT(refusal(line), HasSubstr(words)) << bytes;
  };
  refused("", "bad.csv");
  refused("word,count\nx,3\ny,1\n", "bad.csv column count: the masses sum to 4, not 1");
  refused("probability\n1.5\n-0.5\n", "bad.csv line 3 column probability: the mass -0.5 is negative");
  refused("0.5\n0.5\n0.5\n", "the header '0.5' is a number");
  refused("a,b\nx,y\n", "has no column of numbers");
  refused("a,probability\nx,0.5\ny,\n", "bad.csv line 3 column probability");
  refused("a,probability\nx,0.5\ny,nan\n", "bad.csv");
  refused("a,probability\nx,0.5\ny", "bad.csv line 3");
  EXPECT_THAT(refusal("ebim two.csv"), HasSubstr("several columns of numbers: r, q"));
  EXPECT_THAT(refusal("ebim two.csv --column p"), HasSubstr("has no column 'p'"));
  write("zero.csv", "probability\n0\n0\n");
  EXPECT_THAT(refusal("ebim zero.csv --normalise"), HasSubstr("zero.csv column probability"));
  EXPECT_THAT(refusal("ebim px.csv --rate -1"), HasSubstr("--rate"));
  EXPECT_THAT(refusal("mec px.csv nothing.csv"), HasSubstr("nothing.csv"));
}

TEST_F(Verbs, DamagedTrajectoriesAreRefused) {
  call(encode);
  const auto good = read("t.jsonl");
  const auto first = good.find('\n'), second = good.find('\n', first + 1), third = good.find('\n', second + 1);
  const auto header = good.substr(0, first + 1);
  const auto with = [&](const std::string& from, const std::string& to) {
    return std::string(good).replace(good.find(from), from.size(), to);
  };
  for (const auto& [bad, words] : std::vector<std::pair<std::string, std::string>>{
           {"", "line 1: is not the header"},
           {"{}", "line 1: is not the header"},
           {"\xff", "line 1: is not the header"},
           {header, "has no steps"},
           {good.substr(0, second - 3), "line 2: is no step"},
           {header + "{\"state\":0,\"action\":\"up\",\"next\":0}\n", "step 1: nobody acts in state 0 then"},
           {good.substr(0, second + 1) + good.substr(third + 1), "line 3"},
           {header + "{\"state\":1}\n", "line 2"},
           {header + "{\"state\":1.5,\"action\":\"up\",\"next\":44}\n", "'state' is no whole number"},
           {header + "{\"state\":44,\"action\":\"jump\",\"next\":44}\n", "'action' is none of up, right, down, left"},
           {header + "{\"state\":44,\"action\":\"up\",\"next\":4444}\n", "'next' is out of range"},
           {with("\"messages\":64", "\"messages\":-5"), "'messages' is out of range"},
           {with("greedy", "clever"), "'encoder' is not known"}}) {
    write("bad.jsonl", bad);
    EXPECT_THAT(refusal("decode bad.jsonl"), HasSubstr(words)) << bad.substr(0, 200);
  }
  EXPECT_THAT(refusal("encode --messages 16 --message 16 -o x.jsonl"), HasSubstr("--message: 16 is not among 16"));
  write("game.json", "{\"states\":2}");
  EXPECT_THAT(refusal("game --mdp game.json"), HasSubstr("game.json: is a damaged decision process: 'actions'"));
}

TEST_F(Verbs, ReproduceAtTheSmokeBudget) {
  const auto result = call("reproduce --budget smoke --threads 2 --seed 0");
  EXPECT_EQ(result["claims"].size(), 10u);
  for (const auto& claim : result["claims"]) EXPECT_NE(claim["verdict"], "not reproduced") << claim.dump();
}

}  // namespace
}  // namespace offprint::mec_bottleneck
