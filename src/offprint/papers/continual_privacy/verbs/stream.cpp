#include "offprint/papers/continual_privacy/verbs/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"

namespace offprint::continual_privacy {
namespace {

/// Texts whose alphabetical order is that of time: ISO 8601 dates, times of two digits a part, all written alike.
void require_sortable_times(const data::Table& table, const std::string& time, const std::vector<std::string>& texts) {
  static const std::array<std::string, 8> shapes{"dddd-dd-ddTdd:dd:dd",
                                                 "dddd-dd-dd dd:dd:dd",
                                                 "dddd-dd-ddTdd:dd",
                                                 "dddd-dd-dd dd:dd",
                                                 "dddd-dd-dd",
                                                 "dddd-dd",
                                                 "dd:dd:dd",
                                                 "dd:dd"};
  const auto shape = [](std::string text) {
    if (text.ends_with('Z')) text.pop_back();
    const auto point = text.find('.');
    for (auto& c : text)
      if (c >= '0' && c <= '9') c = 'd';
    return point == std::string::npos ? text : text.substr(0, point);
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool known = std::find(shapes.begin(), shapes.end(), shape(texts[i])) != shapes.end();
    if (!known || texts[i].size() != texts[0].size() || texts[i].ends_with('Z') != texts[0].ends_with('Z'))
      throw BadInput(table.place(i, time), "'" + texts[i].substr(0, 40) + "' is no time whose order is known",
                     "write times as numbers or as 2026-03-09T08:05:00, all alike");
  }
}

/// Rows in the order of `time`, those of equal time as they stand.
std::vector<std::size_t> order_of(const data::Table& table, const std::string& time) {
  std::vector<std::size_t> order(table.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (time.empty()) return order;
  const auto sort = [&](const auto& keys) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  };
  if (table.typed(time).numeric) {
    sort(table.numeric(time));
  } else {
    const auto texts = table.text(time);
    require_sortable_times(table, time, texts);
    sort(texts);
  }
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

void one_hot_rows(const data::Table& table, const StreamOptions& options, const std::vector<std::size_t>& order,
                  TableStream& result) {
  const auto& column = table.typed(options.columns[0]);
  const bool zero = options.missing == MissingPolicy::zero;
  const auto values = zero && !column.numeric ? column.texts : table.text(options.columns[0]);
  result.names = options.levels;
  const std::size_t d = result.names.size();
  result.stream.values.resize(order.size() * d);
  for (std::size_t t = 0; t < order.size(); ++t) {
    if (zero && column.missing[order[t]]) continue;
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
    const auto& column = table.typed(options.columns[j]);
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
  result.rows.grid = options.grid;
  result.rows.low = in_units(options.low, options.grid, "--low");
  result.rows.high = in_units(options.high, options.grid, "--high");
}

}  // namespace

TableStream read_stream(StreamOptions& options, Neighbours neighbours, Run& run) {
  const auto table = data::read_table(options.input.source);
  if (options.columns.empty()) {
    if (table.columns.size() > 1)
      throw UsageError("--column: the table has the columns " + join(table.names(), ", ") + "; choose one or several");
    options.columns = table.names();
  }
  for (const auto& name : options.columns) table.column(name);
  if (!(options.low < options.high)) throw UsageError("--low: must be below --high");
  const auto& first = table.typed(options.columns[0]);
  const bool one_hot = options.columns.size() == 1 && (!options.levels.empty() || !first.numeric);
  if (one_hot && options.levels.empty()) {
    options.levels = first.levels;
    run.warning(
        fmt::format("the {} levels of {} were read from the data and are published as they are; give those that could "
                    "occur with --levels",
                    options.levels.size(), first.name));
  }
  TableStream result;
  (one_hot ? one_hot_rows : numeric_rows)(table, options, order_of(table, options.time), result);
  result.stream.dimension = result.names.size();
  result.rows.dimension = static_cast<int>(result.names.size());
  result.rows.one_hot = one_hot;
  result.rows.neighbours = neighbours;
  return result;
}

}  // namespace offprint::continual_privacy
