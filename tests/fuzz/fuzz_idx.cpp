#include "fuzz.hpp"
#include "offprint/base/error.hpp"
#include "offprint/data/idx.hpp"

void read_bytes(std::string_view bytes) {
  try {
    const auto array = offprint::data::parse_idx(bytes, "fuzz.idx");
    std::size_t count = 1;
    for (const auto extent : array.shape) count *= extent;
    must(array.values.size() == count, "an array has the values of its shape");
  } catch (const offprint::BadInput&) {
  }
}
