#include "offprint/runs/usage.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "offprint/base/text.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t block = 4096;

std::uint64_t on_disk(const struct stat& status) {
  return std::max(block, static_cast<std::uint64_t>(status.st_blocks) * 512);
}

/// Every process of the machine by its parent, with the number of its threads.
std::multimap<pid_t, std::pair<pid_t, std::size_t>> processes_by_parent() {
  std::multimap<pid_t, std::pair<pid_t, std::size_t>> children;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    const auto pid = parse_integer(entry.path().filename().string());
    if (!pid) continue;
    std::ifstream in(entry.path() / "stat");
    std::string line;
    std::getline(in, line);
    const auto close = line.rfind(')');  // the name before it may hold anything
    if (close == std::string::npos) continue;
    const auto fields =
        split(line.substr(close + 2), ' ');  // state, parent, ..., the eighteenth is the number of threads
    if (fields.size() < 18) continue;
    const auto parent = parse_integer(fields[1]), threads = parse_integer(fields[17]);
    if (parent && threads)
      children.emplace(
          static_cast<pid_t>(*parent),
          std::pair(static_cast<pid_t>(*pid), static_cast<std::size_t>(std::max<std::int64_t>(1, *threads))));
  }
  return children;
}

}  // namespace

Usage usage_of(pid_t root, const fs::path& folder) {
  const auto children = processes_by_parent();
  struct stat place {};
  stat(folder.c_str(), &place);
  Usage usage;
  usage.tasks = 1;
  std::set<ino_t> seen;
  std::vector<pid_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (auto [child, end] = children.equal_range(found[i]); child != end; ++child) {
      found.push_back(child->second.first);
      usage.tasks += child->second.second;
    }
    const auto own = fs::path("/proc") / std::to_string(found[i]);
    std::ifstream in(own / "statm");
    std::uint64_t whole = 0, resident = 0;
    if (in >> whole >> resident) usage.memory_bytes += resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::error_code gone;
    for (fs::directory_iterator file(own / "fd", gone), end; !gone && file != end; file.increment(gone)) {
      struct stat status {};
      if (stat(file->path().c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 0 &&
          status.st_dev == place.st_dev && seen.insert(status.st_ino).second)
        usage.deleted_bytes += on_disk(status);
    }
  }
  return usage;
}

std::uint64_t disk_bytes_in(const std::vector<fs::path>& folders) {
  std::uint64_t bytes = 0;
  std::set<std::pair<dev_t, ino_t>> seen;
  for (const auto& folder : folders) {
    std::error_code gone;
    for (fs::recursive_directory_iterator file(folder, gone), end; file != end && !gone; file.increment(gone)) {
      struct stat status {};
      if (lstat(file->path().c_str(), &status) == 0 && seen.emplace(status.st_dev, status.st_ino).second)
        bytes += on_disk(status);
    }
  }
  return bytes;
}

}  // namespace offprint::runs
