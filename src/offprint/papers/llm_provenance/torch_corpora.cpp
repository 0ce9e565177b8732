#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/cache.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/lm/ngram.hpp"
#include "offprint/lm/open.hpp"
#include "offprint/lm/transformer.hpp"
#include "offprint/papers/llm_provenance/experiments.hpp"
#include "offprint/papers/llm_provenance/verbs/texts.hpp"
#include "offprint/papers/llm_provenance/verbs/train.hpp"

namespace offprint::llm_provenance {

Corpora::Corpora(Measurement& m) : m_(m) { lm::set_blas_threads(1); }  // texts are shared out among the threads

std::string_view Corpora::part(const std::string& data_set, std::size_t begin, std::size_t end) {
  auto found = texts_.find(data_set);
  if (found == texts_.end()) found = texts_.emplace(data_set, data::read_text("data:" + data_set)).first;
  const std::string_view text = found->second;
  return text.substr(std::min(begin, text.size()), end - begin);
}

const LanguageModel& Corpora::model(const std::string& data_set, std::size_t begin, std::size_t end, int order) {
  m_.run.check_cancelled();
  if (m_.is_smoke()) end = begin + (end - begin) / 6;
  const bool gpt = order == 5 && m_.options.budget == Budget::full;
  auto& model = models_[fmt::format("{}-{}-{}-{}", data_set, begin, end, gpt ? 0 : order)];
  if (model) return *model;
  if (!gpt) {
    model = std::make_unique<lm::Ngram>(lm::Ngram::train(part(data_set, begin, end), order));
    return *model;
  }
  constexpr int layers = 4, width = 128, steps = 600;
  const auto open = [&](const std::filesystem::path& file) {
    model = std::move(lm::open_model(file.string()).model);
    return true;
  };
  const auto file = kept(
      "llm_provenance",
      fmt::format("{}-{}-{}-{}x{}-{}-seed{}.safetensors", data_set, begin, end, layers, width, steps, m_.run.seed()),
      [&](const std::filesystem::path& path) {
        train_byte_gpt(part(data_set, begin, end), layers, width, steps, true, path.string(), m_.run);
      },
      open);
  if (!model) open(file);
  return *model;
}

Texts human(Measurement& m, const std::string& data_set, std::size_t count, std::size_t tokens, Random random) {
  const std::size_t unseen = data_set == "foldoc" ? 4'500'000 : 1'300'000;
  const auto part = m.shared<Corpora>().part(data_set, unseen, unseen + 1'000'000);
  return draw_prompts(lm::ByteTokenizer().encode(part), count, tokens, random);
}

Texts dictionary_prompts(Measurement& m, std::size_t count) {
  return human(m, "foldoc", count, prompt_tokens, m.random("prompts").split(0));
}

Texts continued(Measurement& m, const LanguageModel& model, const Texts& prompts, std::size_t tokens,
                const lm::Sampling& sampling, const Random& random, std::string_view what) {
  return repeat(m.run, prompts.size(), what, [&](std::size_t i) {
    auto text = prompts[i];
    const auto written = lm::generate(model, prompts[i], tokens, sampling, random.split(i));
    text.insert(text.end(), written.begin(), written.end());
    return text;
  });
}

std::vector<TokenStatistics> scored(Measurement& m, const LanguageModel& model, const Texts& texts) {
  return repeat(m.run, texts.size(), "scoring",
                [&](std::size_t i) { return token_statistics(model, texts[i], prompt_tokens); });
}

}  // namespace offprint::llm_provenance
