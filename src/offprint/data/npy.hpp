// NumPy's NPY format, versions 1 to 3: arrays of numbers or truth values. Object arrays, which hold pickled programs, are refused.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace offprint::data {

struct Array {
  std::vector<std::size_t> shape;  ///< empty: a scalar
  std::vector<double> values;      ///< row-major, product of shape of them
};

/// Throws BadInput on anything that is not a whole, well-formed array of numbers.
Array parse_npy(std::string_view bytes, const std::string& source);
void write_npy(const std::filesystem::path& path, const Array& array);  ///< little-endian float64, version 1

}  // namespace offprint::data
