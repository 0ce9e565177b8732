// R's serialised data: .rda files and the lazy-load data bases of packages (.rdb with .rdx), without R.
// Format: R Internals, "Serialization Formats", XDR form, versions 2 and 3.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "offprint/data/table.hpp"

namespace offprint::data {

/// The part of R's values that data sets are made of.
struct RValue {
  enum class Kind { null, integers, reals, texts, list, other };
  Kind kind = Kind::null;
  std::vector<int> integers;  ///< also truth values; R's NA is INT_MIN
  std::vector<double> reals;
  std::vector<std::string> texts;  ///< NA stands as "NA" and is true in `absent`
  std::vector<char> absent;
  std::vector<RValue> list;
  std::map<std::string, RValue> attributes;
};

/// Decompressed bytes of a gzip, zlib, bzip2, xz or zstd stream, or the bytes themselves; throws BadInput if broken or
/// larger than `limit`.
std::string decompress(std::string_view bytes, const std::string& source, std::size_t limit = std::size_t{1} << 30);

/// All objects of an .rda file, by name.
std::map<std::string, RValue> parse_rda(std::string_view bytes, const std::string& source);
/// One value as saveRDS writes it (decompressed, beginning with "X\n").
RValue parse_r_value(std::string_view bytes, const std::string& source);
/// The object of this name in a lazy-load data base; `base` is the path without .rdb or .rdx.
RValue read_lazy_load(const std::filesystem::path& base, const std::string& name);

/// A data.frame as a table: factors and texts as text columns (levels in the factor's order), truth values, dates and
/// times as numbers.
Table table_of(const RValue& frame, const std::string& source);

}  // namespace offprint::data
