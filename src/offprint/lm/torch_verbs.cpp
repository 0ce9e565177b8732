#include <cmath>

#include "offprint/data/catalogue.hpp"
#include "offprint/lm/open.hpp"
#include "offprint/lm/trainer.hpp"
#include "offprint/lm/verbs.hpp"

namespace offprint::lm {
namespace {

TransformerConfig config_of(const TrainOptions& options) {
  if (options.width % options.heads != 0) throw UsageError("--heads: must divide --width");
  TransformerConfig config;
  config.llama = options.layout == Layout::llama;
  config.context = options.context;
  config.width = options.width;
  config.layers = options.layers;
  config.heads = config.key_value_heads = options.heads;
  config.head_width = options.width / options.heads;
  config.hidden = 4 * options.width;
  config.activation = options.activation;
  if (config.llama) {
    if (options.key_value_heads > 0) config.key_value_heads = options.key_value_heads;
    if (config.heads % config.key_value_heads != 0) throw UsageError("--key-value-heads: must divide --heads");
    if (config.head_width % 2 != 0) throw UsageError("--heads: rotary positions need an even width a head");
    config.hidden = (8 * options.width / 3 + 7) / 8 * 8;
    config.norm = Norm::rms;
    config.norm_epsilon = 1e-6;
    config.gated = true;
    config.learned_positions = config.tied_output = false;
    if (options.activation == Activation::gelu_tanh) config.activation = Activation::silu;
  } else if (options.key_value_heads > 0) {
    throw UsageError("--key-value-heads: GPT-2's blocks have none; use --layout llama");
  }
  if (options.no_norm) config.norm = Norm::none;
  return config;
}

}  // namespace

void train_verb(const TrainOptions& options, Run& run) {
  const auto config = config_of(options);
  const auto text = ByteTokenizer().encode(data::read_text(options.corpus.source));
  TrainingOptions training;
  training.steps = options.steps;
  training.warm_up = options.warm_up;
  training.batch = options.batch;
  training.accumulate = options.accumulate;
  training.learning_rate = options.learning_rate;
  training.final_learning_rate = options.learning_rate / 10;
  training.weight_decay = options.weight_decay;
  training.clip = options.clip;
  training.seed = run.seed();
  training.threads = run.threads();
  training.checkpoint = options.output.path + ".checkpoint";
  training.checkpoint_every = options.checkpoint_every;
  training.resume = options.resume;
  const auto result = train_transformer(config, text, training, options.output.path, [&](const TrainingStep& step) {
    run.metric("training loss", step.step, step.loss);
    if (std::isfinite(step.validation)) run.metric("validation loss", step.step, step.validation);
    run.progress(step.step, options.steps, "training");
  });
  if (result.resumed_from > 0) run.note("went on after step " + std::to_string(result.resumed_from));
  run.table({"training",
             "Training",
             {{"steps", ""}, {"tokens_a_step", ""}, {"loss", "nats"}, {"validation_loss", "nats"}},
             {{std::int64_t{options.steps}, std::int64_t{options.batch} * options.accumulate * options.context,
               result.loss, result.validation}}});
  run.file(options.output.path, "The model");
}

}  // namespace offprint::lm
