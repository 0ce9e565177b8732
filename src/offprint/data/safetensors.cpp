#include "offprint/data/safetensors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"

namespace offprint::data {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr std::size_t largest_header = 100'000'000;

struct DtypeFacts {
  std::string_view name;
  Dtype dtype;
  std::size_t width;
};
constexpr std::array<DtypeFacts, 10> dtypes{{{"F64", Dtype::f64, 8},
                                             {"F32", Dtype::f32, 4},
                                             {"F16", Dtype::f16, 2},
                                             {"BF16", Dtype::bf16, 2},
                                             {"I64", Dtype::i64, 8},
                                             {"I32", Dtype::i32, 4},
                                             {"I16", Dtype::i16, 2},
                                             {"I8", Dtype::i8, 1},
                                             {"U8", Dtype::u8, 1},
                                             {"BOOL", Dtype::boolean, 1}}};

const DtypeFacts& facts_of(Dtype dtype) {
  return *std::find_if(dtypes.begin(), dtypes.end(), [&](const DtypeFacts& facts) { return facts.dtype == dtype; });
}

float widened_half(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16, exponent = (bits >> 10) & 0x1F,
                      fraction = bits & 0x3FF;
  if (exponent == 0)
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(static_cast<float>(fraction) * 0x1p-24F));
  const std::uint32_t widened = exponent == 31 ? 0xFF : exponent + 112;
  return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

template <class T, class Convert>
std::vector<float> converted(std::span<const std::byte> bytes, Convert convert) {
  std::vector<float> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = convert(value);
  }
  return values;
}

template <class T>
TensorView view(std::span<const T> values, std::vector<std::size_t> shape, Dtype dtype) {
  return {dtype, std::move(shape), std::as_bytes(values)};
}

std::string shape_text(std::span<const std::size_t> shape) {
  std::string text;
  for (const auto extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "a scalar" : text;
}

[[noreturn]] void refuse(const std::string& source, const std::string& problem) {
  throw BadInput(source, problem, "copy or save the file again");
}

/// A whole number from 0 to 2^53 of the header.
std::size_t whole(const Json& json, const std::string& source, const std::string& name) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > std::uint64_t{1} << 53)
    refuse(source, "its header gives the tensor '" + name.substr(0, 100) + "' a size or place that is no whole number");
  return json.get<std::size_t>();
}

TensorView parse_entry(const Json& entry, const std::string& name, std::span<const std::byte> values,
                       const std::string& source) {
  const auto about = [&](const std::string& problem) {
    refuse(source, "its header's entry of '" + name.substr(0, 100) + "' " + problem);
  };
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() || !entry.contains("shape") ||
      !entry["shape"].is_array() || !entry.contains("data_offsets") || !entry["data_offsets"].is_array() ||
      entry["data_offsets"].size() != 2)
    about("lacks dtype, shape or data_offsets");
  const auto type = entry["dtype"].get<std::string>();
  const auto facts =
      std::find_if(dtypes.begin(), dtypes.end(), [&](const DtypeFacts& one) { return one.name == type; });
  if (facts == dtypes.end()) about("has values of the type '" + type.substr(0, 20) + "', which is not read here");
  TensorView tensor;
  tensor.dtype = facts->dtype;
  std::size_t bytes = facts->width;
  for (const auto& extent : entry["shape"]) {
    tensor.shape.push_back(whole(extent, source, name));
    if (tensor.shape.size() > 16 || __builtin_mul_overflow(bytes, tensor.shape.back(), &bytes))
      about("has a shape that is too large");
  }
  const auto begin = whole(entry["data_offsets"][0], source, name), end = whole(entry["data_offsets"][1], source, name);
  if (begin > end || end > values.size())
    about(fmt::format("reaches to byte {} where the file has {}", end, values.size()));
  if (end - begin != bytes) about(fmt::format("has {} bytes where its shape needs {}", end - begin, bytes));
  tensor.bytes = values.subspan(begin, bytes);
  return tensor;
}

void check_no_overlap(const std::map<std::string, TensorView>& tensors, const std::string& source) {
  std::vector<std::pair<const std::byte*, const std::byte*>> places;
  for (const auto& [name, tensor] : tensors)
    if (!tensor.bytes.empty()) places.emplace_back(tensor.bytes.data(), tensor.bytes.data() + tensor.bytes.size());
  std::sort(places.begin(), places.end());
  for (std::size_t i = 1; i < places.size(); ++i)
    if (places[i].first < places[i - 1].second) refuse(source, "two of its tensors overlap");
}

struct Mapping {
  void* address = nullptr;
  std::size_t size = 0;
  ~Mapping() {
    if (address) munmap(address, size);
  }
};

std::shared_ptr<const Mapping> map_file(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    throw BadInput(path.string(), errno == ENOENT ? "there is no such file" : std::strerror(errno), "check the path");
  auto mapping = std::make_shared<Mapping>();
  struct stat facts {};
  const bool regular = fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
  if (regular && facts.st_size > 0) {
    void* address = mmap(nullptr, static_cast<std::size_t>(facts.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address != MAP_FAILED) {
      mapping->address = address;
      mapping->size = static_cast<std::size_t>(facts.st_size);
    }
  }
  close(descriptor);
  if (!regular) throw BadInput(path.string(), "is not a file", "give a .safetensors file");
  if (facts.st_size > 0 && !mapping->address) throw IoError(path.string(), "cannot be mapped into memory");
  return mapping;
}

Tensors read_one(const fs::path& path) {
  auto mapping = map_file(path);
  const std::span bytes(static_cast<const std::byte*>(mapping->address), mapping->size);
  return parse_safetensors(bytes, path.string(), std::move(mapping));
}

/// The files an index names, each a plain name beside it.
std::set<std::string> shards_of(const fs::path& index) {
  const auto json = Json::parse(read_file(index, largest_header), nullptr, false);
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
    throw BadInput(index.string(), "has no weight_map", "give the .safetensors file or the index written with it");
  std::set<std::string> names;
  for (const auto& file : json["weight_map"]) {
    const auto name = file.is_string() ? file.get<std::string>() : "";
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
        name.find('\0') != std::string::npos)
      throw BadInput(index.string(), "its weight_map names '" + name.substr(0, 100) + "', which is no file beside it",
                     "save the checkpoint again");
    names.insert(name);
  }
  return names;
}

}  // namespace

std::size_t TensorView::size() const {
  std::size_t product = 1;
  for (const auto extent : shape) product *= extent;
  return product;
}

std::vector<float> TensorView::floats() const {
  const auto cast = [](auto value) { return static_cast<float>(value); };
  switch (dtype) {
    case Dtype::f64:
      return converted<double>(bytes, cast);
    case Dtype::f32:
      return converted<float>(bytes, cast);
    case Dtype::f16:
      return converted<std::uint16_t>(bytes, widened_half);
    case Dtype::bf16:
      return converted<std::uint16_t>(
          bytes, [](std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); });
    case Dtype::i64:
      return converted<std::int64_t>(bytes, cast);
    case Dtype::i32:
      return converted<std::int32_t>(bytes, cast);
    case Dtype::i16:
      return converted<std::int16_t>(bytes, cast);
    case Dtype::i8:
      return converted<std::int8_t>(bytes, cast);
    case Dtype::u8:
    case Dtype::boolean:
      return converted<std::uint8_t>(bytes, cast);
  }
  return {};
}

TensorView view_of(std::span<const float> values, std::vector<std::size_t> shape) {
  return view(values, std::move(shape), Dtype::f32);
}
TensorView view_of(std::span<const double> values, std::vector<std::size_t> shape) {
  return view(values, std::move(shape), Dtype::f64);
}
TensorView view_of(std::span<const std::int64_t> values, std::vector<std::size_t> shape) {
  return view(values, std::move(shape), Dtype::i64);
}

const TensorView& Tensors::at(const std::string& name) const {
  if (const auto found = tensors_.find(name); found != tensors_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [one, tensor] : tensors_) names.push_back(one);
  const auto near = nearest_name(name, names);
  throw BadInput(source_, "has no tensor '" + name + "'",
                 near.empty() ? "give a checkpoint of the right kind" : "it has '" + near + "'");
}

const TensorView& Tensors::at(const std::string& name, std::span<const std::size_t> shape) const {
  const auto& tensor = at(name);
  if (!std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end()))
    throw BadInput(
        source_, fmt::format("its tensor '{}' is {}, wanted is {}", name, shape_text(tensor.shape), shape_text(shape)),
        "give a checkpoint of the right kind");
  return tensor;
}

Tensors parse_safetensors(std::span<const std::byte> bytes, std::string source, std::shared_ptr<const void> owner) {
  if (bytes.size() < 8) refuse(source, bytes.empty() ? "is empty" : "is too short to be a safetensors file");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  if (length > bytes.size() - 8)
    refuse(source, fmt::format("is no safetensors file or is truncated: a header of {} bytes in a file of {}", length,
                               bytes.size()));
  if (length > largest_header)
    refuse(source, fmt::format("has a header of {} bytes, more than {}", length, largest_header));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, length);
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) refuse(source, "its header is no JSON object");
  Tensors all;
  all.source_ = source;
  for (const auto& [name, entry] : json.items()) {
    if (name != "__metadata__") {
      all.tensors_.emplace(name, parse_entry(entry, name, bytes.subspan(8 + length), source));
      continue;
    }
    if (!entry.is_object()) refuse(source, "its __metadata__ is no object");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) refuse(source, "its __metadata__ holds something other than texts");
      all.metadata_.emplace(key, value.get<std::string>());
    }
  }
  check_no_overlap(all.tensors_, source);
  if (owner) all.owners_.push_back(std::move(owner));
  return all;
}

Tensors read_safetensors(const fs::path& path) {
  if (path.extension() != ".json") return read_one(path);
  Tensors all;
  for (const auto& name : shards_of(path)) {
    auto shard = read_one(path.parent_path() / name);
    for (auto& [tensor, view] : shard.tensors_)
      if (!all.tensors_.emplace(tensor, view).second)
        refuse(path.string(), "two of its files hold the tensor '" + tensor.substr(0, 100) + "'");
    all.metadata_.merge(shard.metadata_);
    all.owners_.insert(all.owners_.end(), shard.owners_.begin(), shard.owners_.end());
  }
  all.source_ = path.string();
  return all;
}

void write_safetensors(const fs::path& path, const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const auto& facts = facts_of(tensor.dtype);
    if (tensor.bytes.size() != tensor.size() * facts.width)
      throw std::logic_error("the tensor " + name + " does not fit its shape");
    header[name] = {
        {"dtype", facts.name}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  auto text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  AtomicFile file(path);
  auto& out = file.stream();
  const std::uint64_t length = text.size();
  out.write(reinterpret_cast<const char*>(&length), sizeof length) << text;
  for (const auto& [name, tensor] : tensors)
    out.write(reinterpret_cast<const char*>(tensor.bytes.data()), static_cast<std::streamsize>(tensor.bytes.size()));
  file.commit();
}

}  // namespace offprint::data
