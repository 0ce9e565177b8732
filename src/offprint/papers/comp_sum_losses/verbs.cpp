#include "offprint/papers/comp_sum_losses/verbs.hpp"

#include <fmt/format.h>

#include "offprint/data/table.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::comp_sum_losses {
namespace {

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

void say_what_it_means(const Transform& transform, Run& run) {
  if (transform.tight())
    run.note("For this tau and number of classes the bound is tight: some distribution attains it.");
  else
    run.note("For this tau and number of classes the bound holds but is not attained: the true guarantee is better.");
}

}  // namespace

Figure transform_figure(std::size_t classes, const std::vector<double>& taus, double largest_excess) {
  Figure figure{"guarantee",
                fmt::format("What the surrogate's excess guarantees, {} classes", classes),
                "Most excess error that each excess of the surrogate loss allows.",
                {"excess of the surrogate loss", "", Scale::linear},
                {"most excess error", "", Scale::linear},
                {}};
  for (const double tau : taus) {
    const Transform transform(tau, classes);
    Mark line{.kind = MarkKind::line, .name = fmt::format("tau = {}", tau)};
    for (int i = 0; i <= 100; ++i) {
      line.x.push_back(largest_excess * std::pow(i / 100.0, 2));
      line.y.push_back(transform.inverse(line.x.back()));
    }
    figure.marks.push_back(std::move(line));
  }
  return figure;
}

void bound_verb(const BoundOptions& options, Run& run) {
  const Transform transform(options.tau, static_cast<std::size_t>(options.classes));
  const double total = options.excess + options.gap, guarantee = transform.inverse(total);
  run.table({"bound",
             "What the surrogate's excess guarantees",
             {{"tau", ""},
              {"n", ""},
              {"excess", ""},
              {"gap", ""},
              {"excess_error", ""},
              {"simple_bound", ""},
              {"error", ""},
              {"tight", ""}},
             {{options.tau, std::int64_t{options.classes}, options.excess, options.gap, guarantee,
               transform.simple_upper(total),
               certified_error(transform, {options.excess, options.gap, options.best_error, 0}), transform.tight()}}});
  say_what_it_means(transform, run);
  auto figure = transform_figure(transform.classes(), {0, 0.5, 1, 1.5, 2}, std::max(2 * total, 0.1));
  figure.marks.push_back({.kind = MarkKind::points, .name = "here", .x = {total}, .y = {guarantee}});
  run.figure(figure);
}

void certify_verb(const CertifyOptions& options, Run& run) {
  const auto scored = read_scores(options);
  const Transform transform(options.tau, scored.scores.front().size());
  std::vector<double> losses;
  double errors = 0;
  for (std::size_t i = 0; i < scored.scores.size(); ++i) {
    const std::span<const double> scores(scored.scores[i]);
    losses.push_back(CompSum{options.tau}.value(scores, scored.labels[i]));
    errors += predict(scores) != scored.labels[i];
  }
  const double risk = mean(losses), error = errors / static_cast<double>(losses.size());
  if (!std::isfinite(risk))
    throw BadInput(options.scores.source, "its loss overflows at this tau",
                   "give scores that are nearer to each other, or a larger --tau");
  if (risk < options.best_risk)
    run.warning(
        fmt::format("the surrogate risk {:.6g} is below the reference --best-risk {:.6g}: the excess counts as 0", risk,
                    options.best_risk));
  const double excess = std::max(0.0, risk - options.best_risk);
  run.table({"certificate",
             "Risks of these scores and what they guarantee",
             {{"rows", ""},
              {"n", ""},
              {"tau", ""},
              {"surrogate_risk", ""},
              {"zero_one_risk", ""},
              {"excess", ""},
              {"gap", ""},
              {"excess_error", ""},
              {"error", ""},
              {"tight", ""}},
             {{static_cast<std::int64_t>(losses.size()), static_cast<std::int64_t>(transform.classes()), options.tau,
               risk, error, excess, options.gap, transform.inverse(excess + options.gap),
               certified_error(transform, {excess, options.gap, options.best_error, 0}), transform.tight()}}});
  run.note(
      "The guarantee speaks of the distribution that these rows stand for; how far their means are from its own is not in it.");
  say_what_it_means(transform, run);
  run.figure({"losses",
              "Loss of each row",
              "",
              {fmt::format("comp-sum loss, tau = {}", options.tau), "", Scale::linear},
              {"rows", "", Scale::linear},
              {{.kind = MarkKind::histogram, .samples = {losses}}}});
}

}  // namespace offprint::comp_sum_losses
