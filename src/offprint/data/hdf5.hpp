// HDF5: arrays of numbers, truth values and texts by path ("infos/qpos"), read and written through the HDF5 C library.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace offprint::data {

/// A file opened for reading. Every problem is a BadInput that names the file and the data set.
class Hdf5Reader {
 public:
  /// Throws BadInput if it is missing, truncated or no HDF5 file.
  explicit Hdf5Reader(const std::filesystem::path& path);
  ~Hdf5Reader();
  Hdf5Reader(Hdf5Reader&&) noexcept;

  const std::string& source() const { return source_; }
  bool contains(const std::string& name) const;  ///< a data set, or a group
  std::vector<std::string> names() const;        ///< of all data sets, as paths without a leading '/'
  std::vector<std::string> groups() const;       ///< of the root's groups
  std::vector<std::size_t> shape(
      const std::string& name) const;  ///< empty: a scalar; throws BadInput if there is no such data set
  std::vector<float> floats(const std::string& name) const;  ///< row-major; numbers of any type
  std::vector<double> doubles(const std::string& name) const;
  std::vector<std::uint8_t> truths(const std::string& name) const;  ///< 0 or 1, from truth values or integers
  std::string text(const std::string& name) const;                  ///< a scalar string

 private:
  struct File;
  std::unique_ptr<File> file_;
  std::string source_;
};

/// Gathers arrays and writes them to a file that appears whole or not at all; arrays are chunked and compressed with
/// gzip.
class Hdf5Writer {
 public:
  Hdf5Writer();
  ~Hdf5Writer();
  void add(const std::string& name, std::span<const float> values, const std::vector<std::size_t>& shape);
  void add(const std::string& name, std::span<const double> values, const std::vector<std::size_t>& shape);
  void add_truths(const std::string& name, std::span<const std::uint8_t> values,
                  const std::vector<std::size_t>& shape);  ///< as h5py writes bool
  void add_text(const std::string& name, const std::string& text);
  void commit(const std::filesystem::path& path);  ///< throws IoError

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace offprint::data
