#include "offprint/runs/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

#include "offprint/base/text.hpp"
#include "offprint/runs/inputs.hpp"
#include "offprint/runs/recorder.hpp"
#include "offprint/runs/usage.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int filter_descriptor = 3;
constexpr std::size_t most_line = 16 << 20;
constexpr std::size_t most_files = 1000;  ///< that a run may hand out

void set_limit(int what, rlim_t value) {
  const rlimit limit{value, value};
  setrlimit(static_cast<__rlimit_resource>(what), &limit);
}

/// What the page and the terminal may rely on in an event: whoever found a fault in a verb may say anything.
bool is_event(const Json& line) {
  if (!line.is_object() || !line.contains("kind") || !line["kind"].is_string() || !line.contains("payload") ||
      !line["payload"].is_object())
    return false;
  const auto& kind = line["kind"].get_ref<const std::string&>();
  const auto& payload = line["payload"];
  const auto is = [&](const char* name, bool (*fits)(const Json&)) {
    return payload.contains(name) && fits(payload[name]);
  };
  const auto text = [](const Json& value) { return value.is_string(); };
  const auto number = [](const Json& value) { return value.is_number(); };
  const auto number_or_null = [](const Json& value) { return value.is_number() || value.is_null(); };
  if (kind == "note" || kind == "warning") return is("text", text);
  if (kind == "progress") return is("done", number) && is("total", number) && is("what", text);
  if (kind == "metric") return is("name", text) && is("step", number) && is("value", number_or_null);
  if (kind == "file") return is("path", text) && is("name", text) && is("description", text);
  try {
    if (kind == "claim") {
      estimate_from_json(payload);
      return is("claim", text) && is("check", text);
    }
    if (kind == "table") validate(table_from_json(payload));
    if (kind == "figure") validate(figure_from_json(payload));
    return kind == "table" || kind == "figure";
  } catch (const std::exception&) {
    return false;
  }
}

/// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char* const* words, const char* folder, int out, int err, int filter, const Limits& limits,
                         pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before it could be asked for that signal
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  setpgid(0, 0);
  setpriority(PRIO_PROCESS, 0, 5);  // the page and its readers come first
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  dup2(filter, filter_descriptor);
  close_range(filter_descriptor + 1, ~0U, 0);
  set_limit(RLIMIT_AS, limits.memory_bytes);
  set_limit(RLIMIT_FSIZE, std::min(limits.file_bytes, limits.folder_bytes));
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_NOFILE, 256);
  if (chdir(folder) == 0) execvp(words[0], words);
  _exit(127);
}

}  // namespace

Child::Child(Store& store, const RunRecord& run, const Limits& limits, Job job)
    : store_(&store), limits_(limits), job_(std::move(job)), run_(run.id), started_(Clock::now()) {
  if (limits_.tasks == 0) limits_.tasks = 64 + 8 * std::size_t{std::max(1u, std::thread::hardware_concurrency())};
  const auto folder = fs::absolute(store.folder_of(run.id));
  fs::create_directories(folder);
  auto command = sandboxed(folder, job_, filter_descriptor);
  std::vector<char*> words;
  for (auto& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw IoError("a run's pipe", std::strerror(errno));
  const auto path = folder.string();
  const auto parent = getpid();
  // Above the descriptors that the child puts in order.
  const int made = seccomp_filter(), filter = fcntl(made, F_DUPFD_CLOEXEC, 10);
  close(made);
  pid_ = fork();
  if (pid_ < 0) throw IoError("a run's process", std::strerror(errno));
  if (pid_ == 0) become(words.data(), path.c_str(), out[1], err[1], filter, limits_, parent);
  close(filter);
  close(out[1]);
  close(err[1]);
  output_ = out[0];
  complaints_ = err[0];
  fcntl(output_, F_SETFL, O_NONBLOCK);
  fcntl(complaints_, F_SETFL, O_NONBLOCK);
}

void Child::read() {
  std::array<char, 1 << 16> bytes;
  const auto take = [&](int from, const auto& keep) {
    for (ssize_t count; failure_.empty() && (count = ::read(from, bytes.data(), bytes.size())) > 0;) {
      event_bytes_ += static_cast<std::uint64_t>(count);
      if (event_bytes_ > limits_.event_bytes)
        return stop(fmt::format("it said more than {} MiB", limits_.event_bytes >> 20));
      keep(std::string_view(bytes.data(), static_cast<std::size_t>(count)));
    }
  };
  take(output_, [&](std::string_view piece) { buffer_ += piece; });
  take(complaints_, [&](std::string_view piece) {
    said_ += piece;
    if (said_.size() > 20000) said_.erase(0, said_.size() - 10000);
  });
  store_lines();
}

void Child::store_lines() {
  std::vector<Event> events;
  std::size_t begin = 0;
  for (std::size_t end; (end = buffer_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    if (end - begin > most_line) {  // taken apart it would be many times as large in memory, here and on the page
      events.push_back({"warning",
                        {{"text", fmt::format("a result of {} MiB is left out: at most {} MiB are stored of one",
                                              (end - begin) >> 20, most_line >> 20)}}});
      continue;
    }
    const auto json = Json::parse(buffer_.begin() + static_cast<std::ptrdiff_t>(begin),
                                  buffer_.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (is_event(json)) events.push_back({json["kind"], json["payload"]});
  }
  buffer_.erase(0, begin);
  store_->append(run_, events);
  const auto folder = fs::absolute(store_->folder_of(run_));
  for (const auto& event : events) {
    if (event.kind != "file" || files_ >= most_files) continue;
    // What a run writes it may also replace by a link while it is looked at: opened below its folder through no link,
    // once.
    try {
      const auto name = fs::path(event.payload["path"].get<std::string>()).lexically_relative(own_folder);
      const auto below = name.empty() ? fs::path(event.payload["path"].get<std::string>()) : name;
      record_artifact(*store_, run_, event.payload, RegularFile(folder, below), folder / below);
      ++files_;
    } catch (const Error&) {  // it is no file of the run
    }
  }
}

void Child::stop(const std::string& why) {
  if (failure_.empty()) failure_ = why;
  kill(-pid_, SIGKILL);
}

/// Looks often at its files, at whose writing a run is fast, and less often at all processes of the machine.
void Child::measure() {
  std::vector<fs::path> folders{store_->folder_of(run_)};
  for (const auto& binding : job_.bindings)
    if (binding.writable) folders.push_back(binding.from);
  const auto now = Clock::now();
  if (now - counted_ > std::chrono::milliseconds(200)) {
    counted_ = now;
    const auto usage = usage_of(pid_, folders[0]);
    deleted_bytes_ = usage.deleted_bytes;
    if (usage.tasks > limits_.tasks) stop(fmt::format("it started more than {} processes and threads", limits_.tasks));
    if (usage.memory_bytes > limits_.memory_bytes)
      stop(fmt::format("it held more than {} MiB of memory", limits_.memory_bytes >> 20));
  }
  if (disk_bytes_in(folders) + deleted_bytes_ > limits_.folder_bytes)
    stop(fmt::format("its files are larger than {} MiB and were removed", limits_.folder_bytes >> 20));
}

void Child::enforce(bool cancel) {
  const auto now = Clock::now();
  if (now - started_ > std::chrono::duration<double>(limits_.wall_seconds))
    stop(fmt::format("it ran longer than {:.0f} seconds", limits_.wall_seconds));
  measure();
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
  std::error_code ignored;
  if (disk_bytes_in({store_->folder_of(run_)}) > limits_.folder_bytes) {
    for (const auto& entry : fs::directory_iterator(store_->folder_of(run_), ignored))
      fs::remove_all(entry.path(), ignored);
    if (failure_.empty())
      failure_ = fmt::format("its files are larger than {} MiB and were removed", limits_.folder_bytes >> 20);
  }
  fs::remove(store_->folder_of(run_) / "inputs", ignored);  // where they were shown: empty
  tidy_marks(job_);
  const auto complaint = without_input_folders(std::string(trim(said_)));
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
