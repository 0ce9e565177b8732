#include "offprint/base/regular_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"

namespace offprint {
namespace fs = std::filesystem;

std::string sha256_of_file(const fs::path& path) { return RegularFile(path, RegularFile::Links::followed).sha256(); }

RegularFile::RegularFile(const fs::path& path, Links links) {
  descriptor_ =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (links == Links::refused ? O_NOFOLLOW : 0));
  check(path);
}

RegularFile::RegularFile(const fs::path& folder, const fs::path& name) {
  const int below = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  if (below >= 0) {
    descriptor_ = static_cast<int>(::syscall(SYS_openat2, below, name.c_str(), &how, sizeof how));
    const int error = errno;
    ::close(below);
    errno = error;
  }
  check(name);
}

RegularFile::RegularFile(RegularFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), identity_(other.identity_), shown_(std::move(other.shown_)) {}

RegularFile::~RegularFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RegularFile::check(const fs::path& shown) {
  shown_ = shown.string();
  if (descriptor_ < 0 && errno == ENOENT) throw BadInput(shown_, "no such file", "check the path");
  if (descriptor_ < 0 && (errno == ELOOP || errno == EXDEV))
    throw BadInput(shown_, "is a link or lies elsewhere", "name the file itself");
  if (descriptor_ < 0) throw IoError(shown_, std::string("cannot be opened: ") + std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(std::exchange(descriptor_, -1));
    throw BadInput(shown_, "is no regular file", "name a file");
  }
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  identity_ = {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
               nanoseconds(status.st_ctim)};
}

namespace {

/// Hands the file out piece by piece, until `take` has had enough.
template <class Take>
void read_pieces(int descriptor, const std::string& shown, const Take& take) {
  std::array<char, 1 << 16> buffer;
  for (off_t at = 0;;) {
    const auto count = ::pread(descriptor, buffer.data(), buffer.size(), at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError(shown, std::string("cannot be read: ") + std::strerror(errno));
    if (count == 0 || !take(std::string_view(buffer.data(), static_cast<std::size_t>(count)))) return;
    at += count;
  }
}

}  // namespace

std::string RegularFile::read(std::size_t limit) const {
  std::string bytes;
  read_pieces(descriptor_, shown_, [&](std::string_view piece) {
    bytes += piece.substr(0, limit - bytes.size());
    return bytes.size() < limit;
  });
  return bytes;
}

std::string RegularFile::sha256() const {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  read_pieces(descriptor_, shown_, [&](std::string_view piece) {
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(piece.data()), piece.size());
    return true;
  });
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256_final(&state, digest.data());
  std::array<char, 2 * crypto_hash_sha256_BYTES + 1> text;
  return sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
}

int RegularFile::release() { return std::exchange(descriptor_, -1); }

}  // namespace offprint
