#include "offprint/lm/language_model.hpp"

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "offprint/base/error.hpp"
#include "offprint/lm/logits.hpp"

namespace offprint::lm {

void check_tokens(std::span<const Token> text, int vocabulary) {
  for (std::size_t n = 0; n < text.size(); ++n)
    if (text[n] < 0 || text[n] >= vocabulary)
      throw BadInput("token " + std::to_string(n + 1),
                     std::to_string(text[n]) + " is outside the model's vocabulary of " + std::to_string(vocabulary),
                     "use the model's own tokenizer");
}

void LanguageModel::visit_logits(std::span<const Token> text, std::size_t first, const Visitor& visit) const {
  if (first < least_context()) throw std::logic_error("visit_logits: the model needs a longer context");
  check_tokens(text, vocabulary_size());
  const auto state = start();
  for (std::size_t n = 0; n < text.size(); ++n) {
    if (n >= first) visit(n, state->logits());
    state->append(text[n]);
  }
}

std::vector<double> log_probabilities(const LanguageModel& model, std::span<const Token> text, std::size_t first) {
  std::vector<double> result;
  model.visit_logits(text, first, [&](std::size_t n, std::span<const float> logits) {
    result.push_back(static_cast<double>(logits[static_cast<std::size_t>(text[n])]) - log_sum_exp(logits));
  });
  return result;
}

double perplexity(const LanguageModel& model, std::span<const Token> text, std::size_t first) {
  const auto logs = log_probabilities(model, text, first);
  return std::exp(-std::accumulate(logs.begin(), logs.end(), 0.0) / static_cast<double>(logs.size()));
}

std::size_t window_begin(std::size_t position, std::size_t length) {
  if (position <= length) return 0;
  const std::size_t step = length / 2;
  return step * ((position - length + step - 1) / step);
}

}  // namespace offprint::lm
