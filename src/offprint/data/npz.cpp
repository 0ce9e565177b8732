#include "offprint/data/npz.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"

namespace offprint::data {
namespace {

// APPNOTE.TXT of PKWARE: local header, central directory, end of central directory.
constexpr std::uint32_t local_mark = 0x04034b50, central_mark = 0x02014b50, end_mark = 0x06054b50;
constexpr std::size_t local_size = 30, central_size = 46, end_size = 22;

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& source) : bytes_(bytes), source_(source) {}

  BadInput refuse(const std::string& problem) const { return {source_, problem, "save it again with numpy.savez"}; }

  template <class T>
  T number(std::size_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T)) throw refuse("is truncated");
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return value;
  }
  std::string_view part(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) throw refuse("is truncated");
    return bytes_.substr(at, size);
  }

  std::size_t find_end() const {
    if (bytes_.size() < end_size) throw refuse(bytes_.empty() ? "is empty" : "is not an NPZ file");
    const std::size_t furthest = bytes_.size() - std::min(bytes_.size(), end_size + 65535);
    for (std::size_t at = bytes_.size() - end_size + 1; at-- > furthest;)
      if (number<std::uint32_t>(at) == end_mark) return at;
    throw refuse(bytes_.starts_with("PK") ? "is truncated" : "is not an NPZ file");
  }

 private:
  std::string_view bytes_;
  const std::string& source_;
};

std::string unpack(std::string_view packed, int method, std::size_t size, const Reader& reader) {
  if (method == 0) {
    if (packed.size() != size) throw reader.refuse("has a member whose sizes differ");
    return std::string(packed);
  }
  if (method != 8) throw reader.refuse(fmt::format("has a member packed by method {}", method));
  if (size / 1100 > packed.size()) throw reader.refuse("has a member that claims more than its bytes can hold");
  std::string result(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  const int status = inflate(&stream, Z_FINISH);
  if (status != Z_STREAM_END || stream.avail_out != 0)
    throw reader.refuse("has a member that is damaged or larger than it says");
  return result;
}

std::string key_of(std::string_view name, const Reader& reader) {
  if (name.empty() || name[0] == '/' || name.find("..") != std::string_view::npos ||
      name.find('\\') != std::string_view::npos || name.find('\0') != std::string_view::npos || name.size() > 1000)
    throw reader.refuse("has a member whose name leaves the archive");
  return std::string(name.ends_with(".npy") ? name.substr(0, name.size() - 4) : name);
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

std::string pack(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 4, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, deflateEnd);
  std::string result(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  return result;
}

/// What a local header and an entry of the central directory share, from the version needed to the extra field's
/// length.
std::string common_header(const std::string& packed, const std::string& bytes, const std::string& name) {
  std::string header;
  put<std::uint16_t>(header, 20);
  put<std::uint16_t>(header, 0);
  put<std::uint16_t>(header, 8);
  put<std::uint16_t>(header, 0);
  put<std::uint16_t>(header, 0x21);  // 1 January 1980: the same arrays give the same bytes
  put<std::uint32_t>(header, checksum(bytes));
  put<std::uint32_t>(header, static_cast<std::uint32_t>(packed.size()));
  put<std::uint32_t>(header, static_cast<std::uint32_t>(bytes.size()));
  put<std::uint16_t>(header, static_cast<std::uint16_t>(name.size()));
  put<std::uint16_t>(header, 0);
  return header;
}

}  // namespace

std::map<std::string, Array> parse_npz(std::string_view bytes, const std::string& source, std::size_t limit) {
  const Reader reader(bytes, source);
  const auto end = reader.find_end();
  const auto members = reader.number<std::uint16_t>(end + 10);
  if (reader.number<std::uint16_t>(end + 4) != 0 || reader.number<std::uint16_t>(end + 8) != members)
    throw reader.refuse("is part of a split archive");
  std::size_t at = reader.number<std::uint32_t>(end + 16), total = 0;
  if (at == 0xffffffffU || members == 0xffffU) throw reader.refuse("is a ZIP archive of more than 4 GiB");
  std::map<std::string, Array> arrays;
  for (int member = 0; member < members; ++member) {
    if (reader.number<std::uint32_t>(at) != central_mark) throw reader.refuse("its directory is damaged");
    const auto flags = reader.number<std::uint16_t>(at + 8), method = reader.number<std::uint16_t>(at + 10);
    const std::size_t packed_size = reader.number<std::uint32_t>(at + 20), size = reader.number<std::uint32_t>(at + 24);
    const std::size_t name_size = reader.number<std::uint16_t>(at + 28),
                      extra = reader.number<std::uint16_t>(at + 30) + reader.number<std::uint16_t>(at + 32);
    const std::size_t local = reader.number<std::uint32_t>(at + 42);
    if (flags & 1) throw reader.refuse("is encrypted");
    const auto key = key_of(reader.part(at + central_size, name_size), reader);
    if ((total += size) > limit) throw reader.refuse(fmt::format("unpacks to more than {} bytes", limit));
    if (reader.number<std::uint32_t>(local) != local_mark) throw reader.refuse("its directory points to no member");
    const std::size_t start =
        local + local_size + reader.number<std::uint16_t>(local + 26) + reader.number<std::uint16_t>(local + 28);
    const auto content = unpack(reader.part(start, packed_size), method, size, reader);
    if (checksum(content) != reader.number<std::uint32_t>(at + 16))
      throw reader.refuse("the checksum of '" + key + "' does not fit");
    if (!arrays.emplace(key, parse_npy(content, source + " " + key)).second)
      throw reader.refuse("has two arrays '" + key + "'");
    at += central_size + name_size + extra;
  }
  return arrays;
}

std::map<std::string, Array> read_npz(const std::filesystem::path& path) {
  return parse_npz(read_file(path), path.string());
}

void write_npz(const std::filesystem::path& path, const std::map<std::string, Array>& arrays) {
  AtomicFile file(path);
  auto& out = file.stream();
  std::string directory;
  std::size_t at = 0;
  for (const auto& [key, array] : arrays) {
    const auto bytes = npy_bytes(array, NpyType::f4), packed = pack(bytes), name = key + ".npy",
               header = common_header(packed, bytes, name);
    if (bytes.size() > 0xffffffffU || at > 0xffffffffU)
      throw BadInput(path.string(), "more than 4 GiB do not fit into an NPZ file", "write HDF5 instead");
    std::string local;
    put(local, local_mark);
    local += header + name;
    out << local << packed;
    put(directory, central_mark);
    put<std::uint16_t>(directory, 20);
    directory += header;
    put<std::uint16_t>(directory, 0);
    put<std::uint16_t>(directory, 0);
    put<std::uint16_t>(directory, 0);
    put<std::uint32_t>(directory, 0);
    put<std::uint32_t>(directory, static_cast<std::uint32_t>(at));
    directory += name;
    at += local.size() + packed.size();
  }
  out << directory;
  std::string end;
  put(end, end_mark);
  put<std::uint32_t>(end, 0);
  put<std::uint16_t>(end, static_cast<std::uint16_t>(arrays.size()));
  put<std::uint16_t>(end, static_cast<std::uint16_t>(arrays.size()));
  put<std::uint32_t>(end, static_cast<std::uint32_t>(directory.size()));
  put<std::uint32_t>(end, static_cast<std::uint32_t>(at));
  put<std::uint16_t>(end, 0);
  out << end;
  file.commit();
}

}  // namespace offprint::data
