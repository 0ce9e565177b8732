// What verbs and experiments on texts share.
#pragma once
#include "offprint/data/table.hpp"
#include "offprint/lm/open.hpp"
#include "offprint/paper/verb.hpp"
#include "offprint/papers/llm_provenance/scores.hpp"

namespace offprint::llm_provenance {

/// How texts are cut and tested, wherever that is asked.
struct TestOptions {
  int skip = 1;
  double delta = 0.05;
  Bound bound = Bound::subgamma;
};
const OptionList<TestOptions>& test_options();

Assumptions assumptions_of(const LanguageModel& model);

/// One text of a table, cut to `tokens` scored tokens (0: all); errors name its place.
Summary summary_of(const lm::OpenedModel& opened, const std::string& text, int skip, int tokens,
                   const std::string& place);
/// A cell as text; empty where the column or the value is missing.
std::string optional_text(const data::Table& table, const std::string& column, std::size_t row);

/// Prompts of so many tokens at random places of a text. Throws BadInput if it is shorter than one.
std::vector<std::vector<Token>> draw_prompts(std::span<const Token> text, std::size_t count, std::size_t tokens,
                                             Random random);

/// A scored text: its pieces are those of the scored tokens.
struct ShownText {
  std::string id, title;
  std::vector<std::string> pieces;
  TokenStatistics statistics;
  Assumptions facts;
};
/// The text coloured by surprisal minus entropy, token by token, and the running mean of L - h inside the funnel of
/// what the model itself may do.
void show_text(const ShownText& text, double delta, Bound bound, Run& run);

}  // namespace offprint::llm_provenance
