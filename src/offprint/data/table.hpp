// Tables: named columns of numbers or text, read from CSV, JSON, NPY or R's files, each value knowing where it stood.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace offprint::data {

/// How a text file is to be read, where it does not say so itself.
struct TableReading {
  std::vector<std::string> missing = {};       ///< further texts of missing values in columns of numbers: "N/A"
  char decimal = '.';                          ///< or ','
  std::vector<std::string> text_columns = {};  ///< codes: texts, whatever they look like
};

/// A column is numeric if every value that is present reads as a number and loses nothing by it, else text: codes with
/// leading zeros and whole numbers beyond 2^53 are texts. Missing: empty, NA outside quotes, what `missing` names, or
/// in
/// NPY and R not-a-number. A column that is nearly numeric is neither, and refused when it is used: see Table::typed.
struct Column {
  std::string name;
  bool numeric = false;
  std::vector<double> numbers;     ///< numeric columns: one a row, NaN where missing
  std::vector<std::string> texts;  ///< text columns: one a row, as written; numeric ones: where written unusually
  std::vector<char> missing;       ///< one a row, 1 where missing
  std::vector<std::string>
      levels;  ///< text columns: the distinct values present, in the order of the factor or else alphabetically
  bool ordered = false;  ///< the file states that the levels stand in order (R's ordered factor)
  struct Doubt {
    std::size_t row;
    std::string problem, mend;
  };
  std::optional<Doubt> doubt = std::nullopt;  ///< why it is neither clearly numbers nor clearly texts
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
  /// The same, and throws BadInput with file, line and the odd value if the column is nearly numeric.
  const Column& typed(std::string_view name) const;
  /// All values of a column as finite numbers; throws BadInput naming file, line and column at the first that is
  /// missing, infinite or no number.
  std::vector<double> numeric(std::string_view name) const;
  /// All values as text, as written; throws BadInput at the first that is missing.
  std::vector<std::string> text(std::string_view name) const;
  /// Adds a column of numbers, of texts, of whole numbers; all columns must be as long. NaN is missing.
  Table& add(std::string name, std::vector<double> values);
  Table& add(std::string name, std::vector<std::string> values);
  Table& add(std::string name, const std::vector<std::int64_t>& values);
  /// "fair.csv line 7 column age": where a value stands, for errors.
  std::string place(std::size_t row, std::string_view column) const;
};

/// RFC 4180 with a header line. The separator is `,` `;` or tab: what a line `sep=;` says, or what cuts the first lines
/// into equally many fields. Lines end in LF, CR LF or CR. A separator at the end of every line is no column. Refuses,
/// with line and column: ragged rows, unterminated quotes, NUL bytes, empty or repeated column names, no rows, invalid
/// UTF-8.
Table parse_csv(std::string_view bytes, const std::string& source, const TableReading& reading = {});
/// Flat JSON objects, one a line or in an array; a column is missing where its key is absent or null. Strings are
/// texts.
Table parse_json_table(std::string_view bytes, const std::string& source, const TableReading& reading = {});

/// The table in a file. What the file is tell its first bytes: CSV, JSON lines, a JSON array of objects, NPY, R's .rda
/// or
/// .rds with one data frame, each also compressed with gzip, bzip2, xz or zstd. Errors call it `source`. Throws
/// BadInput, which names other kinds of files and the way out, or IoError.
Table read_table_file(const std::filesystem::path& file, const std::string& source, const TableReading& reading = {});

/// One field, quoted if it must be.
std::string csv_field(std::string_view text);
void write_csv(const std::filesystem::path& path, const Table& table);

namespace detail {
/// How a value stood in its file.
enum class Written : char { plain, quoted, json_text };
/// Decides whether a column of texts is numeric, fills numbers, missing, levels and doubt.
void infer_type(Column& column, const std::vector<Written>& written, const TableReading& reading);
}  // namespace detail

}  // namespace offprint::data
