// Did this model write this text? Zero-shot tests with stated errors (Radvand, Abdolmaleki, Mostagir, Tewari 2025,
// arXiv 2501.02406).
// For a text y and a model A: log-perplexity L = -(1/N) sum log p_A(y_n | y_<n), average entropy along the text h =
// (1/N) sum H_n. If A wrote y by plain sampling, L - h is the mean of a martingale difference sequence and
// exponentially unlikely to be far from 0 (bounds.hpp). If B wrote it,
// L - h_{B,A} is, h_{B,A} = -(1/N) sum_n sum_x p_B log p_A. Natural logarithms throughout.
#pragma once
#include <string>
#include <vector>

#include "offprint/lm/language_model.hpp"
#include "offprint/papers/llm_provenance/bounds.hpp"

namespace offprint::llm_provenance {

using lm::LanguageModel;
using lm::Token;

/// One entry a scored token.
struct TokenStatistics {
  std::vector<double> surprisal;  ///< -log p(y_n | y_<n)
  std::vector<double> entropy;    ///< H_n of the distribution that y_n was held against
  std::vector<double> variance;   ///< of the surprisal under that distribution: the predictable variance V_n
  std::vector<double> rank;       ///< 1 = most likely; 1 + the number of strictly likelier tokens
  std::size_t size() const { return surprisal.size(); }
};

/// Scores tokens skip, skip+1, ...: those before are context. One sweep over the logits a token.
/// Throws BadInput if nothing is left to score, the model needs more context, a token is outside the vocabulary or has
/// probability 0 (naming the place).
TokenStatistics token_statistics(const LanguageModel& model, std::span<const Token> text, std::size_t skip);

/// Of a text that `writer` (B) may have written, scored by `scored` (A). Both share the vocabulary.
struct CrossStatistics {
  std::vector<double> surprisal;      ///< -log p_A(y_n | y_<n)
  std::vector<double> cross_entropy;  ///< -sum_x p_B log p_A
};
CrossStatistics cross_statistics(const LanguageModel& scored, const LanguageModel& writer, std::span<const Token> text,
                                 std::size_t skip);

/// What the tests need of a text or of its first tokens.
struct Summary {
  std::size_t n = 0;
  double log_perplexity = 0;  ///< L
  double entropy = 0;         ///< h
  double variance = 0;        ///< v, mean predictable variance
  double mean_rank = 0, mean_log_rank = 0;
  double deviation() const { return log_perplexity - entropy; }  ///< L - h: centred at 0 under the model
  double z() const;                                              ///< sqrt(N) (L - h) / sqrt(v); 0 if v is 0
};
Summary summarise(const TokenStatistics& statistics);
/// Summaries of the first 1, 2, ..., N scored tokens, in one pass.
std::vector<Summary> prefix_curve(const TokenStatistics& statistics);

enum class Decision { consistent, rejected, undecided };
inline const Choices<Decision> decision_names{
    {{"consistent", Decision::consistent}, {"rejected", Decision::rejected}, {"cannot decide", Decision::undecided}}};

/// Is the text consistent with having been sampled from the model?
struct Verdict {
  Decision decision = Decision::undecided;
  Thresholds allowed{};  ///< L - h may lie in [-lower, upper]
  double p_value = 1;    ///< upper bound (studentised: approximation) on the probability of so large a deviation
};
/// `undecided`: not rejected, and too short a text to be: even one of surprisal 0 could not have been rejected.
Verdict identity_test(const Summary& summary, double delta, Bound bound, const Assumptions& model);

enum class Outcome { one, none, ambiguous };
inline const Choices<Outcome> outcome_names{
    {{"one", Outcome::one}, {"none", Outcome::none}, {"ambiguous", Outcome::ambiguous}}};

/// Which of several models wrote the text?
struct Attribution {
  std::size_t likeliest = 0;       ///< argmax of the log-likelihood: the reference's rule
  std::vector<Verdict> verdicts;   ///< the centred tests, each at delta / number of models
  Outcome outcome = Outcome::one;  ///< of the centred tests: exactly one model accepts, none, or several
  std::size_t accepted = 0;        ///< the one that accepts
};
/// Summaries of one text under each model. Log-likelihoods of the whole text (n L) are compared, so that tokenizers may
/// differ.
Attribution attribute(const std::vector<Summary>& summaries, double delta, Bound bound,
                      const std::vector<Assumptions>& models);

/// A distribution of which only the k most likely tokens are known (what many services return): bounds on its entropy,
/// given that each of the `vocabulary - k` others is at most as likely as the least of these.
struct EntropyBracket {
  double lower, upper;
};
EntropyBracket entropy_bracket(std::span<const double> top_log_probabilities, int vocabulary);

/// Statistics from a table of log-probabilities, N rows of K: what a model that is not here said about `text`, token by
/// token.
/// Throws BadInput naming the row that does not sum to 1 within 1e-6 or gives its token probability 0.
TokenStatistics statistics_of_table(std::span<const double> log_probabilities, std::size_t vocabulary,
                                    std::span<const Token> text);

}  // namespace offprint::llm_provenance
