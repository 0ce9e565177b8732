#include "fuzz.hpp"
#include "offprint/base/error.hpp"
#include "offprint/data/table.hpp"

void read_bytes(std::string_view bytes) {
  try {
    const auto table = offprint::data::parse_json_table(bytes, "fuzz.jsonl");
    must(!table.columns.empty() && table.rows() > 0, "a table has columns and rows");
    for (const auto& column : table.columns) {
      must((column.numeric ? column.numbers.size() : column.texts.size()) == table.rows(),
           "a column has a value a row");
      must(column.missing.size() == table.rows(), "a column has a mark of absence a row");
    }
  } catch (const offprint::BadInput&) {
  }
}
