#include "offprint/base/file.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "offprint/base/error.hpp"

namespace offprint {
namespace fs = std::filesystem;

std::string read_file(const fs::path& path, std::size_t limit) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) throw BadInput(path.string(), "no such file", "check the path");
  if (fs::is_directory(status)) throw BadInput(path.string(), "is a folder", "name a file in it");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw IoError(path.string(), std::string("cannot be opened: ") + std::strerror(errno));
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
    bytes.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (bytes.size() > limit)
      throw BadInput(path.string(), "larger than " + std::to_string(limit) + " bytes", "give a smaller file");
  }
  if (in.bad()) throw IoError(path.string(), "read failed");
  return bytes;
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  static std::atomic<unsigned> serial{0};
  if (fs::is_directory(path_)) throw IoError(path_.string(), "is a folder; name a file in it");
  temporary_ = path_;
  temporary_ += ".part-" + std::to_string(::getpid()) + "-" + std::to_string(serial++);
  stream_.open(temporary_, std::ios::binary | std::ios::trunc);
  if (!stream_) throw IoError(path_.string(), std::string("cannot be written: ") + std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (committed_) return;
  stream_.close();
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  stream_.close();
  const auto refuse = [&](const char* step) {
    throw IoError(path_.string(), std::string(step) + " failed: " + std::strerror(errno));
  };
  if (!stream_) refuse("write");
  const int descriptor = ::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) refuse("sync");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) refuse("rename");
  committed_ = true;
}

void require_writable(const fs::path& path) { const AtomicFile attempt(path); }

void write_file(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.stream().write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.commit();
}

namespace {

std::string hexadecimal(const std::array<unsigned char, crypto_hash_sha256_BYTES>& digest) {
  std::string text(2 * digest.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  text.pop_back();
  return text;
}

fs::path user_folder(const char* own_variable, const char* xdg_variable, const char* below_home) {
  if (const char* own = std::getenv(own_variable); own && *own) return own;
  if (const char* xdg = std::getenv(xdg_variable); xdg && *xdg) return fs::path(xdg) / "offprint";
  if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / below_home / "offprint";
  throw UsageError(std::string("no home folder is known; set ") + own_variable);
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return hexadecimal(digest);
}

fs::path user_data_folder() { return user_folder("OFFPRINT_DATA", "XDG_DATA_HOME", ".local/share"); }
fs::path user_cache_folder() { return user_folder("OFFPRINT_CACHE", "XDG_CACHE_HOME", ".cache"); }

}  // namespace offprint
