// Markov sources of known law: the ground on which the bounds are measured.
#pragma once
#include "offprint/base/random.hpp"
#include "offprint/papers/llm_provenance/llm_provenance.hpp"

namespace offprint::llm_provenance {

/// A source whose next symbol depends on the last `order` symbols. The context begins as `order` symbols 0.
class MarkovSource {
 public:
  /// Each row a symmetric Dirichlet draw.
  MarkovSource(int vocabulary, int order, double alpha, Random random);
  /// (1 - weight) of this source plus `weight` of other, row by row: a neighbour.
  MarkovSource blended(const MarkovSource& other, double weight) const;

  int vocabulary() const { return vocabulary_; }
  std::size_t contexts() const { return entropy_.size(); }
  double probability(std::size_t context, Token symbol) const {
    return p_[context * static_cast<std::size_t>(vocabulary_) + static_cast<std::size_t>(symbol)];
  }
  double log_probability(std::size_t context, Token symbol) const {
    return log_p_[context * static_cast<std::size_t>(vocabulary_) + static_cast<std::size_t>(symbol)];
  }
  double entropy(std::size_t context) const { return entropy_[context]; }
  double variance(std::size_t context) const { return variance_[context]; }
  double least_log_probability() const;  ///< over all contexts and symbols
  std::size_t next(std::size_t context, Token symbol) const {
    return (context * static_cast<std::size_t>(vocabulary_) + static_cast<std::size_t>(symbol)) % contexts();
  }
  Token draw(std::size_t context, Random& random) const;

 private:
  MarkovSource() = default;
  void finish();
  int vocabulary_ = 0;
  std::vector<double> p_, log_p_, cumulative_, entropy_, variance_;
};

/// sum over texts of n symbols of sqrt(P_A P_B), n = 1, ..., length: the affinity that bounds P_A(B preferred) + P_B(A
/// preferred).
std::vector<double> bhattacharyya(const MarkovSource& a, const MarkovSource& b, std::size_t length);

}  // namespace offprint::llm_provenance
