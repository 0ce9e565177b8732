// What the experiments share: corpora, models, texts.
#pragma once
#include <map>

#include "offprint/lm/ngram.hpp"
#include "offprint/lm/sampling.hpp"
#include "offprint/papers/llm_provenance/verbs.hpp"

namespace offprint::llm_provenance {

class Reproduction {
 public:
  Reproduction(const ReproduceOptions& options, Run& run) : options_(options), run_(run) {}
  void own_text();            ///< P1
  void other_text();          ///< P2
  void attribution_errors();  ///< P3
  void four_models();         ///< P4
  void detection();           ///< P5, P6
  void truncated_sampling();  ///< P7
  void levels();              ///< P8

 private:
  using Texts = std::vector<std::vector<Token>>;
  static constexpr std::size_t prompt_tokens = 30;

  std::uint64_t seeds() const {
    return static_cast<std::uint64_t>(options_.seeds > 0 ? options_.seeds : options_.by_budget(1, 3, 3));
  }
  std::size_t size(int smoke, int standard, int full) const {
    return static_cast<std::size_t>(options_.by_budget(smoke, standard, full));
  }
  Random random(std::string_view experiment, std::uint64_t seed) const { return run_.random(experiment).split(seed); }
  void claim(const std::string& id, const std::string& check, const std::vector<double>& by_seed);

  /// Bytes [begin, end) of a data set, each budget a share of what the sheet of the paper names.
  std::string_view part(const std::string& data_set, std::size_t begin, std::size_t end);
  /// A byte model of such a part: an n-gram, or at the full budget in place of order 5 a byte GPT, trained once and kept in the user's cache.
  const LanguageModel& model(const std::string& data_set, std::size_t begin, std::size_t end, int order);
  /// Pieces of human text that no model saw.
  Texts human(const std::string& data_set, std::size_t count, std::size_t tokens, Random random);
  /// Each prompt continued by the model; prompts stay in front.
  Texts continued(const LanguageModel& model, const Texts& prompts, std::size_t tokens, const lm::Sampling& sampling,
                  Random random, const std::string& what);
  std::vector<TokenStatistics> scored(const LanguageModel& model, const Texts& texts, std::size_t skip,
                                      const std::string& what);

  void markov_errors(Figure& figure);
  void show_detection(const std::string& cell, const std::vector<TokenStatistics>& people,
                      const std::vector<TokenStatistics>& own, const std::vector<TokenStatistics>& other);
  void proxy_experiment(const std::string& data_set, const Texts& people, const Texts& machine);

  const ReproduceOptions& options_;
  Run& run_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, std::unique_ptr<LanguageModel>> models_;
};

}  // namespace offprint::llm_provenance
