// `offprint lm`: options and bodies of its verbs.
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

struct GenerateOptions {
  InputFile model;
  std::string prompt;
  int tokens = 100, top_k = 0;
  double temperature = 1, top_p = 1;
};

struct PerplexityOptions {
  InputFile model, text;
  int skip = 1;
};

[[gnu::weak]] void train_verb(const TrainOptions& options, Run& run);
void generate_verb(const GenerateOptions& options, Run& run);
void perplexity_verb(const PerplexityOptions& options, Run& run);

}  // namespace offprint::lm
