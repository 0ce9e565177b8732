#include "offprint/lm/tokenizer.hpp"
#include "offprint/lm/trainer.hpp"
#include "offprint/papers/llm_provenance/verbs.hpp"

namespace offprint::llm_provenance {

void train_byte_gpt(std::string_view text, int layers, int width, int steps, bool resume, const std::string& output,
                    Run& run) {
  lm::TransformerConfig config;
  config.layers = layers;
  config.width = width;
  config.heads = config.key_value_heads = width / 32;
  config.hidden = 4 * width;
  lm::TrainingOptions options;
  options.steps = steps;
  options.seed = run.seed();
  options.threads = run.threads();
  options.checkpoint = output + ".checkpoint";
  options.resume = resume;
  const auto tokens = lm::ByteTokenizer().encode(text);
  const auto result = lm::train_transformer(config, tokens, options, output, [&](const lm::TrainingStep& step) {
    run.metric("training loss", step.step, step.loss);
    run.progress(step.step, steps, "training a byte GPT");
  });
  run.note("a byte GPT after " + std::to_string(steps) + " steps: loss " + std::to_string(result.loss) +
           ", unseen text " + std::to_string(result.validation) + " nats a byte");
}

}  // namespace offprint::llm_provenance
