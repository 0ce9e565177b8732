// Safetensors: named tensors in one file. Eight bytes of length (little-endian), a JSON header {name: {dtype, shape,
// data_offsets}}, then the values.
// Layout: huggingface/safetensors, README "Format". A checkpoint of several files is named by its index,
// *.safetensors.index.json.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace offprint::data {

enum class Dtype { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

/// A tensor whose bytes belong to somebody else: row-major, little-endian.
struct TensorView {
  Dtype dtype = Dtype::f32;
  std::vector<std::size_t> shape;  ///< empty: a scalar
  std::span<const std::byte> bytes;

  std::size_t size() const;  ///< number of values: the product of `shape`
  /// The values as float32; f16 and bf16 are widened exactly, f64 and integers are rounded.
  std::vector<float> floats() const;
};

TensorView view_of(std::span<const float> values, std::vector<std::size_t> shape);
TensorView view_of(std::span<const double> values, std::vector<std::size_t> shape);
TensorView view_of(std::span<const std::int64_t> values, std::vector<std::size_t> shape);

/// Tensors by name, with the texts of the header's `__metadata__`. Copies share the bytes.
class Tensors {
 public:
  const std::map<std::string, TensorView>& all() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  bool contains(const std::string& name) const { return tensors_.count(name) > 0; }
  /// Throws BadInput naming the file and the tensor, and a near name if there is one.
  const TensorView& at(const std::string& name) const;
  /// As at(), and checks the shape. Throws BadInput with both shapes.
  const TensorView& at(const std::string& name, std::span<const std::size_t> shape) const;

 private:
  friend Tensors parse_safetensors(std::span<const std::byte> bytes, std::string source,
                                   std::shared_ptr<const void> owner);
  friend Tensors read_safetensors(const std::filesystem::path& path);
  std::string source_;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
  std::vector<std::shared_ptr<const void>> owners_;
};

/// The tensors of a file in memory. The views point into `bytes`, which must outlive them unless `owner` keeps it.
/// Throws BadInput on a header that is truncated, too large (over 100 MB), no JSON, or whose offsets leave the file,
/// overlap or do not fit shape and type.
Tensors parse_safetensors(std::span<const std::byte> bytes, std::string source,
                          std::shared_ptr<const void> owner = nullptr);

/// Maps a file into memory: a `.safetensors` file, or an index `.json` whose `weight_map` names the files beside it.
Tensors read_safetensors(const std::filesystem::path& path);

/// Writes whole or not at all. Throws std::logic_error if a view's bytes do not fit its shape.
void write_safetensors(const std::filesystem::path& path, const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace offprint::data
