#include "fuzz.hpp"
#include "offprint/base/error.hpp"
#include "offprint/data/safetensors.hpp"

void read_bytes(std::string_view bytes) {
  try {
    const auto read = offprint::data::parse_safetensors(std::as_bytes(std::span(bytes)), "fuzz.safetensors");
    for (const auto& [name, tensor] : read.all())
      must(tensor.floats().size() == tensor.size(), "a tensor has the values of its shape");
  } catch (const offprint::BadInput&) {
  }
}
