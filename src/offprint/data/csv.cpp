#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"

namespace offprint::data {
namespace {

using detail::Written;

class CsvReader {
 public:
  CsvReader(std::string_view bytes, const std::string& source) : rest_(bytes), source_(source) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    if (rest_.find('\0') != std::string_view::npos)
      throw BadInput(source, "holds NUL bytes", "give a text file in UTF-8");
    if (rest_.starts_with("sep=") && rest_.size() > 5 && (rest_[5] == '\n' || rest_[5] == '\r')) {
      separator_ = rest_[4];  // as spreadsheets write it
      rest_.remove_prefix(rest_.find('\n') + 1);
      ++line_;
    } else {
      separator_ = separator_of(rest_);
    }
  }

  std::size_t line() const { return record_line_; }

  /// The fields of the next record that is not blank; false at the end.
  bool next(std::vector<std::string>& fields, std::vector<Written>& written) {
    while (!rest_.empty() && (rest_[0] == '\n' || rest_.starts_with("\r\n"))) {
      rest_.remove_prefix(rest_[0] == '\n' ? 1 : 2);
      ++line_;
    }
    if (rest_.empty()) return false;
    record_line_ = line_;
    fields.clear();
    written.clear();
    for (;;) {
      const bool is_quoted = rest_.starts_with('"');
      fields.push_back(is_quoted ? quoted(fields.size() + 1) : plain(fields.size() + 1));
      written.push_back(is_quoted ? Written::quoted : Written::plain);
      if (rest_.empty()) return true;
      const char end = rest_[0];
      rest_.remove_prefix(1);
      if (rest_.empty() && end == separator_) {
        fields.emplace_back();
        written.push_back(Written::plain);
        return true;
      }
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
  /// The separator that cuts the first lines into equally many fields, most of them; where none does, the header's
  /// commonest.
  static char separator_of(std::string_view text) {
    char best = ',';
    std::size_t most = 0;
    for (const char candidate : {',', ';', '\t'}) {
      std::vector<std::size_t> counts{0};
      bool inside = false;
      for (std::size_t i = 0; i < text.size() && counts.size() <= 20; ++i) {
        if (text[i] == '"') inside = !inside;
        if (!inside && text[i] == candidate) ++counts.back();
        if (!inside && text[i] == '\n' && i + 1 < text.size()) counts.push_back(0);
      }
      if (counts.size() > 1) counts.pop_back();  // the last one may be cut short
      const bool equal =
          std::all_of(counts.begin(), counts.end(), [&](std::size_t count) { return count == counts[0]; });
      const auto weight = counts[0] * (equal ? 1000 : 1);
      if (weight > most) best = candidate, most = weight;
    }
    return best;
  }

  std::string plain(std::size_t column) {
    const std::array<char, 3> stops{separator_, '\n', '\0'};
    const auto end = std::min(rest_.find_first_of(stops.data()), rest_.size());
    auto field = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (const auto bare = trim(field); bare.starts_with('"') && bare.size() < field.size())
      throw BadInput(source_ + " line " + std::to_string(line_) + " field " + std::to_string(column),
                     "a blank stands before its quote", "take out the blanks around the separators");
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

/// A separator at the end of every line makes no column. `fields` comes back without it.
void drop_trailing(std::vector<std::string>& fields, std::size_t columns) {
  if (fields.size() == columns + 1 && fields.back().empty()) fields.pop_back();
}

/// The header's names, each once.
std::vector<Column> columns_of(std::vector<std::string> names, const std::string& source, std::size_t line) {
  if (names.size() > 1) drop_trailing(names, names.size() - 1);
  std::vector<Column> columns;
  std::set<std::string> seen;
  for (std::size_t j = 0; j < names.size(); ++j) {
    const auto where = source + " line " + std::to_string(line) + " field " + std::to_string(j + 1);
    if (names[j].empty())
      throw BadInput(where, "the column has no name",
                     j == 0 ? "name it, or leave out the row numbers (index=False, row.names = FALSE)"
                            : "name every column in the header");
    if (!is_valid_utf8(names[j])) throw BadInput(where, "is not UTF-8", "convert the file to UTF-8");
    if (!seen.insert(names[j]).second)
      throw BadInput(where, "the name '" + names[j].substr(0, 40) + "' stands twice", "rename one of the columns");
    columns.push_back({names[j], false, {}, {}, {}, {}});
  }
  return columns;
}

}  // namespace

Table parse_csv(std::string_view bytes, const std::string& source, const TableReading& reading) {
  std::string with_line_feeds;
  if (bytes.find('\n') == std::string_view::npos && bytes.find('\r') != std::string_view::npos) {
    with_line_feeds = replace_all(std::string(bytes), "\r", "\n");  // lines end in CR alone, as on old Macintoshes
    bytes = with_line_feeds;
  }
  CsvReader reader(bytes, source);
  std::vector<std::string> fields;
  std::vector<Written> written;
  if (!reader.next(fields, written)) throw BadInput(source, "is empty", "give a header line and at least one row");
  const bool comment = fields[0].starts_with('#');
  Table table{source, columns_of(std::move(fields), source, reader.line()), {}};
  std::vector<std::vector<Written>> how(table.columns.size());
  while (reader.next(fields, written)) {
    const auto where = source + " line " + std::to_string(reader.line());
    drop_trailing(fields, table.columns.size());
    if (fields.size() != table.columns.size())
      throw BadInput(where,
                     "has " + std::to_string(fields.size()) + " fields where the header has " +
                         std::to_string(table.columns.size()),
                     comment ? "the header begins with '#': take comment lines out" : "mend the line");
    for (std::size_t j = 0; j < fields.size(); ++j) {
      if (!is_valid_utf8(fields[j]))
        throw BadInput(where + " column " + table.columns[j].name, "is not UTF-8", "convert the file to UTF-8");
      table.columns[j].texts.push_back(std::move(fields[j]));
      how[j].push_back(written[j]);
    }
    table.lines.push_back(reader.line());
  }
  if (table.lines.empty()) throw BadInput(source, "has a header but no rows", "give at least one row");
  for (std::size_t j = 0; j < table.columns.size(); ++j) detail::infer_type(table.columns[j], how[j], reading);
  return table;
}

}  // namespace offprint::data
