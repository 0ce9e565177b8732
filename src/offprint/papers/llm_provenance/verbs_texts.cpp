// Verbs over many texts: attribution, detection, planning.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>

#include "offprint/base/file.hpp"
#include "offprint/base/parallel.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/lm/sampling.hpp"
#include "offprint/lm/transformer.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/llm_provenance/clean_text.hpp"
#include "offprint/papers/llm_provenance/verbs.hpp"

namespace offprint::llm_provenance {
namespace {

/// One text of a table, cut to `tokens` scored tokens; errors name its place.
Summary summary_of(const lm::OpenedModel& opened, const std::string& text, std::size_t skip, std::size_t tokens,
                   const std::string& place) {
  try {
    auto all = opened.tokenizer->encode(text);
    if (tokens > 0) all.resize(std::min(all.size(), skip + tokens));
    return summarise(token_statistics(*opened.model, all, skip));
  } catch (const BadInput& error) {
    throw BadInput(place, error.what());
  }
}

std::string optional_text(const data::Table& table, const std::string& column, std::size_t row) {
  if (column.empty() || !table.has(column)) return "";
  const auto& found = table.column(column);
  return found.missing[row] ? "" : found.numeric ? exact_number(found.numbers[row]) : found.texts[row];
}

struct TextRow {
  std::string domain, label;
  double score = 0;
};

std::vector<TextRow> score_rows(const DetectOptions& options, const lm::OpenedModel& opened, const std::string& source,
                                Run& run) {
  const auto table = data::read_table(source);
  const auto texts = table.text(options.column);
  std::vector<TextRow> rows(texts.size());
  std::atomic<int> done{0};
  parallel_for(rows.size(), run.threads(), [&](std::size_t i) {
    const auto summary =
        summary_of(opened, options.clean ? clean_text(texts[i]) : texts[i], static_cast<std::size_t>(options.skip),
                   static_cast<std::size_t>(options.tokens), table.place(i, options.column));
    rows[i] = {optional_text(table, options.domain, i), optional_text(table, options.label, i),
               score_of(options.score, summary)};
    run.progress(++done, static_cast<double>(rows.size()), "scoring " + source);
  });
  return rows;
}

std::vector<double> scores_where(const std::vector<TextRow>& rows, const std::string& domain) {
  std::vector<double> scores;
  for (const auto& row : rows)
    if (domain.empty() || row.domain == domain) scores.push_back(row.score);
  return scores;
}

}  // namespace

void attribute_verb(const AttributeOptions& options, Run& run) {
  lm::set_blas_threads(1);  // the texts are shared out among the threads
  const auto table = data::read_table(options.texts.source);
  const auto texts = table.text(options.column);
  const auto models = lm::open_models(sources_of(options.models));
  std::vector<Assumptions> facts;
  for (const auto& opened : models) {
    facts.push_back(assumptions(opened.model->vocabulary_size(), opened.model->surprisal_bound()));
    if (options.tokens > 0 && opened.tokenizer->name() != models[0].tokenizer->name())
      throw BadInput(opened.name, "splits texts otherwise than " + models[0].name,
                     "compare whole texts with --tokens 0");
  }
  std::vector<Attribution> results(texts.size());
  std::vector<std::vector<Summary>> summaries(texts.size());
  std::atomic<int> done{0};
  parallel_for(texts.size(), run.threads(), [&](std::size_t i) {
    for (const auto& model : models)
      summaries[i].push_back(summary_of(model, texts[i], static_cast<std::size_t>(options.skip),
                                        static_cast<std::size_t>(options.tokens), table.place(i, options.column)));
    results[i] = attribute(summaries[i], options.delta, options.bound, facts);
    run.progress(++done, static_cast<double>(texts.size()), "texts");
  });

  AtomicFile file(options.output.path);
  file.stream() << "row,label,likeliest,centred_tests,accepted,tokens";
  for (const auto& model : models)
    file.stream() << ',' << data::csv_field("log_perplexity " + model.name) << ','
                  << data::csv_field("liketropy " + model.name);
  file.stream() << '\n';
  std::map<std::string, std::vector<std::int64_t>> confusion;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto label = optional_text(table, options.label, i);
    const auto& result = results[i];
    file.stream() << i + 1 << ',' << data::csv_field(label) << ',' << data::csv_field(models[result.likeliest].name)
                  << ',' << outcome_text(result.outcome) << ','
                  << (result.outcome == Outcome::one ? data::csv_field(models[result.accepted].name) : "") << ','
                  << summaries[i][0].n;
    for (const auto& summary : summaries[i])
      file.stream() << ',' << exact_number(summary.log_perplexity) << ',' << exact_number(-summary.deviation());
    file.stream() << '\n';
    auto& counts = confusion[label];
    counts.resize(models.size() + 2);
    ++counts[result.likeliest];
    if (result.outcome == Outcome::none) ++counts[models.size()];
    if (result.outcome == Outcome::ambiguous) ++counts[models.size() + 1];
  }
  file.commit();
  ResultTable counts{"attribution",
                     "Texts by the likeliest model; then how many no model, and how many several models, accept",
                     {{"label", ""}},
                     {}};
  for (const auto& model : models) counts.columns.push_back({model.name, ""});
  counts.columns.push_back({"none_accepts", ""});
  counts.columns.push_back({"several_or_undecided", ""});
  for (const auto& [label, row] : confusion) {
    counts.rows.push_back({label.empty() ? std::string("all") : label});
    for (const auto count : row) counts.rows.back().push_back(count);
  }
  run.table(counts);
  run.file(options.output.path, "One row a text");
}

void detect_verb(const DetectOptions& options, Run& run) {
  lm::set_blas_threads(1);  // the texts are shared out among the threads
  const auto opened = lm::open_model(options.model.source);
  const auto human = score_rows(options, opened, options.human.source, run),
             texts = score_rows(options, opened, options.texts.source, run);
  std::map<std::string, double> thresholds_of;
  for (const auto& row : texts) {
    if (thresholds_of.count(row.domain)) continue;
    auto own = scores_where(human, row.domain);
    if (own.empty()) own = scores_where(human, "");
    thresholds_of[row.domain] = threshold_at(own, options.fpr);
  }
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> by_label;
  for (const auto& row : texts) {
    auto& [all, flagged] = by_label[row.label];
    ++all;
    flagged += row.score > thresholds_of[row.domain];
  }
  ResultTable rates{"flagged",
                    fmt::format("Texts above the threshold that {} of the human texts exceed, by {}", options.fpr,
                                score_name(options.score)),
                    {{"label", ""}, {"texts", ""}, {"flagged", ""}, {"share", ""}},
                    {}};
  for (const auto& [label, counts] : by_label)
    rates.rows.push_back({label.empty() ? std::string("all") : label, counts.first, counts.second,
                          static_cast<double>(counts.second) / static_cast<double>(counts.first)});
  run.table(rates);
  ResultTable limits{
      "thresholds", "Thresholds by domain", {{"domain", ""}, {"threshold", ""}, {"human_texts", ""}}, {}};
  for (const auto& [domain, threshold] : thresholds_of) {
    const auto own = scores_where(human, domain);
    limits.rows.push_back({domain.empty() ? std::string("all") : domain, threshold,
                           static_cast<std::int64_t>(own.empty() ? human.size() : own.size())});
  }
  run.table(limits);
  const auto machine = scores_where(texts, "");
  const auto curve = roc(scores_where(human, ""), machine);
  Mark line{.kind = MarkKind::line, .name = fmt::format("{}, area {:.3f}", score_name(options.score), curve.area)};
  for (const auto& point : curve.points) {
    line.x.push_back(point.false_positive_rate);
    line.y.push_back(point.true_positive_rate);
  }
  run.figure({"roc",
              "Texts against human texts",
              "",
              {"share of human texts flagged", "", Scale::linear},
              {"share of texts flagged", "", Scale::linear},
              {line}});
  run.figure(
      {"scores",
       "Scores",
       "",
       {std::string(score_name(options.score)), "", Scale::linear},
       {"texts", "", Scale::linear},
       {{.kind = MarkKind::histogram, .name = "texts", .samples = {machine}, .facet = "texts"},
        {.kind = MarkKind::histogram, .name = "human", .samples = {scores_where(human, "")}, .facet = "human"}}});
  if (options.output.empty()) return;
  AtomicFile file(options.output.path);
  file.stream() << "row,domain,label,score,flagged\n";
  for (std::size_t i = 0; i < texts.size(); ++i)
    file.stream() << i + 1 << ',' << data::csv_field(texts[i].domain) << ',' << data::csv_field(texts[i].label) << ','
                  << exact_number(texts[i].score) << ',' << (texts[i].score > thresholds_of[texts[i].domain] ? 1 : 0)
                  << '\n';
  file.commit();
  run.file(options.output.path, "One row a text");
}

void plan_verb(const PlanOptions& options, Run& run) {
  lm::set_blas_threads(1);  // the texts are shared out among the threads
  const auto a = lm::open_model(options.model.source), b = lm::open_model(options.against.source);
  if (a.tokenizer->name() != b.tokenizer->name())
    throw BadInput(options.against.source, "splits texts otherwise than " + a.name,
                   "plan with models of one tokenizer");
  const auto count = static_cast<std::size_t>(options.texts), length = static_cast<std::size_t>(options.tokens);
  constexpr std::size_t prompt_tokens = 16;
  std::vector<std::vector<Token>> prompts(count);
  if (!options.prompts.empty())
    prompts = draw_prompts(a.tokenizer->encode(data::read_text(options.prompts.source)), count, prompt_tokens,
                           run.random("prompts"));
  if (prompts[0].size() < std::max(a.model->least_context(), b.model->least_context()))
    throw UsageError("--prompts: these models need a text to begin from");
  // errors[n]: texts of length n+1 that are given to the other model; gaps: L_A - h_A of B's texts.
  std::vector<std::vector<char>> wrong(2 * count, std::vector<char>(length));
  std::vector<double> gaps(count), variances(count);
  std::vector<std::vector<double>> affinity(
      count, std::vector<double>(length));  // sqrt(P_B / P_A) of A's texts: its mean is the Bhattacharyya affinity
  std::atomic<int> done{0};
  parallel_for(2 * count, run.threads(), [&](std::size_t i) {
    const bool by_a = i < count;
    auto text = prompts[i % count];
    const std::size_t skip = text.size();
    const auto written = lm::generate(*(by_a ? a : b).model, text, length, {}, run.random(by_a ? "a" : "b").split(i));
    text.insert(text.end(), written.begin(), written.end());
    const auto under_a = token_statistics(*a.model, text, skip), under_b = token_statistics(*b.model, text, skip);
    double lead = 0;
    for (std::size_t n = 0; n < length; ++n) {
      lead += under_b.surprisal[n] - under_a.surprisal[n];
      wrong[i][n] = by_a ? lead <= 0 : lead >= 0;
      if (by_a) affinity[i][n] = std::exp(-lead / 2);
    }
    if (!by_a) {
      const auto summary = summarise(under_a);
      gaps[i - count] = summary.deviation();
      variances[i - count] = summary.variance;
    }
    run.progress(++done, static_cast<double>(2 * count), "texts");
  });
  Mark type_one{.kind = MarkKind::line, .name = "A's texts given to B"},
      type_two{.kind = MarkKind::line, .name = "B's texts given to A"};
  Mark ceiling{.kind = MarkKind::line, .name = "Bhattacharyya bound on their sum, estimated", .dashed = true};
  std::vector<double> lengths, log_errors;
  std::optional<std::size_t> reached;
  for (std::size_t n = 0; n < length; ++n) {
    double errors[2]{};
    for (std::size_t i = 0; i < 2 * count; ++i) errors[i >= count] += wrong[i][n] / static_cast<double>(count);
    const double mean_error = (errors[0] + errors[1]) / 2, at = static_cast<double>(n + 1);
    for (auto [mark, error] : {std::pair{&type_one, errors[0]}, {&type_two, errors[1]}})
      if (error > 0) {
        mark->x.push_back(at);
        mark->y.push_back(error);
      }
    double affine = 0;
    for (const auto& text : affinity) affine += text[n] / static_cast<double>(count);
    ceiling.x.push_back(at);
    ceiling.y.push_back(affine);
    if (mean_error >= 2.5 / static_cast<double>(count) && mean_error <= 0.4) {
      lengths.push_back(at);
      log_errors.push_back(std::log(mean_error));
    }
    if (std::max(errors[0], errors[1]) > options.delta)
      reached.reset();
    else if (!reached)
      reached = n + 1;
  }
  run.figure({"errors",
              "Attribution errors by length",
              "",
              {"tokens", "", Scale::linear},
              {"share of texts", "", Scale::log},
              {type_one, type_two, ceiling}});
  ResultTable table{"plan",
                    fmt::format("Tokens needed for errors of at most {}", options.delta),
                    {{"question", ""}, {"tokens", ""}, {"from", ""}},
                    {}};
  table.rows.push_back({std::string("A or B: both errors"),
                        reached ? Cell(static_cast<std::int64_t>(*reached)) : Cell(),
                        fmt::format("{} texts of each", count)});
  if (lengths.size() > 2) {
    const auto fit = linear_fit(lengths, log_errors);
    if (fit.slope < 0)
      table.rows.push_back({std::string("A or B: mean error, on the fitted exponential"),
                            std::ceil((std::log(options.delta) - fit.intercept) / fit.slope),
                            fmt::format("error falls by {} nats a token", short_number(-fit.slope))});
  }
  std::vector<double> at_length;
  const std::size_t shown = reached.value_or(length);
  for (const auto& text : affinity) at_length.push_back(text[shown - 1]);
  const auto estimated = bootstrap_interval(
      std::span<const double>(at_length), [](std::span<const double> values) { return mean(values); }, run.seed());
  run.note(fmt::format(
      "the sum of both errors at {} tokens is at most {} [{}, {}], estimated from A's texts: heavy-tailed, a diagnostic only",
      shown, short_number(estimated.value), short_number(estimated.low), short_number(estimated.high)));
  const auto gap = mean_interval(gaps);
  const auto facts = assumptions(a.model->vocabulary_size(), a.model->surprisal_bound());
  for (const auto bound : {Bound::subgamma, Bound::freedman, Bound::azuma, Bound::studentised})
    table.rows.push_back({std::string("A or not A, identity test, ") + std::string(bound_name(bound)),
                          length_needed(bound, std::abs(gap.value), options.delta, mean(variances), facts),
                          fmt::format("B's texts stray by L - h = {} +- {}", short_number(gap.value),
                                      short_number(gap.high - gap.value))});
  run.table(table);
  run.note(
      "identity tests: at that length half of B's texts are rejected; A's are wrongly rejected with probability at most delta");
}

}  // namespace offprint::llm_provenance
