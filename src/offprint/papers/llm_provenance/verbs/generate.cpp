#include "offprint/base/file.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/lm/sampling.hpp"
#include "offprint/lm/transformer.hpp"
#include "offprint/paper/json.hpp"
#include "offprint/papers/llm_provenance/verbs/texts.hpp"

namespace offprint::llm_provenance::verbs {
namespace {

struct GenerateOptions {
  InputFile model, prompts;
  std::string prompt;
  int texts = 100, tokens = 300, prompt_tokens = 30, top_k = 0;
  double temperature = 1, top_p = 1;
  OutputFile output;
};

void generate_texts(const GenerateOptions& options, Run& run) {
  lm::set_blas_threads(run.threads());
  const auto opened = lm::open_model(options.model.source);
  if (!options.prompt.empty() && !options.prompts.empty())
    throw UsageError("--prompt: give this or --prompts, not both");
  std::vector<std::vector<Token>> prompts(static_cast<std::size_t>(options.texts),
                                          opened.tokenizer->encode(options.prompt));
  if (!options.prompts.empty())
    prompts = draw_prompts(opened.tokenizer->encode(data::read_text(options.prompts.source)), prompts.size(),
                           static_cast<std::size_t>(options.prompt_tokens), run.random("prompts"));
  if (prompts[0].size() < opened.model->least_context()) throw UsageError("--prompt: this model needs one");
  AtomicFile file(options.output.path);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto tokens =
        lm::generate(*opened.model, prompts[i], static_cast<std::size_t>(options.tokens),
                     {options.temperature, options.top_k, options.top_p}, run.random("generation").split(i));
    const Json line{{"text", opened.tokenizer->decode(prompts[i]) + opened.tokenizer->decode(tokens)},
                    {"label", opened.name},
                    {"skip", prompts[i].size()}};
    file.stream() << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    run.progress(static_cast<double>(i + 1), static_cast<double>(prompts.size()), "texts");
  }
  file.commit();
  run.file(options.output.path, "The texts, each with its prompt, one JSON object a line");
}

}  // namespace

Verb generate() {
  using O = GenerateOptions;
  return verb<O>("generate", "Sample texts from a model")
      .option(&O::model, "model", "The model", Positional{}, Required{}, Accepts{{"ngram", "safetensors"}},
              Example{"a.ngram"})
      .option(&O::prompt, "prompt", "What every text begins with")
      .option(&O::prompts, "prompts", "A text whose pieces the samples continue", Accepts{{"txt", "gz"}},
              Example{"data:fortunes"})
      .option(&O::prompt_tokens, "prompt-tokens", "Length of those pieces", between(1, 1e6))
      .option(&O::texts, "texts", "How many", between(1, 1e7))
      .option(&O::tokens, "tokens", "Tokens to sample for each", between(1, 1e7))
      .option(&O::temperature, "temperature", "Divides the logits; 0 takes the likeliest token", between(0, 100))
      .option(&O::top_k, "top-k", "Only the k likeliest tokens; 0: all", between(0, 1e9))
      .option(&O::top_p, "top-p", "Only the likeliest tokens of this total probability", between(1e-9, 1))
      .output(&O::output, "texts.jsonl", "Where to write them")
      .example("generate a.ngram --prompts data:fortunes --texts 50 --tokens 256 --top-p 0.96 -o texts.jsonl")
      .runs(generate_texts);
}

}  // namespace offprint::llm_provenance::verbs
