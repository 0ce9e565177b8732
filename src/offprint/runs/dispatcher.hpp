// The dispatcher: one process for a data folder that starts queued runs as children, one a core, stores what they say,
// and ends when the queue is empty. Whoever queues a run sees to it that it lives; the page may come and go.
#pragma once
#include "offprint/runs/sandbox.hpp"
#include "offprint/runs/store.hpp"

namespace offprint::runs {

struct Limits {
  double wall_seconds = 4 * 3600;
  std::uint64_t memory_bytes = std::uint64_t{8} << 30;  ///< of each process, and of all together as far as they hold it
  std::uint64_t file_bytes = std::uint64_t{1} << 30;    ///< of one output file
  std::uint64_t folder_bytes = std::uint64_t{4} << 30;  ///< of all files of the run
  std::uint64_t event_bytes = std::uint64_t{64}
                              << 20;  ///< of all that a run says, on standard output and error together
  std::size_t tasks = 0;              ///< processes and threads at once; 0: 64 and eight more for each core
  std::size_t slots = 0;              ///< runs at once; 0: one a core
  double idle_seconds = 3;            ///< ends after so long without work
};

/// Gives what a run's child is to do. Its standard output is JSON lines, its working folder the run's own.
using ChildJob = std::function<Job(Store& store, const RunRecord& run)>;
Job own_job(Store& store, const RunRecord& run);

/// Returns at once if another dispatcher works on this folder.
void dispatch(const std::filesystem::path& folder, const Limits& limits = {}, const ChildJob& job = own_job);

/// Starts a dispatcher as a process of its own, detached.
void ensure_dispatcher(const std::filesystem::path& folder);

}  // namespace offprint::runs
