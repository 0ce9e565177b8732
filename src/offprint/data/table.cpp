#include "offprint/data/table.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/npy.hpp"

namespace offprint::data {
namespace {

bool is_missing(std::string_view text) { return text.empty() || text == "NA"; }

std::string extension_of(const std::string& path) { return to_lower(std::filesystem::path(path).extension().string()); }

Table from_array(const Array& array, const std::string& source) {
  if (array.shape.size() > 2)
    throw BadInput(source, "has " + std::to_string(array.shape.size()) + " dimensions", "give an array of one or two");
  const std::size_t rows = array.shape.empty() ? 1 : array.shape[0],
                    columns = array.shape.size() == 2 ? array.shape[1] : 1;
  if (rows == 0 || columns == 0) throw BadInput(source, "is empty", "give at least one row");
  Table table{source, {}, {}};
  for (std::size_t j = 0; j < columns; ++j) {
    Column column{"x" + std::to_string(j + 1), true, {}, {}, {}, {}};
    for (std::size_t i = 0; i < rows; ++i) {
      column.numbers.push_back(array.values[i * columns + j]);
      column.missing.push_back(std::isnan(column.numbers.back()));
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace

std::size_t Table::rows() const { return columns.empty() ? 0 : columns[0].missing.size(); }

std::vector<std::string> Table::names() const {
  std::vector<std::string> all;
  for (const auto& one : columns) all.push_back(one.name);
  return all;
}

bool Table::has(std::string_view name) const {
  return std::any_of(columns.begin(), columns.end(), [&](const Column& one) { return one.name == name; });
}

const Column& Table::column(std::string_view name) const {
  for (const auto& one : columns)
    if (one.name == name) return one;
  const auto all = names();
  const auto near = nearest_name(name, all);
  const std::vector<std::string> first(
      all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(all.size(), 12)));
  throw BadInput(source, "has no column '" + std::string(name) + "'",
                 near.empty() ? "its columns are " + join(first, ", ") + (all.size() > 12 ? ", ..." : "")
                              : "did you mean '" + near + "'?");
}

std::vector<double> Table::numeric(std::string_view name) const {
  const auto& found = column(name);
  for (std::size_t i = 0; i < rows(); ++i) {
    if (found.missing[i]) throw BadInput(place(i, name), "is missing", "fill it in or leave the row out");
    if (!found.numeric) {
      if (!parse_double(found.texts[i]))
        throw BadInput(place(i, name), "'" + found.texts[i].substr(0, 40) + "' is not a number",
                       "mend the value or choose another column");
    } else if (!std::isfinite(found.numbers[i])) {
      throw BadInput(place(i, name), "is not finite", "mend the value");
    }
  }
  return found.numbers;
}

std::vector<std::string> Table::text(std::string_view name) const {
  const auto& found = column(name);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < rows(); ++i) {
    if (found.missing[i]) throw BadInput(place(i, name), "is missing", "fill it in or leave the row out");
    all.push_back(found.numeric ? exact_number(found.numbers[i]) : found.texts[i]);
  }
  return all;
}

std::string Table::place(std::size_t row, std::string_view column_name) const {
  const auto where = row < lines.size() ? " line " + std::to_string(lines[row]) : " row " + std::to_string(row + 1);
  return source + where + " column " + std::string(column_name);
}

void detail::infer_type(Column& column) {
  column.missing.assign(column.texts.size(), 0);
  std::vector<double> numbers(column.texts.size(), std::nan(""));
  bool any = false, all_numeric = true;
  for (std::size_t i = 0; i < column.texts.size(); ++i) {
    if (is_missing(column.texts[i])) {
      column.missing[i] = 1;
      continue;
    }
    any = true;
    if (!all_numeric) continue;
    const auto value = parse_double(column.texts[i]);
    all_numeric = value.has_value();
    if (value) numbers[i] = *value;
  }
  column.numeric = any && all_numeric;
  if (column.numeric) {
    column.numbers = std::move(numbers);
    column.texts.clear();
    return;
  }
  std::set<std::string> distinct;
  for (std::size_t i = 0; i < column.texts.size(); ++i)
    if (!column.missing[i]) distinct.insert(column.texts[i]);
  column.levels.assign(distinct.begin(), distinct.end());
}

Table parse_json_lines(std::string_view bytes, const std::string& source) {
  Table table{source, {}, {}};
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const auto end = std::min(bytes.find('\n', begin), bytes.size());
    const auto text = trim(bytes.substr(begin, end - begin));
    begin = end + 1;
    ++line;
    if (text.empty()) continue;
    const auto where = source + " line " + std::to_string(line);
    const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!json.is_object()) throw BadInput(where, "is not a JSON object", "write one object a line");
    const std::size_t row = table.lines.size();
    table.lines.push_back(line);
    for (const auto& [key, value] : json.items()) {
      if (value.is_structured())
        throw BadInput(where + " column " + key, "is a list or an object", "give numbers, texts or true/false");
      auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                [&name = key](const Column& column) { return column.name == name; });
      if (found == table.columns.end()) {
        if (table.columns.size() == 100000) throw BadInput(where, "has too many columns", "give at most 100000");
        found = table.columns.insert(table.columns.end(), Column{key, false, {}, {}, {}, {}});
      }
      found->texts.resize(row);
      found->texts.push_back(value.is_null()      ? ""
                             : value.is_string()  ? value.get<std::string>()
                             : value.is_boolean() ? (value.get<bool>() ? "1" : "0")
                                                  : value.dump());
    }
    for (auto& column : table.columns) column.texts.resize(row + 1);
  }
  if (table.lines.empty()) throw BadInput(source, "is empty", "give at least one row");
  if (table.columns.empty()) throw BadInput(source, "has no columns", "give each object at least one key");
  for (auto& column : table.columns) detail::infer_type(column);
  return table;
}

std::filesystem::path resolve(const std::string& source) {
  return source.starts_with("data:") ? find(source.substr(5)) : std::filesystem::path(source);
}

Table read_table(const std::string& source) {
  return source.starts_with("data:") ? read_data_set(source.substr(5)) : detail::read_table_file(source, source);
}

Table detail::read_table_file(const std::filesystem::path& file, const std::string& source) {
  const auto extension = extension_of(file.string());
  const auto bytes = read_file(file);
  if (extension == ".npy" || bytes.starts_with("\x93NUMPY")) return from_array(parse_npy(bytes, source), source);
  if (bytes.starts_with("PK\x03\x04")) throw BadInput(source, "is a zip archive", "unpack it and give one table");
  if (extension == ".jsonl" || extension == ".ndjson" || bytes.starts_with('{')) return parse_json_lines(bytes, source);
  return parse_csv(bytes, source);
}

Table& Table::add(std::string name, std::vector<double> values) {
  std::vector<char> missing;
  for (const double value : values) missing.push_back(std::isnan(value));
  columns.push_back({std::move(name), true, std::move(values), {}, std::move(missing), {}});
  return *this;
}

Table& Table::add(std::string name, std::vector<std::string> values) {
  std::vector<char> missing(values.size());
  columns.push_back({std::move(name), false, {}, std::move(values), std::move(missing), {}});
  return *this;
}

Table& Table::add(std::string name, const std::vector<std::int64_t>& values) {
  return add(std::move(name), std::vector<double>(values.begin(), values.end()));
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n;\t") == std::string_view::npos) return std::string(text);
  return "\"" + replace_all(std::string(text), "\"", "\"\"") + "\"";
}

void write_csv(const std::filesystem::path& path, const Table& table) {
  AtomicFile file(path);
  auto& out = file.stream();
  for (std::size_t j = 0; j < table.columns.size(); ++j) out << (j ? "," : "") << csv_field(table.columns[j].name);
  out << '\n';
  for (std::size_t i = 0; i < table.rows(); ++i) {
    for (std::size_t j = 0; j < table.columns.size(); ++j) {
      const auto& column = table.columns[j];
      if (j) out << ',';
      if (!column.missing[i]) out << (column.numeric ? exact_number(column.numbers[i]) : csv_field(column.texts[i]));
    }
    out << '\n';
  }
  file.commit();
}

}  // namespace offprint::data
