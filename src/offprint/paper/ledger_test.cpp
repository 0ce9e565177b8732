#include "offprint/paper/ledger.hpp"

#include <gtest/gtest.h>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {
namespace {

Paper paper() {
  Paper p;
  p.slug = "p";
  p.claims = {{"A", "a", "", "", {{"x", "", "", at_least(1), at_least(0)}}},
              ours({"B", "b", "", "", {{"y", "", "", at_most(1), at_most(2)}}}),
              unmeasured("C", "c", "", "too large")};
  return p;
}
Json how(const char* budget) { return {{"budget", budget}, {"seed", 0}, {"commit", "abc"}, {"date", "2026-01-01"}}; }
Json empty() { return {{"papers", Json::object()}}; }

TEST(Ledger, VerdictsFollowFromTheNumbersAndTodaysAcceptance) {
  auto p = paper();
  auto ledger = empty();
  record(ledger, p, {{"A", {{"x", {1.5}}}}, {"B", {{"y", {1.5}}}}}, how("standard"));
  auto judged = judged_claims(p, ledger);
  EXPECT_EQ(judged[0]["verdict"], "reproduced");
  EXPECT_EQ(judged[1]["verdict"], "partly");
  EXPECT_EQ(judged[2]["verdict"], "not measured");
  EXPECT_EQ(judged[2]["why_not"], "too large");
  EXPECT_EQ(count_verdicts(judged, false),
            (std::vector<std::pair<std::string, int>>{{"reproduced", 1}, {"not measured", 1}}));
  EXPECT_EQ(count_verdicts(judged, true), (std::vector<std::pair<std::string, int>>{{"partly", 1}}));
  p.claims[0].checks[0].acceptance = at_least(9);
  EXPECT_EQ(judged_claims(p, ledger)[0]["verdict"], "partly");
}

TEST(Ledger, AClaimKeepsTheRecordOfItsLargestBudget) {
  const auto p = paper();
  auto ledger = empty();
  record(ledger, p, {{"A", {{"x", {1}}}}}, how("full"));
  record(ledger, p, {{"A", {{"x", {2}}}}, {"B", {{"y", {2}}}}}, how("standard"));
  EXPECT_EQ(judged_claims(p, ledger)[0]["checks"][0]["value"], 1);
  EXPECT_EQ(judged_claims(p, ledger)[0]["budget"], "full");
  EXPECT_EQ(judged_claims(p, ledger)[1]["budget"], "standard");
  record(ledger, p, {{"A", {{"x", {3}}}}}, how("full"));
  EXPECT_EQ(judged_claims(p, ledger)[0]["checks"][0]["value"], 3);
}

TEST(Ledger, DriftIsNamed) {
  auto p = paper();
  auto ledger = empty();
  EXPECT_EQ(drift(p, ledger), (std::vector<std::string>{"p A.x: was never recorded", "p B.y: was never recorded"}));
  record(ledger, p, {{"A", {{"x", {1}}}}, {"B", {{"y", {1}}}}}, how("standard"));
  EXPECT_TRUE(drift(p, ledger).empty());
  p.claims[0].checks[0].acceptance = at_least(0.5);  // loosened after the measurement
  p.claims[1].checks[0].name = "z";
  EXPECT_EQ(drift(p, ledger),
            (std::vector<std::string>{"p B.y: is recorded, but no check",
                                      "p A.x: its acceptance or direction is another than when it was measured",
                                      "p B.z: was never recorded"}));
}

TEST(Ledger, OtherFilesAreRefused) {
  const auto file = std::filesystem::temp_directory_path() / ("offprint-ledger-" + std::to_string(::getpid()));
  EXPECT_TRUE(read_ledger(file)["papers"].empty());
  for (const char* text : {"", "[]", "{}", "{\"papers\": 3}", "{\"papers\": {"}) {
    write_file(file, text);
    EXPECT_THROW(read_ledger(file), BadInput) << text;
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace offprint
