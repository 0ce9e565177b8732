#include "offprint/papers/llm_provenance/llm_provenance.hpp"

#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/lm/logits.hpp"

namespace offprint::llm_provenance {
namespace {

void check_length(const LanguageModel& model, std::size_t length, std::size_t skip) {
  if (length == 0) throw BadInput("the text", "is empty", "give a text");
  if (skip >= length)
    throw BadInput(
        "the text",
        "has " + std::to_string(length) + " tokens, of which none is left after skipping " + std::to_string(skip),
        "skip fewer");
  if (skip < model.least_context())
    throw BadInput("the model", "has no prediction for the first token",
                   "skip at least " + std::to_string(model.least_context()));
}

double surprisal_of(std::span<const float> logits, Token token, double log_normaliser, std::size_t position) {
  const double surprisal = log_normaliser - static_cast<double>(logits[static_cast<std::size_t>(token)]);
  if (!std::isfinite(surprisal))
    throw BadInput("token " + std::to_string(position + 1), "has probability 0 under the model",
                   "score with the model's whole distribution, not a truncated one");
  return surprisal;
}

}  // namespace

TokenStatistics token_statistics(const LanguageModel& model, std::span<const Token> text, std::size_t skip) {
  check_length(model, text.size(), skip);
  TokenStatistics statistics;
  for (auto* column : {&statistics.surprisal, &statistics.entropy, &statistics.variance, &statistics.rank})
    column->reserve(text.size() - skip);
  model.visit_logits(text, skip, [&](std::size_t n, std::span<const float> logits) {
    const auto sums = lm::logit_sums(logits);
    statistics.surprisal.push_back(surprisal_of(logits, text[n], sums.log_normaliser, n));
    statistics.entropy.push_back(sums.entropy);
    statistics.variance.push_back(sums.variance);
    statistics.rank.push_back(
        1 + static_cast<double>(lm::count_greater(logits, logits[static_cast<std::size_t>(text[n])])));
  });
  return statistics;
}

CrossStatistics cross_statistics(const LanguageModel& scored, const LanguageModel& writer, std::span<const Token> text,
                                 std::size_t skip) {
  check_length(scored, text.size(), skip);
  check_length(writer, text.size(), skip);
  if (scored.vocabulary_size() != writer.vocabulary_size())
    throw BadInput("the two models", "have different vocabularies", "cross-entropies need one tokenizer");
  const auto vocabulary = static_cast<std::size_t>(scored.vocabulary_size());
  std::vector<float> written;
  written.reserve((text.size() - skip) * vocabulary);
  writer.visit_logits(text, skip, [&](std::size_t, std::span<const float> logits) {
    written.insert(written.end(), logits.begin(), logits.end());
  });
  CrossStatistics statistics;
  scored.visit_logits(text, skip, [&](std::size_t n, std::span<const float> logits) {
    const double log_normaliser = lm::log_sum_exp(logits);
    statistics.surprisal.push_back(surprisal_of(logits, text[n], log_normaliser, n));
    statistics.cross_entropy.push_back(
        log_normaliser - lm::expected_logit(std::span(written).subspan((n - skip) * vocabulary, vocabulary), logits));
  });
  return statistics;
}

double Summary::z() const { return variance > 0 ? std::sqrt(static_cast<double>(n) / variance) * deviation() : 0; }

Summary summarise(const TokenStatistics& statistics) { return prefix_curve(statistics).back(); }

std::vector<Summary> prefix_curve(const TokenStatistics& statistics) {
  std::vector<Summary> curve(statistics.size());
  double surprisal = 0, entropy = 0, variance = 0, rank = 0, log_rank = 0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double n = static_cast<double>(i + 1);
    surprisal += statistics.surprisal[i];
    entropy += statistics.entropy[i];
    variance += statistics.variance[i];
    rank += statistics.rank[i];
    log_rank += std::log(statistics.rank[i]);
    curve[i] = {i + 1, surprisal / n, entropy / n, variance / n, rank / n, log_rank / n};
  }
  return curve;
}

Verdict identity_test(const Summary& summary, double delta, Bound bound, const Assumptions& model) {
  const double n = static_cast<double>(summary.n), deviation = summary.deviation();
  Verdict verdict{Decision::consistent, thresholds(bound, n, delta, summary.variance, model),
                  p_value(bound, n, deviation, summary.variance, model)};
  if (deviation < -verdict.allowed.lower || deviation > verdict.allowed.upper)
    verdict.decision = Decision::rejected;
  else if (verdict.allowed.lower >= summary.entropy)
    verdict.decision = Decision::undecided;
  return verdict;
}

Attribution attribute(const std::vector<Summary>& summaries, double delta, Bound bound,
                      const std::vector<Assumptions>& models) {
  Attribution result;
  std::size_t accepting = 0, open = 0;
  const auto total = [&](std::size_t m) { return -static_cast<double>(summaries[m].n) * summaries[m].log_perplexity; };
  for (std::size_t m = 0; m < summaries.size(); ++m) {
    if (total(m) > total(result.likeliest)) result.likeliest = m;
    result.verdicts.push_back(
        identity_test(summaries[m], delta / static_cast<double>(summaries.size()), bound, models[m]));
    if (result.verdicts.back().decision == Decision::rejected) continue;
    open += result.verdicts.back().decision == Decision::undecided;
    result.accepted = m;
    ++accepting;
  }
  result.outcome = accepting == 0 ? Outcome::none : accepting == 1 && open == 0 ? Outcome::one : Outcome::ambiguous;
  return result;
}

EntropyBracket entropy_bracket(std::span<const double> top_log_probabilities, int vocabulary) {
  double known = 0, sum = 0, least = 0;
  for (const double log_p : top_log_probabilities) {
    sum += std::exp(log_p);
    known -= std::exp(log_p) * log_p;
    least = std::min(least, log_p);
  }
  const double rest = std::max(0.0, 1 - sum), others = vocabulary - static_cast<double>(top_log_probabilities.size());
  if (rest < 1e-12 || others <= 0) return {known, known};
  const double greatest = std::exp(least);
  // Most concentrated: as many as possible share the least known probability. Most spread: all others share alike.
  const double whole = std::min(others, std::floor(rest / greatest)), left = std::max(0.0, rest - whole * greatest);
  return {known - whole * greatest * least - (left > 0 ? left * std::log(left) : 0),
          known - rest * std::log(rest / others)};
}

TokenStatistics statistics_of_table(std::span<const double> log_probabilities, std::size_t vocabulary,
                                    std::span<const Token> text) {
  if (text.empty()) throw BadInput("the text", "is empty", "give a text");
  if (log_probabilities.size() != text.size() * vocabulary)
    throw BadInput("the table",
                   "has " + std::to_string(log_probabilities.size() / std::max<std::size_t>(1, vocabulary)) +
                       " rows for " + std::to_string(text.size()) + " tokens",
                   "give one row a token");
  lm::check_tokens(text, static_cast<int>(vocabulary));
  TokenStatistics statistics;
  for (std::size_t n = 0; n < text.size(); ++n) {
    const auto row = log_probabilities.subspan(n * vocabulary, vocabulary);
    const double own = row[static_cast<std::size_t>(text[n])];
    double sum = 0, entropy = 0, second = 0, rank = 1;
    for (const double log_p : row) {
      const double p = std::exp(log_p);
      sum += p;
      if (p > 0) {
        entropy -= p * log_p;
        second += p * log_p * log_p;
      }
      rank += log_p > own;
    }
    const auto place = "row " + std::to_string(n + 1);
    if (!(std::abs(sum - 1) <= 1e-6))
      throw BadInput(place, "its probabilities sum to " + std::to_string(sum),
                     "give natural logarithms of whole distributions");
    if (!std::isfinite(own))
      throw BadInput(place, "gives its token probability 0", "score with the whole distribution, not a truncated one");
    statistics.surprisal.push_back(-own);
    statistics.entropy.push_back(entropy);
    statistics.variance.push_back(std::max(0.0, second - entropy * entropy));
    statistics.rank.push_back(rank);
  }
  return statistics;
}

}  // namespace offprint::llm_provenance
