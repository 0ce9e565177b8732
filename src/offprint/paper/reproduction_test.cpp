#include "offprint/paper/reproduction.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <mutex>

#include "offprint/math/statistics.hpp"
#include "offprint/paper/command_line.hpp"
#include "offprint/paper/json.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint {
namespace {

std::vector<Claim> claims() {
  return {{"A", "", "", "", {{"one", "", "", at_least(0), at_least(0)}, {"two", "", "", at_least(0), at_least(0)}}},
          {"B", "", "", "", {{"one", "", "", at_least(0), at_least(0)}}},
          unmeasured("C", "", "", "too large")};
}

struct Ran {
  MemorySink sink;
  Estimates estimates;
  bool said(const std::string& kind, const std::string& words) const {
    for (const auto& event : sink.events)
      if (event.kind == kind && event.payload["text"].get<std::string>().find(words) != std::string::npos) return true;
    return false;
  }
};

Ran ran(const std::vector<Experiment>& experiments, ReproduceOptions options = {}) {
  Ran result;
  offprint::Run run({}, claims(), result.sink);
  reproduce(experiments, options, run);
  result.estimates = run.estimates();
  return result;
}

void both(Measurement& m) {
  m.check("A.one", exact(1));
  m.check("A.two", exact(2));
}
void other(Measurement& m) { m.check("B.one", observed(static_cast<double>(m.repetitions()), m.repetitions())); }

TEST(Reproduction, RunsWhatIsAskedFor) {
  const std::vector<Experiment> table{{"A", both}, {"B", other, {2, 5, 0, "draws"}}};
  EXPECT_EQ(ran(table).estimates.at("B").at("one").value, 5);
  EXPECT_EQ(ran(table, {.budget = Budget::smoke}).estimates.at("B").at("one").value, 2);
  EXPECT_EQ(ran(table, {.seeds = 9}).estimates.at("B").at("one").seeds, 9);
  EXPECT_EQ(ran(table, {.claims = {"b"}}).estimates.count("A"), 0u);
  const auto full = ran(table, {.budget = Budget::full, .seeds = 9});
  EXPECT_EQ(full.estimates.count("B"), 0u) << "--seeds does not bring back what a budget leaves out";
}

TEST(Reproduction, SaysWhatABudgetLeavesOut) {
  const auto result = ran({{"A.one", [](Measurement& m) { m.check("A.one", exact(1)); }},
                           {"A.two", [](Measurement& m) { m.check("A.two", exact(1)); }, {0, 0, 3, "trainings"}},
                           {"B", other}});
  EXPECT_TRUE(result.said("note", "A.two: measured at --budget full"));
  EXPECT_EQ(result.estimates.at("A").size(), 1u);
}

TEST(Reproduction, MissingDataCostOneExperiment) {
  const auto result =
      ran({{"A", [](Measurement&) { throw MissingData("data:x", "is not here", "get it"); }}, {"B", other}});
  EXPECT_TRUE(result.said("warning", "data:x: is not here"));
  EXPECT_EQ(result.estimates.count("B"), 1u);
}

TEST(Reproduction, ATableThatDoesNotFitIsAMistake) {
  const auto nothing = [](Measurement&) {};
  EXPECT_THROW(ran({{"A", nothing}, {"B", other}}), std::logic_error) << "declared and not measured";
  EXPECT_THROW(ran({{"A", both}}), std::logic_error) << "B is left out";
  EXPECT_THROW(ran({{"A", both}, {"B", other}, {"A.one", both}}), std::logic_error) << "A.one twice";
  EXPECT_THROW(ran({{"A", both}, {"B D", other}}), std::logic_error) << "no claim D";
  EXPECT_THROW(ran({{"A", both}, {"B.three", other}}), std::logic_error) << "no check B.three";
}

struct Counter {
  int made = 0;
};

TEST(Reproduction, ExperimentsShareWhatIsMadeOnce) {
  int seen = 0;
  ran({{"A", [](Measurement& m) { ++m.shared<Counter>().made, both(m); }},
       {"B", [&](Measurement& m) { seen = ++m.shared<Counter>().made, other(m); }}});
  EXPECT_EQ(seen, 2);
}

TEST(Reproduction, TorchExperimentsAreFoundByName) {
  const TorchExperiment registered{"test other", other};
  const std::vector<Experiment> table{{"A", both}, {"B", on_torch("test other")}};
  EXPECT_TRUE(reproduction(table).on_torch);
  EXPECT_EQ(ran(table).estimates.count("B"), 1u);
  EXPECT_THROW(ran({{"A", both}, {"B", on_torch("test nothing")}}), std::logic_error);
}

TEST(Repeat, KeepsOrderOnThreads) {
  MemorySink sink;
  offprint::Run run({.seed = 0, .threads = 4}, {}, sink);
  const auto squares = repeat(run, 1000, "squares", [](std::size_t i) { return i * i; });
  for (std::size_t i = 0; i < squares.size(); ++i) EXPECT_EQ(squares[i], i * i);
  std::mutex mutex;
  int count = 0;
  repeat(run, 50, "nothing", [&](std::size_t) {
    const std::lock_guard lock(mutex);
    ++count;
  });
  EXPECT_EQ(count, 50);
}

TEST(Estimates, ByName) {
  const std::vector<double> values{1, 2, 3, 4, 10};
  EXPECT_FALSE(exact(3).has_interval());
  EXPECT_EQ(mean_of(values).value, 4);
  EXPECT_EQ(mean_of(values).seeds, 5);
  EXPECT_TRUE(mean_of(values).low < 4 && mean_of(values).high > 4);
  EXPECT_FALSE(mean_of(std::vector<double>{7}).has_interval());
  EXPECT_EQ(median_of(values).value, 3);
  const auto none = share_of(0, 20);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 1 - std::pow(0.025, 1.0 / 20), 1e-9);  // Clopper and Pearson in closed form
}

TEST(Estimates, ResamplingCoversARatioOfMeans) {
  // 200 worlds of 40 pairs with means 2 and 1: the interval holds the ratio in about 95 % of them.
  int covered = 0;
  for (std::uint64_t world = 0; world < 200; ++world) {
    Random random = Random(7).split(world);
    std::vector<double> a, b;
    for (int i = 0; i < 40; ++i) {
      const double common = random.exponential();
      a.push_back(2 * common * random.exponential());
      b.push_back(common * random.exponential());
    }
    const auto ratio = [&](std::span<const std::size_t> drawn) {
      double x = 0, y = 0;
      for (const auto i : drawn) x += a[i], y += b[i];
      return x / y;
    };
    const auto estimate = resampled(a.size(), ratio, random, 400);
    covered += estimate.low <= 2 && estimate.high >= 2;
  }
  EXPECT_GE(
      covered,
      // a third of a per mille of binomial(200, 0.93) lies below; percentile intervals cover a little less than they
      // say
      172);
}

}  // namespace
}  // namespace offprint
