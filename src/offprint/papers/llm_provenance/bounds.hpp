// How far the log-perplexity of a text may stray from its average entropy if the scored model wrote it (ancestral
// sampling, temperature 1, nothing cut off), with probability at least 1 - delta, at a text of n tokens. Each bound
// names its assumption. t is in nats a token.
//   Z_n = -log p(y_n | y_<n) - H_n is a martingale difference sequence; L - h is its mean.
#pragma once
#include <cstddef>

#include "offprint/base/choices.hpp"

namespace offprint::llm_provenance {

/// Greatest variance of the surprisal -log p(X), X ~ p, over all distributions on `vocabulary` (>= 2) symbols: V_K. At
/// least 1e-9 exact.
/// Maximises r (1-r) [log((1-r)/(K-m)) - log(r/m)]^2 over r in (0,1) and m: m symbols share r, the others 1-r.
double surprisal_variance_bound(double vocabulary);

// P(|L - h| >= t) if every probability is at least exp(-range): Azuma and Hoeffding.
double azuma_tail(double n, double t, double range);
double azuma_threshold(double n, double delta, double range);

// P(mean of Z >= t and mean predictable variance <= v) if every Z <= b: Freedman.
double freedman_tail(double n, double t, double v, double b);
double freedman_threshold(double n, double delta, double v, double b);

// No assumption on the probabilities beyond the vocabulary: sub-gamma upper tail, sub-Gaussian lower tail with variance
// factor V_K.
double subgamma_upper_tail(double n, double t, double variance_bound);  ///< P(L - h >= t)
double subgamma_lower_tail(double n, double t, double variance_bound);  ///< P(L - h <= -t)
double subgamma_upper_threshold(double n, double delta, double variance_bound);
double subgamma_lower_threshold(double n, double delta, double variance_bound);

enum class Bound { azuma, freedman, subgamma, studentised };
inline const Choices<Bound> bound_names{{{"subgamma", Bound::subgamma},
                                         {"freedman", Bound::freedman},
                                         {"azuma", Bound::azuma},
                                         {"studentised", Bound::studentised}}};

/// What the bounds assume about a model.
struct Assumptions {
  double variance_bound;   ///< V_K of its vocabulary
  double log_vocabulary;   ///< log K: -Z is at most this
  double surprisal_bound;  ///< every probability is at least exp(-this); if infinite, Azuma and Freedman decide nothing
};
Assumptions assumptions(int vocabulary, double surprisal_bound);

/// L - h outside [-lower, upper] has probability at most delta under the model.
struct Thresholds {
  double lower, upper;
};

/// `variance` is the text's mean predictable variance: Freedman looks it up among eight halvings of V_K and pays for
/// them in delta, so that it may be observed. The studentised interval is asymptotic (martingale central limit
/// theorem), no guarantee.
Thresholds thresholds(Bound bound, double n, double delta, double variance, const Assumptions& model);

/// Least delta at which the deviation L - h is outside: the p-value, at most 1.
double p_value(Bound bound, double n, double deviation, double variance, const Assumptions& model);

/// Least n at which both thresholds are at most t.
double length_needed(Bound bound, double t, double delta, double variance, const Assumptions& model);

}  // namespace offprint::llm_provenance
