#include "offprint/runs/preview.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>

#include "offprint/runs/child.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

/// A folder that is gone afterwards.
struct Scratch {
  fs::path path;
  explicit Scratch(const fs::path& beside) {
    fs::create_directories(beside);
    auto pattern = (beside / "preview-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw IoError(beside.string(), "no folder can be made in it");
    path = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

Json preview(Store& store, const Request& request, double seconds) {
  // A store of its own takes what the child says: the same reading, the same limits, and nothing stays.
  const Scratch scratch(store.folder() / "previews");
  Store own(scratch.path);
  RunRecord run;
  run.request = request;
  run.id = own.add(request, "running", Json::object(), "");
  Limits limits;
  limits.wall_seconds = seconds;
  limits.event_bytes = std::uint64_t{4} << 20;
  limits.folder_bytes = limits.file_bytes = std::uint64_t{16} << 20;
  Child child(own, run, limits, own_job(store, run));
  do {
    std::array<pollfd, 2> ready{{{child.output(), POLLIN, 0}, {child.complaints(), POLLIN, 0}}};
    poll(ready.data(), ready.size(), 20);
    child.read();
    child.enforce(false);
  } while (!child.reap());
  Json events = Json::array();
  for (const auto& event : own.events_after(run.id, 0))
    if (event.kind != "progress") events.push_back({{"kind", event.kind}, {"payload", Json::parse(event.payload)}});
  return {{"events", events}, {"error", own.find(run.id)->error}};
}

}  // namespace offprint::runs
