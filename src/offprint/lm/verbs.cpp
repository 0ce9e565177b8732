#include "offprint/lm/verbs.hpp"

#include <cmath>

#include "offprint/data/catalogue.hpp"
#include "offprint/lm/logits.hpp"
#include "offprint/lm/open.hpp"
#include "offprint/lm/sampling.hpp"

namespace offprint::lm {

void generate_verb(const GenerateOptions& options, Run& run) {
  set_blas_threads(run.threads());
  const auto opened = open_model(options.model.source);
  auto text = opened.tokenizer->encode(options.prompt);
  if (text.size() < opened.model->least_context()) throw UsageError("--prompt: this model needs one");
  check_tokens(text, opened.model->vocabulary_size());
  const auto state = opened.model->start();
  for (const auto token : text) state->append(token);
  Sampler sampler({options.temperature, options.top_k, options.top_p});
  auto random = run.random("generation");
  for (int i = 0; i < options.tokens; ++i) {
    text.push_back(sampler(state->logits(), random));
    state->append(text.back());
    run.progress(i + 1, options.tokens, "tokens");
  }
  run.table({"sample", "Sampled text", {{"text", ""}}, {{printable(opened.tokenizer->decode(text))}}});
}

void perplexity_verb(const PerplexityOptions& options, Run& run) {
  set_blas_threads(run.threads());
  const auto opened = open_model(options.model.source);
  const auto text = data::read_text(options.text.source);
  const auto tokens = opened.tokenizer->encode(text);
  const auto skip = static_cast<std::size_t>(options.skip);
  if (skip < opened.model->least_context())
    throw UsageError("--skip: this model has no prediction for the first token");
  if (tokens.size() <= skip)
    throw BadInput(options.text.source, "has no token left after skipping " + std::to_string(skip),
                   "give a longer text");
  double nats = 0;
  opened.model->visit_logits(tokens, skip, [&](std::size_t n, std::span<const float> logits) {
    nats -= static_cast<double>(logits[static_cast<std::size_t>(tokens[n])]) - log_sum_exp(logits);
    run.progress(static_cast<double>(n + 1), static_cast<double>(tokens.size()), "tokens");
  });
  const double count = static_cast<double>(tokens.size() - skip),
               bytes = static_cast<double>(text.size()) * count / static_cast<double>(tokens.size());
  run.table(
      {"perplexity",
       "Perplexity",
       {{"model", ""}, {"tokens", ""}, {"perplexity", ""}, {"nats_per_token", "nats"}, {"bits_per_byte", "bits"}},
       {{opened.name, static_cast<std::int64_t>(count), std::exp(nats / count), nats / count, nats / M_LN2 / bytes}}});
}

}  // namespace offprint::lm
