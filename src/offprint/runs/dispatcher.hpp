// The dispatcher: one process for a data folder that starts queued runs as children, one a core, stores what they say, and ends when the queue is empty.
// Whoever queues a run sees to it that it lives; the page may come and go.
#pragma once
#include "offprint/runs/store.hpp"

namespace offprint::runs {

struct Limits {
  double wall_seconds = 4 * 3600;
  std::uint64_t memory_bytes = std::uint64_t{8} << 30;
  std::uint64_t file_bytes = std::uint64_t{1} << 30;    ///< of one output file
  std::uint64_t folder_bytes = std::uint64_t{4} << 30;  ///< of all files in the run's folder
  std::uint64_t event_bytes = std::uint64_t{64} << 20;  ///< of all that a run says
  std::size_t processes = 64;                           ///< at once, all that the run has started
  std::size_t slots = 0;                                ///< runs at once; 0: one a core
  double idle_seconds = 3;                              ///< ends after so long without work
};

/// Gives the command line of a run's child. Its standard output is JSON lines, its working folder the run's own.
using ChildCommand = std::function<std::vector<std::string>(const RunRecord& run)>;
std::vector<std::string> own_command(const RunRecord& run);

/// Returns at once if another dispatcher works on this folder.
void dispatch(const std::filesystem::path& folder, const Limits& limits = {},
              const ChildCommand& command = own_command);

/// Starts a dispatcher as a process of its own, detached.
void ensure_dispatcher(const std::filesystem::path& folder);

/// True if bubblewrap can make namespaces here: children then see a read-only system, no network and no other process.
bool sandbox_works();

}  // namespace offprint::runs
