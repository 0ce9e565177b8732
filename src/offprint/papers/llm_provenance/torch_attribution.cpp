// P2 to P4: whose text is it?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/math/statistics.hpp"
#include "offprint/papers/llm_provenance/experiments.hpp"

namespace offprint::llm_provenance {
namespace {

/// The models of two halves of the dictionary.
struct Pair {
  explicit Pair(Measurement& m)
      : a(m.shared<Corpora>().model("foldoc", 0, 1'500'000, 5)),
        b(m.shared<Corpora>().model("foldoc", 1'500'000, 3'000'000, 5)) {}
  const LanguageModel &a, &b;
};

/// P2.
void other_text(Measurement& m) {
  const Pair models(m);
  const auto texts = m.by_budget<std::size_t>(100, 300, 300);
  std::vector<double> cross_errors, own_errors;
  for (std::size_t seed = 0; seed < m.repetitions(); ++seed) {
    const auto written =
        continued(m, models.b, dictionary_prompts(m, texts), 256, {}, m.random("other text").split(seed), "B's texts");
    std::vector<double> cross(texts), own(texts);
    repeat(m.run, texts, "scoring", [&](std::size_t i) {
      const auto statistics = cross_statistics(models.a, models.b, written[i], prompt_tokens);
      cross[i] = mean(statistics.surprisal) - mean(statistics.cross_entropy);
      own[i] = summarise(token_statistics(models.a, written[i], prompt_tokens)).deviation();
    });
    cross_errors.push_back(in_standard_errors(cross));
    own_errors.push_back(in_standard_errors(own));
    if (seed == 0)
      m.run.note(
          fmt::format("B's texts under A: L minus the cross-entropy has mean {:.4f}, L minus the entropy {:.4f} nats",
                      mean(cross), mean(own)));
  }
  m.check("P2.cross_standard_errors", mean_of(cross_errors));
  m.check("P2.own_standard_errors", mean_of(own_errors));
}

/// Share of texts, at each length, that the other model makes at least as likely: statistics of the same texts.
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

/// P3, on byte models.
void attribution_errors(Measurement& m) {
  const Pair models(m);
  constexpr std::size_t longest = 256;
  const auto texts = m.by_budget<std::size_t>(300, 2000, 1000);
  const auto prompts = dictionary_prompts(m, texts);
  std::vector<double> linearity, type_one, type_two;
  for (std::size_t seed = 0; seed < m.repetitions(); ++seed) {
    const auto by_a = continued(m, models.a, prompts, longest, {}, m.random("attribution a").split(seed), "A's texts");
    const auto by_b = continued(m, models.b, prompts, longest, {}, m.random("attribution b").split(seed), "B's texts");
    const auto one = errors_by_length(scored(m, models.a, by_a), scored(m, models.b, by_a)),
               two = errors_by_length(scored(m, models.b, by_b), scored(m, models.a, by_b));
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
    Figure figure{"errors", "Attribution errors against the length of the text",
                  "Byte models of two halves of a dictionary; each text goes to the one that makes it likelier. "
                  "Straight lines fall exponentially.",
                  "tokens", log_axis("share of texts")};
    add_errors(figure, "A's texts given to B", one);
    add_errors(figure, "B's texts given to A", two);
    m.run.figure(figure);
  }
  m.check("P3.log_linearity", mean_of(linearity));
  m.check("P3.type_one_256", mean_of(type_one));
  m.check("P3.type_two_256", mean_of(type_two));
}

/// shares[writer][model]: of the writer's texts given to the likeliest model.
using Shares = std::vector<std::vector<double>>;

Shares attributed(Measurement& m, const std::vector<const LanguageModel*>& models,
                  const std::vector<std::string>& names, const Texts& prompts, const Random& random) {
  constexpr std::size_t tokens = 300;
  Shares shares(models.size(), std::vector<double>(models.size()));
  for (std::size_t writer = 0; writer < models.size(); ++writer) {
    const auto written = continued(m, *models[writer], prompts, tokens, {}, random.split(writer), names[writer]);
    std::vector<std::vector<TokenStatistics>> statistics;
    for (const auto* model : models) statistics.push_back(scored(m, *model, written));
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      std::vector<double> perplexity;
      for (const auto& of_model : statistics) perplexity.push_back(summarise(of_model[i]).log_perplexity);
      const auto likeliest = std::min_element(perplexity.begin(), perplexity.end()) - perplexity.begin();
      shares[writer][static_cast<std::size_t>(likeliest)] += 1 / static_cast<double>(prompts.size());
    }
  }
  return shares;
}

/// P4.
void four_models(Measurement& m) {
  const std::vector<std::string> names{"foldoc, order 5", "fortunes, order 4", "jargon, order 5", "python, order 6"};
  auto& corpora = m.shared<Corpora>();
  const std::vector<const LanguageModel*> models{
      &corpora.model("foldoc", 0, 1'500'000, 5), &corpora.model("fortunes", 0, 1'300'000, 4),
      &corpora.model("jargon", 0, 1'300'000, 5), &corpora.model("python", 0, 1'300'000, 6)};
  const auto prompts = dictionary_prompts(m, m.by_budget<std::size_t>(50, 500, 500));
  std::vector<double> worst_one, mean_two;
  for (std::size_t seed = 0; seed < m.repetitions(); ++seed) {
    const auto given = attributed(m, models, names, prompts, m.random("four models").split(seed));
    double worst = 0, total = 0;
    for (std::size_t model = 0; model < models.size(); ++model) {
      worst = std::max(worst, 1 - given[model][model]);
      for (std::size_t writer = 0; writer < models.size(); ++writer)
        if (writer != model) total += given[writer][model] / 3;
    }
    worst_one.push_back(worst);
    mean_two.push_back(total / 4);
    if (seed > 0) continue;
    ResultTable table{"four_models", "Share of each writer's texts given to each model, 300 bytes", {"writer"}};
    for (const auto& name : names) table.columns.emplace_back(name);
    for (std::size_t writer = 0; writer < models.size(); ++writer) {
      table.row(names[writer]);
      table.rows.back().insert(table.rows.back().end(), given[writer].begin(), given[writer].end());
    }
    m.run.table(table);
  }
  m.check("P4.worst_type_one", mean_of(worst_one));
  m.check("P4.mean_type_two", mean_of(mean_two));
}

const TorchExperiment p2{"llm_provenance other text", other_text};
const TorchExperiment p3{"llm_provenance attribution", attribution_errors};
const TorchExperiment p4{"llm_provenance four models", four_models};

}  // namespace
}  // namespace offprint::llm_provenance
