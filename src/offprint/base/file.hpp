// Files: whole reads with a limit, atomic writes, hashes, the user's folders.
#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace offprint {

/// The whole file. Throws BadInput if it is missing, a folder or larger than `limit` bytes, IoError if a read fails.
std::string read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{4} << 30);

/// An output file that appears whole or not at all: written beside its place and renamed by commit(); removed if never
/// committed.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);  ///< throws IoError naming the folder that cannot be written
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  std::ostream& stream() { return stream_; }
  void commit();  ///< flushes, syncs and renames; throws IoError (disk full, ...)

 private:
  std::filesystem::path path_, temporary_;
  std::ofstream stream_;
  bool committed_ = false;
};

/// Throws IoError if an AtomicFile could not be made there: to be asked before hours of work, not after.
void require_writable(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view bytes);  ///< through AtomicFile

std::string sha256(std::string_view bytes);                     ///< 64 hexadecimal digits
std::string sha256_of_file(const std::filesystem::path& path);  ///< streamed; throws IoError

/// $OFFPRINT_DATA, else $XDG_DATA_HOME/offprint, else ~/.local/share/offprint: the run store and uploads.
std::filesystem::path user_data_folder();
/// $OFFPRINT_CACHE, else $XDG_CACHE_HOME/offprint, else ~/.cache/offprint: fetched packages' data.
std::filesystem::path user_cache_folder();

}  // namespace offprint
