// NumPy's NPZ format: a ZIP archive with one NPY file an array.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "offprint/data/npy.hpp"

namespace offprint::data {

/// All arrays by key. Throws BadInput on what is no whole NPZ file: truncated, encrypted, split, checksums that do not
/// fit, names that climb out of the archive, repeated names, members that unpack to more than they say or to more than
/// `limit` bytes together.
std::map<std::string, Array> parse_npz(std::string_view bytes, const std::string& source,
                                       std::size_t limit = std::size_t{16} << 30);
std::map<std::string, Array> read_npz(const std::filesystem::path& path);

/// Compressed; all arrays as little-endian float32. At most 4 GiB an array. Appears whole or not at all.
void write_npz(const std::filesystem::path& path, const std::map<std::string, Array>& arrays);

}  // namespace offprint::data
