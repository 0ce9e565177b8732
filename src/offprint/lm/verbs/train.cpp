#include "offprint/lm/verbs/train.hpp"

namespace offprint::lm {

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
    config.hidden = (8 * options.width / 3 + 7) / 8 * 8;  // as many weights as without a gate, in whole eights
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

namespace verbs {

Verb train() {
  using O = TrainOptions;
  return verb<O>("train", "Train a byte-level transformer on a text")
      .option(&O::corpus, "corpus", "The text, plain or gzip", Positional{}, Required{}, Accepts{{"txt", "gz"}},
              Example{"data:fortunes"})
      .option(&O::layout, "layout", "Blocks of GPT-2 or of Llama",
              Choices<Layout>{{{"gpt2", Layout::gpt2}, {"llama", Layout::llama}}})
      .option(&O::layers, "layers", "Blocks", between(1, 1000))
      .option(&O::width, "width", "Of the residual stream", between(1, 65536))
      .option(&O::heads, "heads", "Attention heads; divide the width", between(1, 1024))
      .option(&O::key_value_heads, "key-value-heads", "Llama: heads of keys and values; 0: as many as heads",
              between(0, 1024))
      .option(&O::context, "context", "Tokens that a prediction sees", between(2, 1e6))
      .option(&O::no_norm, "no-norm", "Without the norms inside the blocks")
      .option(&O::activation, "activation", "Of the feed-forward part; Llama: of its gate",
              Choices<Activation>{{{"gelu", Activation::gelu_tanh},
                                   {"relu", Activation::relu},
                                   {"silu", Activation::silu},
                                   {"identity", Activation::identity}}})
      .option(&O::steps, "steps", "Optimiser steps", between(1, 1e8))
      .option(&O::batch, "batch", "Windows a batch", between(1, 65536))
      .option(&O::accumulate, "accumulate", "Batches a step", between(1, 65536))
      .option(&O::warm_up, "warm-up", "Steps in which the learning rate rises", between(1, 1e8))
      .option(&O::learning_rate, "learning-rate", "Greatest; a cosine then falls to a tenth", between(1e-9, 1))
      .option(&O::weight_decay, "weight-decay", "Of matrices", between(0, 10))
      .option(&O::clip, "clip", "Greatest norm of the gradient; 0: none", between(0, 1e9))
      .option(&O::checkpoint_every, "checkpoint-every",
              "Steps between checkpoints, kept beside the output until it is written", between(1, 1e8))
      .option(&O::resume, "resume", "Go on from the last checkpoint of an interrupted training, if there is one")
      .output(&O::output, "gpt.safetensors", "Where to write the model, its configuration inside")
      .example("train data:fortunes --layers 2 --width 64 --context 64 --steps 60 -o gpt.safetensors")
      .on_torch();
}

}  // namespace verbs
}  // namespace offprint::lm
