#include "offprint/papers/continual_privacy/verbs.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "offprint/base/file.hpp"
#include "offprint/data/table.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint::continual_privacy {

const Paper& paper();

namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test, and verbs run as the command line runs them.
class Verbs : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("offprint-continual-" + std::to_string(::getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    std::string events = "x,kind,t\n";
    for (int i = 0; i < 60; ++i)
      events += std::to_string(i % 2) + "," + "abc"[i % 3] + "," + std::to_string(1000 - i) + "\n";
    write_file(path("events.csv"), events);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  bool exists(const std::string& name) const { return fs::exists(folder_ / name); }

  Json call(const std::string& verb_name, std::vector<std::string> arguments) {
    const auto invocation = parse_command_line(paper(), *paper().find_verb(verb_name), arguments);
    JsonSink sink(invocation);
    offprint::Run run(invocation.settings, paper().claims, sink);
    invocation.verb->body(invocation.options.get(), run);
    return sink.result();
  }
  /// What a call says when it is refused; it must leave no file at `output`.
  std::string refusal(const std::string& verb_name, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-o", path("refused.csv")});
    try {
      call(verb_name, arguments);
    } catch (const Error& error) {
      EXPECT_FALSE(exists("refused.csv")) << error.what();
      EXPECT_GE(error.exit_code(), 2);
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    ADD_FAILURE() << verb_name << " was not refused";
    return "";
  }
  std::vector<std::string> count(const std::string& file, const std::string& column,
                                 std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"--input", path(file), "--column", column, "--horizon", "100", "--rho", "1e6"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  fs::path folder_;
};

// With this much budget there is hardly any noise: releases must be the true sums.

TEST_F(Verbs, CountPublishesOneRowAnEvent) {
  call("count", count("events.csv", "x", {"-o", path("out.csv")}));
  const auto table = data::read_table(path("out.csv"));
  EXPECT_EQ(table.names(), (std::vector<std::string>{"step", "x", "half_width_95", "noise"}));
  ASSERT_EQ(table.rows(), 60u);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_NEAR(table.numeric("x")[i], static_cast<double>((i + 1) / 2), 0.1);
  EXPECT_EQ(table.text("noise")[0], "private");
}

TEST_F(Verbs, TextsBecomeOneColumnALevelInTheOrderOfTime) {
  call("count", count("events.csv", "kind", {"--levels", "a,b,c,d", "--time", "t", "-o", path("out.csv")}));
  const auto table = data::read_table(path("out.csv"));
  EXPECT_EQ(table.names(), (std::vector<std::string>{"step", "a", "b", "c", "d", "half_width_95", "noise"}));
  EXPECT_NEAR(table.numeric("c")[0], 1, 0.1);  // the last event has the earliest time
  EXPECT_NEAR(table.numeric("a")[59], 20, 0.1);
  EXPECT_NEAR(table.numeric("d")[59], 0, 0.1);
}

TEST_F(Verbs, TheLargestSumAndItsColumn) {
  write_file(path("two.csv"), "a,b\n1,0\n1,0\n0,1\n0,1\n0,1\n");
  call("maxsum", count("two.csv", "a,b", {"--mechanism", "naive", "-o", path("max.csv")}));
  const auto largest = data::read_table(path("max.csv")).numeric("max_sum");
  for (const auto& [step, sum] : std::vector<std::pair<std::size_t, double>>{{0, 1}, {1, 2}, {3, 2}, {4, 3}})
    EXPECT_NEAR(largest[step], sum, 0.1);
  call("sumselect", count("two.csv", "a,b", {"--mechanism", "naive", "-o", path("select.csv")}));
  const auto chosen = data::read_table(path("select.csv")).text("column");
  EXPECT_EQ(chosen[1], "a");
  EXPECT_EQ(chosen[4], "b");
}

TEST_F(Verbs, AGridMakesDecimalsExact) {
  write_file(path("decimals.csv"), "v\n0.25\n-0.5\n0.75\n");
  call("count", count("decimals.csv", "v", {"--low", "-1", "--high", "1", "--grid", "0.25", "-o", path("out.csv")}));
  EXPECT_NEAR(data::read_table(path("out.csv")).numeric("v")[2], 0.5, 0.1);
  EXPECT_NE(refusal("count", count("decimals.csv", "v", {"--low", "-1", "--high", "1"}))
                .find("line 2 column v: 0.25 is no multiple of the grid 1"),
            std::string::npos);
}

TEST_F(Verbs, ValuesOutsideAreRefusedOrClipped) {
  write_file(path("wide.csv"), "v\n1\n7\n");
  EXPECT_NE(refusal("count", count("wide.csv", "v")).find("line 3 column v: 7 lies outside 0 to 1"), std::string::npos);
  call("count", count("wide.csv", "v", {"--outside", "clip", "-o", path("out.csv")}));
  EXPECT_NEAR(data::read_table(path("out.csv")).numeric("v")[1], 2, 0.1);
}

TEST_F(Verbs, MissingValuesAreRefusedOrCountNowhere) {
  write_file(path("gaps.csv"), "v,k\n1,a\n,\n1,b\n");
  EXPECT_NE(refusal("count", count("gaps.csv", "v")).find("line 3 column v"), std::string::npos);
  EXPECT_NE(refusal("count", count("gaps.csv", "k", {"--levels", "a,b"})).find("line 3 column k"), std::string::npos);
  call("count", count("gaps.csv", "v", {"--missing", "zero", "-o", path("numbers.csv")}));
  EXPECT_NEAR(data::read_table(path("numbers.csv")).numeric("v")[2], 2, 0.1);
  call("count", count("gaps.csv", "k", {"--levels", "a,b", "--missing", "zero", "-o", path("texts.csv")}));
  EXPECT_NEAR(data::read_table(path("texts.csv")).numeric("b")[2], 1, 0.1);
}

TEST_F(Verbs, AResumedStreamGoesOnWhereItStopped) {
  for (const char* mechanism : {"tree", "honaker", "square-root"}) {
    const std::string state = std::string(mechanism) + ".json";
    call("count",
         count("events.csv", "x", {"--mechanism", mechanism, "-o", path("first.csv"), "--state", path(state)}));
    EXPECT_EQ(fs::status(path(state)).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
    write_file(path("more.csv"), "x\n1\n1\n");
    call("resume",
         {path(state), "--input", path("more.csv"), "-o", path("second.csv"), "--next-state", path("next-" + state)});
    const auto table = data::read_table(path("second.csv"));
    EXPECT_EQ(table.numeric("step")[0], 61);
    EXPECT_NEAR(table.numeric("x")[1], 32, 0.1) << mechanism;
    EXPECT_NE(refusal("resume", {path(state), "--input", path("more.csv")}).find("was continued before"),
              std::string::npos);
    call("resume", {path("next-" + state), "--input", path("more.csv"), "-o", path("third.csv")});
    EXPECT_NEAR(data::read_table(path("third.csv")).numeric("x")[1], 34, 0.1) << mechanism;
  }
}

TEST_F(Verbs, ARefusedContinuationDoesNotUseTheStateUp) {
  call("count", count("events.csv", "x", {"-o", path("first.csv"), "--state", path("state.json")}));
  EXPECT_NE(refusal("resume", {path("state.json"), "--input", path("events.csv")})
                .find("only 40 of the horizon of 100 are left"),
            std::string::npos);
  EXPECT_NE(refusal("resume", {path("state.json"), "--input", path("absent.csv")}).find("no such file"),
            std::string::npos);
  write_file(path("more.csv"), "x\n1\n");
  call("resume", {path("state.json"), "--input", path("more.csv"), "-o", path("second.csv")});
}

TEST_F(Verbs, DamagedStatesAreRefused) {
  call("count", count("events.csv", "x", {"-o", path("first.csv"), "--state", path("state.json")}));
  const auto whole = read_file(path("state.json"));
  write_file(path("more.csv"), "x\n1\n");
  for (const auto& bytes :
       {std::string(), whole.substr(0, whole.size() / 2), std::string("{}"), std::string("[1]"),
        std::string(100000, '['), std::string(whole).replace(whole.find("\"now\":60"), 8, "\"now\":59")}) {
    write_file(path("bad.json"), bytes);
    EXPECT_NE(refusal("resume", {path("bad.json"), "--input", path("more.csv")}).find("bad.json"), std::string::npos);
    EXPECT_FALSE(exists("bad.json.used"));
  }
}

TEST_F(Verbs, ReproducibleNoiseIsTheSameAndCalledNotPrivate) {
  for (const char* name : {"one.csv", "two.csv"}) {
    const auto result = call("count", {"--input", path("events.csv"), "--column", "x", "--horizon", "100", "--epsilon",
                                       "1", "--reproducible", "-o", path(name)});
    EXPECT_FALSE(result["warnings"].empty());
  }
  EXPECT_EQ(read_file(path("one.csv")), read_file(path("two.csv")));
  EXPECT_EQ(data::read_table(path("one.csv")).text("noise")[0], "not private");
}

TEST_F(Verbs, BadInputIsNamed) {
  EXPECT_NE(refusal("count", count("absent.csv", "x")).find("no such file"), std::string::npos);
  EXPECT_NE(refusal("count", count("events.csv", "y")).find("no column 'y'"), std::string::npos);
  EXPECT_NE(refusal("count", count("events.csv", "x,kind")).find("column kind"), std::string::npos);
  EXPECT_NE(refusal("count", count("events.csv", "kind", {"--levels", "a,b"})).find("'c' is not among the levels"),
            std::string::npos);
  EXPECT_NE(refusal("count", count("events.csv", "x", {"--time", "u"})).find("no column 'u'"), std::string::npos);
  EXPECT_NE(refusal("count", count("events.csv", "x", {"--low", "1"})).find("--low"), std::string::npos);
  EXPECT_NE(refusal("count", count("events.csv", "x", {"--epsilon", "1"})).find("--rho"), std::string::npos);
  EXPECT_NE(refusal("count", {"--input", path("events.csv"), "--column", "x", "--horizon", "59", "--rho", "1"})
                .find("has 60 rows"),
            std::string::npos);
  EXPECT_NE(refusal("count", {"--input", path("events.csv"), "--column", "x", "--horizon", "100"}).find("--rho"),
            std::string::npos);
  EXPECT_NE(refusal("count", {"--input", path("events.csv"), "--horizon", "100", "--rho", "1"}).find("--column"),
            std::string::npos);
  EXPECT_NE(refusal("count", {"--input", path("events.csv"), "--column", "x", "--horizon", "100", "--epsilon", "1",
                              "--mechanism", "square-root"})
                .find("not purely private"),
            std::string::npos);
}

TEST_F(Verbs, ConvertAgreesWithItself) {
  const auto there = call("convert", {"--rho", "0.5", "--delta", "1e-6"})["tables"]["conversions"][0];
  EXPECT_NEAR(there["epsilon_zcdp"].get<double>(), 5.221534, 1e-5);
  const auto back =
      call("convert", {"--epsilon", there["epsilon_zcdp"].dump(), "--delta", "1e-6"})["tables"]["conversions"];
  EXPECT_NEAR(back[0]["rho"].get<double>(), 0.5, 1e-6);
  EXPECT_NEAR(back[1]["rho"].get<double>(), 2, 1e-5);  // two events of one person
}

TEST_F(Verbs, PlanChoosesTheSmallestPrediction) {
  const auto rows =
      call("plan", {"--horizon", "100000", "--dim", "10", "--epsilon", "1", "--delta", "1e-6"})["tables"]["plan"];
  std::map<std::string, double> chosen;
  for (const auto& row : rows)
    if (row["chosen"].get<bool>()) chosen[row["statistic"].get<std::string>()] = row["largest_error"].get<double>();
  ASSERT_EQ(chosen.size(), 3u);
  for (const auto& row : rows)
    if (row["releases"] == "all steps") {
      EXPECT_GE(row["largest_error"].get<double>(), chosen[row["statistic"].get<std::string>()]);
    }
}

TEST_F(Verbs, AttackAndAuditReport) {
  const auto found = call("attack", {"--n", "50", "--dim", "500", "--noise", "0", "--trials", "2", "--outsiders",
                                     "300"})["tables"]["attack"][0];
  EXPECT_GT(found["found"].get<double>(), 0.5);
  const auto kept = call("attack", {"--n", "50", "--dim", "50", "--epsilon", "1", "--delta", "1e-6", "--trials", "2",
                                    "--outsiders", "300"})["tables"]["attack"][0];
  EXPECT_LE(kept["found"].get<double>(), 0.2);
  const auto audited = call("audit", {"--games", "3000"})["tables"]["audit"][0];
  EXPECT_EQ(audited["verdict"], "claim stands");
  EXPECT_EQ(call("audit", {"--games", "6000", "--halve-noise"})["tables"]["audit"][0]["verdict"], "claim refuted");
}

}  // namespace
}  // namespace offprint::continual_privacy
