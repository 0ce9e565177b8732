#include "fuzz.hpp"
#include "offprint/base/error.hpp"
#include "offprint/data/npz.hpp"

void read_bytes(std::string_view bytes) {
  try {
    for (const auto& [key, array] : offprint::data::parse_npz(bytes, "fuzz.npz", std::size_t{1} << 20)) {
      std::size_t count = 1;
      for (const auto extent : array.shape) count *= extent;
      must(array.values.size() == count, "an array has the values of its shape");
    }
  } catch (const offprint::BadInput&) {
  }
}
