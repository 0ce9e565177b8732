// P5, and beside P6 the experiment with proxies: machine or human? P7 and P8: where the statistic is centred, and
// whether the tests hold their level.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/lm/tokenizer.hpp"
#include "offprint/math/ranks.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/llm_provenance/experiments.hpp"
#include "offprint/papers/llm_provenance/verbs/texts.hpp"

namespace offprint::llm_provenance {
namespace {

constexpr std::size_t length = 256;
const std::vector<double> prefixes{32, 64, 128, length};
constexpr lm::Sampling nucleus{.top_p = 0.96};

std::vector<double> scores(Score score, const std::vector<TokenStatistics>& texts, double prefix = length) {
  std::vector<double> values;
  for (const auto& text : texts)
    values.push_back(score_of(score, prefix_curve(text)[static_cast<std::size_t>(prefix) - 1]));
  return values;
}

void show_roc(const std::string& cell, const std::vector<TokenStatistics>& people,
              const std::vector<TokenStatistics>& own, Run& run) {
  Figure figure{"roc", "Telling machine from human text: " + cell,
                "Nucleus-sampled texts of 256 bytes against unseen human text.", "share of human texts flagged",
                "share of machine texts flagged"};
  for (const auto& [name, score] : score_names.values) {
    const auto found = roc(scores(score, people), scores(score, own));
    auto& line = figure.line(fmt::format("{} {:.3f}", name, found.area))
                     .as(score == Score::liketropy ? Role::method : Role::plain);
    for (const auto& point : found.points) line.add(point.false_positive_rate, point.true_positive_rate);
  }
  run.figure(figure);
}

void show_statistic(const std::string& cell, const std::vector<TokenStatistics>& people,
                    const std::vector<TokenStatistics>& own, const std::vector<TokenStatistics>& other, Run& run) {
  Figure figure{"statistic",
                "The statistic h - L: " + cell,
                "Plainly sampled text of the model itself centres at zero; nucleus sampling moves it up, other writers "
                "down.",
                {"h - L", "nats"},
                "texts"};
  for (const auto& [name, texts] :
       {std::pair{"the model, nucleus 0.96", &own}, {"another model", &other}, {"people", &people}})
    figure.histogram(name, scores(Score::liketropy, *texts)).of(name);
  run.figure(figure);
}

void show_proxies(Measurement& m, const std::string& data_set, const Texts& people, const Texts& machine) {
  ResultTable table{
      "proxies",
      "Texts of the order-5 model against people when another model scores them (256 bytes, nucleus 0.96)",
      {"scored_by", "roc_area_liketropy", "found_at_5_percent", "roc_area_absolute", "found_by_absolute"}};
  auto& corpora = m.shared<Corpora>();
  const auto report = [&](const char* name, const LanguageModel& proxy) {
    const auto of_people = scored(m, proxy, people), of_machine = scored(m, proxy, machine);
    std::vector<double> found;
    for (const auto score : {Score::liketropy, Score::absolute_liketropy}) {
      const auto human_scores = scores(score, of_people), machine_scores = scores(score, of_machine);
      found.push_back(roc(human_scores, machine_scores).area);
      found.push_back(tpr_at(human_scores, machine_scores, 0.05));
    }
    table.row(name, found[0], found[1], found[2], found[3]);
  };
  report("the writer itself", corpora.model(data_set, 0, 1'300'000, 5));
  report("order 4 on the same text", corpora.model(data_set, 0, 1'300'000, 4));
  report("order 5 on the text's next part", corpora.model(data_set, 1'500'000, 3'000'000, 5));
  report("order 5 on another text", corpora.model("fortunes", 0, 1'300'000, 5));
  m.run.table(table);
}

void show_tokens(const LanguageModel& writer, const std::string& id, const std::string& title,
                 const std::vector<Token>& tokens, Run& run) {
  ShownText text{id, title, {}, token_statistics(writer, tokens, prompt_tokens), assumptions_of(writer)};
  for (std::size_t i = prompt_tokens; i < tokens.size(); ++i)
    text.pieces.push_back(lm::printable(std::string(1, static_cast<char>(tokens[i]))));
  show_text(text, 0.05, Bound::subgamma, run);
}

/// ROC areas by score, at each of the prefixes.
using Areas = std::map<Score, std::vector<double>>;

/// One writer of one corpus against people.
Areas detect(Measurement& m, const std::string& corpus, int order, const Texts& people, std::size_t seed) {
  auto prompts = people;
  for (auto& prompt : prompts) prompt.resize(prompt_tokens);
  auto& corpora = m.shared<Corpora>();
  const auto& writer = corpora.model(corpus, 0, 1'300'000, order);
  const auto cell = fmt::format("{}, order {}", corpus, order);
  const auto machine =
      continued(m, writer, prompts, length, nucleus,
                m.random("nucleus " + corpus).split(seed).split(static_cast<std::uint64_t>(order)), cell);
  const auto of_people = scored(m, writer, people), of_machine = scored(m, writer, machine);
  Areas areas;
  for (const auto& [name, score] : score_names.values)
    for (const double prefix : prefixes)
      areas[score].push_back(roc(scores(score, of_people, prefix), scores(score, of_machine, prefix)).area);
  if (seed == 0 && corpus == "foldoc" && order == 5) {
    const auto other = continued(m, corpora.model("foldoc", 1'500'000, 3'000'000, 5), prompts, length, {},
                                 m.random("other").split(seed), "another model's texts");
    show_roc(cell, of_people, of_machine, m.run);
    show_statistic(cell, of_people, of_machine, scored(m, writer, other), m.run);
    show_proxies(m, corpus, people, machine);
    show_tokens(writer, "machine", "sampled from the model", machine[0], m.run);
    show_tokens(writer, "human", "by people", people[0], m.run);
  }
  return areas;
}

/// P5.
void detection(Measurement& m) {
  std::vector<double> over_likelihood, over_entropy, means, worst, rises;
  ResultTable table{"detection", "ROC area at 256 bytes, nucleus 0.96", {"corpus", "order"}};
  for (const auto& [name, score] : score_names.values) table.columns.emplace_back(name);
  Figure growth{"growth", "Detection against the length of the text", "Mean ROC area over models and corpora.",
                log_axis("tokens"), "ROC area"};
  for (std::size_t seed = 0; seed < m.repetitions(); ++seed) {
    Areas average;
    double least = 1;
    for (const std::string corpus : {"foldoc", "fortunes"}) {
      const auto people = human(m, corpus, m.by_budget<std::size_t>(80, 200, 400), prompt_tokens + length,
                                m.random("people " + corpus).split(seed));
      for (const int order : {4, 5, 6}) {
        const auto areas = detect(m, corpus, order, people, seed);
        least = std::min(least, areas.at(Score::liketropy).back());
        if (seed == 0) table.row(corpus, order);
        for (const auto& [name, score] : score_names.values) {
          average[score].resize(prefixes.size());
          for (std::size_t p = 0; p < prefixes.size(); ++p) average[score][p] += areas.at(score)[p] / 6;
          if (seed == 0) table.rows.back().emplace_back(areas.at(score).back());
        }
      }
    }
    const auto& own = average[Score::liketropy];
    over_likelihood.push_back(own.back() - average[Score::likelihood].back());
    over_entropy.push_back(average[Score::likelihood].back() - average[Score::entropy].back());
    means.push_back(own.back());
    worst.push_back(least);
    rises.push_back(1);
    for (std::size_t p = 1; p < prefixes.size(); ++p) rises.back() = std::min(rises.back(), own[p] - own[p - 1]);
    if (seed > 0) continue;
    for (const auto& [name, score] : score_names.values)
      growth.line(name, prefixes, average[score]).as(score == Score::liketropy ? Role::method : Role::plain);
  }
  m.run.table(table);
  m.run.figure(growth);
  m.check("P5.liketropy_over_likelihood", mean_of(over_likelihood));
  m.check("P5.likelihood_over_entropy", mean_of(over_entropy));
  m.check("P5.mean_liketropy", mean_of(means));
  m.check("P5.worst_liketropy", mean_of(worst));
  m.check("P5.rise", mean_of(rises));
}

/// P7.
void truncated_sampling(Measurement& m) {
  struct Way {
    const char *check, *label;
    lm::Sampling sampling;
  };
  const auto& model = m.shared<Corpora>().model("foldoc", 0, 1'500'000, 5);
  const auto prompts = dictionary_prompts(m, m.by_budget<std::size_t>(200, 600, 600));
  Figure figure{"truncation",
                "Truncated sampling moves the statistic",
                "h - L of texts that continue the same prompts by 64 bytes.",
                "sampling",
                {"h - L", "nats"}};
  auto& boxes = figure.boxes();
  for (const auto& [check, label, sampling] :
       {Way{"P7.ancestral", "plain", {}}, Way{"P7.top_p", "nucleus 0.96", nucleus},
        Way{"P7.top_k", "top 5", {.top_k = 5}}}) {
    std::vector<double> errors;
    for (std::size_t seed = 0; seed < m.repetitions(); ++seed) {
      const auto written =
          continued(m, model, prompts, 64, sampling, m.random(label).split(seed), std::string(label) + " sampling");
      const auto values = scores(Score::liketropy, scored(m, model, written), 64);
      errors.push_back(in_standard_errors(values));
      if (seed == 0) boxes.box(label, values);
    }
    m.check(check, mean_of(errors));
  }
  m.run.figure(figure);
}

/// P8.
void levels(Measurement& m) {
  const auto& model = m.shared<Corpora>().model("foldoc", 0, 1'500'000, 5);
  const auto facts = assumptions_of(model);
  const auto texts = m.by_budget<std::size_t>(400, 2000, 2000);
  const auto prompts = dictionary_prompts(m, texts);
  std::map<Bound, std::vector<double>> rejected;
  for (std::size_t seed = 0; seed < m.repetitions(); ++seed) {
    const auto statistics = scored(
        m, model, continued(m, model, prompts, length, {}, m.random("levels").split(seed), "texts for the level"));
    for (const auto& [name, bound] : bound_names.values) {
      double count = 0;
      for (const auto& text : statistics)
        count += identity_test(summarise(text), 0.05, bound, facts).decision == Decision::rejected;
      rejected[bound].push_back(count / static_cast<double>(texts));
    }
  }
  for (const auto& [name, bound] : bound_names.values) m.check("P8." + name, mean_of(rejected[bound]));
}

const TorchExperiment p5{"llm_provenance detection", detection};
const TorchExperiment p7{"llm_provenance truncation", truncated_sampling};
const TorchExperiment p8{"llm_provenance levels", levels};

}  // namespace
}  // namespace offprint::llm_provenance
