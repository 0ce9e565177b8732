#include <cmath>

#include "offprint/data/catalogue.hpp"
#include "offprint/lm/logits.hpp"
#include "offprint/lm/open.hpp"
#include "offprint/lm/transformer.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint::lm::verbs {
namespace {

struct PerplexityOptions {
  InputFile model, text;
  int skip = 1;
};

void measure_perplexity(const PerplexityOptions& options, Run& run) {
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
  // Bytes of the scored tokens: their share of the text.
  const double count = static_cast<double>(tokens.size() - skip),
               bytes = static_cast<double>(text.size()) * count / static_cast<double>(tokens.size());
  run.table(ResultTable{"perplexity",
                        "Perplexity",
                        {"model", "tokens", "perplexity", {"nats_per_token", "nats"}, {"bits_per_byte", "bits"}}}
                .row(opened.name, tokens.size() - skip, std::exp(nats / count), nats / count, nats / M_LN2 / bytes));
}

}  // namespace

Verb perplexity() {
  using O = PerplexityOptions;
  return verb<O>("perplexity", "How well does a model predict a text?")
      .option(&O::model, "model", "n-gram file, safetensors file or folder with config.json", Positional{}, Required{},
              Accepts{{"ngram", "safetensors"}}, Example{"gpt.safetensors"})
      .option(&O::text, "text", "The text", Positional{}, Required{}, Accepts{{"txt", "gz"}},
              Example{"data:example-harbour"})
      .option(&O::skip, "skip", "Tokens at the beginning that are context only", between(0, 1e9))
      .example("perplexity gpt.safetensors data:example-harbour")
      .runs(measure_perplexity);
}

}  // namespace offprint::lm::verbs
