#include <fmt/format.h>

#include "offprint/data/catalogue.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/paper/verb.hpp"
#include "offprint/papers/comp_sum_losses/comp_sum_losses.hpp"
#include "offprint/papers/comp_sum_losses/verbs/guarantee.hpp"

namespace offprint::comp_sum_losses::verbs {
namespace {

struct CertifyOptions {
  InputFile scores, labels;
  bool probabilities = false;  ///< the table holds class probabilities, not scores
  double tau = 1, best_risk = 0, gap = 0, best_error = 0;
};

struct Scored {
  std::vector<std::vector<double>> scores;  ///< one row an example
  std::vector<std::size_t> labels;
};

std::size_t label_of(double value, std::size_t classes, const std::string& place) {
  if (!(value >= 0) || value != std::floor(value) || value >= static_cast<double>(classes))
    throw BadInput(place, fmt::format("the label {} is not among {} classes", value, classes),
                   "number the classes from 0, in the order of the columns");
  return static_cast<std::size_t>(value);
}

Scored read_scores(const CertifyOptions& options) {
  const auto table = data::read_table(options.scores.source);
  Scored result;
  result.scores.resize(table.rows());
  for (const auto& name : table.names()) {
    if (name == "label") continue;
    const auto values = table.numeric(name);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (options.probabilities && !(values[i] > 0 && values[i] <= 1))
        throw BadInput(table.place(i, name), fmt::format("{} is no positive probability", values[i]),
                       "give scores, or probabilities above 0");
      result.scores[i].push_back(options.probabilities ? std::log(values[i]) : values[i]);
    }
  }
  const auto classes = result.scores.front().size();
  if (classes < 2) throw BadInput(table.source, "has scores of fewer than two classes", "give one column a class");
  const auto labels = options.labels.empty() ? table : data::read_table(options.labels.source);
  const auto column = labels.has("label") || labels.columns.size() != 1 ? std::string("label") : labels.columns[0].name;
  const auto values = labels.numeric(column);
  if (values.size() != table.rows())
    throw BadInput(labels.source,
                   fmt::format("has {} labels where {} has {} rows", values.size(), table.source, table.rows()),
                   "give one label a row");
  for (std::size_t i = 0; i < values.size(); ++i)
    result.labels.push_back(label_of(values[i], classes, labels.place(i, column)));
  return result;
}

void certify_scores(const CertifyOptions& options, Run& run) {
  const auto scored = read_scores(options);
  const Transform transform(options.tau, scored.scores.front().size());
  std::vector<double> losses;
  double errors = 0;
  for (std::size_t i = 0; i < scored.scores.size(); ++i) {
    const std::span<const double> scores(scored.scores[i]);
    losses.push_back(CompSum{options.tau}.value(scores, scored.labels[i]));
    errors += predict(scores) != scored.labels[i];
  }
  const double risk = mean(losses);
  if (!std::isfinite(risk))
    throw BadInput(options.scores.source, "its loss overflows at this tau",
                   "give scores that are nearer to each other, or a larger --tau");
  if (risk < options.best_risk)
    run.warning(
        fmt::format("the surrogate risk {:.6g} is below the reference --best-risk {:.6g}: the excess counts as 0", risk,
                    options.best_risk));
  const double excess = std::max(0.0, risk - options.best_risk);
  run.table(ResultTable{
      "certificate",
      "Risks of these scores and what they guarantee",
      {"rows", "n", "tau", "surrogate_risk", "zero_one_risk", "excess", "gap", "excess_error", "error",
       "tight"}}.row(losses.size(), transform.classes(), options.tau, risk, errors / static_cast<double>(losses.size()),
                     excess, options.gap, transform.inverse(excess + options.gap),
                     certified_error(transform, {excess, options.gap, options.best_error, 0}), transform.tight()));
  run.note(
      "The guarantee speaks of the distribution that these rows stand for; how far their means are from its own is not "
      "in it.");
  note_tightness(transform, run);
  Figure figure{"losses", "Loss of each row", "How many rows have which loss; their mean is the surrogate risk.",
                fmt::format("comp-sum loss, tau = {}", options.tau), "rows"};
  figure.histogram("", losses);
  run.figure(figure);
}

}  // namespace

Verb certify() {
  const Accepts tables{{"csv", "tsv", "jsonl", "npy"}};
  return verb<CertifyOptions>("certify", "Risks of any model's scores, and what they guarantee")
      .option(&CertifyOptions::scores, "scores", "Table of scores, one column a class and one row an example",
              Positional{}, Required{}, tables, Example{"data:example-class-scores"})
      .option(&CertifyOptions::labels, "labels", "Table of labels from 0; default: the column label of the scores",
              tables, Example{"data:example-class-scores"})
      .option(&CertifyOptions::probabilities, "probabilities",
              "The table holds probabilities: take their logarithms as scores")
      .option(&CertifyOptions::tau, "tau", "Member of the family", between(0, 100))
      .option(&CertifyOptions::best_risk, "best-risk", "Best surrogate risk of the hypothesis set; 0 is always valid",
              between(0, 1e300))
      .option(&CertifyOptions::gap, "gap", "Minimizability gap of the surrogate", between(0, 1e300))
      .option(&CertifyOptions::best_error, "best-error", "Best error rate of the hypothesis set", between(0, 1))
      .example("certify data:example-class-scores --tau 1 --best-risk 0.2")
      .runs(certify_scores);
}

}  // namespace offprint::comp_sum_losses::verbs
