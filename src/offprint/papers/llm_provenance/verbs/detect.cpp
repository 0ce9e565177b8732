#include <fmt/format.h>

#include <map>

#include "offprint/lm/clean_text.hpp"
#include "offprint/lm/transformer.hpp"
#include "offprint/math/ranks.hpp"
#include "offprint/paper/repeat.hpp"
#include "offprint/papers/llm_provenance/verbs/texts.hpp"

namespace offprint::llm_provenance::verbs {
namespace {

struct DetectOptions {
  InputFile texts, human, model;
  std::string column = "text", domain = "domain", label;
  Score score = Score::liketropy;
  double fpr = 0.05;
  int skip = 1, tokens = 512;
  bool clean = false;
  OutputFile output;
};

struct TextRow {
  std::string domain, label;
  double score = 0;
};

std::vector<TextRow> score_rows(const DetectOptions& options, const lm::OpenedModel& opened, const std::string& source,
                                Run& run) {
  const auto table = data::read_table(source);
  const auto texts = table.text(options.column);
  return repeat(run, texts.size(), "scoring " + source, [&](std::size_t i) {
    const auto summary = summary_of(opened, options.clean ? lm::clean_text(texts[i]) : texts[i], options.skip,
                                    options.tokens, table.place(i, options.column));
    return TextRow{optional_text(table, options.domain, i), optional_text(table, options.label, i),
                   score_of(options.score, summary)};
  });
}

/// The scores of a domain; of all if it is empty.
std::vector<double> scores_of(const std::vector<TextRow>& rows, const std::string& domain = "") {
  std::vector<double> scores;
  for (const auto& row : rows)
    if (domain.empty() || row.domain == domain) scores.push_back(row.score);
  return scores;
}

/// Thresholds by domain, from the human texts of the same domain, or from all where there are none.
std::map<std::string, double> thresholds_by_domain(const DetectOptions& options, const std::vector<TextRow>& human,
                                                   const std::vector<TextRow>& texts, Run& run) {
  ResultTable table{"thresholds", "Thresholds by domain", {"domain", "threshold", "human_texts"}};
  std::map<std::string, double> limits;
  for (const auto& row : texts) limits[row.domain] = 0;
  for (auto& [domain, threshold] : limits) {
    auto own = scores_of(human, domain);
    if (own.empty()) own = scores_of(human);
    threshold = threshold_at(own, options.fpr);
    table.row(domain.empty() ? "all" : domain, threshold, own.size());
  }
  run.table(table);
  return limits;
}

void show_scores(const std::string& score, const std::vector<double>& human, const std::vector<double>& texts,
                 Run& run) {
  const auto curve = roc(human, texts);
  Figure rates{"roc", "Texts against human texts", "The farther above the diagonal, the better the score tells them.",
               "share of human texts flagged", "share of texts flagged"};
  auto& line = rates.line(fmt::format("{}, area {:.3f}", score, curve.area));
  for (const auto& point : curve.points) line.add(point.false_positive_rate, point.true_positive_rate);
  run.figure(rates);
  Figure values{"scores", "Scores", "Texts whose scores lie beyond those of people are flagged.", score, "texts"};
  values.histogram("texts", texts).of("texts");
  values.histogram("human", human).of("human");
  run.figure(values);
}

void detect_texts(const DetectOptions& options, Run& run) {
  lm::set_blas_threads(1);  // the texts are shared out among the threads
  const auto opened = lm::open_model(options.model.source);
  const auto human = score_rows(options, opened, options.human.source, run),
             texts = score_rows(options, opened, options.texts.source, run);
  const auto limits = thresholds_by_domain(options, human, texts, run);
  const auto& score = score_names.name(options.score);

  std::map<std::string, std::pair<std::int64_t, std::int64_t>> by_label;  // all and flagged
  std::vector<std::int64_t> rows, flags;
  std::vector<std::string> domains, labels;
  for (const auto& row : texts) {
    const bool flagged = row.score > limits.at(row.domain);
    ++by_label[row.label].first;
    by_label[row.label].second += flagged;
    rows.push_back(static_cast<std::int64_t>(rows.size() + 1));
    domains.push_back(row.domain);
    labels.push_back(row.label);
    flags.push_back(flagged);
  }
  ResultTable rates{
      "flagged",
      fmt::format("Texts above the threshold that {} of the human texts exceed, by {}", options.fpr, score),
      {"label", "texts", "flagged", "share"}};
  for (const auto& [label, counts] : by_label)
    rates.row(label.empty() ? "all" : label, counts.first, counts.second,
              static_cast<double>(counts.second) / static_cast<double>(counts.first));
  run.table(rates);
  show_scores(score, scores_of(human), scores_of(texts), run);
  if (options.output.empty()) return;
  data::Table table;
  table.add("row", rows).add("domain", domains).add("label", labels).add("score", scores_of(texts));
  table.add("flagged", flags);
  data::write_csv(options.output.path, table);
  run.file(options.output.path, "One row a text");
}

}  // namespace

Verb detect() {
  using O = DetectOptions;
  const Accepts tables{{"csv", "tsv", "jsonl"}};
  return verb<O>("detect",
                 "Flag machine-written texts at a stated rate of false alarms, from human texts of the same kind")
      .option(&O::texts, "texts", "Table with one text a row, such as RAID's", Positional{}, Required{}, tables,
              Example{"texts.jsonl"})
      .option(&O::human, "human", "Table of human texts, which sets the thresholds", Required{}, tables,
              Example{"data:example-human-texts"})
      .option(&O::model, "model", "The model, or a proxy of the unknown one", Required{},
              Accepts{{"ngram", "safetensors"}}, Example{"a.ngram"})
      .option(&O::column, "column", "Column of the texts, in both tables")
      .option(&O::domain, "domain", "Column of domains, each with its own threshold, where there is one")
      .option(&O::label, "label", "Column whose values are reported apart, such as the writer or the attack")
      .option(&O::score, "score", "What to rank by; absolute_liketropy is the black-box form", score_names)
      .option(&O::fpr, "fpr", "Share of human texts that may be flagged", between(0, 1))
      .option(&O::skip, "skip", "Tokens at the beginning that are context only", between(0, 1e9))
      .option(&O::tokens, "tokens", "Score at most so many tokens; 0: all", between(0, 1e9))
      .option(&O::clean, "clean", "Undo look-alike letters and invisible characters first")
      .option(&O::output, "output", "Where to write one row a text", SuggestedName{"flagged.csv", false})
      .example("detect texts.jsonl --human data:example-human-texts --model a.ngram --fpr 0.1 -o flagged.csv")
      .runs(detect_texts);
}

}  // namespace offprint::llm_provenance::verbs
