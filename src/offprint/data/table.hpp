// Tables: named columns of numbers or text, read from CSV, JSON lines, NPY or a data set of the catalogue, each value knowing where it stood.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace offprint::data {

/// A column is numeric if every value that is present reads as a number, else text. Missing: empty, NA, or in NPY and R not-a-number.
struct Column {
  std::string name;
  bool numeric = false;
  std::vector<double> numbers;     ///< numeric columns: one a row, NaN where missing
  std::vector<std::string> texts;  ///< text columns: one a row, as written
  std::vector<char> missing;       ///< one a row, 1 where missing
  std::vector<std::string>
      levels;  ///< text columns: the distinct values present, in order of the factor or else alphabetically
};

class Table {
 public:
  std::string source;  ///< what the user called it: named in every error
  std::vector<Column> columns;
  std::vector<std::size_t> lines;  ///< line of each row in a text file; empty where rows have no lines

  std::size_t rows() const;
  std::vector<std::string> names() const;
  bool has(std::string_view name) const;
  /// Throws BadInput naming the file and the nearest column.
  const Column& column(std::string_view name) const;
  /// All values of a column as finite numbers; throws BadInput naming file, line and column at the first that is missing, infinite or no number.
  std::vector<double> numeric(std::string_view name) const;
  /// All values as text, numbers in their shortest exact form; throws BadInput at the first that is missing.
  std::vector<std::string> text(std::string_view name) const;
  /// Adds a column of numbers, of texts, of whole numbers; all columns must be as long. NaN is missing.
  Table& add(std::string name, std::vector<double> values);
  Table& add(std::string name, std::vector<std::string> values);
  Table& add(std::string name, const std::vector<std::int64_t>& values);
  /// "fair.csv line 7 column age": where a value stands, for errors.
  std::string place(std::size_t row, std::string_view column) const;
};

/// Reads a path by its ending (.csv, .tsv, .jsonl, .npy) or `data:NAME`. Throws BadInput, MissingData (naming `offprint data get NAME`) or IoError.
Table read_table(const std::string& source);
/// The file behind a source: the path itself, or that of the data set. Throws as read_table does if it is not there.
std::filesystem::path resolve(const std::string& source);

/// RFC 4180 with a header line; the separator is the one of `,` `;` tab that the header has most of. Quoted fields may hold separators and line ends.
/// Refuses, with line and column: ragged rows, unterminated quotes, NUL bytes, empty or repeated column names, no rows, invalid UTF-8.
Table parse_csv(std::string_view bytes, const std::string& source);
/// One flat JSON object a line; a column is missing where its key is absent or null.
Table parse_json_lines(std::string_view bytes, const std::string& source);

/// One field, quoted if it must be.
std::string csv_field(std::string_view text);
void write_csv(const std::filesystem::path& path, const Table& table);

namespace detail {
/// Decides whether a column of texts is numeric, fills numbers, missing and levels.
void infer_type(Column& column);
/// A file by its ending, called `source` in errors.
Table read_table_file(const std::filesystem::path& file, const std::string& source);
}  // namespace detail

}  // namespace offprint::data
