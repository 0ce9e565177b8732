#define PCRE2_CODE_UNIT_WIDTH 8
#include "offprint/lm/tokenizer.hpp"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"

namespace offprint::lm {
namespace {

constexpr const char* split_pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

std::string utf8(std::uint32_t code) {
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

/// How the vocabulary spells each byte: printable ones as themselves, the others as characters from U+0100 on.
std::array<std::string, 256> byte_spellings() {
  std::array<std::string, 256> spelling;
  std::uint32_t next = 256;
  for (std::uint32_t b = 0; b < 256; ++b) {
    const bool plain = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
    spelling[b] = utf8(plain ? b : next++);
  }
  return spelling;
}

std::uint64_t pair_key(Token a, Token b) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(a)) << 32) | static_cast<std::uint32_t>(b);
}

class BytePairTokenizer : public Tokenizer {
 public:
  BytePairTokenizer(std::string_view vocab_json, std::string_view merges_txt) {
    const auto vocabulary = nlohmann::json::parse(vocab_json, nullptr, false);
    if (!vocabulary.is_object() || vocabulary.empty())
      throw BadInput("vocab.json", "is no JSON object of tokens", "give GPT-2's vocabulary");
    std::unordered_map<std::string, Token> ids;
    bytes_.resize(vocabulary.size());
    std::vector<char> seen(vocabulary.size());
    const auto spelling = byte_spellings();
    std::unordered_map<std::string, char> byte_of;
    for (std::size_t b = 0; b < 256; ++b) byte_of[spelling[b]] = static_cast<char>(b);
    for (const auto& [text, id] : vocabulary.items()) {
      if (!id.is_number_integer() || id < 0 || id >= vocabulary.size() || seen[id.get<std::size_t>()])
        throw BadInput(
            "vocab.json",
            "the id of '" + text.substr(0, 40) + "' is not one of 0 to " + std::to_string(vocabulary.size() - 1),
            "ids must not repeat");
      seen[id.get<std::size_t>()] = 1;
      ids[text] = id.get<Token>();
      bytes_[id.get<std::size_t>()] = spelled_bytes(text, byte_of);
    }
    for (std::size_t b = 0; b < 256; ++b) {
      const auto found = ids.find(spelling[b]);
      if (found == ids.end())
        throw BadInput("vocab.json", "lacks the token of byte " + std::to_string(b), "give GPT-2's vocabulary");
      byte_token_[b] = found->second;
    }
    read_merges(merges_txt, ids);
    compile();
  }

  int vocabulary_size() const override { return static_cast<int>(bytes_.size()); }
  std::string name() const override { return "byte pairs of " + std::to_string(bytes_.size()); }

  std::vector<Token> encode(std::string_view text) const override {
    std::vector<Token> tokens;
    const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> match(pcre2_match_data_create(1, nullptr),
                                                                               pcre2_match_data_free);
    std::size_t at = 0;
    while (at < text.size()) {
      const int found = pcre2_match(pattern_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at, 0,
                                    match.get(), nullptr);
      const auto* range = pcre2_get_ovector_pointer(match.get());
      const std::size_t begin = found > 0 ? range[0] : text.size(), end = found > 0 ? range[1] : text.size();
      for (; at < begin; ++at) tokens.push_back(byte_token_[static_cast<std::uint8_t>(text[at])]);
      append_piece(text.substr(begin, end - begin), tokens);
      at = end;
    }
    return tokens;
  }

  std::string decode(std::span<const Token> tokens) const override {
    check_tokens(tokens, vocabulary_size());
    std::string text;
    for (const auto token : tokens) text += bytes_[static_cast<std::size_t>(token)];
    return text;
  }

 private:
  struct Merge {
    std::uint32_t rank;
    Token result;
  };

  /// A token's bytes; one that is not spelled in byte characters (<|endoftext|> is) stands for its own text.
  static std::string spelled_bytes(const std::string& text, const std::unordered_map<std::string, char>& byte_of) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t length = static_cast<std::uint8_t>(text[i]) < 0x80 ? 1 : 2;
      const auto found = byte_of.find(text.substr(i, length));
      if (found == byte_of.end()) return text;
      bytes += found->second;
      i += length;
    }
    return bytes;
  }

  void read_merges(std::string_view merges_txt, const std::unordered_map<std::string, Token>& ids) {
    std::uint32_t rank = 0;
    std::size_t line_number = 0;
    for (const auto& raw : split(merges_txt, '\n')) {
      ++line_number;
      const auto line = trim(raw);
      if (line.empty() || line.starts_with("#version")) continue;
      const auto space = line.find(' ');
      const std::string left(line.substr(0, space)),
          right(space == std::string_view::npos ? "" : line.substr(space + 1));
      const auto a = ids.find(left), b = ids.find(right), joined = ids.find(left + right);
      if (a == ids.end() || b == ids.end() || joined == ids.end())
        throw BadInput("merges.txt line " + std::to_string(line_number), "merges tokens that the vocabulary lacks",
                       "give the files of one tokenizer");
      merges_.emplace(pair_key(a->second, b->second), Merge{rank++, joined->second});
    }
  }

  void compile() {
    int error = 0;
    PCRE2_SIZE offset = 0;
    pattern_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(split_pattern), PCRE2_ZERO_TERMINATED,
                                 PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF, &error, &offset, nullptr));
    if (!pattern_) throw std::bad_alloc();
    pcre2_jit_compile(pattern_.get(), PCRE2_JIT_COMPLETE);
  }

  void append_piece(std::string_view piece, std::vector<Token>& tokens) const {
    std::vector<Token> parts;
    for (const char c : piece) parts.push_back(byte_token_[static_cast<std::uint8_t>(c)]);
    while (parts.size() > 1) {
      Merge best{std::numeric_limits<std::uint32_t>::max(), 0};
      for (std::size_t i = 0; i + 1 < parts.size(); ++i)
        if (const auto found = merges_.find(pair_key(parts[i], parts[i + 1]));
            found != merges_.end() && found->second.rank < best.rank)
          best = found->second;
      if (best.rank == std::numeric_limits<std::uint32_t>::max()) break;
      std::size_t out = 0;
      for (std::size_t i = 0; i < parts.size(); ++out) {
        const auto found = i + 1 < parts.size() ? merges_.find(pair_key(parts[i], parts[i + 1])) : merges_.end();
        const bool merge = found != merges_.end() && found->second.rank == best.rank;
        parts[out] = merge ? best.result : parts[i];
        i += merge ? 2 : 1;
      }
      parts.resize(out);
    }
    tokens.insert(tokens.end(), parts.begin(), parts.end());
  }

  std::vector<std::string> bytes_;  ///< by token
  std::array<Token, 256> byte_token_{};
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::unique_ptr<pcre2_code, void (*)(pcre2_code*)> pattern_{nullptr, pcre2_code_free};
};

}  // namespace

std::vector<Token> ByteTokenizer::encode(std::string_view text) const {
  std::vector<Token> tokens;
  tokens.reserve(text.size());
  for (const char c : text) tokens.push_back(static_cast<std::uint8_t>(c));
  return tokens;
}

std::string ByteTokenizer::decode(std::span<const Token> tokens) const {
  check_tokens(tokens, 256);
  std::string text;
  for (const auto token : tokens) text += static_cast<char>(token);
  return text;
}

std::unique_ptr<Tokenizer> gpt2_tokenizer(std::string_view vocab_json, std::string_view merges_txt) {
  return std::make_unique<BytePairTokenizer>(vocab_json, merges_txt);
}

std::unique_ptr<Tokenizer> read_gpt2_tokenizer(const std::filesystem::path& vocab_json,
                                               const std::filesystem::path& merges_txt) {
  return gpt2_tokenizer(read_file(vocab_json), read_file(merges_txt));
}

std::string printable(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto c = static_cast<std::uint8_t>(bytes[i]);
    const std::size_t length = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (length > 1 && is_valid_utf8(bytes.substr(i, length)) && i + length <= bytes.size()) {
      text += bytes.substr(i, length);
      i += length;
      continue;
    }
    if (c >= 0x80)
      text += "\uFFFD";
    else if ((c < 32 && c != '\n' && c != '\t') || c == 127)
      text += "\u00B7";
    else
      text += bytes[i];
    ++i;
  }
  return text;
}

}  // namespace offprint::lm
