#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/lm/sampling.hpp"
#include "offprint/lm/transformer.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/paper/repeat.hpp"
#include "offprint/papers/llm_provenance/verbs/texts.hpp"

namespace offprint::llm_provenance::verbs {
namespace {

struct PlanOptions {
  InputFile model, against, prompts;
  double delta = 0.01;
  int texts = 400, tokens = 512;
};

/// A text by A or B: log P_B / P_A of its first 1, 2, ... tokens up to sign, and what A alone makes of it.
struct Walk {
  std::vector<double> lead;  ///< surprisal under B minus that under A
  Summary under_a;
};

std::vector<std::vector<Token>> prompts_of(const PlanOptions& options, const lm::OpenedModel& a,
                                           const lm::OpenedModel& b, Run& run) {
  constexpr std::size_t prompt_tokens = 16;
  std::vector<std::vector<Token>> prompts(static_cast<std::size_t>(options.texts));
  if (!options.prompts.empty())
    prompts = draw_prompts(a.tokenizer->encode(data::read_text(options.prompts.source)), prompts.size(), prompt_tokens,
                           run.random("prompts"));
  if (prompts[0].size() < std::max(a.model->least_context(), b.model->least_context()))
    throw UsageError("--prompts: these models need a text to begin from");
  return prompts;
}

/// First `texts` walks by A, then as many by B.
std::vector<Walk> walks(const PlanOptions& options, const lm::OpenedModel& a, const lm::OpenedModel& b, Run& run) {
  const auto prompts = prompts_of(options, a, b, run);
  const auto length = static_cast<std::size_t>(options.tokens);
  return repeat(run, 2 * prompts.size(), "texts", [&](std::size_t i) {
    const bool by_a = i < prompts.size();
    auto text = prompts[i % prompts.size()];
    const std::size_t skip = text.size();
    const auto written = lm::generate(*(by_a ? a : b).model, text, length, {}, run.random(by_a ? "a" : "b").split(i));
    text.insert(text.end(), written.begin(), written.end());
    const auto under_a = token_statistics(*a.model, text, skip), under_b = token_statistics(*b.model, text, skip);
    Walk walk{{}, summarise(under_a)};
    double lead = 0;
    for (std::size_t n = 0; n < length; ++n) walk.lead.push_back(lead += under_b.surprisal[n] - under_a.surprisal[n]);
    return walk;
  });
}

void plan_length(const PlanOptions& options, Run& run) {
  lm::set_blas_threads(1);  // the texts are shared out among the threads
  const auto a = lm::open_model(options.model.source), b = lm::open_model(options.against.source);
  if (a.tokenizer->name() != b.tokenizer->name())
    throw BadInput(options.against.source, "splits texts otherwise than " + a.name,
                   "plan with models of one tokenizer");
  const auto count = static_cast<std::size_t>(options.texts), length = static_cast<std::size_t>(options.tokens);
  const auto all = walks(options, a, b, run);
  const auto by_a = std::span(all).first(count), by_b = std::span(all).last(count);

  Figure figure{"errors", "Attribution errors by length",
                "Each text goes to the model that makes it likelier; a straight line falls exponentially.", "tokens",
                log_axis("share of texts")};
  auto& type_one = figure.line("A's texts given to B").as(Role::method);
  auto& type_two = figure.line("B's texts given to A").as(Role::method);
  auto& ceiling = figure.line("Bhattacharyya bound on their sum, estimated").dash();
  std::vector<double> lengths, log_errors;
  std::optional<std::size_t> reached;  // the length from which on both errors are small enough
  for (std::size_t n = 0; n < length; ++n) {
    double one = 0, two = 0, affinity = 0;
    for (const auto& text : by_a) {
      one += (text.lead[n] <= 0) / static_cast<double>(count);
      affinity += std::exp(-text.lead[n] / 2) / static_cast<double>(count);  // sqrt(P_B / P_A) of A's texts
    }
    for (const auto& text : by_b) two += (text.lead[n] >= 0) / static_cast<double>(count);
    const double error = (one + two) / 2, at = static_cast<double>(n + 1);
    if (one > 0) type_one.add(at, one);
    if (two > 0) type_two.add(at, two);
    ceiling.add(at, affinity);
    if (error >= 2.5 / static_cast<double>(count) && error <= 0.4) {
      lengths.push_back(at);
      log_errors.push_back(std::log(error));
    }
    if (std::max(one, two) > options.delta)
      reached.reset();
    else if (!reached)
      reached = n + 1;
  }
  run.figure(figure);

  ResultTable table{
      "plan", fmt::format("Tokens needed for errors of at most {}", options.delta), {"question", "tokens", "from"}};
  table.row("A or B: both errors", reached, fmt::format("{} texts of each", count));
  if (lengths.size() > 2)
    if (const auto fit = linear_fit(lengths, log_errors); fit.slope < 0)
      table.row("A or B: mean error, on the fitted exponential",
                std::ceil((std::log(options.delta) - fit.intercept) / fit.slope),
                fmt::format("error falls by {} nats a token", short_number(-fit.slope)));
  const std::size_t shown = reached.value_or(length);
  std::vector<double> affinities, gaps, variances;
  for (const auto& text : by_a) affinities.push_back(std::exp(-text.lead[shown - 1] / 2));
  for (const auto& text : by_b) {
    gaps.push_back(text.under_a.deviation());
    variances.push_back(text.under_a.variance);
  }
  const auto estimated = bootstrap_interval(
      std::span<const double>(affinities), [](std::span<const double> values) { return mean(values); }, run.seed());
  run.note(
      fmt::format("the sum of both errors at {} tokens is at most {} [{}, {}], estimated from A's texts: "
                  "heavy-tailed, a diagnostic only",
                  shown, short_number(estimated.value), short_number(estimated.low), short_number(estimated.high)));
  const auto gap = mean_interval(gaps);
  const auto facts = assumptions_of(*a.model);
  for (const auto& [name, bound] : bound_names.values)
    table.row("A or not A, identity test, " + name,
              length_needed(bound, std::abs(gap.value), options.delta, mean(variances), facts),
              fmt::format("B's texts stray by L - h = {} +- {}", short_number(gap.value),
                          short_number(gap.high - gap.value)));
  run.table(table);
  run.note(
      "identity tests: at that length half of B's texts are rejected; A's are wrongly rejected with probability at "
      "most delta");
}

}  // namespace

Verb plan() {
  using O = PlanOptions;
  const Accepts models{{"ngram", "safetensors"}};
  return verb<O>("plan", "How long must a text be to tell two models apart?")
      .option(&O::model, "model", "The model in question", Required{}, models, Example{"a.ngram"})
      .option(&O::against, "against", "The other writer", Required{}, models, Example{"b.ngram"})
      .option(&O::delta, "delta", "Errors to reach", between(1e-6, 0.4))
      .option(&O::texts, "texts", "Texts of each to sample", between(10, 1e6))
      .option(&O::tokens, "tokens", "Their length", between(8, 1e6))
      .option(&O::prompts, "prompts", "A text whose pieces of 16 tokens the samples continue; needed by transformers",
              Accepts{{"txt", "gz"}}, Example{"data:fortunes"})
      .example("plan --model a.ngram --against b.ngram --delta 0.01 --texts 200 --tokens 128")
      .runs(plan_length);
}

}  // namespace offprint::llm_provenance::verbs
