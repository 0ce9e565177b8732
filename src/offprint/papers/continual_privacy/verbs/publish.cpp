#include "offprint/papers/continual_privacy/verbs/publish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "offprint/base/file.hpp"
#include "offprint/data/document.hpp"
#include "offprint/data/table.hpp"
#include "offprint/papers/continual_privacy/verbs/budget.hpp"

namespace offprint::continual_privacy {
namespace {

const data::DocumentKind state_kind{"offprint continual-privacy state 1", "state of a stream",
                                    "offprint continual-privacy count --state"};

struct PublishOptions : StreamOptions, BudgetOptions, ReleaseOptions {
  std::optional<std::int64_t> horizon;  ///< required
  std::int64_t every = 0;
  MechanismKind mechanism = MechanismKind::automatic;
  Neighbours neighbours = Neighbours::replacement;
  bool reproducible = false;
};

struct Published {
  data::Table table;
  Figure figure;
  double largest_half_width = 0, largest_error = 0;
};

const char* privacy_of(const StreamMechanism& mechanism) { return mechanism.is_private() ? "private" : "not private"; }

/// The first columns at some four hundred steps: releases with their bands, and the truth where it may be seen.
Figure figure_of(const data::Table& table, const std::vector<std::vector<double>>& released,
                 const std::vector<std::vector<double>>& truths, bool select) {
  Figure figure{"releases", "What is published, step by step",
                select ? "The column that is said to lead, by its number from 0."
                       : "Each release lies within the band around it with probability 95 %.",
                "step", select ? "column" : "sum"};
  const auto shown = std::min<std::size_t>(released.size(), 6), rows = table.rows();
  const auto &steps = table.columns.front().numbers, &widths = table.columns[table.columns.size() - 2].numbers;
  for (std::size_t j = 0; j < shown; ++j) {
    const auto panel = shown > 1 ? table.columns[j + 1].name : "";
    auto* band = select ? nullptr : &figure.band("95 % band").of(panel);
    auto& line = figure.line("release").of(panel).as(Role::method);
    auto* truth = truths.empty() ? nullptr : &figure.line("true").of(panel).dash();
    for (std::size_t i = 0; i < rows; ++i) {
      if (i % std::max<std::size_t>(1, rows / 400) && i + 1 < rows) continue;
      if (band) band->span(steps[i], released[j][i] - widths[i], released[j][i] + widths[i]);
      line.add(steps[i], released[j][i]);
      if (truth) truth->add(steps[i], truths[j][i]);
    }
  }
  return figure;
}

Published publish(StreamMechanism& mechanism, const TableStream& stream, bool with_truth, Run& run) {
  const auto& config = mechanism.config();
  const bool select = config.statistic == Statistic::sum_select, count = config.statistic == Statistic::count;
  const auto columns = count ? stream.names : std::vector<std::string>{select ? "column" : "max_sum"};
  const std::int64_t length = stream.stream.length(), start = mechanism.now(),
                     stride = std::max<std::int64_t>(1, length / 400);
  std::vector<std::vector<double>> released(columns.size()), truths(columns.size());
  std::vector<std::int64_t> steps;
  std::vector<std::string> leaders;
  std::vector<double> half_widths, sums(stream.names.size());
  Published result;
  for (std::int64_t i = 0; i < length; ++i) {
    const auto row = stream.stream.row(i);
    const auto& release = mechanism.step(row);
    for (std::size_t j = 0; j < row.size(); ++j) sums[j] += static_cast<double>(row[j]) * config.rows.grid;
    const double largest = *std::max_element(sums.begin(), sums.end());
    for (std::size_t j = 0; j < columns.size(); ++j) {
      released[j].push_back(select ? static_cast<double>(release.index) : release.values[j]);
      truths[j].push_back(count ? sums[j] : largest);
      // What SumSelect loses is the lead of the largest sum over the chosen one.
      result.largest_error =
          std::max(result.largest_error, select ? largest - sums[static_cast<std::size_t>(release.index)]
                                                : std::abs(released[j].back() - truths[j].back()));
    }
    if (select) leaders.push_back(stream.names[static_cast<std::size_t>(release.index)]);
    steps.push_back(start + i + 1);
    half_widths.push_back(release.half_width_95);
    if (i % stride && i + 1 < length) continue;
    run.progress(static_cast<double>(i + 1), static_cast<double>(length), "rows");
    run.metric(select ? "chosen column" : columns[0], static_cast<double>(steps.back()), released[0].back());
  }
  result.largest_half_width = *std::max_element(half_widths.begin(), half_widths.end());
  result.table.add("step", steps);
  if (select) result.table.add("column", leaders);
  for (std::size_t j = 0; j < columns.size() && !select; ++j) result.table.add(columns[j], released[j]);
  result.table.add("half_width_95", half_widths);
  result.table.add("noise", std::vector<std::string>(steps.size(), privacy_of(mechanism)));
  if (!with_truth || select) truths.clear();
  result.figure = figure_of(result.table, released, truths, select);
  return result;
}

void report(const StreamMechanism& mechanism, const Published& published, bool truth, Run& run) {
  const auto& config = mechanism.config();
  const auto& budget = config.budget;
  const double delta = budget.is_pure ? 0 : budget.delta > 0 ? budget.delta : 1e-6;
  ResultTable summary{"summary",
                      "The bill",
                      {"mechanism", "step", "horizon", "rho", "epsilon", "delta", "largest_half_width_95", "noise"}};
  summary.row(mechanisms.name(config.kind), mechanism.now(), mechanism.horizon(), budget.rho,
              budget.is_pure ? budget.epsilon : epsilon_of_zcdp(budget.rho, delta), delta, published.largest_half_width,
              privacy_of(mechanism));
  if (truth) {
    summary.columns.push_back("largest_error");
    summary.rows[0].push_back(published.largest_error);
    run.warning("with --truth the figure and the largest error come from the raw data: do not publish them");
  }
  run.table(summary);
  run.figure(published.figure);
  if (!mechanism.is_private()) run.warning("the noise can be computed by anyone: these releases are not private");
}

/// How a stream is read.
data::Json to_json(const StreamOptions& options) {
  return {{"columns", options.columns},
          {"levels", options.levels},
          {"time", options.time},
          {"low", options.low},
          {"high", options.high},
          {"grid", options.grid},
          {"clip", options.outside == OutsidePolicy::clip},
          {"missing_is_zero", options.missing == MissingPolicy::zero}};
}

StreamOptions stream_options_from(const data::Document& document) {
  StreamOptions options;
  options.columns = document.texts("columns");
  options.levels = document.texts("levels");
  options.time = document.text("time");
  options.low = document.number("low");
  options.high = document.number("high");
  options.grid = document.number("grid");
  if (document.truth("clip")) options.outside = OutsidePolicy::clip;
  if (document.truth("missing_is_zero")) options.missing = MissingPolicy::zero;
  return options;
}

void write_state(const std::string& path, const StreamMechanism& mechanism, const StreamOptions& reader,
                 bool reproducible, Run& run) {
  const data::Json stream{{"mechanism", mechanism.save()}, {"reader", to_json(reader)}, {"reproducible", reproducible}};
  data::write_document(path, state_kind, {{"sha256", sha256(stream.dump())}, {"stream", stream}});
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  run.file(path, "State to resume from: as secret as the data");
}

void publish_table(Statistic statistic, const PublishOptions& options, Run& run) {
  StreamOptions reader = options;
  MechanismConfig config;
  config.statistic = statistic;
  config.kind = options.mechanism;
  config.budget = budget_of(options);
  config.horizon = *options.horizon;
  config.every = options.every;
  const auto table = read_stream(reader, options.neighbours, run);
  config.rows = table.rows;
  const auto mechanism = make_mechanism(config, noise_source(options.reproducible, 0, run));
  refuse_overrun(table, *mechanism, options.input.source);
  release_rows(*mechanism, table, reader, options.reproducible, options, run);
}

}  // namespace

void release_rows(StreamMechanism& mechanism, const TableStream& table, const StreamOptions& reader, bool reproducible,
                  const ReleaseOptions& options, Run& run) {
  const auto published = publish(mechanism, table, options.truth, run);
  // The state first: releases without one could only be continued with noise drawn twice for the same steps.
  if (!options.state.empty()) write_state(options.state.path, mechanism, reader, reproducible, run);
  data::write_csv(options.output.path, published.table);
  run.file(options.output.path, "The releases, one row a step");
  report(mechanism, published, options.truth, run);
}

void refuse_overrun(const TableStream& table, const StreamMechanism& mechanism, const std::string& source) {
  const auto rows = table.stream.length(), left = mechanism.horizon() - mechanism.now();
  if (rows > left)
    throw BadInput(
        source, fmt::format("has {} rows, but only {} of the horizon of {} are left", rows, left, mechanism.horizon()),
        mechanism.now() == 0 ? "give a larger --horizon"
                             : "the noise was fixed for that many steps; start a new stream with a budget of its own");
}

RandomBits noise_source(bool reproducible, std::int64_t now, const Run& run) {
  return reproducible ? RandomBits::seeded(run.random("noise").split(static_cast<std::uint64_t>(now)))
                      : RandomBits::operating_system();
}

SavedStream read_state(const std::filesystem::path& file, const Run& run) {
  const data::StoredDocument document(file, state_kind);
  const auto stream = document->part("stream"), mechanism = stream.part("mechanism");
  if (document->text("sha256") != sha256(stream.json().dump())) document->refuse("stream", "was changed");
  SavedStream saved{stream_options_from(stream.part("reader")), stream.truth("reproducible"), nullptr};
  saved.mechanism = load_mechanism(mechanism.json(), noise_source(saved.reproducible, mechanism.whole("now"), run));
  return saved;
}

Verb publishing_verb(Statistic statistic, const char* help, const std::vector<MechanismKind>& kinds,
                     const char* suggested, const char* example) {
  auto builder = verb<PublishOptions>(statistics.name(statistic), help);
  builder.with(stream_options)
      .option(&PublishOptions::horizon, "horizon", "Events that may come in all; fixes the noise", Required{},
              between(1, 1e12))
      .with(budget_options)
      .option(&PublishOptions::mechanism, "mechanism", "How; auto takes the least predicted error",
              mechanisms.some(kinds));
  if (statistic != Statistic::count)
    builder.option(&PublishOptions::every, "every", "recompute: events between releases; 0: the optimal number",
                   between(0, 1e12));
  return builder
      .option(&PublishOptions::neighbours, "neighbours",
              "Which streams may not be told apart: one event replaced, or removed", neighbour_relations)
      .option(&PublishOptions::reproducible, "reproducible", "Noise from the seed: for trying out, not private")
      .option(&PublishOptions::truth, "truth", "Show the true values beside the releases: not private")
      .output(&PublishOptions::output, suggested, "Where to write the releases, one row an event")
      .option(&PublishOptions::state, "state", "Where to write the state to resume from",
              SuggestedName{"state.json", false})
      .example(example)
      .runs([statistic](const PublishOptions& options, Run& run) { publish_table(statistic, options, run); });
}

}  // namespace offprint::continual_privacy
