// Drawing tokens: ancestral sampling and its usual truncations.
#pragma once
#include "offprint/base/random.hpp"
#include "offprint/lm/language_model.hpp"

namespace offprint::lm {

/// Defaults sample from the model itself. Temperature first, then top-k, then top-p on what is left.
struct Sampling {
  double temperature = 1;  ///< logits are divided by it; 0, or less than 1e-6, takes the likeliest token
  int top_k = 0;           ///< only the k likeliest tokens (ties: the lower token); 0: all
  double top_p = 1;  ///< only the smallest set of likeliest tokens whose probabilities sum to at least this; in (0, 1]
};

class Sampler {
 public:
  explicit Sampler(const Sampling& sampling) : sampling_(sampling) {}
  Token operator()(std::span<const float> logits, Random& random);
  /// Probabilities from which a token is drawn, 0 for those cut off: the truncated distribution itself.
  std::vector<double> distribution(std::span<const float> logits);

 private:
  double weigh(std::span<const float> logits);  ///< fills weights_, 0 for those cut off; their sum
  Sampling sampling_;
  std::vector<float> weights_;
  std::vector<Token> order_;
};

/// `count` tokens that follow `prompt`, which has at least model.least_context() tokens.
std::vector<Token> generate(const LanguageModel& model, std::span<const Token> prompt, std::size_t count,
                            const Sampling& sampling, Random random);

}  // namespace offprint::lm
