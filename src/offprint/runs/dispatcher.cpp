#include "offprint/runs/dispatcher.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "offprint/runs/child.hpp"
#include "offprint/runs/inputs.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

std::string own_program() { return fs::read_symlink("/proc/self/exe").string(); }

struct Lock {
  explicit Lock(const fs::path& file) : descriptor(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    held = descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  }
  ~Lock() {
    if (descriptor >= 0) close(descriptor);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  int descriptor;
  bool held;
};

void wait_for_output(const std::vector<Child>& children) {
  std::vector<pollfd> files;
  for (const auto& child : children) {
    files.push_back({child.output(), POLLIN, 0});
    files.push_back({child.complaints(), POLLIN, 0});
  }
  poll(files.data(), files.size(), 50);
  // A closed pipe is always ready: do not spin while its process ends.
  if (std::any_of(files.begin(), files.end(), [](const pollfd& file) { return (file.revents & POLLHUP) != 0; }))
    usleep(5000);
}

/// Until nothing was to be done for limits.idle_seconds.
void work_the_queue(Store& store, const Limits& limits, const ChildJob& job) {
  const std::size_t slots = limits.slots ? limits.slots : std::max(1u, std::thread::hardware_concurrency());
  std::vector<Child> children;
  auto last_work = Clock::now();
  do {
    while (children.size() < slots) {
      const auto next = store.claim_next();
      if (!next) break;
      try {
        if (!sandbox_works()) throw Error(sandbox_failure());
        children.emplace_back(store, *next, limits, job(store, *next));
      } catch (const std::exception& error) {
        store.finish(next->id, "failed", 1, without_input_folders(error.what()));
      }
    }
    wait_for_output(children);
    if (children.empty()) continue;
    const auto to_cancel = store.to_cancel();
    for (auto& child : children) {
      child.read();
      child.enforce(std::find(to_cancel.begin(), to_cancel.end(), child.run()) != to_cancel.end());
    }
    std::erase_if(children, [](Child& child) { return child.reap(); });
    last_work = Clock::now();
  } while (!children.empty() || Clock::now() - last_work < std::chrono::duration<double>(limits.idle_seconds));
}

}  // namespace

Job own_job(Store& store, const RunRecord& run) { return job_of(store, run, own_program()); }

void dispatch(const fs::path& folder, const Limits& limits, const ChildJob& job) {
  Store store(folder);
  do {
    const Lock lock(folder / "dispatcher.lock");
    if (!lock.held) return;
    store.mark_orphans();
    work_the_queue(store, limits, job);
    // A run that is queued after the last look and before the lock is given up: whoever queued it found this dispatcher
    // alive.
  } while (store.count("queued") > 0);
}

void ensure_dispatcher(const fs::path& folder) {
  const auto program = own_program(), log = (folder / "dispatcher.log").string(), data = folder.string();
  const pid_t child = fork();
  if (child < 0) throw IoError("the dispatcher", "cannot be started");
  if (child == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    const int in = open("/dev/null", O_RDONLY), out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
    close_range(3, ~0U, 0);
    execl(program.c_str(), program.c_str(), "runs", "dispatch", "--data", data.c_str(), nullptr);
    _exit(127);
  }
  waitpid(child, nullptr, 0);
}

}  // namespace offprint::runs
