#include "offprint/base/share.hpp"

#include <cstdlib>

#include "offprint/base/build_facts.hpp"

namespace offprint {
namespace fs = std::filesystem;

fs::path share_folder() {
  if (const char* own = std::getenv("OFFPRINT_SHARE"); own && *own) return own;
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  auto installed = program.parent_path().parent_path() / "share" / "offprint";
  if (!error && fs::exists(installed / "papers.json", error)) return installed;
  return OFFPRINT_BUILD_SHARE;
}

fs::path torch_program() { return fs::read_symlink("/proc/self/exe").parent_path() / "offprint-torch"; }

std::string version() { return OFFPRINT_VERSION; }

std::string build_commit() { return OFFPRINT_COMMIT; }

}  // namespace offprint
