#include <algorithm>
#include <array>
#include <set>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"

namespace offprint::data {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view bytes, const std::string& source) : rest_(bytes), source_(source) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    if (rest_.find('\0') != std::string_view::npos)
      throw BadInput(source, "holds NUL bytes", "give a text file in UTF-8");
    const auto header = rest_.substr(0, rest_.find('\n'));
    for (const char candidate : {',', ';', '\t'})
      if (std::count(header.begin(), header.end(), candidate) > std::count(header.begin(), header.end(), separator_))
        separator_ = candidate;
  }

  std::size_t line() const { return record_line_; }

  /// The fields of the next record that is not blank; false at the end.
  bool next(std::vector<std::string>& fields) {
    while (!rest_.empty() && (rest_[0] == '\n' || rest_.starts_with("\r\n"))) {
      rest_.remove_prefix(rest_[0] == '\n' ? 1 : 2);
      ++line_;
    }
    if (rest_.empty()) return false;
    record_line_ = line_;
    fields.clear();
    for (;;) {
      fields.push_back(rest_.starts_with('"') ? quoted(fields.size() + 1) : plain());
      if (rest_.empty()) return true;
      const char end = rest_[0];
      rest_.remove_prefix(1);
      if (end == '\n') {
        ++line_;
        return true;
      }
      if (fields.size() > 100000)
        throw BadInput(source_ + " line " + std::to_string(line_), "has too many fields",
                       "give at most 100000 columns");
    }
  }

 private:
  std::string plain() {
    const std::array<char, 3> stops{separator_, '\n', '\0'};
    const auto end = std::min(rest_.find_first_of(stops.data()), rest_.size());
    auto field = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (field.ends_with('\r') && (rest_.empty() || rest_[0] == '\n')) field.remove_suffix(1);
    return std::string(trim(field));
  }

  std::string quoted(std::size_t column) {
    const auto where = source_ + " line " + std::to_string(line_) + " field " + std::to_string(column);
    std::string field;
    rest_.remove_prefix(1);
    for (;;) {
      const auto end = rest_.find('"');
      if (end == std::string_view::npos) throw BadInput(where, "its quote is never closed", "close it with \"");
      const auto part = rest_.substr(0, end);
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      field += part;
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) break;
      field += '"';
      rest_.remove_prefix(1);
    }
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    if (!rest_.empty() && rest_[0] != separator_ && rest_[0] != '\n')
      throw BadInput(where, "text follows its closing quote", "double the quotes inside a quoted field");
    return field;
  }

  std::string_view rest_;
  const std::string& source_;
  char separator_ = ',';
  std::size_t line_ = 1, record_line_ = 1;
};

}  // namespace

Table parse_csv(std::string_view bytes, const std::string& source) {
  CsvReader reader(bytes, source);
  Table table{source, {}, {}};
  std::vector<std::string> fields;
  if (!reader.next(fields)) throw BadInput(source, "is empty", "give a header line and at least one row");
  std::set<std::string> seen;
  for (std::size_t j = 0; j < fields.size(); ++j) {
    const auto where = source + " line 1 field " + std::to_string(j + 1);
    if (fields[j].empty()) throw BadInput(where, "the column has no name", "name every column in the header");
    if (!is_valid_utf8(fields[j])) throw BadInput(where, "is not UTF-8", "convert the file to UTF-8");
    if (!seen.insert(fields[j]).second)
      throw BadInput(where, "the name '" + fields[j].substr(0, 40) + "' stands twice", "rename one of the columns");
    table.columns.push_back({fields[j], false, {}, {}, {}, {}});
  }
  while (reader.next(fields)) {
    const auto where = source + " line " + std::to_string(reader.line());
    if (fields.size() != table.columns.size())
      throw BadInput(where,
                     "has " + std::to_string(fields.size()) + " fields where the header has " +
                         std::to_string(table.columns.size()),
                     "mend the line");
    for (std::size_t j = 0; j < fields.size(); ++j) {
      if (!is_valid_utf8(fields[j]))
        throw BadInput(where + " column " + table.columns[j].name, "is not UTF-8", "convert the file to UTF-8");
      table.columns[j].texts.push_back(std::move(fields[j]));
    }
    table.lines.push_back(reader.line());
  }
  if (table.lines.empty()) throw BadInput(source, "has a header but no rows", "give at least one row");
  for (auto& column : table.columns) detail::infer_type(column);
  return table;
}

}  // namespace offprint::data
