// count, maxsum, sumselect, resume: a user's stream published row by row, and the state in between.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/streams.hpp"
#include "offprint/papers/continual_privacy/verbs.hpp"

namespace offprint::continual_privacy {
namespace {

constexpr const char* state_format = "offprint continual-privacy state 1";

/// Rows in the order of `time`, those of equal time as they stand.
std::vector<std::size_t> order_of(const data::Table& table, const std::string& time) {
  std::vector<std::size_t> order(table.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (time.empty()) return order;
  const auto sort = [&](const auto& keys) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  };
  if (table.column(time).numeric)
    sort(table.numeric(time));
  else
    sort(table.text(time));
  return order;
}

/// `value` in units of the grid.
std::int64_t in_units(double value, double grid, const std::string& place) {
  const double units = value / grid, rounded = std::nearbyint(units);
  if (std::abs(units - rounded) > 1e-9 * std::max(1.0, std::abs(rounded)))
    throw BadInput(place, exact_number(value) + " is no multiple of the grid " + exact_number(grid),
                   "choose a finer --grid, or round your data");
  if (std::abs(rounded) > 0x1p53)
    throw BadInput(place, "is too large for the grid " + exact_number(grid), "choose a coarser --grid");
  return static_cast<std::int64_t>(rounded);
}

/// What the columns are called, and how their values became rows.
struct TableStream {
  std::vector<std::string> names;
  RowSpec rows;
  Stream stream;
};

void one_hot_rows(const data::Table& table, const StreamOptions& options, const std::vector<std::size_t>& order,
                  TableStream& result) {
  const auto& column = table.column(options.columns[0]);
  const auto values =
      options.missing == MissingPolicy::zero && !column.numeric ? column.texts : table.text(options.columns[0]);
  result.names = options.levels;
  const std::size_t d = result.names.size();
  result.stream.values.resize(order.size() * d);
  for (std::size_t t = 0; t < order.size(); ++t) {
    if (options.missing == MissingPolicy::zero && column.missing[order[t]]) continue;
    const auto found = std::find(result.names.begin(), result.names.end(), values[order[t]]);
    if (found == result.names.end())
      throw BadInput(table.place(order[t], options.columns[0]), "'" + values[order[t]] + "' is not among the levels",
                     "give all levels with --levels");
    result.stream.values[t * d + static_cast<std::size_t>(found - result.names.begin())] = 1;
  }
}

void numeric_rows(const data::Table& table, const StreamOptions& options, const std::vector<std::size_t>& order,
                  TableStream& result) {
  result.names = options.columns;
  const std::size_t d = result.names.size();
  result.stream.values.resize(order.size() * d);
  for (std::size_t j = 0; j < d; ++j) {
    const auto& column = table.column(options.columns[j]);
    const bool zero = options.missing == MissingPolicy::zero && column.numeric;
    const auto values = zero ? column.numbers : table.numeric(options.columns[j]);
    for (std::size_t t = 0; t < order.size(); ++t) {
      const double value = zero && column.missing[order[t]] ? 0 : values[order[t]];
      const auto place = [&] { return table.place(order[t], options.columns[j]); };
      if (options.outside == OutsidePolicy::reject && (value < options.low || value > options.high))
        throw BadInput(
            place(),
            exact_number(value) + " lies outside " + exact_number(options.low) + " to " + exact_number(options.high),
            "widen --low and --high, or give --outside clip");
      result.stream.values[t * d + j] = in_units(std::clamp(value, options.low, options.high), options.grid, place());
    }
  }
}

/// Reads the rows. `options` comes back with the columns and levels that were found, so that the continuation of a stream reads its table alike.
TableStream read_stream(StreamOptions& options, Neighbours neighbours, Run& run) {
  const auto table = data::read_table(options.input.source);
  if (options.columns.empty()) {
    if (table.columns.size() > 1)
      throw UsageError("--column: the table has the columns " + join(table.names(), ", ") + "; choose one or several");
    options.columns = table.names();
  }
  for (const auto& name : options.columns) table.column(name);
  if (!(options.low < options.high)) throw UsageError("--low: must be below --high");
  const auto& first = table.column(options.columns[0]);
  const bool one_hot = options.columns.size() == 1 && (!options.levels.empty() || !first.numeric);
  if (one_hot && options.levels.empty()) {
    options.levels = first.levels;
    run.warning(fmt::format(
        "the {} levels of {} were read from the data and are published as they are; give those that could occur with --levels",
        options.levels.size(), first.name));
  }
  TableStream result;
  const auto order = order_of(table, options.time);
  if (one_hot)
    one_hot_rows(table, options, order, result);
  else
    numeric_rows(table, options, order, result);
  result.stream.dimension = result.names.size();
  result.rows.dimension = static_cast<int>(result.names.size());
  result.rows.one_hot = one_hot;
  result.rows.neighbours = neighbours;
  if (!one_hot) {
    result.rows.grid = options.grid;
    result.rows.low = in_units(options.low, options.grid, "--low");
    result.rows.high = in_units(options.high, options.grid, "--high");
  }
  return result;
}

void refuse_overrun(std::int64_t rows, const StreamMechanism& mechanism, const std::string& source) {
  const auto left = mechanism.horizon() - mechanism.now();
  if (rows > left)
    throw BadInput(
        source, fmt::format("has {} rows, but only {} of the horizon of {} are left", rows, left, mechanism.horizon()),
        mechanism.now() == 0 ? "give a larger --horizon"
                             : "the noise was fixed for that many steps; start a new stream with a budget of its own");
}

struct Published {
  std::string csv;
  Figure figure;
  double largest_half_width = 0, largest_error = 0;
};

Published publish(StreamMechanism& mechanism, const TableStream& table, bool truth, Run& run) {
  const auto& config = mechanism.config();
  const bool select = config.statistic == Statistic::sum_select, count = config.statistic == Statistic::count;
  std::vector<std::string> columns = count ? table.names : std::vector<std::string>{select ? "column" : "max_sum"};
  Published result;
  result.csv = "step";
  for (const auto& name : columns) result.csv += "," + data::csv_field(name);
  result.csv += ",half_width_95,noise\n";
  const char* noise = mechanism.is_private() ? "private" : "not private";
  const std::int64_t length = table.stream.length(), start = mechanism.now(),
                     stride = std::max<std::int64_t>(1, length / 400);
  const std::size_t shown = std::min<std::size_t>(count ? columns.size() : 1, 6);
  std::vector<Mark> bands(shown), lines(shown), truths(shown);
  std::vector<double> sums(table.names.size());
  for (std::int64_t i = 0; i < length; ++i) {
    const auto row = table.stream.row(i);
    const auto& release = mechanism.step(row);
    for (std::size_t j = 0; j < row.size(); ++j) sums[j] += static_cast<double>(row[j]) * config.rows.grid;
    const double largest = *std::max_element(sums.begin(), sums.end());
    result.csv += std::to_string(start + i + 1);
    if (select) result.csv += "," + data::csv_field(table.names[static_cast<std::size_t>(release.index)]);
    for (const double value : release.values) result.csv += "," + exact_number(value);
    result.csv += fmt::format(",{},{}\n", short_number(release.half_width_95, 6), noise);
    result.largest_half_width = std::max(result.largest_half_width, release.half_width_95);
    const auto true_value = [&](std::size_t j) { return count ? sums[j] : largest; };
    const auto released = [&](std::size_t j) {
      return select ? static_cast<double>(release.index) : release.values[j];
    };
    for (std::size_t j = 0; j < (count ? sums.size() : 1); ++j)
      result.largest_error =
          std::max(result.largest_error, select ? largest - sums[static_cast<std::size_t>(release.index)]
                                                : std::abs(released(j) - true_value(j)));
    if (i % stride && i + 1 < length) continue;
    run.progress(static_cast<double>(i + 1), static_cast<double>(length), "rows");
    run.metric(select ? "chosen column" : columns[0], static_cast<double>(start + i + 1), released(0));
    for (std::size_t j = 0; j < shown; ++j) {
      for (auto* mark : {&bands[j], &lines[j], &truths[j]}) mark->x.push_back(static_cast<double>(start + i + 1));
      lines[j].y.push_back(released(j));
      truths[j].y.push_back(true_value(j));
      bands[j].low.push_back(released(j) - release.half_width_95);
      bands[j].high.push_back(released(j) + release.half_width_95);
    }
  }
  result.figure = {"releases",
                   "What is published, step by step",
                   select ? "The column that is said to lead, by its number from 0."
                          : "Each release lies within the band around it with probability 95 %.",
                   {"step", "", Scale::linear},
                   {select ? "column" : "sum", "", Scale::linear},
                   {}};
  for (std::size_t j = 0; j < shown; ++j) {
    const auto add = [&](Mark mark, MarkKind kind, std::string name, bool dashed) {
      mark.kind = kind;
      mark.name = std::move(name);
      mark.dashed = dashed;
      if (shown > 1) mark.facet = columns[j];
      result.figure.marks.push_back(std::move(mark));
    };
    if (!select) add(bands[j], MarkKind::band, "95 % band", false);
    add(lines[j], MarkKind::line, "release", false);
    if (truth && !select) add(truths[j], MarkKind::line, "true", true);
  }
  return result;
}

void report(const StreamMechanism& mechanism, const Published& published, bool truth, Run& run) {
  const auto& config = mechanism.config();
  ResultTable summary{"summary",
                      "The bill",
                      {{"mechanism", ""},
                       {"step", ""},
                       {"horizon", ""},
                       {"rho", ""},
                       {"epsilon", ""},
                       {"delta", ""},
                       {"largest_half_width_95", ""},
                       {"noise", ""}},
                      {}};
  const double delta = config.budget.is_pure ? 0 : config.budget.delta > 0 ? config.budget.delta : 1e-6;
  summary.rows.push_back({std::string(name_of(config.kind)), mechanism.now(), mechanism.horizon(), config.budget.rho,
                          config.budget.is_pure ? config.budget.epsilon : epsilon_of_zcdp(config.budget.rho, delta),
                          delta, published.largest_half_width,
                          std::string(mechanism.is_private() ? "private" : "not private")});
  if (truth) {
    summary.columns.push_back({"largest_error", ""});
    summary.rows[0].push_back(published.largest_error);
    run.warning("with --truth the figure and the largest error come from the raw data: do not publish them");
  }
  run.table(summary);
  run.figure(published.figure);
  if (!mechanism.is_private()) run.warning("the noise can be computed by anyone: these releases are not private");
}

Json reader_to_json(const StreamOptions& options) {
  return {{"columns", options.columns},
          {"levels", options.levels},
          {"time", options.time},
          {"low", options.low},
          {"high", options.high},
          {"grid", options.grid},
          {"clip", options.outside == OutsidePolicy::clip},
          {"missing_is_zero", options.missing == MissingPolicy::zero}};
}

StreamOptions reader_from_json(const Json& json) {
  StreamOptions options;
  options.columns = json.at("columns").get<std::vector<std::string>>();
  options.levels = json.at("levels").get<std::vector<std::string>>();
  options.time = json.at("time").get<std::string>();
  options.low = json.at("low").get<double>();
  options.high = json.at("high").get<double>();
  options.grid = json.at("grid").get<double>();
  options.outside = json.at("clip").get<bool>() ? OutsidePolicy::clip : OutsidePolicy::reject;
  options.missing = json.at("missing_is_zero").get<bool>() ? MissingPolicy::zero : MissingPolicy::reject;
  return options;
}

void write_state(const std::string& path, const StreamMechanism& mechanism, const StreamOptions& reader,
                 bool reproducible, Run& run) {
  const Json stream{
      {"mechanism", mechanism.save()}, {"reader", reader_to_json(reader)}, {"reproducible", reproducible}};
  write_file(path, Json{{"format", state_format}, {"sha256", sha256(stream.dump())}, {"stream", stream}}.dump() + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  run.file(path, "State to resume from: as secret as the data");
}

Json read_state(const std::string& bytes, const std::string& where) {
  const auto refuse = [&](const std::string& problem) {
    return BadInput(where, problem, "give a file written by --state or --next-state");
  };
  const auto json = Json::parse(bytes, nullptr, false);
  if (!json.is_object() || json.value("format", Json()) != state_format) throw refuse("is not the state of a stream");
  if (!json.contains("stream") || json.value("sha256", Json()) != sha256(json["stream"].dump()))
    throw refuse("is a damaged state");
  return json["stream"];
}

/// Marks a state as used, before the first draw: whatever happens afterwards, it is not continued a second time unawares.
void claim_state(const std::filesystem::path& state) {
  const auto mark = state.string() + ".used";
  std::FILE* file = std::fopen(mark.c_str(), "wx");
  if (file == nullptr && errno == EEXIST)
    throw BadInput(mark, "this state was continued before, and a second time would draw new noise for the same steps",
                   "go on from the state written then; if nothing was published then, remove this file");
  if (file == nullptr)
    throw IoError(mark, "cannot mark the state as used (" + std::string(std::strerror(errno)) +
                            "); resume where its folder can be written");
  std::fclose(file);
}

RandomBits noise_source(bool reproducible, std::int64_t now, const Run& run) {
  return reproducible ? RandomBits::seeded(run.random("noise").split(static_cast<std::uint64_t>(now)))
                      : RandomBits::operating_system();
}

void publish_verb(const PublishOptions& options, Statistic statistic, Run& run) {
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
  refuse_overrun(table.stream.length(), *mechanism, options.input.source);
  const auto published = publish(*mechanism, table, options.truth, run);
  if (!options.state.empty()) write_state(options.state.path, *mechanism, reader, options.reproducible, run);
  write_file(options.output.path, published.csv);
  run.file(options.output.path, "The releases, one row a step");
  report(*mechanism, published, options.truth, run);
}

}  // namespace

void count_verb(const PublishOptions& options, Run& run) { publish_verb(options, Statistic::count, run); }
void maxsum_verb(const PublishOptions& options, Run& run) { publish_verb(options, Statistic::max_sum, run); }
void sumselect_verb(const PublishOptions& options, Run& run) { publish_verb(options, Statistic::sum_select, run); }

void resume_verb(const ResumeOptions& options, Run& run) {
  const auto state = data::resolve(options.saved.source);
  const auto bytes = read_file(state);
  const auto saved = read_state(bytes, options.saved.source);
  StreamOptions reader;
  std::unique_ptr<StreamMechanism> mechanism;
  bool reproducible = false;
  try {
    reader = reader_from_json(saved.at("reader"));
    reproducible = saved.at("reproducible").get<bool>();
    mechanism = load_mechanism(saved.at("mechanism"),
                               noise_source(reproducible, saved.at("mechanism").at("now").get<std::int64_t>(), run));
  } catch (const nlohmann::json::exception&) {
    throw BadInput(options.saved.source, "is a damaged state", "give a file written by --state or --next-state");
  }
  reader.input = options.input;
  const auto table = read_stream(reader, mechanism->config().rows.neighbours, run);
  refuse_overrun(table.stream.length(), *mechanism, options.input.source);
  claim_state(state);
  const auto published = publish(*mechanism, table, options.truth, run);
  if (!options.next_state.empty()) write_state(options.next_state.path, *mechanism, reader, reproducible, run);
  write_file(options.output.path, published.csv);
  run.file(options.output.path, "The releases, one row a step");
  report(*mechanism, published, options.truth, run);
}

}  // namespace offprint::continual_privacy
