// N-gram files, transformer configurations and tokenizer vocabularies: told apart by their first byte.
#include "fuzz.hpp"
#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/lm/ngram.hpp"
#include "offprint/lm/tokenizer.hpp"
#include "offprint/lm/transformer.hpp"

using namespace offprint;

namespace {

void read_ngram(std::string_view bytes) {
  const auto model = lm::Ngram::parse(bytes, "fuzz.ngram");
  const std::vector<lm::Token> text{97, 98, 97, 0, 255};
  for (const double log_probability : lm::log_probabilities(model, text, 0))
    must(log_probability <= 1e-6 && log_probability > -1e4, "whatever loads is a set of distributions");
}

}  // namespace

void read_bytes(std::string_view bytes) {
  try {
    if (bytes.starts_with("OFF")) {
      // Also with the checksum made right, so that what stands behind it is reached.
      const auto body = std::string(bytes.substr(0, bytes.size() > 64 ? bytes.size() - 64 : 0));
      read_ngram(body + sha256(body));
      read_ngram(bytes);
    } else if (const auto cut = bytes.find('\n'); cut != std::string_view::npos) {
      const auto tokenizer = lm::gpt2_tokenizer(bytes.substr(0, cut), bytes.substr(cut + 1));
      must(tokenizer->decode(tokenizer->encode("a b\xff")) == "a b\xff", "tokens give the text back");
    } else {
      const auto config = lm::parse_transformer_config(bytes, "fuzz.json");
      must(config.width > 0 && config.heads % config.key_value_heads == 0, "a configuration is consistent");
    }
  } catch (const BadInput&) {
  }
}
