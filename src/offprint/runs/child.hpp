// One run as a child process: started in the sandbox under limits, its JSON lines stored as they come.
#pragma once
#include <sys/types.h>

#include <chrono>

#include "offprint/runs/dispatcher.hpp"

namespace offprint::runs {

class Child {
 public:
  /// Throws IoError if the process cannot be started.
  Child(Store& store, const RunRecord& run, const Limits& limits, Job job);
  Child(Child&&) = default;
  Child& operator=(Child&&) = default;

  std::int64_t run() const { return run_; }
  int output() const { return output_; }
  int complaints() const { return complaints_; }
  void read();  ///< takes what has come; stores whole lines
  void enforce(
      bool cancel);  ///< asks it to end when cancelled, then makes it; ends it at once when it is over its limits
  bool reap();       ///< true once it has ended and its state is stored

 private:
  void store_lines();
  void stop(const std::string& why);
  void measure();
  Store* store_;
  Limits limits_;
  Job job_;
  std::int64_t run_;
  pid_t pid_ = -1;
  int output_ = -1, complaints_ = -1;
  std::string buffer_, said_;
  std::string failure_;
  std::uint64_t event_bytes_ = 0, deleted_bytes_ = 0;
  std::size_t files_ = 0;
  bool cancelled_ = false;
  std::chrono::steady_clock::time_point started_, asked_{}, counted_{};
};

}  // namespace offprint::runs
