#include "offprint/runs/recorder.hpp"

#include <algorithm>
#include <iostream>

#include "offprint/base/text.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/runs/dispatcher.hpp"
#include "offprint/runs/provenance.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

std::optional<OptionKind> kind_of(const Verb& verb, const std::string& name) {
  for (const auto& option : verb.options)
    if (option.name == name) return option.kind;
  return std::nullopt;
}

/// Relative paths of inputs made whole, so that the run can be repeated from another folder.
Values with_whole_paths(const Verb& verb, Values options) {
  const auto whole = [](const std::string& source) {
    return source.empty() || source.starts_with("data:") ? source : fs::absolute(source).string();
  };
  for (auto& [name, text] : options) {
    const auto kind = kind_of(verb, name);
    if (kind == OptionKind::input_file) text = whole(text);
    if (kind == OptionKind::input_files) {
      auto sources = split(text, ',');
      std::transform(sources.begin(), sources.end(), sources.begin(), whole);
      text = join(sources, ",");
    }
  }
  return options;
}

}  // namespace

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
    const Request request{invocation.paper->slug, invocation.verb->name,
                          with_whole_paths(*invocation.verb, invocation.given), invocation.settings};
    const auto provenance = provenance_of(*invocation.verb, request.options);
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
  store.add_artifact(run, {0, file_event["name"], file_event["description"], fs::absolute(path),
                           static_cast<std::int64_t>(fs::file_size(path)), sha256_of_file(path)});
}

std::int64_t enqueue(Store& store, const Request& request) {
  constexpr std::size_t longest_queue = 200;
  if (store.count("queued") >= longest_queue)
    throw UsageError("the queue is full; wait for some of its runs or cancel them");
  const auto* paper = find_paper(request.slug);
  const auto* verb = paper ? paper->find_verb(request.verb) : nullptr;
  if (!verb)
    throw BadInput(command_name(request.slug) + " " + request.verb, "is not in this build",
                   "offprint list shows what is");
  auto wanted = request;
  wanted.options = with_whole_paths(*verb, request.options);
  // The run works in a folder of its own, where its outputs have their own names.
  std::erase_if(wanted.options,
                [&](const auto& given) { return kind_of(*verb, given.first) == OptionKind::output_file; });
  const auto provenance = provenance_of(*verb, wanted.options);
  const auto run = store.add(wanted, "queued", provenance, cache_key_of(wanted, provenance));
  ensure_dispatcher(store.folder());
  return run;
}

std::int64_t detach(const Invocation& invocation) {
  Store store;
  return enqueue(store, {invocation.paper->slug, invocation.verb->name, invocation.given, invocation.settings});
}

}  // namespace offprint::runs
