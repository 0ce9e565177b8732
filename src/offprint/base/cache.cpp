#include "offprint/base/cache.hpp"

#include <stdexcept>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"

namespace offprint {
namespace {

namespace fs = std::filesystem;

bool is_valid(const fs::path& path, const std::function<bool(const fs::path&)>& valid) {
  try {
    return valid(path);
  } catch (const BadInput&) {  // of another version, or damaged
    return false;
  }
}

}  // namespace

fs::path kept(std::string_view folder, std::string_view key, const std::function<void(const fs::path&)>& make,
              const std::function<bool(const fs::path&)>& valid) {
  if (key.empty() || key.front() == '.' || key.find('/') != std::string_view::npos)
    throw std::logic_error("kept: '" + std::string(key) + "' is no file's name");
  auto path = user_cache_folder() / folder / key;
  std::error_code failed;
  if (fs::exists(path, failed) && is_valid(path, valid)) return path;
  fs::create_directories(path.parent_path(), failed);
  if (failed) throw IoError(path.parent_path().string(), failed.message());
  fs::remove_all(path, failed);
  try {
    make(path);
  } catch (...) {
    fs::remove_all(path, failed);
    throw;
  }
  return path;
}

}  // namespace offprint
