#include "offprint/papers/llm_provenance/verbs/texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/text.hpp"

namespace offprint::llm_provenance {

const OptionList<TestOptions>& test_options() {
  using O = TestOptions;
  static const auto all =
      options_of<O>()
          .option(&O::skip, "skip", "Tokens at the beginning that are context only, such as a prompt", between(0, 1e9))
          .option(&O::delta, "delta", "Probability of a wrong rejection, over all models together",
                  between(1e-300, 0.5))
          .option(&O::bound, "bound", "Which bound makes the test; the studentised one is an approximation",
                  bound_names);
  return all;
}

Assumptions assumptions_of(const LanguageModel& model) {
  return assumptions(model.vocabulary_size(), model.surprisal_bound());
}

Summary summary_of(const lm::OpenedModel& opened, const std::string& text, int skip, int tokens,
                   const std::string& place) {
  try {
    auto all = opened.tokenizer->encode(text);
    if (tokens > 0) all.resize(std::min(all.size(), static_cast<std::size_t>(skip) + static_cast<std::size_t>(tokens)));
    return summarise(token_statistics(*opened.model, all, static_cast<std::size_t>(skip)));
  } catch (const BadInput& error) {
    throw BadInput(place, error.what());
  }
}

std::string optional_text(const data::Table& table, const std::string& column, std::size_t row) {
  if (column.empty() || !table.has(column)) return "";
  const auto& found = table.typed(column);
  return found.missing[row] ? "" : found.texts.empty() ? exact_number(found.numbers[row]) : found.texts[row];
}

std::vector<std::vector<Token>> draw_prompts(std::span<const Token> text, std::size_t count, std::size_t tokens,
                                             Random random) {
  if (text.size() < tokens) throw BadInput("the prompts' text", "is shorter than a prompt", "give a longer text");
  std::vector<std::vector<Token>> prompts(count);
  for (auto& prompt : prompts) {
    const auto part = text.subspan(random.below(text.size() - tokens + 1), tokens);
    prompt.assign(part.begin(), part.end());
  }
  return prompts;
}

void show_text(const ShownText& text, double delta, Bound bound, Run& run) {
  constexpr std::size_t longest = 600, most_points = 400;
  const auto& statistics = text.statistics;
  std::vector<double> excess;
  for (std::size_t i = 0; i < std::min(longest, statistics.size()); ++i)
    excess.push_back(statistics.surprisal[i] - statistics.entropy[i]);
  Figure coloured{"text-" + text.id, "Surprising tokens: " + text.title,
                  "Each token by its surprisal minus the entropy the model expected there, in nats; the stronger the "
                  "colour, the farther from what was expected."};
  coloured.tokens({text.pieces.begin(), text.pieces.begin() + static_cast<std::ptrdiff_t>(excess.size())}, excess);
  run.figure(coloured);

  Figure running{"funnel-" + text.id,
                 "Running mean of surprisal minus entropy: " + text.title,
                 "A text that the model sampled stays in the funnel; one that leaves it was not sampled from this "
                 "model.",
                 "tokens",
                 {"L - h", "nats"}};
  const auto prefixes = prefix_curve(statistics);
  std::vector<double> lengths, low, high;
  auto& mean = running.line("L - h").as(Role::method);
  for (std::size_t i = std::min<std::size_t>(7, prefixes.size() - 1); i < prefixes.size();
       i += std::max<std::size_t>(1, prefixes.size() / most_points)) {
    const double n = static_cast<double>(prefixes[i].n);
    mean.add(n, prefixes[i].deviation());
    const auto limits = thresholds(bound, n, delta, prefixes[i].variance, text.facts);
    if (!std::isfinite(limits.lower + limits.upper)) continue;
    lengths.push_back(n);
    low.push_back(-limits.lower);
    high.push_back(limits.upper);
  }
  if (!lengths.empty())
    running.band(fmt::format("what the model itself may do, each length at delta {}", short_number(delta)), lengths,
                 low, high);
  run.figure(running);
}

}  // namespace offprint::llm_provenance
