#include "offprint/data/table.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/npy.hpp"
#include "offprint/data/rdata.hpp"

namespace offprint::data {
namespace {

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

const Column& Table::typed(std::string_view name) const {
  const auto& found = column(name);
  if (found.doubt) throw BadInput(place(found.doubt->row, name), found.doubt->problem, found.doubt->mend);
  return found;
}

std::vector<double> Table::numeric(std::string_view name) const {
  const auto& found = typed(name);
  std::vector<double> values;
  values.reserve(rows());
  for (std::size_t i = 0; i < rows(); ++i) {
    if (found.missing[i]) throw BadInput(place(i, name), "is missing", "fill it in or leave the row out");
    const auto value = found.numeric ? found.numbers[i] : parse_double(found.texts[i]);
    if (!value)
      throw BadInput(place(i, name), "'" + found.texts[i].substr(0, 40) + "' is not a number",
                     "mend the value or choose another column");
    if (!std::isfinite(*value)) throw BadInput(place(i, name), "is not finite", "mend the value");
    values.push_back(*value);
  }
  return values;
}

std::vector<std::string> Table::text(std::string_view name) const {
  const auto& found = typed(name);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < rows(); ++i) {
    if (found.missing[i]) throw BadInput(place(i, name), "is missing", "fill it in or leave the row out");
    all.push_back(found.texts.empty() ? exact_number(found.numbers[i]) : found.texts[i]);
  }
  return all;
}

std::string Table::place(std::size_t row, std::string_view column_name) const {
  const auto where = row < lines.size() ? " line " + std::to_string(lines[row]) : " row " + std::to_string(row + 1);
  return source + where + " column " + std::string(column_name);
}

namespace {

/// Files that are no table we read, known by their first bytes; each with the way out.
void refuse_other_kinds(std::string_view bytes, const std::string& source) {
  const auto is = [&](std::string_view magic) { return bytes.starts_with(magic); };
  if (is("PK\x03\x04")) {
    if (bytes.find("xl/") != std::string_view::npos)
      throw BadInput(source, "is an Excel workbook", "save the sheet as CSV in UTF-8");
    throw BadInput(source, "is a zip archive", "unpack it and give one table");
  }
  if (is("PAR1")) throw BadInput(source, "is a Parquet file", "write it as CSV, in pandas with to_csv");
  if (is("\x89HDF")) throw BadInput(source, "is an HDF5 file, not a table", "write its columns as CSV");
  if (is("ARROW1") || is("FEA1")) throw BadInput(source, "is an Arrow file", "write it as CSV, in pandas with to_csv");
  if (is("SQLite format 3")) throw BadInput(source, "is an SQLite database", "export one table as CSV");
  if (is("\xFF\xFE") || is("\xFE\xFF")) throw BadInput(source, "is UTF-16", "save it as UTF-8");
  if (is("%PDF")) throw BadInput(source, "is a PDF", "give a table as CSV");
}

Table only_data_frame(std::map<std::string, RValue> objects, const std::string& source) {
  if (objects.size() == 1) return table_of(objects.begin()->second, source);
  std::vector<std::string> names;
  for (const auto& [name, value] : objects) names.push_back(name);
  throw BadInput(source, "holds " + std::to_string(objects.size()) + " objects (" + join(names, ", ") + ")",
                 "save one data frame with saveRDS");
}

bool is_compressed(std::string_view bytes) {
  using namespace std::literals;
  for (const auto magic : {"\x1f\x8b"sv, "BZh"sv, "\xFD\x37zXZ"sv, "\x28\xB5\x2F\xFD"sv})
    if (bytes.starts_with(magic)) return true;
  return false;
}

}  // namespace

Table read_table_file(const std::filesystem::path& file, const std::string& source, const TableReading& reading) {
  auto bytes = read_file(file);
  if (is_compressed(bytes)) bytes = decompress(bytes, source);
  refuse_other_kinds(bytes, source);
  const std::string_view text = bytes;
  if (text.starts_with("\x93NUMPY")) return from_array(parse_npy(bytes, source), source);
  if (extension_of(file.string()) == ".npy") return from_array(parse_npy(bytes, source), source);
  if (text.starts_with("RDX")) return only_data_frame(parse_rda(bytes, source), source);
  if (text.starts_with("X\n")) return table_of(parse_r_value(bytes, source), source);
  const auto begin = trim(text.substr(text.starts_with("\xEF\xBB\xBF") ? 3 : 0, 4096));
  if (begin.starts_with('{') || begin.starts_with('[')) return parse_json_table(bytes, source, reading);
  return parse_csv(bytes, source, reading);
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
