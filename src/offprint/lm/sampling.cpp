#include "offprint/lm/sampling.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "offprint/lm/logits.hpp"

namespace offprint::lm {

double Sampler::weigh(std::span<const float> logits) {
  weights_.resize(logits.size());
  if (sampling_.temperature < 1e-6) {
    std::fill(weights_.begin(), weights_.end(), 0.0f);
    weights_[static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin())] = 1;
    return 1;
  }
  double total = exponentials(logits, static_cast<float>(sampling_.temperature), weights_.data());
  const bool cut_k = sampling_.top_k > 0 && static_cast<std::size_t>(sampling_.top_k) < logits.size(),
             cut_p = sampling_.top_p < 1;
  if (!cut_k && !cut_p) return total;
  order_.resize(logits.size());
  std::iota(order_.begin(), order_.end(), 0);
  const auto weight = [&](Token token) { return weights_[static_cast<std::size_t>(token)]; };
  const auto likelier = [&](Token a, Token b) { return weight(a) != weight(b) ? weight(a) > weight(b) : a < b; };
  std::size_t kept = order_.size();
  const auto keep = [&](std::size_t count) {
    for (std::size_t i = count; i < kept; ++i) weights_[static_cast<std::size_t>(order_[i])] = 0;
    kept = count;
    total = 0;
    for (std::size_t i = 0; i < kept; ++i) total += static_cast<double>(weight(order_[i]));
  };
  if (cut_k) {
    std::nth_element(order_.begin(), order_.begin() + sampling_.top_k, order_.end(), likelier);
    keep(static_cast<std::size_t>(sampling_.top_k));
  }
  if (cut_p) {
    std::sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(kept), likelier);
    double sum = 0;
    std::size_t count = 0;
    while (count < kept && sum < sampling_.top_p * total) sum += static_cast<double>(weight(order_[count++]));
    keep(count);
  }
  return total;
}

Token Sampler::operator()(std::span<const float> logits, Random& random) {
  double left = random.uniform() * weigh(logits);
  Token last = 0;
  for (std::size_t x = 0; x < weights_.size(); ++x) {
    if (weights_[x] == 0) continue;
    last = static_cast<Token>(x);
    left -= static_cast<double>(weights_[x]);
    if (left < 0) return last;
  }
  return last;
}

std::vector<double> Sampler::distribution(std::span<const float> logits) {
  const double total = weigh(logits);
  std::vector<double> result(weights_.begin(), weights_.end());
  for (auto& p : result) p /= total;
  return result;
}

std::vector<Token> generate(const LanguageModel& model, std::span<const Token> prompt, std::size_t count,
                            const Sampling& sampling, Random random) {
  if (prompt.size() < model.least_context()) throw std::logic_error("generate: the model needs a longer prompt");
  check_tokens(prompt, model.vocabulary_size());
  const auto state = model.start();
  for (const auto token : prompt) state->append(token);
  Sampler sampler(sampling);
  std::vector<Token> result(count);
  for (auto& token : result) {
    token = sampler(state->logits(), random);
    state->append(token);
  }
  return result;
}

}  // namespace offprint::lm
