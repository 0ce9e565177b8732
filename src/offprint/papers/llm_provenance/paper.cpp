#include "offprint/paper/paper.hpp"

#include <fmt/format.h>

#include "offprint/papers/llm_provenance/published.hpp"

namespace offprint::llm_provenance {

namespace verbs {
Verb train();
Verb generate();
Verb score();
Verb attribute();
Verb detect();
Verb plan();
}  // namespace verbs
Verb reproduce();

namespace {

std::string text(double published) { return fmt::format("{}", published); }

std::vector<Claim> claims() {
  return {
      {"P1",
       "On a model's own text the log-perplexity converges to the average entropy, and larger deviations are "
       "exponentially unlikely in the length.",
       "Theorem on the convergence of the log-perplexity",
       "Texts of a random Markov source of order 2 on 16 symbols, lengths 25 to 400, deviations of 0.2 and 0.3 nats, "
       "each side apart.",
       {{"bound_violations", "cells whose frequency exceeds the sub-gamma bound", "0", at_most(0), at_most(0)},
        {"log_linearity", "least R^2 of log frequency on length, deviation 0.2, cells with 20 events or more", "",
         at_least(0.99), at_least(0.9)},
        {"slope_upper", "slope of log frequency on length, upper side, deviation 0.2", "", at_most(-1e-3), at_most(0),
         "1/token"}}},
      {"P2",
       "On another model's text it converges to the average cross-entropy instead.",
       "Theorem on the convergence of the log-perplexity",
       "Two byte models of two halves of a dictionary; texts of 256 bytes by one, scored by the other.",
       {{"cross_standard_errors", "mean of L - cross-entropy, in standard errors", "0", between(-3, 3), between(-5, 5)},
        {"own_standard_errors", "mean of L - h, in standard errors", "", at_least(10), at_least(3)}}},
      {"P3",
       "Both errors of attribution between two models fall exponentially in the length of the text.",
       "Theorems on type I and type II errors; Section on experiments",
       "The models of P2, texts of both at prefixes of 8 to 256 bytes; and pairs of Markov sources, whose "
       "Bhattacharyya bound is exact.",
       {{"log_linearity", "R^2 of log mean error on length, errors from 0.005 to 0.4", "", at_least(0.97),
         at_least(0.9)},
        {"type_one_256", "texts of the first model given to the second, 256 bytes", "", at_most(0.005), at_most(0.02)},
        {"type_two_256", "texts of the second model given to the first, 256 bytes", "", at_most(0.005), at_most(0.02)},
        {"bound_violations",
         "lengths at which two Markov sources' errors exceed their Bhattacharyya bound by 3 standard errors", "0",
         at_most(0), at_most(0)}}},
      {"P4",
       "Attribution among four models works at 300 tokens: type I errors of at most 0.0233, mean type II errors of "
       "0.034 and 0.036 on two data sets.",
       "Reference code, outputs of the attribution notebook",
       "Four byte models of different order and corpus, texts of 300 bytes by each.",
       {{"worst_type_one", "greatest type I error of a model", text(published_type_one), at_most(0.03), at_most(0.1)},
        {"mean_type_two", "mean type II error",
         fmt::format("{} to {}", published_type_two_low, published_type_two_high), at_most(0.05), at_most(0.15)}}},
      {"P5",
       "Likelihood plus entropy tells a model's own nucleus-sampled text from human text: ROC area 0.965 to 1.000, "
       "above likelihood and far above entropy.",
       "Reference code, outputs of the detection notebook",
       "Three byte models on each of two corpora; human text is a part of the corpus that no model saw; texts of 256 "
       "bytes, nucleus 0.96.",
       {{"liketropy_over_likelihood", "mean area of liketropy minus that of likelihood",
         text(published_over_likelihood), at_least(0), at_least(-0.02)},
        {"likelihood_over_entropy", "mean area of likelihood minus that of entropy", text(published_over_entropy),
         at_least(0), at_least(-0.02)},
        {"mean_liketropy", "mean area of liketropy over the cells", text(published_mean_area), at_least(0.95),
         at_least(0.8)},
        {"worst_liketropy", "least area of liketropy over the cells", text(published_least_area), at_least(0.95),
         at_least(0.8)},
        {"rise", "least gain of liketropy's mean area from 32 to 64, 64 to 128, 128 to 256 bytes", "", at_least(0),
         at_least(-0.02)}}},
      unmeasured("P6",
                 "Through a proxy model, 82.5 % of machine-written texts of the RAID benchmark are found at 5 % false "
                 "alarms, and at least 48.6 % under attacks.",
                 "Abstract of version 4",
                 "RAID's texts come from models and a benchmark that cannot be had offline; the room shows how much "
                 "detection drops when a proxy model scores instead of the writer, and the verb detect reads RAID's "
                 "files."),
      ours({"P7",
            "The statistic is centred at zero for plain sampling only; truncated sampling moves it up.",
            "our addition",
            "The same prompts continued by 64 bytes with plain, nucleus 0.96 and top-5 sampling.",
            {{"ancestral", "mean of h - L, plain sampling, in standard errors", "0", between(-3, 3), between(-5, 5)},
             {"top_p", "mean of h - L, nucleus 0.96, in standard errors", "", at_least(5), at_least(2)},
             {"top_k", "mean of h - L, top 5, in standard errors", "", at_least(5), at_least(2)}}}),
      ours({"P8",
            "The guaranteed tests hold their level.",
            "our addition",
            "Texts of 256 bytes sampled from a byte model, delta = 0.05.",
            {{"azuma", "share rejected by Azuma's bound", "", at_most(0.05), at_most(0.07)},
             {"freedman", "share rejected by Freedman's bound", "", at_most(0.05), at_most(0.07)},
             {"subgamma", "share rejected by the sub-gamma bound", "", at_most(0.05), at_most(0.07)},
             {"studentised", "share rejected by the studentised interval (an approximation)", "", near(0.05, 0.015),
              near(0.05, 0.03)}}})};
}

}  // namespace

const Paper& paper() {
  static const Paper room{"llm_provenance",
                          claims(),
                          {verbs::train(), verbs::generate(), verbs::score(), verbs::attribute(), verbs::detect(),
                           verbs::plan(), reproduce()}};
  return room;
}

}  // namespace offprint::llm_provenance
