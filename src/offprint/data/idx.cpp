#include "offprint/data/idx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "offprint/base/error.hpp"

namespace offprint::data {
namespace {

constexpr std::size_t most_values = std::size_t{1} << 32;

std::uint32_t big_endian_32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

template <class T>
void convert(std::string_view bytes, std::vector<float>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    unsigned char swapped[sizeof(T)];
    for (std::size_t b = 0; b < sizeof(T); ++b)
      swapped[b] = static_cast<unsigned char>(bytes[(i + 1) * sizeof(T) - 1 - b]);
    T value;
    std::memcpy(&value, swapped, sizeof(T));
    values[i] = static_cast<float>(value);
  }
}

std::size_t width_of(unsigned type, const std::string& source) {
  switch (type) {
    case 0x08:
    case 0x09:
      return 1;
    case 0x0B:
      return 2;
    case 0x0C:
    case 0x0D:
      return 4;
    case 0x0E:
      return 8;
    default:
      throw BadInput(source, fmt::format("has the unknown IDX type 0x{:02x}", type),
                     "save it as unsigned bytes (0x08)");
  }
}

}  // namespace

IdxArray parse_idx(std::string_view bytes, const std::string& source, std::size_t most) {
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0)
    throw BadInput(source, "is not an IDX file", "give a file that starts with IDX's magic number");
  const auto type = static_cast<unsigned char>(bytes[2]);
  const auto dimensions = static_cast<std::size_t>(static_cast<unsigned char>(bytes[3]));
  const auto width = width_of(type, source);
  if (dimensions < 1 || dimensions > 8)
    throw BadInput(source, fmt::format("has {} dimensions", dimensions), "IDX files here have one to eight");
  const auto start = 4 + 4 * dimensions;
  if (bytes.size() < start) throw BadInput(source, "its IDX header is truncated", "copy or fetch it again");
  IdxArray array;
  std::size_t count = 1;
  for (std::size_t d = 0; d < dimensions; ++d) {
    array.shape.push_back(big_endian_32(bytes.substr(4 + 4 * d)));
    if (array.shape[d] == 0) throw BadInput(source, "is empty", "give at least one item");
    if (array.shape[d] > most_values / count)
      throw BadInput(source, "its IDX extents are too large", "copy or fetch it again");
    count *= array.shape[d];
  }
  if (bytes.size() - start != count * width)
    throw BadInput(
        source, fmt::format("holds {} bytes of values where its header says {}", bytes.size() - start, count * width),
        "copy or fetch it again");
  array.bytes = type == 0x08;
  const auto items = std::min(most, array.shape[0]);
  array.values.resize(count / array.shape[0] * items);
  array.shape[0] = items;
  const auto body = bytes.substr(start);
  if (type == 0x08) convert<std::uint8_t>(body, array.values);
  if (type == 0x09) convert<std::int8_t>(body, array.values);
  if (type == 0x0B) convert<std::int16_t>(body, array.values);
  if (type == 0x0C) convert<std::int32_t>(body, array.values);
  if (type == 0x0D) convert<float>(body, array.values);
  if (type == 0x0E) convert<double>(body, array.values);
  return array;
}

}  // namespace offprint::data
