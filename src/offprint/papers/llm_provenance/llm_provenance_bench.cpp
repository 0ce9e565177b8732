#include <benchmark/benchmark.h>

#include "offprint/lm/logits.hpp"
#include "offprint/lm/ngram.hpp"
#include "offprint/lm/sampling.hpp"
#include "offprint/papers/llm_provenance/llm_provenance.hpp"

namespace offprint::llm_provenance {
namespace {

/// The text that the peer makes too: words of a linear congruential generator.
std::string pseudo_text(std::size_t bytes) {
  std::string text;
  std::uint32_t state = 1;
  while (text.size() < bytes) {
    state = state * 1664525 + 1013904223;
    const auto word = (state >> 16) % 2000;
    for (std::uint32_t rest = word * word / 2000; rest > 0; rest /= 26) text += static_cast<char>('a' + rest % 26);
    text += ' ';
  }
  return text.substr(0, bytes);
}

void ngram_training(benchmark::State& state) {
  const auto text = pseudo_text(300'000);
  for (auto _ : state) benchmark::DoNotOptimize(lm::Ngram::train(text, 5).size());
}
BENCHMARK(ngram_training)->Unit(benchmark::kMillisecond);

/// Surprisal, entropy, variance and rank of 20,000 bytes.
void ngram_scoring(benchmark::State& state) {
  const auto text = pseudo_text(300'000);
  const auto model = lm::Ngram::train(text, 5);
  std::vector<Token> tokens;
  for (const char c : pseudo_text(320'000).substr(300'000)) tokens.push_back(static_cast<std::uint8_t>(c));
  for (auto _ : state) benchmark::DoNotOptimize(summarise(token_statistics(model, tokens, 0)).entropy);
}
BENCHMARK(ngram_scoring)->Unit(benchmark::kMillisecond);

/// The statistics of 64 rows of 50,257 logits: the sums and the rank.
void statistics_pass(benchmark::State& state) {
  constexpr std::size_t rows = 64, vocabulary = 50257;
  std::vector<float> logits(rows * vocabulary);
  Random random(1);
  for (auto& logit : logits) logit = static_cast<float>(3 * random.normal());
  for (auto _ : state)
    for (std::size_t i = 0; i < rows; ++i) {
      const auto row = std::span<const float>(logits).subspan(i * vocabulary, vocabulary);
      benchmark::DoNotOptimize(lm::logit_sums(row).entropy);
      benchmark::DoNotOptimize(lm::count_greater(row, row[i]));
    }
}
BENCHMARK(statistics_pass)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace offprint::llm_provenance
