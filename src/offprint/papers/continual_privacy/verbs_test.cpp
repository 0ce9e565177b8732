#include <gmock/gmock.h>

#include <map>

#include "offprint/data/catalogue.hpp"
#include "offprint/paper/verb_test.hpp"

namespace offprint::continual_privacy {

const Paper& paper();

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Verbs : public VerbTest {
 protected:
  Verbs() : VerbTest(paper()) {
    std::string events = "x,kind,t\n";
    for (int i = 0; i < 60; ++i)
      events += std::to_string(i % 2) + "," + "abc"[i % 3] + "," + std::to_string(1000 - i) + "\n";
    write("events.csv", events);
  }
  /// `--input FILE --column NAME` with a horizon and hardly any noise.
  static std::string of(const std::string& file, const std::string& column) {
    return " --input " + file + " --column " + column + " --horizon 100 --rho 1e6 ";
  }
  std::string refused(const std::string& line) { return refusal(line + " -o refused.csv"); }
};

// With this much budget there is hardly any noise: releases must be the true sums.

TEST_F(Verbs, CountPublishesOneRowAnEvent) {
  call("count" + of("events.csv", "x") + "-o out.csv");
  const auto table = data::read_table("out.csv");
  EXPECT_EQ(table.names(), (std::vector<std::string>{"step", "x", "half_width_95", "noise"}));
  ASSERT_EQ(table.rows(), 60u);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_NEAR(table.numeric("x")[i], static_cast<double>((i + 1) / 2), 0.1);
  EXPECT_EQ(table.text("noise")[0], "private");
}

TEST_F(Verbs, TextsBecomeOneColumnALevelInTheOrderOfTime) {
  call("count" + of("events.csv", "kind") + "--levels a,b,c,d --time t -o out.csv");
  const auto table = data::read_table("out.csv");
  EXPECT_EQ(table.names(), (std::vector<std::string>{"step", "a", "b", "c", "d", "half_width_95", "noise"}));
  EXPECT_NEAR(table.numeric("c")[0], 1, 0.1);  // the last event has the earliest time
  EXPECT_NEAR(table.numeric("a")[59], 20, 0.1);
  EXPECT_NEAR(table.numeric("d")[59], 0, 0.1);
}

TEST_F(Verbs, TheLargestSumAndItsColumn) {
  write("two.csv", "a,b\n1,0\n1,0\n0,1\n0,1\n0,1\n");
  call("maxsum" + of("two.csv", "a,b") + "--mechanism naive -o max.csv");
  const auto largest = data::read_table("max.csv").numeric("max_sum");
  for (const auto& [step, sum] : std::vector<std::pair<std::size_t, double>>{{0, 1}, {1, 2}, {3, 2}, {4, 3}})
    EXPECT_NEAR(largest[step], sum, 0.1);
  const auto result = call("sumselect" + of("two.csv", "a,b") + "--mechanism naive --truth -o select.csv");
  EXPECT_EQ(result["tables"]["summary"][0]["largest_error"], 0);
  EXPECT_TRUE(says(result, "warnings", "do not publish"));
  const auto chosen = data::read_table("select.csv").text("column");
  EXPECT_EQ(chosen[1], "a");
  EXPECT_EQ(chosen[4], "b");
}

TEST_F(Verbs, TheFigureShowsBandsAndTheTruthOnlyIfAsked) {
  const auto marks = [&](const std::string& more) {
    return call("count" + of("events.csv", "x") + more + " -o out.csv")["figures"][0]["marks"].size();
  };
  EXPECT_EQ(marks(""), 2u);
  EXPECT_EQ(marks("--truth"), 3u);
}

TEST_F(Verbs, AGridMakesDecimalsExact) {
  write("decimals.csv", "v\n0.25\n-0.5\n0.75\n");
  call("count" + of("decimals.csv", "v") + "--low -1 --high 1 --grid 0.25 -o out.csv");
  EXPECT_NEAR(data::read_table("out.csv").numeric("v")[2], 0.5, 0.1);
  EXPECT_THAT(refused("count" + of("decimals.csv", "v") + "--low -1 --high 1"),
              HasSubstr("line 2 column v: 0.25 is no multiple of the grid 1"));
}

TEST_F(Verbs, ValuesOutsideAreRefusedOrClipped) {
  write("wide.csv", "v\n1\n7\n");
  EXPECT_THAT(refused("count" + of("wide.csv", "v")), HasSubstr("line 3 column v: 7 lies outside 0 to 1"));
  call("count" + of("wide.csv", "v") + "--outside clip -o out.csv");
  EXPECT_NEAR(data::read_table("out.csv").numeric("v")[1], 2, 0.1);
}

TEST_F(Verbs, MissingValuesAreRefusedOrCountNowhere) {
  write("gaps.csv", "v,k\n1,a\n,\n1,b\n");
  EXPECT_THAT(refused("count" + of("gaps.csv", "v")), HasSubstr("line 3 column v"));
  EXPECT_THAT(refused("count" + of("gaps.csv", "k") + "--levels a,b"), HasSubstr("line 3 column k"));
  call("count" + of("gaps.csv", "v") + "--missing zero -o numbers.csv");
  EXPECT_NEAR(data::read_table("numbers.csv").numeric("v")[2], 2, 0.1);
  call("count" + of("gaps.csv", "k") + "--levels a,b --missing zero -o texts.csv");
  EXPECT_NEAR(data::read_table("texts.csv").numeric("b")[2], 1, 0.1);
}

TEST_F(Verbs, AResumedStreamGoesOnWhereItStopped) {
  write("more.csv", "x\n1\n1\n");
  for (const std::string mechanism : {"tree", "honaker", "square-root"}) {
    const auto state = mechanism + ".json";
    call("count" + of("events.csv", "x") + "--mechanism " + mechanism + " -o first.csv --state " + state);
    EXPECT_EQ(fs::status(state).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
    call("resume " + state + " --input more.csv -o second.csv --next-state next-" + state);
    const auto table = data::read_table("second.csv");
    EXPECT_EQ(table.numeric("step")[0], 61);
    EXPECT_NEAR(table.numeric("x")[1], 32, 0.1) << mechanism;
    EXPECT_THAT(refused("resume " + state + " --input more.csv"), HasSubstr("was continued before"));
    call("resume next-" + state + " --input more.csv -o third.csv");
    EXPECT_NEAR(data::read_table("third.csv").numeric("x")[1], 34, 0.1) << mechanism;
  }
}

TEST_F(Verbs, AStateAsEarlierProgramsWroteItIsRead) {
  call("count" + of("events.csv", "x") + "-o first.csv --state state.json");
  write("compact.json", Json::parse(read("state.json")).dump() + "\n");  // on one line
  write("more.csv", "x\n1\n");
  call("resume compact.json --input more.csv -o second.csv");
  EXPECT_NEAR(data::read_table("second.csv").numeric("x")[0], 31, 0.1);
}

TEST_F(Verbs, ARefusedContinuationDoesNotUseTheStateUp) {
  call("count" + of("events.csv", "x") + "-o first.csv --state state.json");
  EXPECT_THAT(refused("resume state.json --input events.csv"), HasSubstr("only 40 of the horizon of 100 are left"));
  EXPECT_THAT(refused("resume state.json --input absent.csv"), HasSubstr("no such file"));
  write("more.csv", "x\n1\n");
  call("resume state.json --input more.csv -o second.csv");
}

TEST_F(Verbs, DamagedStatesAreRefused) {
  call("count" + of("events.csv", "x") + "-o first.csv --state state.json");
  const auto whole = read("state.json");
  const auto changed = [&](std::string from, const std::string& to) {
    auto bytes = whole;
    return bytes.replace(bytes.find(from), from.size(), to);
  };
  write("more.csv", "x\n1\n");
  for (const auto& bytes :
       {std::string(), whole.substr(0, whole.size() / 2), std::string("{}"), std::string("[1]"),
        std::string(100000, '['), changed("\"now\": 60", "\"now\": 59"), changed("\"stream\"", "\"steam\"")}) {
    write("bad.json", bytes);
    EXPECT_THAT(refused("resume bad.json --input more.csv"), HasSubstr("bad.json"));
  }
}

TEST_F(Verbs, ReproducibleNoiseIsTheSameAndCalledNotPrivate) {
  for (const std::string name : {"one.csv", "two.csv"})
    EXPECT_TRUE(says(call("count --input events.csv --column x --horizon 100 --epsilon 1 --reproducible -o " + name),
                     "warnings", "not private"));
  EXPECT_EQ(read("one.csv"), read("two.csv"));
  EXPECT_EQ(data::read_table("one.csv").text("noise")[0], "not private");
}

TEST_F(Verbs, BadInputIsNamed) {
  EXPECT_THAT(refused("count" + of("absent.csv", "x")), HasSubstr("no such file"));
  EXPECT_THAT(refused("count" + of("events.csv", "y")), HasSubstr("no column 'y'"));
  EXPECT_THAT(refused("count" + of("events.csv", "x,kind")), HasSubstr("column kind"));
  EXPECT_THAT(refused("count" + of("events.csv", "kind") + "--levels a,b"), HasSubstr("'c' is not among the levels"));
  EXPECT_THAT(refused("count" + of("events.csv", "x") + "--time u"), HasSubstr("no column 'u'"));
  EXPECT_THAT(refused("count" + of("events.csv", "x") + "--low 1"), HasSubstr("--low"));
  EXPECT_THAT(refused("count" + of("events.csv", "x") + "--epsilon 1"), HasSubstr("--rho"));
  const std::string x = "count --input events.csv --column x ";
  EXPECT_THAT(refused(x + "--horizon 59 --rho 1"), HasSubstr("has 60 rows"));
  EXPECT_THAT(refused(x + "--horizon 100"), HasSubstr("--rho"));
  EXPECT_THAT(refused("count --input events.csv --horizon 100 --rho 1"), HasSubstr("--column"));
  EXPECT_THAT(refused(x + "--horizon 100 --epsilon 1 --mechanism square-root"), HasSubstr("not purely private"));
  EXPECT_THAT(refused(x + "--horizon 100 --rho 1 --mechanism naive"), HasSubstr("--mechanism"));
  write("nan.csv", "v\n1\nnan\n");
  EXPECT_THAT(refused("count" + of("nan.csv", "v")), HasSubstr("nan.csv line 3 column v"));
}

TEST_F(Verbs, ConvertAgreesWithItself) {
  const auto there = call("convert --rho 0.5 --delta 1e-6")["tables"]["conversions"][0];
  EXPECT_NEAR(there["epsilon_zcdp"].get<double>(), 5.221534, 1e-5);
  const auto back = call("convert --delta 1e-6 --epsilon " + there["epsilon_zcdp"].dump())["tables"]["conversions"];
  EXPECT_NEAR(back[0]["rho"].get<double>(), 0.5, 1e-6);
  EXPECT_NEAR(back[1]["rho"].get<double>(), 2, 1e-5);  // two events of one person
  EXPECT_THAT(refusal("convert"), HasSubstr("--rho: give the budget"));
  EXPECT_THAT(refusal("convert --rho 1 --groups 0"), HasSubstr("--groups"));
}

TEST_F(Verbs, PlanChoosesTheSmallestPrediction) {
  const auto rows = call("plan --horizon 100000 --dim 10 --epsilon 1 --delta 1e-6")["tables"]["plan"];
  std::map<std::string, double> chosen;
  for (const auto& row : rows)
    if (row["chosen"].get<bool>()) chosen[row["statistic"].get<std::string>()] = row["largest_error"].get<double>();
  ASSERT_EQ(chosen.size(), 3u);
  for (const auto& row : rows)
    if (row["releases"] == "all steps") {
      EXPECT_GE(row["largest_error"].get<double>(), chosen[row["statistic"].get<std::string>()]);
    }
  EXPECT_EQ(call("plan --horizon 1 --rho 1")["figures"].size(), 2u);
  EXPECT_THAT(refusal("plan --rho 1"), HasSubstr("--horizon: is needed"));
  EXPECT_THAT(refusal("plan --horizon 10 --rho 1 --low 0.5"), HasSubstr("--low"));
}

TEST_F(Verbs, AttackAndAuditReport) {
  const auto attack = [&](const std::string& more) {
    return call("attack --n 50 --trials 2 --outsiders 300 " + more)["tables"]["attack"][0]["found"].get<double>();
  };
  EXPECT_GT(attack("--dim 500 --noise 0"), 0.5);
  EXPECT_LE(attack("--dim 50 --epsilon 1 --delta 1e-6"), 0.2);
  EXPECT_THAT(refusal("attack --n 10000 --dim 10000 --rho 1"), HasSubstr("--dim"));
  const auto verdict = [&](const std::string& more) {
    return call("audit " + more)["tables"]["audit"][0]["verdict"].get<std::string>();
  };
  EXPECT_EQ(verdict("--games 3000"), "claim stands");
  EXPECT_EQ(verdict("--games 6000 --halve-noise"), "claim refuted");
  EXPECT_THAT(refusal("audit --statistic maxsum --mechanism tree"), HasSubstr("parallel"));
}

TEST_F(Verbs, TimesAreSortedTrulyOrRefused) {
  std::string us = "when,x\n", iso = "when,x\n";
  for (const auto& [month, value] : std::vector<std::pair<int, int>>{{10, 0}, {9, 1}})
    for (int day = 1; day <= 5; ++day) {
      us += std::to_string(month) + "/" + std::to_string(day) + "/2023," + std::to_string(value) + "\n";
      iso += "2023-" + std::string(month < 10 ? "0" : "") + std::to_string(month) + "-0" + std::to_string(day) + "," +
             std::to_string(value) + "\n";
    }
  write("us.csv", us);
  write("iso.csv", iso);
  const std::string rest = " --column x --time when --horizon 100 --rho 1e6 -o out.csv";
  EXPECT_NE(refusal("count --input us.csv" + rest).find("us.csv line 2 column when: '10/1/2023' is no time"),
            std::string::npos);
  call("count --input iso.csv" + rest);
  EXPECT_NEAR(data::read_table("out.csv").numeric("x")[4], 5, 0.1) << "September, the ones, comes first";
  EXPECT_NEAR(data::read_table("out.csv").numeric("x")[9], 5, 0.1);
}

}  // namespace
}  // namespace offprint::continual_privacy
