// Options of `offprint lm train`; its body stands in torch_verbs.cpp.
#pragma once
#include "offprint/lm/transformer.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint::lm {

enum class Layout { gpt2, llama };

struct TrainOptions {
  InputFile corpus;
  Layout layout = Layout::gpt2;
  int layers = 4, width = 128, heads = 4, key_value_heads = 0, context = 256;
  bool no_norm = false;
  Activation activation = Activation::gelu_tanh;
  int steps = 200, batch = 8, accumulate = 1, warm_up = 20;
  double learning_rate = 1e-3, weight_decay = 0.1, clip = 1;
  int checkpoint_every = 100;
  bool resume = false;
  OutputFile output;
};

/// Throws UsageError naming the option that does not fit the others.
TransformerConfig config_of(const TrainOptions& options);

}  // namespace offprint::lm
