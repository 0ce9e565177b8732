#include "offprint/paper/figure.hpp"

#include <array>
#include <cmath>
#include <stdexcept>
#include <string_view>

#include "offprint/base/text.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {
namespace {

constexpr std::array<std::string_view, 9> mark_names{"line",      "band",     "points", "bars",    "box",
                                                     "histogram", "heat_map", "tokens", "parallel"};
constexpr std::array<std::string_view, 4> role_names{"plain", "method", "baseline", "published"};

bool is_rectangle(const std::vector<std::vector<double>>& grid) {
  for (const auto& row : grid)
    if (row.size() != grid.front().size()) return false;
  return !grid.empty();
}

bool fits(const Mark& mark) {
  const auto n = mark.x.size();
  const bool bounds_fit = mark.low.size() == mark.high.size();
  switch (mark.kind) {
    case MarkKind::line:
      return mark.y.size() == n;
    case MarkKind::band:
      return mark.low.size() == n && bounds_fit;
    case MarkKind::points:
      return mark.y.size() == (mark.labels.empty() ? n : mark.labels.size()) && bounds_fit &&
             (mark.low.empty() || mark.low.size() == n) && (mark.value.empty() || mark.value.size() == n);
    case MarkKind::bars:
      return mark.labels.size() == mark.y.size() && bounds_fit &&
             (mark.low.empty() || mark.low.size() == mark.y.size());
    case MarkKind::box:
      return mark.labels.size() == mark.samples.size();
    case MarkKind::histogram:
      return mark.samples.size() == 1;
    case MarkKind::tokens:
      return mark.labels.size() == mark.y.size();
    case MarkKind::heat_map:
      return is_rectangle(mark.grid) && (mark.y.empty() || mark.y.size() == mark.grid.size()) &&
             (n == 0 || n == mark.grid.front().size());
    case MarkKind::parallel:
      return is_rectangle(mark.grid) && mark.labels.size() == mark.grid.front().size() && mark.labels.size() >= 2 &&
             (mark.value.empty() || mark.value.size() == mark.grid.size());
  }
  return false;
}

Json numbers(const std::vector<double>& values) {
  Json result = Json::array();
  for (const double value : values) result.push_back(std::isfinite(value) ? Json(value) : Json(nullptr));
  return result;
}

Json number_rows(const std::vector<std::vector<double>>& rows) {
  Json result = Json::array();
  for (const auto& row : rows) result.push_back(numbers(row));
  return result;
}

std::vector<double> numbers_from(const Json& json) {
  std::vector<double> result;
  for (const auto& value : json) result.push_back(value.is_number() ? value.get<double>() : std::nan(""));
  return result;
}

std::vector<std::vector<double>> number_rows_from(const Json& json) {
  std::vector<std::vector<double>> result;
  for (const auto& row : json) result.push_back(numbers_from(row));
  return result;
}

Json to_json(const Axis& axis) {
  return {{"label", axis.label}, {"unit", axis.unit}, {"scale", axis.scale == Scale::log ? "log" : "linear"}};
}

Axis axis_from(const Json& json) {
  return {json.value("label", ""), json.value("unit", ""),
          json.value("scale", "") == "log" ? Scale::log : Scale::linear};
}

Json to_json(const Mark& mark) {
  Json json{{"kind", mark_names[static_cast<std::size_t>(mark.kind)]}, {"name", mark.name}};
  if (!mark.x.empty()) json["x"] = numbers(mark.x);
  if (!mark.y.empty()) json["y"] = numbers(mark.y);
  if (!mark.low.empty()) json["low"] = numbers(mark.low), json["high"] = numbers(mark.high);
  if (!mark.labels.empty()) json["labels"] = mark.labels;
  if (!mark.samples.empty()) json["samples"] = number_rows(mark.samples);
  if (!mark.grid.empty()) json["grid"] = number_rows(mark.grid);
  if (!mark.value.empty()) json["value"] = numbers(mark.value);
  if (!mark.facet.empty()) json["facet"] = mark.facet;
  if (mark.dashed) json["dashed"] = true;
  if (mark.role != Role::plain) json["role"] = role_names[static_cast<std::size_t>(mark.role)];
  return json;
}

Mark mark_from(const Json& json) {
  Mark mark;
  const auto kind = json.value("kind", "line");
  for (std::size_t i = 0; i < mark_names.size(); ++i)
    if (mark_names[i] == kind) mark.kind = static_cast<MarkKind>(i);
  mark.name = json.value("name", "");
  const auto read = [&](const char* key, auto& member, auto reader) {
    if (json.contains(key)) member = reader(json[key]);
  };
  read("x", mark.x, numbers_from);
  read("y", mark.y, numbers_from);
  read("low", mark.low, numbers_from);
  read("high", mark.high, numbers_from);
  read("value", mark.value, numbers_from);
  read("samples", mark.samples, number_rows_from);
  read("grid", mark.grid, number_rows_from);
  if (json.contains("labels")) mark.labels = json["labels"].get<std::vector<std::string>>();
  mark.facet = json.value("facet", "");
  mark.dashed = json.value("dashed", false);
  const auto role = json.value("role", "plain");
  for (std::size_t i = 0; i < role_names.size(); ++i)
    if (role_names[i] == role) mark.role = static_cast<Role>(i);
  return mark;
}

}  // namespace

void validate(const Figure& figure) {
  if (figure.id.empty() || figure.title.empty())
    throw std::logic_error("figure '" + figure.id + "' lacks its id or title");
  for (std::size_t i = 0; i < figure.marks.size(); ++i) {
    const auto& mark = figure.marks[i];
    if (!fits(mark))
      throw std::logic_error("figure '" + figure.id + "', mark " + std::to_string(i) + " '" + mark.name +
                             "': arrays do not fit");
    if (mark.kind != MarkKind::tokens && mark.kind != MarkKind::parallel &&
        (figure.x.label.empty() || figure.y.label.empty()))
      throw std::logic_error("figure '" + figure.id + "' lacks an axis label");
  }
}

Json to_json(const Figure& figure) {
  Json marks = Json::array();
  for (const auto& mark : figure.marks) marks.push_back(to_json(mark));
  Json json{{"id", figure.id},        {"title", figure.title},  {"caption", figure.caption},
            {"x", to_json(figure.x)}, {"y", to_json(figure.y)}, {"marks", marks}};
  if (figure.equal_axes) json["equal_axes"] = true;
  return json;
}

Figure figure_from_json(const Json& json) {
  Figure figure{json.value("id", ""),
                json.value("title", ""),
                json.value("caption", ""),
                axis_from(json.value("x", Json::object())),
                axis_from(json.value("y", Json::object())),
                {},
                json.value("equal_axes", false)};
  for (const auto& mark : json.value("marks", Json::array())) figure.marks.push_back(mark_from(mark));
  return figure;
}

void validate(const ResultTable& table) {
  if (table.id.empty()) throw std::logic_error("table '" + table.title + "' has no id");
  for (const auto& row : table.rows)
    if (row.size() != table.columns.size())
      throw std::logic_error("table '" + table.id + "' has a row of " + std::to_string(row.size()) + " cells");
}

Json to_json(const Cell& cell) {
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth;
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return *integer;
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<double>(&cell))
    return std::isfinite(*number) ? Json(*number) : Json(exact_number(*number));
  return nullptr;
}

Json to_json(const ResultTable& table) {
  Json columns = Json::array(), rows = Json::array();
  for (const auto& column : table.columns) columns.push_back({{"name", column.name}, {"unit", column.unit}});
  for (const auto& row : table.rows) {
    Json cells = Json::array();
    for (const auto& cell : row) cells.push_back(to_json(cell));
    rows.push_back(std::move(cells));
  }
  return {{"id", table.id}, {"title", table.title}, {"columns", columns}, {"rows", rows}};
}

ResultTable table_from_json(const Json& json) {
  ResultTable table{json.value("id", ""), json.value("title", ""), {}, {}};
  for (const auto& column : json.value("columns", Json::array()))
    table.columns.push_back({column.value("name", ""), column.value("unit", "")});
  for (const auto& row : json.value("rows", Json::array())) {
    auto& cells = table.rows.emplace_back();
    for (const auto& cell : row) {
      if (cell.is_boolean())
        cells.emplace_back(cell.get<bool>());
      else if (cell.is_number_integer())
        cells.emplace_back(cell.get<std::int64_t>());
      else if (cell.is_number())
        cells.emplace_back(cell.get<double>());
      else if (cell.is_string())
        cells.emplace_back(cell.get<std::string>());
      else
        cells.emplace_back();
    }
  }
  return table;
}

std::string cell_text(const Cell& cell) {
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? "yes" : "no";
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<double>(&cell)) return short_number(*number);
  return "";
}

}  // namespace offprint
