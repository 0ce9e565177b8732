#include "offprint/data/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"

namespace offprint::data {
namespace {

struct Header {
  std::string kind;  ///< "f8", "i4", ...
  bool big_endian = false, fortran = false;
  std::vector<std::size_t> shape;
};

/// What stands behind 'key': in the header's Python dictionary.
std::string_view value_of(std::string_view header, std::string_view key, const std::string& source) {
  const auto at = header.find("'" + std::string(key) + "'");
  const auto colon = at == std::string_view::npos ? at : header.find(':', at);
  if (colon == std::string_view::npos)
    throw BadInput(source, "its NPY header lacks '" + std::string(key) + "'", "save it again with numpy.save");
  return trim(header.substr(colon + 1));
}

std::vector<std::size_t> parse_shape(std::string_view text, const std::string& source) {
  const auto close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos)
    throw BadInput(source, "its NPY shape is malformed", "save it again with numpy.save");
  std::vector<std::size_t> shape;
  std::size_t product = 1;
  for (const auto& part : split(text.substr(1, close - 1), ',')) {
    if (trim(part).empty()) continue;
    const auto length = parse_integer(part);
    if (!length || *length < 0 ||
        (*length > 0 && product > (std::size_t{1} << 40) / static_cast<std::size_t>(*length)) || shape.size() == 32)
      throw BadInput(source, "its NPY shape is malformed or too large", "save it again with numpy.save");
    shape.push_back(static_cast<std::size_t>(*length));
    product *= std::max<std::size_t>(1, shape.back());
  }
  return shape;
}

Header parse_header(std::string_view text, const std::string& source) {
  Header header;
  auto type = value_of(text, "descr", source);
  if (type.size() < 4 || (type[0] != '\'' && type[0] != '"'))
    throw BadInput(source, "holds records, not plain numbers", "save one array of numbers");
  type = type.substr(1, type.find(type[0], 1) - 1);
  if (type.size() < 2) throw BadInput(source, "its NPY type is malformed", "save it again with numpy.save");
  header.big_endian = type[0] == '>';
  header.kind = std::string(std::string_view("<>|=").find(type[0]) == std::string_view::npos ? type : type.substr(1));
  if (header.kind.starts_with('O'))
    throw BadInput(source, "holds Python objects", "save numbers: numpy.save(file, array.astype(float))");
  constexpr std::array<std::string_view, 11> known{"f8", "f4", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1"};
  if (std::find(known.begin(), known.end(), header.kind) == known.end())
    throw BadInput(source, "holds values of type '" + header.kind.substr(0, 20) + "'",
                   "save numbers: numpy.save(file, array.astype(float))");
  header.fortran = value_of(text, "fortran_order", source).starts_with("True");
  header.shape = parse_shape(value_of(text, "shape", source), source);
  return header;
}

template <class T>
double read_as(const char* bytes, bool swap) {
  unsigned char buffer[sizeof(T)];
  std::memcpy(buffer, bytes, sizeof(T));
  if (swap) std::reverse(std::begin(buffer), std::end(buffer));
  T value;
  std::memcpy(&value, buffer, sizeof(T));
  return static_cast<double>(value);
}

double read_value(const std::string& kind, const char* bytes, bool swap) {
  if (kind == "f8") return read_as<double>(bytes, swap);
  if (kind == "f4") return read_as<float>(bytes, swap);
  if (kind == "i8") return read_as<std::int64_t>(bytes, swap);
  if (kind == "i4") return read_as<std::int32_t>(bytes, swap);
  if (kind == "i2") return read_as<std::int16_t>(bytes, swap);
  if (kind == "i1") return read_as<std::int8_t>(bytes, swap);
  if (kind == "u8") return read_as<std::uint64_t>(bytes, swap);
  if (kind == "u4") return read_as<std::uint32_t>(bytes, swap);
  if (kind == "u2") return read_as<std::uint16_t>(bytes, swap);
  return read_as<std::uint8_t>(bytes, swap);
}

}  // namespace

Array parse_npy(std::string_view bytes, const std::string& source) {
  if (!bytes.starts_with("\x93NUMPY") || bytes.size() < 12)
    throw BadInput(source, bytes.empty() ? "is empty" : "is not an NPY file", "save it with numpy.save");
  const int version = static_cast<unsigned char>(bytes[6]);
  const std::size_t length_bytes = version == 1 ? 2 : 4, start = 8 + length_bytes;
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i)
    length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[8 + i])) << (8 * i);
  if (version < 1 || version > 3 || length > bytes.size() - start)
    throw BadInput(source, "its NPY header is truncated", "save it again with numpy.save");
  const auto header = parse_header(bytes.substr(start, length), source);
  Array array{header.shape, {}};
  std::size_t count = 1;
  for (const auto extent : array.shape) count *= extent;
  const auto width = static_cast<std::size_t>(header.kind[1] - '0');
  const auto body = bytes.substr(start + length);
  if (body.size() < count * width)
    throw BadInput(source,
                   fmt::format("is truncated: {} bytes of values where its shape needs {}", body.size(), count * width),
                   "copy or save it again");
  array.values.resize(count);
  std::vector<std::size_t> strides(array.shape.size(), 1);
  for (std::size_t d = 1; d < strides.size(); ++d) strides[d] = strides[d - 1] * array.shape[d - 1];
  std::vector<std::size_t> index(array.shape.size(), 0);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t place = i;
    if (header.fortran) {
      place = 0;
      for (std::size_t d = 0; d < index.size(); ++d) place += index[d] * strides[d];
      for (std::size_t d = index.size(); d-- > 0 && ++index[d] == array.shape[d];) index[d] = 0;
    }
    array.values[i] = read_value(header.kind, body.data() + place * width, header.big_endian);
  }
  return array;
}

std::string npy_bytes(const Array& array, NpyType type) {
  std::string shape;
  std::size_t count = 1;
  for (const auto extent : array.shape) {
    shape += std::to_string(extent) + ",";
    count *= extent;
  }
  if (count != array.values.size()) throw std::logic_error("an array's values do not fit its shape");
  std::string header = std::string("{'descr': '<") + (type == NpyType::f8 ? "f8" : "f4") +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header += std::string(63 - (10 + header.size()) % 64, ' ') + "\n";
  std::string bytes = "\x93NUMPY";
  bytes += '\x01';
  bytes += '\x00';
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  if (type == NpyType::f8) {
    bytes.append(reinterpret_cast<const char*>(array.values.data()), 8 * count);
  } else {
    const std::vector<float> narrow(array.values.begin(), array.values.end());
    bytes.append(reinterpret_cast<const char*>(narrow.data()), 4 * count);
  }
  return bytes;
}

void write_npy(const std::filesystem::path& path, const Array& array) {
  write_file(path, npy_bytes(array, NpyType::f8));
}

}  // namespace offprint::data
