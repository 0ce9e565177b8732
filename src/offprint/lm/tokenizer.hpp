// Text to tokens and back.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "offprint/lm/language_model.hpp"

namespace offprint::lm {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  virtual int vocabulary_size() const = 0;
  virtual std::vector<Token> encode(std::string_view text) const = 0;
  virtual std::string decode(
      std::span<const Token> tokens) const = 0;  ///< throws BadInput at a token outside the vocabulary
  virtual std::string name() const = 0;          ///< models can be compared token by token only if theirs is the same
};

/// Every byte is its own token.
class ByteTokenizer : public Tokenizer {
 public:
  int vocabulary_size() const override { return 256; }
  std::vector<Token> encode(std::string_view text) const override;
  std::string decode(std::span<const Token> tokens) const override;
  std::string name() const override { return "bytes"; }
};

/// Byte-level byte-pair encoding as GPT-2 defines it (Radford et al. 2019): the text is split at word-like pieces, each
/// piece's bytes are merged pair by pair in the order of the merge list. Bytes that are no UTF-8 are pieces of their
/// own.
/// Throws BadInput on a vocabulary that lacks a byte or a merge's result, or whose ids do not run from 0.
std::unique_ptr<Tokenizer> gpt2_tokenizer(std::string_view vocab_json, std::string_view merges_txt);
std::unique_ptr<Tokenizer> read_gpt2_tokenizer(const std::filesystem::path& vocab_json,
                                               const std::filesystem::path& merges_txt);

/// A SentencePiece model (Kudo and Richardson 2018), as Llama's tokenizer.model. No beginning-of-text token is added.
/// In a library of its own, offprint::lm_sentencepiece, and absent (null) where that is not linked: Debian's
/// SentencePiece carries a protobuf that cannot live in one process with libtorch's.
[[gnu::weak]] std::unique_ptr<Tokenizer> read_sentencepiece(const std::filesystem::path& model);

/// Bytes for people: what is no UTF-8 becomes the replacement character, control characters but line end and tab a
/// middle dot.
std::string printable(std::string_view bytes);

}  // namespace offprint::lm
