#include "offprint/paper/paper.hpp"

#include <fmt/format.h>

#include <array>

namespace offprint::continual_privacy {

namespace verbs {
Verb convert();
Verb plan();
Verb count();
Verb maxsum();
Verb sumselect();
Verb resume();
Verb attack();
Verb audit();
}  // namespace verbs
Verb reproduce();

namespace {

Claim c1() {
  Claim claim{"C1",
              "The running maximum of sums costs an error that grows like the cube root of the stream's length.",
              "Abstract; Section 4, upper bound",
              "Recomputation with the length from 2^10 to 2^22 in steps of 4, stream of ones and reduction stream, "
              "largest error over all steps; slope in log-log, run by run.",
              {}};
  for (const std::string stream : {"ones", "reduction"})
    for (const std::string rho : {"0.1", "1"}) {
      const auto key = stream + (rho == "1" ? "_1" : "_01"),
                 where = (stream == "ones" ? ", stream of ones, rho = " : ", reduction stream, rho = ") + rho;
      claim.checks.push_back({"slope_" + key, "slope of the largest error" + where, "1/3 up to logarithms",
                              between(0.30, 0.42), between(0.2, 0.5)});
      claim.checks.push_back({"slope_log_" + key, "slope of the largest error over (ln T)^(1/3)" + where, "1/3",
                              between(0.30, 0.37), between(0.2, 0.5)});
    }
  return claim;
}

Claim c8() {
  Claim claim{"C8",
              "Counters: the largest variance over time of the tree, of its re-estimation from below and of the "
              "square-root matrix.",
              "our addition: the counters that the paper compares with",
              "Closed forms of what is built, rho = 1/2, one bit a step; empirical variance at the worst step from "
              "repeated runs at T = 1024.",
              {}};
  struct Row {
    const char *key, *label;
    double at_1024, at_4096;
  };
  for (const auto& [key, label, at_1024, at_4096] :
       std::array<Row, 3>{{{"tree", "tree", 110, 156},
                           {"honaker", "from below", 63.831450, 88.441931},
                           {"square_root", "square root", 10.709611, 13.792932}}}) {
    const auto closed_form = [&, key = key, label = label](int length, double value) {
      claim.checks.push_back({fmt::format("{}_{}", key, length), fmt::format("{}, T = {}", label, length),
                              fmt::format("{:f}", value), near(value, 1e-3), near(value, 1)});
    };
    closed_form(1024, at_1024);
    closed_form(4096, at_4096);
    claim.checks.push_back({fmt::format("{}_empirical", key),
                            fmt::format("{}, measured over predicted variance", label), "1", near(1, 0.05),
                            near(1, 0.2)});
  }
  claim.checks.push_back({"column_norm", "squared column norm of the square root, T = 1024", "3.272554150",
                          near(3.272554150, 1e-5), near(3.27, 0.1)});
  return claim;
}

Claim c10() {
  Claim claim{"C10",
              "The noise has exactly the distribution that the proof is about.",
              "Canonne, Kamath and Steinke 2020",
              "Chi-square test of 10^6 draws of the discrete Gaussian against its exact probabilities, and their "
              "variance.",
              {}};
  struct Row {
    const char *key, *s2;
    double variance;
  };
  for (const auto& [key, s2, variance] :
       std::array<Row, 4>{{{"025", "0.25", 0.215013}, {"1", "1", 1}, {"4", "4", 4}, {"100", "100", 100}}}) {
    claim.checks.push_back(
        {fmt::format("p_{}", key), fmt::format("p-value, s2 = {}", s2), "", at_least(1e-3), at_least(1e-6)});
    claim.checks.push_back({fmt::format("variance_{}", key), fmt::format("variance, s2 = {}", s2),
                            fmt::format("{}", variance), near(variance, 0.01 * variance),
                            near(variance, 0.05 * variance)});
  }
  return claim;
}

std::vector<Claim> claims() {
  return {
      c1(),
      {"C2",
       "The gap between releasing always and releasing once grows like the cube root of the length.",
       "Abstract",
       "Largest error of recomputation over the mean error of one release, at T = 2^12 and T = 2^20, rho = 1.",
       {{"growth", "gap at 2^20 over gap at 2^12", "6.35 up to logarithms", between(5, 10), between(3, 16)}}},
      {"C3",
       "For counting the gap is a power of the logarithm only.",
       "Table 1; Dwork et al. 2010, Chan et al. 2010",
       "Square-root matrix on one column of ones, T from 2^12 to 2^20 in steps of 4, largest error over all steps.",
       {{"growth", "error at 2^20 over error at 2^12", "polylogarithmic", at_most(2.5), at_most(4)},
        {"slope", "slope in log-log", "0", at_most(0.17), at_most(0.25)}}},
      {"C4",
       "Which term of the bound rules depends on the number of columns: parallel counters for few, recomputation for "
       "many.",
       "Table 1",
       "T = 2^14, rho = 1, columns of ones, d = 1 to 2^14 in steps of 4; largest error of both mechanisms.",
       {{"few", "error of recomputation over parallel counters, d = 1", "", at_least(1), at_least(0.8)},
        {"many", "error of recomputation over parallel counters, largest d", "", at_most(1), at_most(1.2)},
        {"crossing", "measured over predicted d where the two cross", "1", between(0.25, 4), between(0.0625, 16)},
        {"choice", "error of the mechanism chosen beforehand over the better one, worst d", "1", at_most(1.5),
         at_most(3)}}},
      ours({"C5",
            "The running maximum answers all one-way marginals of a data set (reduction stream).",
            "Section 3",
            "n = 50, d = 500: without noise (three data sets), and with recomputation at rho = 1.",
            {{"exact", "largest error of a marginal without noise", "0", near(0, 1e-12), near(0, 1e-6)},
             {"excess", "largest of n times a marginal's error less the stream's error", "at most 0", at_most(1e-9),
              at_most(1)}}}),
      {"C6",
       "Answers to the marginals that are too accurate give the members of the data away; a private mechanism's do "
       "not.",
       "Section 3, lower bound",
       "n = 100 rows, d = 2000 columns, Gaussian noise of c sqrt(d) / n on all column means, tracing at 1 % false "
       "positives; and the private mechanism on the reduction stream (d = 500, epsilon = 1, delta = 1e-6).",
       {{"found_00", "members found, c = 0", "", at_least(0.90), at_least(0.5)},
        {"found_01", "members found, c = 0.1", "", near(0.69, 0.12), at_least(0.3)},
        {"found_02", "members found, c = 0.2", "", near(0.29, 0.12), between(0.05, 0.6)},
        {"found_04", "members found, c = 0.4", "", at_most(0.17), at_most(0.3)},
        {"found_08", "members found, c = 0.8", "", at_most(0.07), at_most(0.15)},
        {"private_excess", "members found through the private mechanism, less what privacy allows", "at most 0",
         at_most(0), at_most(0.05)}}},
      {"C7",
       "Under pure differential privacy the error grows like the square root of the length.",
       "Table 1",
       "Recomputation with Laplace noise, epsilon = 1, T from 2^10 to 2^20 in steps of 4, column of ones.",
       {{"slope", "slope of the largest error in log-log", "1/2 up to logarithms", between(0.45, 0.60),
         between(0.4, 0.7)}}},
      ours(c8()),
      {"C9",
       "The upper bounds hold when the stream is chosen adaptively.",
       "Section 2, the adaptive model",
       "An adversary picks rows from releases and a pair at a random step (T = 8, rho = 0.5, delta = 0.01), 20,000 "
       "games a side: what its winnings prove at 95 %, for counters, MaxSum and SumSelect; and the same for copies "
       "with half the noise.",
       {{"excess", "largest proved epsilon less the claimed one", "at most 0", at_most(0), at_most(0.1)},
        {"unmasked", "share of the copies with half the noise that are refuted", "1", at_least(1), at_least(0.5)}}},
      ours(c10()),
      ours({"C11",
            "The accounting is that of the formulas.",
            "Bun and Steinke 2016; Balle and Wang 2018",
            "rho = 0.005, 0.1, 0.5, 1, 2 at delta = 1e-6 against figures computed independently.",
            {{"tight", "largest relative deviation, tight conversion", "0", at_most(1e-5), at_most(1e-3)},
             {"gaussian", "largest relative deviation, exact Gaussian", "0", at_most(1e-5), at_most(1e-3)},
             {"simple", "largest relative deviation, simple formula", "0", at_most(1e-5), at_most(1e-3)}}})};
}

}  // namespace

const Paper& paper() {
  static const Paper room{"continual_privacy",
                          claims(),
                          {verbs::convert(), verbs::plan(), verbs::count(), verbs::maxsum(), verbs::sumselect(),
                           verbs::resume(), verbs::attack(), verbs::audit(), reproduce()}};
  return room;
}

}  // namespace offprint::continual_privacy
