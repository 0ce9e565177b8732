#include "offprint/lm/open.hpp"
#include "offprint/lm/sampling.hpp"
#include "offprint/lm/transformer.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint::lm::verbs {
namespace {

struct GenerateOptions {
  InputFile model;
  std::string prompt;
  int tokens = 100, top_k = 0;
  double temperature = 1, top_p = 1;
};

void generate_text(const GenerateOptions& options, Run& run) {
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
  run.table(ResultTable{"sample", "Sampled text", {"text"}}.row(printable(opened.tokenizer->decode(text))));
}

}  // namespace

Verb generate() {
  using O = GenerateOptions;
  return verb<O>("generate", "Sample a text from a model")
      .option(&O::model, "model", "n-gram file, safetensors file or folder with config.json", Positional{}, Required{},
              Accepts{{"ngram", "safetensors"}}, Example{"gpt.safetensors"})
      .option(&O::prompt, "prompt", "What the text begins with")
      .option(&O::tokens, "tokens", "Tokens to sample", between(1, 1e7))
      .option(&O::temperature, "temperature", "Divides the logits; 0 takes the likeliest token", between(0, 100))
      .option(&O::top_k, "top-k", "Only the k likeliest tokens; 0: all", between(0, 1e9))
      .option(&O::top_p, "top-p", "Only the likeliest tokens of this total probability", between(1e-9, 1))
      .example("generate gpt.safetensors --prompt \"The \" --tokens 100 --seed 1")
      .runs(generate_text);
}

}  // namespace offprint::lm::verbs
