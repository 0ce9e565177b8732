// What every language model is: a conditional distribution of the next token given all tokens before it, on a
// vocabulary 0..K-1.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace offprint::lm {

using Token = std::int32_t;

/// Reads one text from its beginning, token by token.
class TextState {
 public:
  virtual ~TextState() = default;
  virtual void append(Token token) = 0;
  /// K logits of the next token: log-probabilities up to a constant. Valid until the next append. Needs least_context()
  /// tokens before it.
  virtual std::span<const float> logits() = 0;
};

class LanguageModel {
 public:
  virtual ~LanguageModel() = default;
  virtual int vocabulary_size() const = 0;
  /// Tokens that must stand before the first that has a prediction: 0 for n-grams, 1 for transformers, which need an
  /// input.
  virtual std::size_t least_context() const = 0;
  /// Every probability is at least exp(-this), in any context; infinite if nothing is known.
  virtual double surprisal_bound() const { return std::numeric_limits<double>::infinity(); }
  virtual std::unique_ptr<TextState> start() const = 0;

  using Visitor = std::function<void(std::size_t position, std::span<const float> logits)>;
  /// Calls visit(n, logits of token n given tokens 0..n-1) for n = first, ..., text.size() - 1 in order; first >=
  /// least_context().
  /// The same distributions as those of start(), in blocks where that is faster. Throws BadInput at a token outside the
  /// vocabulary.
  virtual void visit_logits(std::span<const Token> text, std::size_t first, const Visitor& visit) const;
};

/// Throws BadInput naming the place of the first token outside 0..vocabulary-1.
void check_tokens(std::span<const Token> text, int vocabulary);

/// log p(text[n] | text[0..n)) for n = first, ..., in nats.
std::vector<double> log_probabilities(const LanguageModel& model, std::span<const Token> text, std::size_t first);

/// exp of the mean surprisal over positions first, ...
double perplexity(const LanguageModel& model, std::span<const Token> text, std::size_t first);

/// Where the window of inputs begins that predicts token `position`, for a model that reads at most `length` (>= 2)
/// tokens: it stays while it is long enough, then moves on by half its length. A text's distribution is thereby defined
/// for any length, alike in scoring and in sampling.
std::size_t window_begin(std::size_t position, std::size_t length);

}  // namespace offprint::lm
