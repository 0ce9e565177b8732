#include <gmock/gmock.h>

#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/mdp/finite_mdp.hpp"

namespace offprint::mdp {
namespace {

using testing::HasSubstr;

/// 0 -> 1 by "go" with certainty, or stay; 1 is terminal with reward 1.
const FiniteMdp chain{2, {"go", "stay"}, 0, 0.5, {0, 1}, {0, 1}, {{{1, 1}}, {{0, 1}}, {}, {}}, 0};

TEST(SoftSolve, SolvesAChainInClosedForm) {
  // V(1) = 1 + beta log 2 as Q = r for both actions.
  const double beta = 0.3;
  const auto policy = soft_solve(chain, beta, 200);
  const double end = 1 + beta * std::log(2), v = policy.v[0];
  EXPECT_NEAR(policy.v[1], end, 1e-12);
  EXPECT_NEAR(v, beta * std::log(std::exp(0.5 * end / beta) + std::exp(0.5 * v / beta)), 1e-12);
  EXPECT_NEAR(policy.probabilities[0] + policy.probabilities[1], 1, 1e-15);
  EXPECT_NEAR(policy.probabilities[0], std::exp((0.5 * end - v) / beta), 1e-12);
  EXPECT_LT(policy.last_change, 1e-12);
  const auto hard = soft_solve(chain, 0, 50);
  EXPECT_EQ(hard.probabilities[0], 1);
  EXPECT_NEAR(hard.v[0], 0.5, 1e-12);
  EXPECT_EQ(hard.probabilities[2], 1);  // ties to the lowest action
  EXPECT_TRUE(std::isfinite(soft_solve(chain, 1e-5).v[0]));
  EXPECT_THROW(soft_solve(chain, -1), BadInput);
  EXPECT_THROW(soft_solve(chain, 1, 0), BadInput);
}

TEST(NextState, FollowsTheProbabilities) {
  auto mdp = chain;
  mdp.transitions[0] = {{1, 0.8}, {0, 0.2}};
  Random random(1);
  int reached = 0;
  for (int i = 0; i < 10000; ++i) reached += next_state(mdp, 0, 0, random);
  EXPECT_NEAR(reached, 8000, 160);
}

TEST(MdpFile, ReadsBackAndRefusesBadOnes) {
  EXPECT_EQ(mdp_text(parse_mdp(mdp_text(chain), "chain.json")), mdp_text(chain));
  const std::string good = R"({"states":2,"actions":["a"],"start":0,"discount":0.9,"rewards":[0,1],"terminal":[1],)"
                           R"("transitions":[[0,0,1,0.5],[0,0,0,0.5]]})";
  EXPECT_EQ(parse_mdp(good, "g").states, 2);
  const auto refusal = [&](const std::string& from, const std::string& to) -> std::string {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    try {
      parse_mdp(text, "g.json");
    } catch (const BadInput& error) {
      return error.what();
    }
    return "not refused";
  };
  EXPECT_THAT(refusal(good, "[]"), HasSubstr("g.json: is not a JSON object"));
  EXPECT_THAT(refusal(good, "{"), HasSubstr("is not a JSON object"));
  EXPECT_THAT(refusal("0.5]]", "0.4]]"), HasSubstr("state 0 action a: probabilities sum to 0.9"));
  EXPECT_THAT(refusal("\"start\":0", "\"start\":1"), HasSubstr("the start is terminal"));
  EXPECT_THAT(refusal("\"start\":0", "\"start\":7"), HasSubstr("'start' is 7"));
  EXPECT_THAT(refusal("0.9", "1.5"), HasSubstr("discount is 1.5"));
  EXPECT_THAT(refusal("[0,1]", "[0]"), HasSubstr("'rewards' has 1 numbers instead of 2"));
  EXPECT_THAT(refusal("[0,1]", "[0,null]"), HasSubstr("'rewards' is no list of numbers"));
  EXPECT_THAT(refusal("[0,0,0,0.5]", "[0,0,5,0.5]"), HasSubstr("g.json transition 2"));
  EXPECT_THAT(refusal("[0,0,0,0.5]", "[0,3,0,0.5]"), HasSubstr("g.json transition 2"));
  EXPECT_THAT(refusal("[0,0,0,0.5]", "[0,0.5,0,0.5]"), HasSubstr("g.json transition 2"));
  EXPECT_THAT(refusal("[0,0,0,0.5]", "[0,0]"), HasSubstr("'transitions' has a row that is no list of 4"));
  EXPECT_THAT(refusal("\"transitions\":[", "\"transitions\":[[0,0,1,-1],"), HasSubstr("has the probability -1"));
  EXPECT_THAT(refusal("[1]", "[4]"), HasSubstr("'terminal' names state 4"));
  EXPECT_THAT(refusal("\"states\":2", "\"states\":-2"), HasSubstr("'states' is -2"));
  EXPECT_THAT(refusal("[\"a\"]", "[]"), HasSubstr("'actions' needs"));
  EXPECT_THAT(refusal("[\"a\"]", "3"), HasSubstr("'actions' is no list"));
  EXPECT_THAT(refusal("\"discount\":0.9,", ""), HasSubstr("'discount' is missing"));
  EXPECT_THAT(refusal("\"states\"", "\"columns\":3,\"states\""), HasSubstr("'columns'"));
}

}  // namespace
}  // namespace offprint::mdp
