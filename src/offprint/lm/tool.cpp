#include "offprint/lm/verbs.hpp"
#include "offprint/paper/paper.hpp"

namespace offprint::lm {

const Paper& tool() {
  static const Paper description{
      .slug = "lm",
      .verbs =
          {verb<TrainOptions>("train", "Train a byte-level transformer on a text")
               .option(&TrainOptions::corpus, "corpus", "The text, plain or gzip", Positional{}, Required{},
                       Accepts{{"txt", "gz"}})
               .option(&TrainOptions::layout, "layout", "Blocks of GPT-2 or of Llama",
                       Choices<Layout>{{{"gpt2", Layout::gpt2}, {"llama", Layout::llama}}})
               .option(&TrainOptions::layers, "layers", "Blocks", between(1, 1000))
               .option(&TrainOptions::width, "width", "Of the residual stream", between(1, 65536))
               .option(&TrainOptions::heads, "heads", "Attention heads; divide the width", between(1, 1024))
               .option(&TrainOptions::key_value_heads, "key-value-heads",
                       "Llama: heads of keys and values; 0: as many as heads", between(0, 1024))
               .option(&TrainOptions::context, "context", "Tokens that a prediction sees", between(2, 1e6))
               .option(&TrainOptions::no_norm, "no-norm", "Without the norms inside the blocks")
               .option(&TrainOptions::activation, "activation", "Of the feed-forward part; Llama: of its gate",
                       Choices<Activation>{{{"gelu", Activation::gelu_tanh},
                                            {"relu", Activation::relu},
                                            {"silu", Activation::silu},
                                            {"identity", Activation::identity}}})
               .option(&TrainOptions::steps, "steps", "Optimiser steps", between(1, 1e8))
               .option(&TrainOptions::batch, "batch", "Windows a batch", between(1, 65536))
               .option(&TrainOptions::accumulate, "accumulate", "Batches a step", between(1, 65536))
               .option(&TrainOptions::warm_up, "warm-up", "Steps in which the learning rate rises", between(1, 1e8))
               .option(&TrainOptions::learning_rate, "learning-rate", "Greatest; a cosine then falls to a tenth",
                       between(1e-9, 1))
               .option(&TrainOptions::weight_decay, "weight-decay", "Of matrices", between(0, 10))
               .option(&TrainOptions::clip, "clip", "Greatest norm of the gradient; 0: none", between(0, 1e9))
               .option(&TrainOptions::checkpoint_every, "checkpoint-every",
                       "Steps between checkpoints, kept beside the output until it is written", between(1, 1e8))
               .option(&TrainOptions::resume, "resume",
                       "Go on from the last checkpoint of an interrupted training, if there is one")
               .output(&TrainOptions::output, "gpt.safetensors", "Where to write the model, its configuration inside")
               .example("train corpus.txt --layers 4 --width 128 --heads 4 --steps 200 -o gpt.safetensors")
               .runs(train_verb),
           verb<GenerateOptions>("generate", "Sample a text from a model")
               .option(&GenerateOptions::model, "model", "n-gram file, safetensors file or folder with config.json",
                       Positional{}, Required{}, Accepts{{"ngram", "safetensors"}})
               .option(&GenerateOptions::prompt, "prompt", "What the text begins with")
               .option(&GenerateOptions::tokens, "tokens", "Tokens to sample", between(1, 1e7))
               .option(&GenerateOptions::temperature, "temperature", "Divides the logits; 0 takes the likeliest token",
                       between(0, 100))
               .option(&GenerateOptions::top_k, "top-k", "Only the k likeliest tokens; 0: all", between(0, 1e9))
               .option(&GenerateOptions::top_p, "top-p", "Only the likeliest tokens of this total probability",
                       between(1e-9, 1))
               .example("generate gpt.safetensors --prompt \"The \" --tokens 100 --seed 1")
               .runs(generate_verb),
           verb<PerplexityOptions>("perplexity", "How well does a model predict a text?")
               .option(&PerplexityOptions::model, "model", "n-gram file, safetensors file or folder with config.json",
                       Positional{}, Required{}, Accepts{{"ngram", "safetensors"}})
               .option(&PerplexityOptions::text, "text", "The text", Positional{}, Required{}, Accepts{{"txt", "gz"}})
               .option(&PerplexityOptions::skip, "skip", "Tokens at the beginning that are context only",
                       between(0, 1e9))
               .example("perplexity gpt.safetensors held_out.txt")
               .runs(perplexity_verb)},
      .title = "Language models",
      .summary =
          "Train a small transformer on a text, sample from it or from a GPT-2 or Llama checkpoint, and measure perplexity."};
  return description;
}

}  // namespace offprint::lm
