// A model and its tokenizer from what people have: an n-gram file, a safetensors file of our own, a folder as Hugging
// Face lays it out.
#pragma once
#include <string>
#include <vector>

#include "offprint/lm/tokenizer.hpp"

namespace offprint::lm {

struct OpenedModel {
  std::string name;  ///< the file's or folder's name
  std::unique_ptr<LanguageModel> model;
  std::unique_ptr<Tokenizer> tokenizer;
};

/// Throws BadInput naming the file and what is wrong with it.
OpenedModel open_model(const std::string& path);
/// Several; files of the same name are told apart by their folders.
std::vector<OpenedModel> open_models(const std::vector<std::string>& paths);

}  // namespace offprint::lm
