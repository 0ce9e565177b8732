// What a run may see and do: its own folder, its inputs, the system's programs and libraries, nothing else. Made of
// bubblewrap (namespaces of its own for users, files, processes, network; no capability) and a seccomp filter; it holds
// against root, whose rights outside it does not inherit.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace offprint::runs {

struct Binding {
  std::filesystem::path from;  ///< outside
  std::string to;              ///< inside
  bool writable = false;
};

/// What is to be started, as it stands inside.
struct Job {
  std::vector<std::string> words;
  std::vector<Binding> bindings;    ///< its inputs
  std::vector<std::string> beside;  ///< folders inside, read-only themselves, in which bindings lie
  bool devices = false;             ///< graphics processors
};

/// Where a run's own folder is, inside: it does not learn where it lies on this machine.
constexpr auto own_folder = "/here";

/// The command line that starts a job in the sandbox, with `folder` as its own. The filter is read from that
/// descriptor.
std::vector<std::string> sandboxed(const std::filesystem::path& folder, const Job& job, int filter);

/// The seccomp filter, in a file without a name, to be inherited.
int seccomp_filter();

/// One attempt to get out of the sandbox, or one look at what it shows.
struct Probe {
  std::string what;
  bool held = false;
};

/// Makes a sandbox, attempts to leave it, tells what came of each attempt; done once in a process. One failed probe
/// named "bubblewrap with user namespaces" if it cannot be made.
const std::vector<Probe>& sandbox_probes();
bool sandbox_works();           ///< all probes held
std::string sandbox_failure();  ///< what did not hold and what to do about it, on one line; empty if it works

}  // namespace offprint::runs
