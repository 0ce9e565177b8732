#include "fuzz.hpp"
#include "offprint/base/error.hpp"
#include "offprint/data/rdata.hpp"

namespace {

using offprint::data::RValue;

void read_as_table(const RValue& value) {
  try {
    const auto table = offprint::data::table_of(value, "fuzz.rda");
    for (const auto& column : table.columns)
      must(column.missing.size() == table.rows(), "a column has a mark of absence a row");
  } catch (const offprint::BadInput&) {
  }
}

}  // namespace

void read_bytes(std::string_view bytes) {
  try {
    const auto plain = offprint::data::decompress(bytes, "fuzz.rda", std::size_t{8} << 20);
    if (plain.starts_with("RDX"))
      for (const auto& [name, value] : offprint::data::parse_rda(plain, "fuzz.rda")) read_as_table(value);
    else
      read_as_table(offprint::data::parse_r_value(plain, "fuzz.rds"));
  } catch (const offprint::BadInput&) {
  }
}
