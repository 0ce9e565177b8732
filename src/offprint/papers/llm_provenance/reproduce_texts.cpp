// The experiments on attribution and detection: P3 to P6.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "offprint/base/parallel.hpp"
#include "offprint/lm/tokenizer.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/llm_provenance/markov.hpp"
#include "offprint/papers/llm_provenance/reproduction.hpp"

namespace offprint::llm_provenance {
namespace {

/// Share of texts, at each length, that the other model makes at least as likely: own and other statistics of the same texts.
std::vector<double> errors_by_length(const std::vector<TokenStatistics>& own,
                                     const std::vector<TokenStatistics>& other) {
  std::vector<double> wrong(own[0].size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    double lead = 0;
    for (std::size_t n = 0; n < wrong.size(); ++n) {
      lead += other[i].surprisal[n] - own[i].surprisal[n];
      wrong[n] += lead <= 0;
    }
  }
  for (auto& share : wrong) share /= static_cast<double>(own.size());
  return wrong;
}

Mark curve(const std::string& name, const std::vector<double>& errors, const std::string& facet, bool dashed = false) {
  Mark mark{.kind = MarkKind::line, .name = name, .facet = facet, .dashed = dashed};
  for (std::size_t n = 0; n < errors.size(); ++n)
    if (errors[n] > 0) {
      mark.x.push_back(static_cast<double>(n + 1));
      mark.y.push_back(errors[n]);
    }
  return mark;
}

std::vector<double> scores(Score score, const std::vector<TokenStatistics>& texts, std::size_t prefix) {
  std::vector<double> values;
  for (const auto& text : texts) values.push_back(score_of(score, prefix_curve(text)[prefix - 1]));
  return values;
}

}  // namespace

void Reproduction::markov_errors(Figure& figure) {
  constexpr std::size_t longest = 256;
  const std::size_t texts = size(4000, 20000, 100000), blocks = 20;
  std::vector<double> violations;
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    const MarkovSource a(16, 2, 0.3, random("markov pair", seed)),
        b = a.blended(MarkovSource(16, 2, 0.3, random("markov other", seed)), 0.12);
    const auto affinity = bhattacharyya(a, b, longest);
    std::vector<std::vector<double>> wrong(2 * blocks, std::vector<double>(longest));
    parallel_for(2 * blocks, run_.threads(), [&](std::size_t block) {
      const auto &writer = block < blocks ? a : b, &other = block < blocks ? b : a;
      auto draws = random("markov texts", seed).split(block);
      for (std::size_t i = 0; i < texts / blocks; ++i) {
        run_.check_cancelled();
        double lead = 0;
        std::size_t context = 0;
        for (std::size_t n = 0; n < longest; ++n) {
          const Token symbol = writer.draw(context, draws);
          lead += writer.log_probability(context, symbol) - other.log_probability(context, symbol);
          context = writer.next(context, symbol);
          wrong[block][n] += lead <= 0;
        }
      }
    });
    std::vector<double> one(longest), two(longest), sum(longest);
    double violated = 0;
    for (std::size_t n = 0; n < longest; ++n) {
      for (std::size_t block = 0; block < 2 * blocks; ++block)
        (block < blocks ? one : two)[n] += wrong[block][n] / static_cast<double>(texts);
      sum[n] = one[n] + two[n];
      const double error = std::sqrt((one[n] * (1 - one[n]) + two[n] * (1 - two[n])) / static_cast<double>(texts));
      violated += sum[n] > affinity[n] + 3 * error;
    }
    violations.push_back(violated);
    if (seed > 0) continue;
    const std::string facet = "Markov sources";
    figure.marks.push_back(curve("type I", one, facet));
    figure.marks.push_back(curve("type II", two, facet));
    figure.marks.push_back(curve("sum, the best possible", sum, facet));
    figure.marks.push_back(curve("Bhattacharyya bound on the sum", affinity, facet, true));
  }
  claim("P3", "bound_violations", violations);
}

void Reproduction::attribution_errors() {
  if (!options_.wants("P3")) return;
  const auto &a = model("foldoc", 0, 1'500'000, 5), &b = model("foldoc", 1'500'000, 3'000'000, 5);
  constexpr std::size_t longest = 256;
  const std::size_t texts = size(300, 2000, 1000);
  Figure figure{"errors",
                "Attribution errors against the length of the text",
                "Two models; each text goes to the one that makes it likelier. Straight lines fall exponentially.",
                {"tokens", "", Scale::linear},
                {"share of texts", "", Scale::log},
                {}};
  std::vector<double> linearity, type_one, type_two;
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    const auto prompts = human("foldoc", texts, prompt_tokens, random("prompts", 0));
    const auto by_a = continued(a, prompts, longest, {}, random("attribution a", seed), "A's texts"),
               by_b = continued(b, prompts, longest, {}, random("attribution b", seed), "B's texts");
    const auto one = errors_by_length(scored(a, by_a, prompt_tokens, "scoring"),
                                      scored(b, by_a, prompt_tokens, "scoring")),
               two = errors_by_length(scored(b, by_b, prompt_tokens, "scoring"),
                                      scored(a, by_b, prompt_tokens, "scoring"));
    std::vector<double> lengths, logs;
    for (std::size_t n = 8; n <= longest; n += 8)
      if (const double error = (one[n - 1] + two[n - 1]) / 2; error >= 0.005 && error <= 0.4) {
        lengths.push_back(static_cast<double>(n));
        logs.push_back(std::log(error));
      }
    linearity.push_back(lengths.size() < 3 ? 0 : r_squared(lengths, logs));
    type_one.push_back(one.back());
    type_two.push_back(two.back());
    if (seed > 0) continue;
    figure.marks = {curve("type I", one, "byte models of two halves of a dictionary"),
                    curve("type II", two, "byte models of two halves of a dictionary")};
  }
  claim("P3", "log_linearity", linearity);
  claim("P3", "type_one_256", type_one);
  claim("P3", "type_two_256", type_two);
  markov_errors(figure);
  run_.figure(figure);
}

void Reproduction::four_models() {
  if (!options_.wants("P4")) return;
  const std::vector<std::string> names{"foldoc, order 5", "fortunes, order 4", "jargon, order 5", "python, order 6"};
  const std::vector<const LanguageModel*> models{&model("foldoc", 0, 1'500'000, 5), &model("fortunes", 0, 1'300'000, 4),
                                                 &model("jargon", 0, 1'300'000, 5), &model("python", 0, 1'300'000, 6)};
  const std::size_t texts = size(50, 500, 500), tokens = 300;
  std::vector<double> worst_one, mean_two;
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    const auto prompts = human("foldoc", texts, prompt_tokens, random("prompts", 0));
    std::vector<std::vector<double>> given(4, std::vector<double>(4));
    for (std::size_t writer = 0; writer < 4; ++writer) {
      const auto written =
          continued(*models[writer], prompts, tokens, {}, random("four models", seed).split(writer), names[writer]);
      std::vector<std::vector<TokenStatistics>> statistics;
      for (const auto* one : models) statistics.push_back(scored(*one, written, prompt_tokens, "scoring"));
      for (std::size_t i = 0; i < texts; ++i) {
        std::size_t likeliest = 0;
        std::vector<double> perplexity;
        for (const auto& of_model : statistics) perplexity.push_back(summarise(of_model[i]).log_perplexity);
        for (std::size_t m = 1; m < 4; ++m)
          if (perplexity[m] < perplexity[likeliest]) likeliest = m;
        given[writer][likeliest] += 1 / static_cast<double>(texts);
      }
    }
    double worst = 0, total = 0;
    for (std::size_t m = 0; m < 4; ++m) {
      worst = std::max(worst, 1 - given[m][m]);
      for (std::size_t writer = 0; writer < 4; ++writer)
        if (writer != m) total += given[writer][m] / 3;
    }
    worst_one.push_back(worst);
    mean_two.push_back(total / 4);
    if (seed > 0) continue;
    ResultTable table{
        "four_models", "Share of each writer's texts given to each model, 300 bytes", {{"writer", ""}}, {}};
    for (const auto& name : names) table.columns.push_back({name, ""});
    for (std::size_t writer = 0; writer < 4; ++writer) {
      table.rows.push_back({names[writer]});
      for (std::size_t m = 0; m < 4; ++m) table.rows.back().push_back(given[writer][m]);
    }
    run_.table(table);
  }
  claim("P4", "worst_type_one", worst_one);
  claim("P4", "mean_type_two", mean_two);
}

void Reproduction::show_detection(const std::string& cell, const std::vector<TokenStatistics>& people,
                                  const std::vector<TokenStatistics>& own, const std::vector<TokenStatistics>& other) {
  Figure curves{"roc",
                "Telling machine from human text: " + cell,
                "Nucleus-sampled texts of 256 bytes against unseen human text.",
                {"share of human texts flagged", "", Scale::linear},
                {"share of machine texts flagged", "", Scale::linear},
                {}};
  const std::size_t length = people[0].size();
  for (const auto score : all_scores) {
    const auto found = roc(scores(score, people, length), scores(score, own, length));
    Mark line{.kind = MarkKind::line, .name = fmt::format("{} {:.3f}", score_name(score), found.area)};
    for (const auto& point : found.points) {
      line.x.push_back(point.false_positive_rate);
      line.y.push_back(point.true_positive_rate);
    }
    curves.marks.push_back(line);
  }
  run_.figure(curves);
  Figure values{
      "statistic",
      "The statistic h - L: " + cell,
      "Plainly sampled text of the model itself centres at zero; nucleus sampling moves it up, other writers down.",
      {"h - L", "nats", Scale::linear},
      {"texts", "", Scale::linear},
      {}};
  for (const auto& [name, texts] :
       {std::pair{"the model, nucleus 0.96", &own}, {"another model", &other}, {"people", &people}})
    values.marks.push_back({.kind = MarkKind::histogram,
                            .name = name,
                            .samples = {scores(Score::liketropy, *texts, length)},
                            .facet = name});
  run_.figure(values);
}

void Reproduction::proxy_experiment(const std::string& data_set, const Texts& people, const Texts& machine) {
  ResultTable table{
      "proxies",
      "Texts of the order-5 model against people when another model scores them (256 bytes, nucleus 0.96)",
      {{"scored_by", ""},
       {"roc_area_liketropy", ""},
       {"found_at_5_percent", ""},
       {"roc_area_absolute", ""},
       {"found_by_absolute", ""}},
      {}};
  const auto report = [&](const std::string& name, const LanguageModel& proxy) {
    const auto human = scored(proxy, people, prompt_tokens, "scoring"),
               found = scored(proxy, machine, prompt_tokens, "scoring");
    table.rows.push_back({name});
    for (const auto score : {Score::liketropy, Score::absolute_liketropy}) {
      const auto of_human = scores(score, human, 256), of_machine = scores(score, found, 256);
      table.rows.back().push_back(roc(of_human, of_machine).area);
      table.rows.back().push_back(tpr_at(of_human, of_machine, 0.05));
    }
  };
  report("the writer itself", model(data_set, 0, 1'300'000, 5));
  report("order 4 on the same text", model(data_set, 0, 1'300'000, 4));
  report("order 5 on the text's next part", model(data_set, 1'500'000, 3'000'000, 5));
  report("order 5 on another text", model("fortunes", 0, 1'300'000, 5));
  run_.table(table);
}

void Reproduction::detection() {
  if (!options_.wants("P5") && !options_.wants("P6")) return;
  const std::size_t count = size(80, 200, 400), length = 256;
  const std::vector<std::size_t> prefixes{32, 64, 128, 256};
  const std::vector<std::string> corpora{"foldoc", "fortunes"};
  std::map<Score, std::vector<double>> areas;  // by score: all cells and seeds
  std::vector<double> over_likelihood, over_entropy, means, worst, rises;
  ResultTable table{"detection", "ROC area at 256 bytes, nucleus 0.96", {{"corpus", ""}, {"order", ""}}, {}};
  for (const auto score : all_scores) table.columns.push_back({std::string(score_name(score)), ""});
  Figure growth{"growth",
                "Detection against the length of the text",
                "Mean ROC area over models and corpora.",
                {"tokens", "", Scale::log},
                {"ROC area", "", Scale::linear},
                {}};
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    std::map<Score, std::vector<double>> by_prefix;
    double least = 1;
    for (const auto& corpus : corpora) {
      const auto people = human(corpus, count, prompt_tokens + length, random("people " + corpus, seed));
      auto prompts = people;
      for (auto& prompt : prompts) prompt.resize(prompt_tokens);
      for (const int order : {4, 5, 6}) {
        const auto& writer = model(corpus, 0, 1'300'000, order);
        const auto machine = continued(writer, prompts, length, {.top_p = 0.96},
                                       random("nucleus " + corpus, seed).split(static_cast<std::uint64_t>(order)),
                                       fmt::format("{}, order {}", corpus, order));
        const auto human_scores = scored(writer, people, prompt_tokens, "scoring"),
                   machine_scores = scored(writer, machine, prompt_tokens, "scoring");
        if (seed == 0) table.rows.push_back({corpus, std::int64_t{order}});
        for (const auto score : all_scores) {
          by_prefix[score].resize(prefixes.size());
          for (std::size_t p = 0; p < prefixes.size(); ++p) {
            const double area =
                roc(scores(score, human_scores, prefixes[p]), scores(score, machine_scores, prefixes[p])).area;
            by_prefix[score][p] += area / 6;
            if (p + 1 < prefixes.size()) continue;
            if (score == Score::liketropy) least = std::min(least, area);
            if (seed == 0) table.rows.back().push_back(area);
          }
        }
        if (seed > 0 || corpus != "foldoc" || order != 5) continue;
        const auto other = continued(model("foldoc", 1'500'000, 3'000'000, 5), prompts, length, {},
                                     random("other", seed), "another model's texts");
        show_detection("foldoc, order 5", human_scores, machine_scores,
                       scored(writer, other, prompt_tokens, "scoring"));
        if (options_.wants("P6")) proxy_experiment(corpus, people, machine);
        const auto facts = assumptions(256, writer.surprisal_bound());
        for (const auto& [id, title, tokens] :
             {std::tuple{"machine", "sampled from the model", &machine[0]}, {"human", "by people", &people[0]}}) {
          std::vector<std::string> pieces;
          for (std::size_t i = prompt_tokens; i < tokens->size(); ++i)
            pieces.push_back(lm::printable(std::string(1, static_cast<char>((*tokens)[i]))));
          show_text(pieces, token_statistics(writer, *tokens, prompt_tokens), 0.05, Bound::subgamma, facts, id, title,
                    run_);
        }
      }
    }
    const auto at_end = [&](Score score) { return by_prefix[score].back(); };
    over_likelihood.push_back(at_end(Score::liketropy) - at_end(Score::likelihood));
    over_entropy.push_back(at_end(Score::likelihood) - at_end(Score::entropy));
    means.push_back(at_end(Score::liketropy));
    worst.push_back(least);
    double rise = 1;
    for (std::size_t p = 1; p < prefixes.size(); ++p)
      rise = std::min(rise, by_prefix[Score::liketropy][p] - by_prefix[Score::liketropy][p - 1]);
    rises.push_back(rise);
    if (seed > 0) continue;
    for (const auto score : all_scores)
      growth.marks.push_back({.kind = MarkKind::line,
                              .name = std::string(score_name(score)),
                              .x = {32, 64, 128, 256},
                              .y = by_prefix[score]});
  }
  run_.table(table);
  run_.figure(growth);
  if (!options_.wants("P5")) return;
  claim("P5", "liketropy_over_likelihood", over_likelihood);
  claim("P5", "likelihood_over_entropy", over_entropy);
  claim("P5", "mean_liketropy", means);
  claim("P5", "worst_liketropy", worst);
  claim("P5", "rise", rises);
}

}  // namespace offprint::llm_provenance
