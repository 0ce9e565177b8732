// The tracing attack: whose row is in the data, from answers to all one-way marginals. Bun, Ullman and Vadhan 2014;
// Dwork et al. 2015.
#pragma once
#include <functional>
#include <vector>

#include "offprint/papers/continual_privacy/continual_privacy.hpp"
#include "offprint/papers/continual_privacy/streams.hpp"

namespace offprint::continual_privacy {

/// A population with column means p_j uniform on [0, 1], and a sample of it.
struct Population {
  std::vector<double> means;
  static Population draw(std::size_t columns, Random& random);
  BitMatrix sample(std::size_t rows, Random& random) const;
};

struct TracingResult {
  double true_positive_rate = 0;   ///< members whose score is above the threshold
  double false_positive_rate = 0;  ///< of the threshold, as set: 1 - the quantile of fresh non-members
  double largest_error = 0;        ///< of the answers
  std::vector<double> member_scores, outsider_scores;
};

/// Scores each row by <row - p, answers - p>, the threshold being the (1 - false_positive_rate) quantile of
/// `outsiders` fresh rows.
TracingResult trace(const Population& population, const BitMatrix& members, const std::vector<double>& answers,
                    std::size_t outsiders, double false_positive_rate, Random random);

/// The column means as a MaxSum mechanism gives them away on the reduction stream of `data`. `between_steps` is
/// called often and may throw.
std::vector<double> means_through(StreamMechanism& max_sum, const BitMatrix& data,
                                  const std::function<void()>& between_steps);

/// What differential privacy allows: e^epsilon * false_positive_rate + delta, at most 1.
double tracing_ceiling(double epsilon, double delta, double false_positive_rate);

}  // namespace offprint::continual_privacy
