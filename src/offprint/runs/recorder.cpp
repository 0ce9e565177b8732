#include "offprint/runs/recorder.hpp"

#include <iostream>

#include "offprint/base/text.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/runs/dispatcher.hpp"
#include "offprint/runs/provenance.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

template <class Action>
void ForegroundRecord::attempt(const Action& action) {
  if (!store_) return;
  try {
    action();
  } catch (const std::exception& error) {
    std::cerr << "warning: this run is not recorded: " << error.what() << '\n';
    store_.reset();
  }
}

ForegroundRecord::ForegroundRecord(const Invocation& invocation) {
  try {
    store_.emplace();
  } catch (const std::exception& error) {
    std::cerr << "warning: this run is not recorded: " << error.what() << '\n';
  }
  attempt([&] {
    const Request request{invocation.paper->slug, invocation.verb->name, invocation.given, invocation.settings};
    const auto provenance = provenance_of(*invocation.verb, invocation.given);
    run_ = store_->add(request, "running", provenance, cache_key_of(request, provenance));
  });
}

void ForegroundRecord::accept(const Event& event) {
  if (!store_) return;
  pending_.push_back(event);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  flush();
}

void ForegroundRecord::flush() {
  attempt([&] {
    store_->append(run_, pending_);
    for (const auto& event : pending_)
      if (event.kind == "file") record_artifact(*store_, run_, event.payload, event.payload["path"].get<std::string>());
  });
  pending_.clear();
}

void ForegroundRecord::finish(const std::string& state, int exit_code, const std::string& error) {
  flush();
  attempt([&] { store_->finish(run_, state, exit_code, error); });
}

void record_artifact(Store& store, std::int64_t run, const Json& file_event, const fs::path& path) {
  store.add_artifact(
      run, {0, file_event["name"], file_event["description"], fs::absolute(path), static_cast<std::int64_t>(fs::file_size(path)), sha256_of_file(path)});
}

std::int64_t enqueue(Store& store, const Request& request) {
  constexpr std::size_t longest_queue = 200;
  if (store.count("queued") >= longest_queue) throw UsageError("the queue is full; wait for some of its runs or cancel them");
  const auto& verb = *find_paper(request.slug)->find_verb(request.verb);
  const auto provenance = provenance_of(verb, request.options);
  const auto run = store.add(request, "queued", provenance, cache_key_of(request, provenance));
  ensure_dispatcher(store.folder());
  return run;
}

std::int64_t detach(const Invocation& invocation) {
  Store store;
  auto options = invocation.given;
  // The run works in a folder of its own: paths are made whole first.
  for (auto& [name, text] : options)
    for (const auto& option : invocation.verb->options)
      if (option.name == name && option.kind == OptionKind::input_file && !text.starts_with("data:")) text = fs::absolute(text).string();
  std::erase_if(options, [](const auto& option) { return option.first == "output"; });
  return enqueue(store, {invocation.paper->slug, invocation.verb->name, options, invocation.settings});
}

}  // namespace offprint::runs
