#include "offprint/data/hdf5.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"

namespace offprint::data {
namespace {

// The library is built without its own lock.
std::recursive_mutex& library() {
  static std::recursive_mutex mutex;
  [[maybe_unused]] static const bool quiet = (H5open(), H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), true);
  return mutex;
}

using Lock = std::lock_guard<std::recursive_mutex>;

/// A handle of the library, closed by the function that fits it.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  explicit operator bool() const { return id_ >= 0; }
  hid_t get() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

constexpr std::size_t largest = std::size_t{64} << 30;  ///< bytes of one array
constexpr std::size_t deflate_ratio = 1100;             ///< gzip packs at most about 1032 to 1

hid_t own(hid_t id) {
  if (id < 0) throw std::runtime_error("the HDF5 library refused to build a file in memory");
  return id;
}

std::size_t product(const std::vector<std::size_t>& shape) {
  std::size_t result = 1;
  for (const auto extent : shape) result *= extent;
  return result;
}

herr_t gather_name(hid_t, const char* name, const H5O_info_t* info, void* names) {
  if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

herr_t gather_group(hid_t group, const char* name, const H5L_info_t*, void* names) {
  H5O_info_t info;
  if (H5Oget_info_by_name(group, name, &info, H5P_DEFAULT) >= 0 && info.type == H5O_TYPE_GROUP)
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

struct Hdf5Reader::File {
  Handle handle;
  std::string source;

  /// Every link of a path must be there: asking for the last alone is an error of the library.
  bool has(const std::string& name) const {
    for (std::size_t at = name.find('/');; at = name.find('/', at + 1)) {
      const auto part = name.substr(0, at);
      if (H5Lexists(handle.get(), part.c_str(), H5P_DEFAULT) <= 0 ||
          H5Oexists_by_name(handle.get(), part.c_str(), H5P_DEFAULT) <= 0)
        return false;
      if (at == std::string::npos) return true;
    }
  }

  BadInput refuse(const std::string& name, const std::string& problem, const std::string& mend) const {
    return {source + " " + name, problem, mend};
  }

  hid_t open(const std::string& name) const {
    if (!has(name)) throw BadInput(source, "has no data set '" + name + "'", "give a file with the keys of D4RL");
    const hid_t id = H5Dopen2(handle.get(), name.c_str(), H5P_DEFAULT);
    if (id < 0) throw refuse(name, "is no data set", "give a file with the keys of D4RL");
    return id;
  }

  std::vector<std::size_t> shape(hid_t dataset, const std::string& name) const {
    const Handle space(H5Dget_space(dataset), H5Sclose);
    const int rank = space ? H5Sget_simple_extent_ndims(space.get()) : -1;
    if (rank < 0 || rank > H5S_MAX_RANK) throw refuse(name, "has no shape", "write it again");
    std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
    if (rank > 0) H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
    std::size_t total = 1;
    for (const auto extent : extents) {
      if (extent > 0 && total > largest / extent) throw refuse(name, "claims to be too large", "give a smaller file");
      total *= std::max<std::size_t>(1, extent);
    }
    return {extents.begin(), extents.end()};
  }

  template <class T>
  std::vector<T> read(const std::string& name, hid_t memory_type, bool truths) const {
    const Lock lock(library());
    const Handle dataset(open(name), H5Dclose);
    const Handle type(H5Dget_type(dataset.get()), H5Tclose);
    const auto kind = type ? H5Tget_class(type.get()) : H5T_NO_CLASS;
    const bool is_truth = kind == H5T_ENUM && H5Tget_size(type.get()) == 1;
    if (kind != H5T_INTEGER && !is_truth && (truths || kind != H5T_FLOAT))
      throw refuse(name, truths ? "holds no truth values" : "holds no numbers", "write it as in D4RL's files");
    const auto extents = shape(dataset.get(), name);
    const std::size_t count = product(extents), width = H5Tget_size(type.get());
    // Numbers that were never written take no room in the file: such an array could claim any size.
    const std::size_t stored = H5Dget_storage_size(dataset.get());
    if (count * width > (std::size_t{1} << 20) && count * width / deflate_ratio > stored)
      throw refuse(name, fmt::format("claims {} values but the file holds {} bytes of them", count, stored),
                   "copy or write the file again");
    std::vector<T> values(count);
    if (count > 0 && H5Dread(dataset.get(), is_truth ? H5T_NATIVE_INT8 : memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                             values.data()) < 0)
      throw refuse(name, "cannot be read: truncated, damaged or packed by a filter that is not here",
                   "copy or write the file again");
    return values;
  }
};

Hdf5Reader::Hdf5Reader(const std::filesystem::path& path) : source_(path.string()) {
  const Lock lock(library());
  if (!std::filesystem::exists(path)) throw BadInput(source_, "no such file", "check the path");
  if (!std::filesystem::is_regular_file(path)) throw BadInput(source_, "is not a file", "name an HDF5 file");
  if (std::filesystem::file_size(path) == 0) throw BadInput(source_, "is empty", "give an HDF5 file");
  if (H5Fis_hdf5(source_.c_str()) <= 0)
    throw BadInput(source_, "is not an HDF5 file", "give a data set in D4RL's HDF5 layout, or .npz");
  file_.reset(new File{{H5Fopen(source_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose}, source_});
  if (!file_->handle)
    throw BadInput(source_, "cannot be opened: the HDF5 file is truncated or damaged", "copy or fetch it again");
}

Hdf5Reader::~Hdf5Reader() {
  const Lock lock(library());
  file_.reset();
}

Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;

bool Hdf5Reader::contains(const std::string& name) const {
  const Lock lock(library());
  return file_->has(name);
}

std::vector<std::string> Hdf5Reader::names() const {
  const Lock lock(library());
  std::vector<std::string> result;
  if (H5Ovisit2(file_->handle.get(), H5_INDEX_NAME, H5_ITER_INC, gather_name, &result, H5O_INFO_BASIC) < 0)
    throw BadInput(source_, "its list of data sets is damaged", "copy or fetch it again");
  return result;
}

std::vector<std::string> Hdf5Reader::groups() const {
  const Lock lock(library());
  std::vector<std::string> result;
  H5Literate(file_->handle.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, gather_group, &result);
  return result;
}

std::vector<std::size_t> Hdf5Reader::shape(const std::string& name) const {
  const Lock lock(library());
  const Handle dataset(file_->open(name), H5Dclose);
  return file_->shape(dataset.get(), name);
}

std::vector<float> Hdf5Reader::floats(const std::string& name) const {
  return file_->read<float>(name, H5T_NATIVE_FLOAT, false);
}

std::vector<double> Hdf5Reader::doubles(const std::string& name) const {
  return file_->read<double>(name, H5T_NATIVE_DOUBLE, false);
}

std::vector<std::uint8_t> Hdf5Reader::truths(const std::string& name) const {
  auto values = file_->read<std::uint8_t>(name, H5T_NATIVE_UINT8, true);
  for (auto& value : values) value = value != 0;
  return values;
}

std::string Hdf5Reader::text(const std::string& name) const {
  const Lock lock(library());
  const Handle dataset(file_->open(name), H5Dclose);
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  const Handle space(H5Dget_space(dataset.get()), H5Sclose);
  if (!type || H5Tget_class(type.get()) != H5T_STRING || H5Sget_simple_extent_npoints(space.get()) != 1)
    throw file_->refuse(name, "is not one text", "write it as in D4RL's files");
  if (H5Tis_variable_str(type.get()) > 0) {
    const Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(memory.get(), H5T_VARIABLE);
    H5Tset_cset(memory.get(), H5Tget_cset(type.get()));
    char* words = nullptr;
    if (H5Dread(dataset.get(), memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &words) < 0 || !words)
      throw file_->refuse(name, "cannot be read", "copy it again");
    std::string result = words;
    H5Dvlen_reclaim(memory.get(), space.get(), H5P_DEFAULT, &words);
    return result;
  }
  const std::size_t size = H5Tget_size(type.get());
  if (size > (std::size_t{1} << 20)) throw file_->refuse(name, "is too long a text", "give a smaller file");
  std::string result(size, '\0');
  if (H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, result.data()) < 0)
    throw file_->refuse(name, "cannot be read", "copy it again");
  return result.substr(0, result.find('\0'));
}

struct Hdf5Writer::File {
  Handle handle;

  void write(const std::string& name, hid_t file_type, hid_t memory_type, const void* values,
             const std::vector<std::size_t>& shape, std::size_t width) {
    const std::vector<hsize_t> extents(shape.begin(), shape.end());
    const Handle space(own(shape.empty() ? H5Screate(H5S_SCALAR)
                                         : H5Screate_simple(static_cast<int>(shape.size()), extents.data(), nullptr)),
                       H5Sclose);
    const Handle create(own(H5Pcreate(H5P_DATASET_CREATE)), H5Pclose), link(own(H5Pcreate(H5P_LINK_CREATE)), H5Pclose);
    H5Pset_create_intermediate_group(link.get(), 1);
    if (product(shape) > 64) {
      auto chunk = extents;
      const std::size_t row = std::max<std::size_t>(1, product(shape) / shape[0]) * width;
      chunk[0] = std::min<hsize_t>(extents[0], std::max<hsize_t>(1, (std::size_t{1} << 18) / row));
      H5Pset_chunk(create.get(), static_cast<int>(chunk.size()), chunk.data());
      H5Pset_deflate(create.get(), 4);
    }
    const Handle dataset(
        own(H5Dcreate2(handle.get(), name.c_str(), file_type, space.get(), link.get(), create.get(), H5P_DEFAULT)),
        H5Dclose);
    if (product(shape) > 0 && H5Dwrite(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
      throw std::runtime_error("the HDF5 library refused to write " + name);
  }
};

Hdf5Writer::Hdf5Writer() {
  const Lock lock(library());
  const Handle access(own(H5Pcreate(H5P_FILE_ACCESS)), H5Pclose);
  H5Pset_fapl_core(access.get(), std::size_t{1} << 20, 0);  // in memory: the bytes go through AtomicFile
  static int serial = 0;
  const auto name =
      fmt::format("offprint-{}.hdf5", serial++);  // never on disk, but the library tells open files apart by it
  file_.reset(new File{{own(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get())), H5Fclose}});
}

Hdf5Writer::~Hdf5Writer() {
  const Lock lock(library());
  file_.reset();
}

void Hdf5Writer::add(const std::string& name, std::span<const float> values, const std::vector<std::size_t>& shape) {
  const Lock lock(library());
  if (values.size() != product(shape)) throw std::logic_error(name + ": its values do not fit its shape");
  file_->write(name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, values.data(), shape, sizeof(float));
}

void Hdf5Writer::add(const std::string& name, std::span<const double> values, const std::vector<std::size_t>& shape) {
  const Lock lock(library());
  if (values.size() != product(shape)) throw std::logic_error(name + ": its values do not fit its shape");
  file_->write(name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data(), shape, sizeof(double));
}

void Hdf5Writer::add_truths(const std::string& name, std::span<const std::uint8_t> values,
                            const std::vector<std::size_t>& shape) {
  const Lock lock(library());
  if (values.size() != product(shape)) throw std::logic_error(name + ": its values do not fit its shape");
  const Handle type(own(H5Tenum_create(H5T_STD_I8LE)), H5Tclose);
  const signed char no = 0, yes = 1;
  H5Tenum_insert(type.get(), "FALSE", &no);
  H5Tenum_insert(type.get(), "TRUE", &yes);
  file_->write(name, type.get(), type.get(), values.data(), shape, 1);
}

void Hdf5Writer::add_text(const std::string& name, const std::string& text) {
  const Lock lock(library());
  const Handle type(own(H5Tcopy(H5T_C_S1)), H5Tclose);
  H5Tset_size(type.get(), std::max<std::size_t>(1, text.size()));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  const std::string bytes = text.empty() ? std::string(1, '\0') : text;
  file_->write(name, type.get(), type.get(), bytes.data(), {}, bytes.size());
}

void Hdf5Writer::commit(const std::filesystem::path& path) {
  const Lock lock(library());
  H5Fflush(file_->handle.get(), H5F_SCOPE_LOCAL);
  const auto size = H5Fget_file_image(file_->handle.get(), nullptr, 0);
  if (size <= 0) throw std::runtime_error("the HDF5 library gave no image of the file");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (H5Fget_file_image(file_->handle.get(), bytes.data(), bytes.size()) < 0)
    throw std::runtime_error("the HDF5 library gave no image of the file");
  write_file(path, bytes);
}

}  // namespace offprint::data
