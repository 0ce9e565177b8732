#include "offprint/paper/paper.hpp"

#include <fmt/format.h>

#include "offprint/papers/mec_bottleneck/published.hpp"

namespace offprint::mec_bottleneck {

namespace verbs {
Verb couple();
Verb ebim();
Verb mec();
Verb game();
Verb encode();
Verb decode();
}  // namespace verbs
Verb reproduce();

namespace {

Claim worked_example() {
  Claim claim{"M2",
              "On masses 0.4, 0.3, 0.2, 0.1 the algorithm visits the maps that follow by hand.",
              "Algorithm 1",
              "H(T) at four rates.",
              {}};
  for (const auto& [rate, value] : {std::pair{1.8, 1.570951}, {1.5, 1.156780}, {1.0, 0.881291}, {0.8, 0.468996}})
    claim.checks.push_back({fmt::format("rate_{:.0f}", 10 * rate), fmt::format("H(T) at a rate of {:.1f} bits", rate),
                            "", near(value, 1e-6), between(0, rate), "bits"});
  return ours(claim);
}

Claim couplings() {
  const auto difference = published::max_seeking - published::linearised;
  return {
      "M4",
      "Greedy couplings have less joint entropy than those of successive linearisation.",
      "Table 1",
      "Marginals of a 7 x 7 joint of independent exponential masses; the paper does not say its generator, this "
      "one matches its first row. Linearisation starts at the independent coupling; the stronger baseline takes "
      "the best of that and five random starts.",
      {{"independent", "mean joint entropy if independent", fmt::format("{}", published::independent), near(5.45, 0.05),
        near(5.45, 0.2), "bits"},
       {"greedy_minus_linearised", "mean joint entropy, max-seeking minus successive linearisation",
        fmt::format("{:.3f}", difference), at_most(-0.2), at_most(0), "bits"},
       {"greedy_minus_restarted", "mean joint entropy, max-seeking minus successive linearisation with five restarts",
        fmt::format("{:.3f}", difference), at_most(-0.2), at_most(0), "bits"},
       {"zero_minus_max", "mean joint entropy, zero-seeking minus max-seeking",
        fmt::format("{:.3f}", published::zero_seeking - published::max_seeking), at_most(0.02), at_most(0.1), "bits"}}};
}

Claim temperature() {
  Claim claim{"M8",
              "A higher temperature of the policy lowers the reward and raises the accuracy.",
              "Figure 4",
              "Grid world, 512 messages, no compression.",
              {}};
  struct Expected {
    int log_beta;
    double accuracy, accuracy_tolerance, reward, reward_tolerance;
  };
  for (const auto& [log_beta, accuracy, accuracy_tolerance, reward, reward_tolerance] :
       {Expected{-6, 0.20, 0.08, 0.33, 0.02}, {-5, 0.59, 0.09, 0.32, 0.02}, {-4, 1, 0.02, 0.10, 0.03}}) {
    claim.checks.push_back({fmt::format("accuracy_{}", -log_beta), fmt::format("accuracy at log beta = {}", log_beta),
                            "", near(accuracy, accuracy_tolerance), near(accuracy, 0.2)});
    claim.checks.push_back({fmt::format("reward_{}", -log_beta), fmt::format("reward at log beta = {}", log_beta), "",
                            near(reward, reward_tolerance), near(reward, 0.1)});
  }
  return claim;
}

std::vector<Claim> compression() {
  Claim encoders{"M9",
                 "At equal rate, Algorithm 1 lets far more messages through than uniform quantisation.",
                 "Figures 4 and 5",
                 "Grid world, 512 messages, log beta = -4.",
                 {}},
      rates{"M10",
            "The less compression, the higher the accuracy.",
            "Figures 4 and 5",
            "Grid world, 512 messages, log beta = -5, Algorithm 1.",
            {}};
  struct Expected {
    double compression, bin, accuracy;  ///< symbols a bin of the quantiser, which bounds its accuracy
  };
  for (const auto& [factor, bin, accuracy] : {Expected{1.5, 8, 0.59}, {2, 24, 0.55}, {4, 128, 0.47}, {8, 256, 0.23}}) {
    const auto key = fmt::format("{:.0f}", 10 * factor), at = fmt::format(" at compression {:.1f}", factor);
    encoders.checks.push_back({"greedy_" + key, "accuracy of Algorithm 1" + at, "", at_least(0.95), at_least(0.5)});
    encoders.checks.push_back(
        {"quantiser_" + key, "accuracy of the quantiser" + at, "", at_most(1 / bin + 0.06), at_most(0.5)});
    rates.checks.push_back({"accuracy_" + key, "accuracy" + at, "", near(accuracy, 0.09), near(accuracy, 0.2)});
  }
  encoders.checks.push_back(
      {"reward_gap", "largest difference of mean reward between the encoders", "", at_most(0.03), at_most(0.1)});
  rates.checks.push_back({"decreases", "of three steps to more compression, those where the accuracy falls", "3",
                          at_least(3), at_least(2)});
  return {encoders, rates};
}

std::vector<Claim> claims() {
  std::vector<Claim> all{
      {"M1",
       "Algorithm 1 keeps to the rate, and loses at most the binary entropy of the second largest probability against "
       "the best encoder.",
       "Theorems 1 and 2",
       "Random Dirichlet distributions of 2 to 7 symbols (parameters 0.2, 0.5, 1, 3), a random rate each; the best "
       "deterministic map by enumeration.",
       {{"over_rate", "draws with H(T) above the rate", "0", at_most(0), at_most(0)},
        {"bound_violations", "draws with R - I above h(p_2)", "0", at_most(0), at_most(0)},
        {"above_best_map", "draws with I above the best deterministic map", "0", at_most(0), at_most(0)}}},
      worked_example(),
      {"M3",
       "The upper envelope of Theorem 3's couplings next to deterministic maps is the best possible for three symbols.",
       "Theorem 3, Figure 2",
       "Masses 0.7, 0.2, 0.1, ten rates, sweeps of 2000 steps against listed values of that resolution; a search "
       "without structure against the exact sweeps.",
       {{"map_entropies", "largest deviation of the five maps' entropies", "", at_most(1e-6), at_most(1e-3), "bits"},
        {"curve", "largest deviation of the swept curve at ten rates", "", at_most(1e-4), at_most(1e-2), "bits"},
        {"search_gain", "most that a generic search gains on the curve", "0", at_most(5e-4), at_most(5e-3), "bits"}}},
      couplings(),
      {"M5",
       "Greedy couplings are near the least joint entropy.",
       "Section 4",
       "Two Dirichlet(1) marginals of four symbols, max-seeking against the least by enumeration of vertices.",
       {{"mean_gap", "mean excess of joint entropy", "", at_most(0.02), at_most(0.1), "bits"},
        {"largest_gap", "largest excess", "", at_most(0.15), at_most(0.5), "bits"},
        {"proved_bound", "largest excess against the proved bound log2 e", "1.4427", at_most(1.4427), at_most(1.4427),
         "bits"}}},
      {"M6",
       "Algorithm 1 keeps more information than Shkel and Verdu's encoder at low rates, and as much at high ones.",
       "Figure 9",
       "Binomial(20, 1/2) and geometric of ratio 0.8 cut at 21 symbols; rates of 0.1 to 0.9 H(X).",
       {{"low_rate_gain", "mean I gained at rates up to 0.3 H(X)", "", at_least(0.1), at_least(0), "bits"},
        {"high_rate_difference", "mean difference of I at rates from 0.7 H(X)", "", near(0, 0.25), near(0, 0.5),
         "bits"}}},
      {"M7",
       "With more compression the couplings of uniform marginals go from deterministic to stochastic.",
       "Figure 10",
       "30 symbols on both sides, compression 1, 1.1, 1.4, 2, 3.3.",
       {{"marginal_error", "largest error of the output marginal", "0", at_most(1e-12), at_most(1e-9)},
        {"information_decreases", "of four steps of compression, those where I(X;Y) falls", "4", at_least(4),
         at_least(3)},
        {"entropy_increases", "of four steps of compression, those where H(X,Y) grows", "4", at_least(4), at_least(3)},
        {"chain_error", "largest violation of Lemma 1's identity, which holds as X - T - Y", "0", at_most(1e-9),
         at_most(1e-6), "bits"}}},
      temperature()};
  for (auto& claim : compression()) all.push_back(std::move(claim));
  return all;
}

}  // namespace

const Paper& paper() {
  static const Paper room{
      "mec_bottleneck",
      claims(),
      {verbs::couple(), verbs::ebim(), verbs::mec(), verbs::game(), verbs::encode(), verbs::decode(), reproduce()}};
  return room;
}

}  // namespace offprint::mec_bottleneck
