// IDX: arrays of numbers as the MNIST family of data sets stores them. Two zero bytes, a type, the number of
// dimensions, the extents as big-endian
// 32-bit integers, then the values, big-endian and row-major. Layout: LeCun, Cortes and Burges, "The MNIST database",
// file formats.
#pragma once
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace offprint::data {

struct IdxArray {
  std::vector<std::size_t> shape;  ///< one to eight dimensions
  std::vector<float> values;       ///< row-major; 32-bit integers and float64 are rounded
  bool bytes = false;              ///< stored as unsigned bytes: images in 0..255, or labels
};

/// The first `most` items along the first dimension, or all. Throws BadInput on a wrong magic number, an unknown type,
/// extents that overflow, or a file that is shorter or longer than its header says.
IdxArray parse_idx(std::string_view bytes, const std::string& source,
                   std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace offprint::data
