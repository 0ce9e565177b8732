// Files that others may have put in place: opened once, checked, then read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace offprint {

/// A regular file opened once for reading: what was checked is what is read, whatever becomes of its name. Opening
/// waits for nothing, so that a FIFO or a device is refused instead of hanging whoever opens it.
class RegularFile {
 public:
  enum class Links { followed, refused };
  explicit RegularFile(const std::filesystem::path& path, Links links = Links::refused);  ///< throws BadInput, IoError
  /// `name` below `folder`; no part of it may be a link or "..".
  RegularFile(const std::filesystem::path& folder, const std::filesystem::path& name);
  ~RegularFile();
  RegularFile(RegularFile&& other) noexcept;
  RegularFile(const RegularFile&) = delete;
  RegularFile& operator=(const RegularFile&) = delete;

  struct Identity {
    std::uint64_t device = 0, inode = 0, bytes = 0;
    std::int64_t modified = 0, changed = 0;  ///< nanoseconds since 1970
    bool operator==(const Identity&) const = default;
  };
  const Identity& identity() const { return identity_; }  ///< when it was opened
  std::string read(std::size_t limit) const;              ///< at most `limit` bytes from its beginning
  std::string sha256() const;                             ///< of the whole
  int release();                                          ///< gives the descriptor away, at the file's beginning

 private:
  void check(const std::filesystem::path& shown);
  int descriptor_ = -1;
  Identity identity_;
  std::string shown_;
};

}  // namespace offprint
