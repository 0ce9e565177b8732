#include "offprint/lm/open.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/lm/ngram.hpp"
#include "offprint/lm/transformer.hpp"

namespace offprint::lm {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Tokenizer> tokenizer_of(const fs::path& folder, int vocabulary) {
  if (fs::exists(folder / "tokenizer.model")) {
    if (read_sentencepiece == nullptr)
      throw MissingData((folder / "tokenizer.model").string(), "cannot be read in a program with libtorch",
                        "use offprint itself");
    return read_sentencepiece(folder / "tokenizer.model");
  }
  if (fs::exists(folder / "vocab.json") && fs::exists(folder / "merges.txt"))
    return read_gpt2_tokenizer(folder / "vocab.json", folder / "merges.txt");
  if (vocabulary == 256) return std::make_unique<ByteTokenizer>();
  throw BadInput(folder.string(), "has no tokenizer that is known",
                 "put vocab.json and merges.txt, or a SentencePiece tokenizer.model, beside config.json");
}

void open_folder(const fs::path& folder, OpenedModel& opened) {
  const auto config = parse_transformer_config(read_file(folder / "config.json"), (folder / "config.json").string());
  opened.tokenizer = tokenizer_of(folder, config.vocabulary);
  const auto index = folder / "model.safetensors.index.json", single = folder / "model.safetensors";
  opened.model = std::make_unique<Transformer>(config, data::read_safetensors(fs::exists(index) ? index : single));
}

void open_safetensors(const std::string& path, OpenedModel& opened) {
  const auto tensors = data::read_safetensors(path);
  const auto config = tensors.metadata().find("config");
  if (config == tensors.metadata().end())
    throw BadInput(path, "does not say its configuration", "give its folder with config.json");
  const auto parsed = parse_transformer_config(config->second, path);
  if (parsed.vocabulary != 256)
    throw BadInput(path, "has a vocabulary of " + std::to_string(parsed.vocabulary) + " and no tokenizer",
                   "give its folder with config.json");
  opened.tokenizer = std::make_unique<ByteTokenizer>();
  opened.model = std::make_unique<Transformer>(parsed, tensors);
}

std::string first_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(8, '\0');
  file.read(bytes.data(), 8);
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

}  // namespace

OpenedModel open_model(const std::string& path) {
  OpenedModel opened;
  const auto place = fs::path(path);
  if (!fs::exists(place)) throw BadInput(path, "no such file", "give a model");
  opened.name = (place.has_filename() ? place : place.parent_path()).filename().string();
  if (fs::is_directory(place)) {
    open_folder(place, opened);
  } else if (place.extension() == ".safetensors") {
    open_safetensors(path, opened);
  } else if (Ngram::is_ngram_file(first_bytes(place))) {
    opened.model = std::make_unique<Ngram>(Ngram::load(place));
    opened.tokenizer = std::make_unique<ByteTokenizer>();
  } else {
    throw BadInput(path, "is no language model",
                   "give an n-gram file, a .safetensors file or a folder with config.json");
  }
  return opened;
}

std::vector<OpenedModel> open_models(const std::vector<std::string>& paths) {
  std::vector<OpenedModel> models;
  for (const auto& path : paths) models.push_back(open_model(path));
  std::map<std::string, int> uses;
  for (const auto& model : models) ++uses[model.name];
  for (std::size_t i = 0; i < models.size(); ++i)
    if (uses[models[i].name] > 1)
      models[i].name = fs::weakly_canonical(paths[i]).parent_path().filename().string() + "/" + models[i].name;
  return models;
}

}  // namespace offprint::lm
