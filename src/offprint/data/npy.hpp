// NumPy's NPY format, versions 1 to 3: arrays of numbers or truth values. Object arrays, which hold pickled programs,
// are refused.
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

enum class NpyType { f8, f4 };
/// Version 1, little-endian. Throws std::logic_error if the values do not fit the shape.
std::string npy_bytes(const Array& array, NpyType type);
void write_npy(const std::filesystem::path& path, const Array& array);  ///< as f8

}  // namespace offprint::data
