// Recording a run of this process, and starting one elsewhere.
#pragma once
#include <chrono>

#include "offprint/runs/store.hpp"

namespace offprint::runs {

/// Stores the events of a run in this process, in batches of at most 100 ms. A store that cannot be written costs one
/// warning, not the run.
class ForegroundRecord : public EventSink {
 public:
  explicit ForegroundRecord(const Invocation& invocation);
  void accept(const Event& event) override;
  void finish(const std::string& state, int exit_code, const std::string& error);

 private:
  void flush();
  template <class Action>
  void attempt(const Action& action);
  std::optional<Store> store_;
  std::int64_t run_ = 0;
  std::vector<Event> pending_;
  std::chrono::steady_clock::time_point last_{};
};

/// Files an output as an artifact of a run: its place, size and hash.
void record_artifact(Store& store, std::int64_t run, const Json& file_event, const RegularFile& file,
                     const std::filesystem::path& path);

/// A request as the queue takes it, without places of outputs, and what its result will come from. Made once a run; it
/// reads every input.
struct Prepared {
  Request request;
  Json provenance;
  std::string cache_key;
};
Prepared prepare(Store& store, Request request);

/// Queues the run, sees that a dispatcher is at work, gives the run's number. To repeat a run, prepare its request
/// again.
std::int64_t enqueue(Store& store, const Prepared& prepared);
std::int64_t detach(const Invocation& invocation);

}  // namespace offprint::runs
