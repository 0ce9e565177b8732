// Sums over one row of logits, each in a single vectorised sweep after the maximum: what scoring a token needs of the
// whole vocabulary.
#pragma once
#include <cstddef>
#include <span>

namespace offprint::lm {

/// Moments of the surprisal -log p of softmax(logits), in nats.
struct LogitSums {
  double log_normaliser;  ///< log sum_x exp(logit_x): log p_x = logit_x - log_normaliser
  double entropy;         ///< H = -sum p log p
  double variance;        ///< sum p log^2 p - H^2, clamped at 0
};

/// Exponentials in float32, summed by short blocks into doubles. Logits below the greatest by more than 87 count as
/// probability 0.
LogitSums logit_sums(std::span<const float> logits);

double log_sum_exp(std::span<const float> logits);

/// How many logits are strictly greater than `value`.
std::size_t count_greater(std::span<const float> logits, float value);

/// sum_x p_x logit_x with p = softmax(weights) and both rows of one length: cross-entropies come from it.
double expected_logit(std::span<const float> weights, std::span<const float> logits);

/// weights[x] = exp((logits[x] - greatest) / temperature); their sum.
double exponentials(std::span<const float> logits, float temperature, float* weights);

/// out[x] = log p[x] for positive p.
void logarithms(const double* p, std::size_t count, float* out);

}  // namespace offprint::lm
