// What a run takes up while it runs: looked at from outside, since root's processes are bound by few of the kernel's
// limits.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace offprint::runs {

struct Usage {
  std::size_t tasks = 0;            ///< processes and their threads
  std::uint64_t memory_bytes = 0;   ///< resident, of all processes together
  std::uint64_t deleted_bytes = 0;  ///< of files without a name that processes hold open on the device of `folder`
};

/// Of the process `root` and all below it.
Usage usage_of(pid_t root, const std::filesystem::path& folder);

/// What the files below these folders take up on their disk, each counted once; no link is followed, and an empty file
/// counts a block.
std::uint64_t disk_bytes_in(const std::vector<std::filesystem::path>& folders);

}  // namespace offprint::runs
