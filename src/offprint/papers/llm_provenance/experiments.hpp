// What the experiments on texts share: corpora, models, texts. They stand in torch_*.cpp, since the full budget trains
// transformers.
#pragma once
#include <map>

#include "offprint/lm/sampling.hpp"
#include "offprint/paper/reproduction.hpp"
#include "offprint/papers/llm_provenance/llm_provenance.hpp"

namespace offprint::llm_provenance {

using Texts = std::vector<std::vector<Token>>;
inline constexpr std::size_t prompt_tokens = 30;

/// The corpora of the catalogue and the byte models of their parts, each read or made at its first use.
class Corpora {
 public:
  explicit Corpora(Measurement& m);
  /// Bytes [begin, end) of a data set.
  std::string_view part(const std::string& data_set, std::size_t begin, std::size_t end);
  /// A byte model of such a part (smoke: of its first sixth): an n-gram, or at the full budget in place of order 5 a
  /// byte
  /// GPT, trained once and kept in the user's cache.
  const LanguageModel& model(const std::string& data_set, std::size_t begin, std::size_t end, int order);

 private:
  Measurement& m_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, std::unique_ptr<LanguageModel>> models_;
};

/// Pieces of human text that no model saw.
Texts human(Measurement& m, const std::string& data_set, std::size_t count, std::size_t tokens, Random random);
/// The prompts of most experiments: pieces of the dictionary.
Texts dictionary_prompts(Measurement& m, std::size_t count);
/// Each prompt continued by the model; prompts stay in front.
Texts continued(Measurement& m, const LanguageModel& model, const Texts& prompts, std::size_t tokens,
                const lm::Sampling& sampling, const Random& random, std::string_view what);
/// Statistics of what follows the prompts.
std::vector<TokenStatistics> scored(Measurement& m, const LanguageModel& model, const Texts& texts);

/// Mean over its standard error.
double in_standard_errors(std::span<const double> values);

/// Adds the shares that are not 0, at lengths 1, 2, ...
Mark& add_errors(Figure& figure, const std::string& name, const std::vector<double>& errors);

}  // namespace offprint::llm_provenance
