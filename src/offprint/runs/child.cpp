#include "offprint/runs/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <map>

#include "offprint/base/text.hpp"
#include "offprint/runs/recorder.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::string> sandboxed(const fs::path& folder, const std::vector<std::string>& command) {
  std::vector<std::string> words{"bwrap",
                                 "--ro-bind",
                                 "/",
                                 "/",
                                 "--dev",
                                 "/dev",
                                 "--proc",
                                 "/proc",
                                 "--bind",
                                 folder.string(),
                                 folder.string(),
                                 "--unshare-net",
                                 "--unshare-pid",
                                 "--unshare-ipc",
                                 "--die-with-parent",
                                 "--new-session",
                                 "--chdir",
                                 folder.string(),
                                 "--"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

void set_limit(int what, rlim_t value) {
  const rlimit limit{value, value};
  setrlimit(static_cast<__rlimit_resource>(what), &limit);
}

/// The processes below `root`, itself counted, from /proc.
std::size_t process_count(pid_t root) {
  std::multimap<pid_t, pid_t> children;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    const auto pid = parse_integer(entry.path().filename().string());
    if (!pid) continue;
    std::ifstream in(entry.path() / "stat");
    std::string line;
    std::getline(in, line);
    const auto close = line.rfind(')');  // the name before it may hold anything
    if (close == std::string::npos) continue;
    if (const auto parent = parse_integer(split(line.substr(close + 2), ' ').at(1)))
      children.emplace(static_cast<pid_t>(*parent), static_cast<pid_t>(*pid));
  }
  std::vector<pid_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (auto [child, end] = children.equal_range(found[i]); child != end; ++child) found.push_back(child->second);
  return found.size();
}

std::uint64_t bytes_in(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code gone;
  for (fs::recursive_directory_iterator file(folder, gone), end; file != end && !gone; file.increment(gone))
    if (std::error_code error; file->is_regular_file(error)) bytes += file->file_size(error);
  return bytes;
}

/// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char* const* words, const char* folder, int out, int err, const Limits& limits, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before it could be asked for that signal
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  setpgid(0, 0);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  close_range(3, ~0U, 0);
  set_limit(RLIMIT_AS, limits.memory_bytes);
  set_limit(RLIMIT_FSIZE, limits.file_bytes);
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_NOFILE, 256);
  if (chdir(folder) == 0) execvp(words[0], words);
  _exit(127);
}

}  // namespace

Child::Child(Store& store, const RunRecord& run, const Limits& limits, std::vector<std::string> command, bool sandbox)
    : store_(&store), limits_(limits), run_(run.id), started_(Clock::now()) {
  const auto folder = fs::absolute(store.folder_of(run.id));
  fs::create_directories(folder);
  if (sandbox) command = sandboxed(folder, command);
  std::vector<char*> words;
  for (auto& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw IoError("a run's pipe", std::strerror(errno));
  const auto path = folder.string();
  const auto parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw IoError("a run's process", std::strerror(errno));
  if (pid_ == 0) become(words.data(), path.c_str(), out[1], err[1], limits, parent);
  close(out[1]);
  close(err[1]);
  output_ = out[0];
  complaints_ = err[0];
  fcntl(output_, F_SETFL, O_NONBLOCK);
  fcntl(complaints_, F_SETFL, O_NONBLOCK);
}

void Child::read() {
  std::array<char, 1 << 16> bytes;
  ssize_t count = 0;
  while ((count = ::read(output_, bytes.data(), bytes.size())) > 0) {
    event_bytes_ += static_cast<std::uint64_t>(count);
    if (event_bytes_ > limits_.event_bytes)
      stop(fmt::format("it said more than {} MiB", limits_.event_bytes >> 20));
    else
      buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  }
  while ((count = ::read(complaints_, bytes.data(), bytes.size())) > 0) {
    said_.append(bytes.data(), static_cast<std::size_t>(count));
    if (said_.size() > 20000) said_.erase(0, said_.size() - 10000);
  }
  store_lines();
}

void Child::store_lines() {
  std::vector<Event> events;
  std::size_t begin = 0;
  for (std::size_t end; (end = buffer_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const auto json = Json::parse(buffer_.begin() + static_cast<std::ptrdiff_t>(begin),
                                  buffer_.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (json.is_object() && json.contains("kind") && json["kind"].is_string() && json.contains("payload") &&
        json["payload"].is_object())
      events.push_back({json["kind"], json["payload"]});
  }
  buffer_.erase(0, begin);
  store_->append(run_, events);
  const auto folder = fs::canonical(store_->folder_of(run_));
  for (const auto& event : events) {
    if (event.kind != "file" || !event.payload.contains("path") || !event.payload["path"].is_string()) continue;
    std::error_code error;
    const auto path = fs::canonical(folder / event.payload["path"].get<std::string>(), error);
    if (!error && fs::is_regular_file(path) && path.string().starts_with(folder.string() + "/"))
      record_artifact(*store_, run_, event.payload, path);
  }
}

void Child::stop(const std::string& why) {
  if (failure_.empty()) failure_ = why;
  kill(-pid_, SIGKILL);
}

void Child::enforce(bool cancel) {
  const auto now = Clock::now();
  if (now - started_ > std::chrono::duration<double>(limits_.wall_seconds))
    stop(fmt::format("it ran longer than {:.0f} seconds", limits_.wall_seconds));
  if (now - counted_ > std::chrono::milliseconds(500)) {
    counted_ = now;
    if (process_count(pid_) > limits_.processes)
      stop(fmt::format("it started more than {} processes", limits_.processes));
    if (bytes_in(store_->folder_of(run_)) > limits_.folder_bytes)
      stop(fmt::format("its files are larger than {} MiB", limits_.folder_bytes >> 20));
  }
  if (!cancel) return;
  if (!cancelled_) {
    cancelled_ = true;
    asked_ = now;
    kill(-pid_, SIGTERM);
  } else if (now - asked_ > std::chrono::milliseconds(700)) {
    kill(-pid_, SIGKILL);
  }
}

bool Child::reap() {
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  kill(-pid_, SIGKILL);  // whatever it left behind
  read();
  close(output_);
  close(complaints_);
  const auto complaint = std::string(trim(said_));
  const auto last_line = complaint.substr(complaint.rfind('\n') + 1);
  const int code = WIFEXITED(status)
                       ? WEXITSTATUS(status)
                       : 128 + WTERMSIG(status);  // as bubblewrap and shells report the signal of their child
  if (!failure_.empty())
    store_->finish(run_, "failed", code, failure_);
  else if (cancelled_)
    store_->finish(run_, "cancelled", 130, "");
  else if (code == 0)
    store_->finish(run_, "done", 0, "");
  else if (last_line.starts_with("offprint: "))
    store_->finish(run_, "failed", code, last_line.substr(10));
  else
    store_->finish(run_, "failed", code,
                   code > 128 ? std::string("it was killed: ") + strsignal(code - 128) : last_line);
  return true;
}

}  // namespace offprint::runs
