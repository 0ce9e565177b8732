#include <fmt/format.h>

#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/lm/ngram.hpp"
#include "offprint/lm/tokenizer.hpp"
#include "offprint/lm/trainer.hpp"
#include "offprint/papers/llm_provenance/verbs/train.hpp"

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
  run.note(fmt::format("a byte GPT after {} steps: loss {:.4f}, unseen text {:.4f} nats a byte", steps, result.loss,
                       result.validation));
}

namespace {

/// The numbers of "4x128".
std::pair<int, int> layers_and_width(const std::string& gpt) {
  const auto parts = split(gpt, 'x');
  const auto layers = parse_integer(parts.empty() ? "" : parts[0]),
             width = parse_integer(parts.size() == 2 ? parts[1] : "");
  if (!layers || !width || *layers < 1 || *layers > 1000 || *width < 32 || *width > 65536 || *width % 32 != 0)
    throw UsageError("--gpt: '" + gpt + "' is not LAYERSxWIDTH with a width that 32 divides, such as 4x128");
  return {static_cast<int>(*layers), static_cast<int>(*width)};
}

void train(const TrainOptions& options, Run& run) {
  const auto text = data::read_text(options.corpus.source);
  const auto begin = static_cast<std::size_t>(options.begin),
             end = options.end == 0 ? text.size() : std::min(text.size(), static_cast<std::size_t>(options.end));
  if (begin >= end)
    throw BadInput(options.corpus.source, fmt::format("has no bytes from {} to {}", begin, end),
                   "choose --begin and --end inside the text");
  const auto part = std::string_view(text).substr(begin, end - begin);
  if (options.gpt.empty()) {
    const auto model = lm::Ngram::train(part, options.order);
    model.save(options.output.path);
    run.table(
        ResultTable{"model", "The model", {"order", "bytes", "ngrams"}}.row(options.order, part.size(), model.size()));
  } else {
    const auto [layers, width] = layers_and_width(options.gpt);
    train_byte_gpt(part, layers, width, options.steps, options.resume, options.output.path, run);
  }
  run.file(options.output.path, "The model");
}

const TorchBody<TrainOptions> train_body{"llm_provenance train", train};

}  // namespace
}  // namespace offprint::llm_provenance
