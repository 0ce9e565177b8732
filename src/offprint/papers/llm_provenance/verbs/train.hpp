// Options of train; its body stands in torch_train.cpp.
#pragma once
#include "offprint/paper/verb.hpp"

namespace offprint::llm_provenance {

struct TrainOptions {
  InputFile corpus;
  int order = 5;
  std::string gpt;  ///< "4x128": layers and width of a byte GPT instead of an n-gram
  int steps = 400;
  bool resume = false;
  std::int64_t begin = 0, end = 0;
  OutputFile output;
};

/// Trains a byte GPT (GPT-2 blocks, heads of 32, context 256, batch 8) and writes it.
void train_byte_gpt(std::string_view text, int layers, int width, int steps, bool resume, const std::string& output,
                    Run& run);

}  // namespace offprint::llm_provenance
