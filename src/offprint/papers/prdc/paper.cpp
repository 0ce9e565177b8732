#include "offprint/paper/paper.hpp"

namespace offprint::prdc {

namespace verbs {
Verb train();
Verb sweep();
Verb neighbours();
Verb bench();
}  // namespace verbs
Verb reproduce();

namespace {

const char* pendulum =
    "Pendulum sets random, medium, replay and medium-expert of 20 000 transitions from our own TD3; networks 2x64, "
    "batch 64, learning rate 1e-3, 8000 updates, alpha 2.5.";

std::vector<Claim> claims_about_the_constraint() {
  return {
      ours({"P1",
            "The search finds the exact nearest pair.",
            "Section 3.2",
            "Tree and products against the definition on random keys: 2 to 40 dimensions, duplicates, equal columns, "
            "one point, ties.",
            {{"mismatches", "searches with another pair than the definition's", "0", at_most(0), at_most(0)},
             {"relative_error", "largest relative error of a squared distance", "", at_most(1e-6), at_most(1e-4)}}}),
      {"P2",
       "With a large beta the constraint becomes that of the same state: PRDC turns into TD3+BC.",
       "Section 3.1",
       std::string("beta 1000. ") + pendulum,
       {{"own_share", "least mean share over the sets of samples whose nearest pair is their own", "1", at_least(0.9),
         at_least(0.5)},
        {"difference", "largest difference of the mean normalised returns of PRDC and TD3+BC over the four sets", "0",
         at_most(5), at_most(15), "points"},
        {"trajectory", "largest difference of actor parameters after 300 updates where states are unique", "0",
         at_most(0), at_most(1e-5)}}},
      {"P3",
       "Drawing to the nearest pair beats drawing to the pair of the same state.",
       "Section 5",
       std::string("beta 2, normalised returns (-1225 is 0, -150 is 100), paired by data and seed. ") + pendulum,
       {{"mean_gain", "PRDC minus TD3+BC, mean over the four sets", "", at_least(15), at_least(0), "points"},
        {"random_gain", "the same on the random set", "", at_least(50), at_least(0), "points"}}},
      {"P4",
       "The best beta lies between the extremes.",
       "Section 5.3",
       std::string("Pendulum medium, beta in {0.1, 0.5, 1, 2, 5, 20, 1000}. ") + pendulum,
       {{"best_beta", "beta with the best mean return", "", between(0.5, 5), between(0.2, 20)},
        {"gain_over_small", "best mean minus that of beta 0.1", "", at_least(10), at_least(0), "points"},
        {"gain_over_large", "best mean minus that of beta 1000", "", at_least(10), at_least(0), "points"}}},
      {"P5",
       "The constraint keeps values in check: overestimation is bounded by the distance to the data.",
       "Section 4",
       std::string("Critic's value of start states less the discounted return, pendulum medium; the inequality derived "
                   "from it on 10 000 states. ") +
           pendulum,
       {{"gap_ratio", "gap of TD3 over that of PRDC (beta 2)", "", at_least(1.5), at_least(1)},
        {"lipschitz", "largest |Q(s, pi(s)) - Q(nearest pair)| over its Lipschitz bound", "1", at_most(1),
         at_most(1)}}}};
}

std::vector<Claim> claims_about_returns() {
  return {
      {"P6",
       "TD3 without a constraint fails on narrow data.",
       "Section 1",
       "Return of TD3 less the mean return of the data's own policy: pendulum medium and expert; normalised return on "
       "maze2d-umaze (100 000 transitions, batch 128, 20 000 updates).",
       {{"pendulum_medium", "TD3 minus behaviour, pendulum medium", "", at_most(0), at_most(50)},
        {"pendulum_expert", "TD3 minus behaviour, pendulum expert", "", at_most(0), at_most(50)},
        {"umaze", "TD3 minus behaviour, rewarded steps in umaze", "", at_most(0), at_most(10)}}},
      {"P7",
       "It works on locomotion: as good as TD3+BC or better.",
       "Section 5, Table 1",
       "HalfCheetah, 50 000 transitions of our own TD3 a set, 2x128, batch 256, 20 000 updates, 3 seeds; measured at "
       "the full budget only: making the data takes a CPU minute, the trainings ten.",
       {{"medium", "return of PRDC over that of TD3+BC, medium", "", at_least(0.9), at_least(0.7)},
        {"replay", "the same, medium-replay", "", at_least(0.9), at_least(0.7)},
        {"random", "the same, random", "", at_least(0.9), at_least(0.7)},
        {"td3_medium", "return of TD3 less the mean return of the medium data", "", at_most(0), at_most(500)}}},
      unmeasured("P8", "State of the art on D4RL's locomotion and AntMaze data.", "Table 1",
                 "needs D4RL's files and a million updates a set: `prdc train FILE --task TASK --paper-scale` does one "
                 "and prints it beside the paper's table"),
      {"P9",
       "Actions are borrowed across states.",
       "Section 3.1, Figure 1",
       "Line world: only from place 9 on do the data go to the right (edge), or everywhere (easy); 10 000 steps, 2x64, "
       "batch 64, 4000 updates. A success reaches 10 from 0 at the last evaluation.",
       {{"edge_small_beta", "share of seeds in which PRDC with beta 0.1 succeeds on edge", "1", at_least(0.8),
         at_least(0.5)},
        {"edge_large_beta", "share of seeds in which PRDC with beta 2 succeeds on edge", "0", at_most(0), at_most(0.4)},
        {"edge_td3_bc", "share of seeds in which TD3+BC succeeds on edge", "0", at_most(0), at_most(0.4)},
        {"easy", "least share of successes of the three on easy", "1", at_least(1), at_least(0.6)}}},
      ours({"P10",
            "Where walks must be stitched together, both constraints beat cloning and unconstrained TD3 (our check; "
            "the paper's mazes are AntMaze).",
            "our addition",
            "maze2d-umaze, 100 000 transitions, 2x64, batch 128, 20 000 updates, rewarded steps of 300.",
            {{"prdc", "return of PRDC (beta 2) over the better of BC and TD3", "", at_least(3), at_least(1)},
             {"td3_bc", "return of TD3+BC over the better of BC and TD3", "", at_least(3), at_least(1)}}})};
}

std::vector<Claim> claims() {
  auto all = claims_about_the_constraint();
  for (auto& claim : claims_about_returns()) all.push_back(std::move(claim));
  return all;
}

}  // namespace

const Paper& paper() {
  static const Paper room{
      "prdc", claims(), {verbs::train(), verbs::sweep(), verbs::neighbours(), verbs::bench(), reproduce()}};
  return room;
}

}  // namespace offprint::prdc
