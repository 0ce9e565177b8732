#include <sentencepiece_processor.h>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/lm/tokenizer.hpp"

namespace offprint::lm {
namespace {

class SentencePieceTokenizer : public Tokenizer {
 public:
  explicit SentencePieceTokenizer(const std::filesystem::path& model) {
    const auto bytes = read_file(model, std::size_t{1} << 28);
    if (bytes.empty() || !processor_.LoadFromSerializedProto(bytes).ok() || processor_.GetPieceSize() == 0)
      throw BadInput(model.string(), "is no SentencePiece model", "give a tokenizer.model");
  }
  int vocabulary_size() const override { return processor_.GetPieceSize(); }
  std::string name() const override { return "SentencePiece of " + std::to_string(processor_.GetPieceSize()); }
  std::vector<Token> encode(std::string_view text) const override {
    std::vector<int> ids;
    if (const auto status = processor_.Encode({text.data(), text.size()}, &ids); !status.ok())
      throw BadInput("the text", "cannot be split: " + status.ToString(), "give UTF-8");
    return {ids.begin(), ids.end()};
  }
  std::string decode(std::span<const Token> tokens) const override {
    check_tokens(tokens, vocabulary_size());
    std::string text;
    if (const auto status = processor_.Decode(std::vector<int>(tokens.begin(), tokens.end()), &text); !status.ok())
      throw BadInput("the tokens", "cannot be joined: " + status.ToString(), "use the model's own tokenizer");
    return text;
  }

 private:
  sentencepiece::SentencePieceProcessor processor_;
};

}  // namespace

std::unique_ptr<Tokenizer> read_sentencepiece(const std::filesystem::path& model) {
  return std::make_unique<SentencePieceTokenizer>(model);
}

}  // namespace offprint::lm
