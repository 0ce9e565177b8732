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

/// Relative paths of inputs made whole, so that the run can be repeated from another folder. Here alone do paths enter
/// the store.
Values with_whole_paths(const Store& store, const Verb& verb, Values options) {
  const auto whole = [&](const std::string& source) {
    if (source.empty() || source.starts_with("data:")) return source;
    if (store.owns(source)) throw BadInput(source, "is the store of runs", "name a file of yours");
    return fs::absolute(source).string();
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
  try {
    action();
  } catch (const std::exception& error) {
    std::cerr << "warning: this run is not recorded: " << error.what() << '\n';
    store_.reset();
  }
}

ForegroundRecord::ForegroundRecord(const Invocation& invocation) {
  attempt([&] { store_.emplace(); });
  if (!store_) return;
  Request request{invocation.paper->slug, invocation.verb->name,
                  with_whole_paths(*store_, *invocation.verb, invocation.given), invocation.settings};
  attempt([&] {
    const auto prepared = prepare(*store_, request);
    run_ = store_->add(request, "running", prepared.provenance, prepared.cache_key);
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
  if (!store_) return;
  attempt([&] {
    store_->append(run_, pending_);
    for (const auto& event : pending_)
      if (event.kind == "file") {
        const auto path = fs::absolute(event.payload["path"].get<std::string>());
        record_artifact(*store_, run_, event.payload, RegularFile(path, RegularFile::Links::followed),
                        fs::canonical(path));
      }
  });
  pending_.clear();
}

void ForegroundRecord::finish(const std::string& state, int exit_code, const std::string& error) {
  flush();
  if (store_) attempt([&] { store_->finish(run_, state, exit_code, error); });
}

void record_artifact(Store& store, std::int64_t run, const Json& file_event, const RegularFile& file,
                     const fs::path& path) {
  const auto text = [&](const char* key) { return file_event[key].get<std::string>().substr(0, 1000); };
  store.add_artifact(run, {0, text("name"), text("description"), path, static_cast<std::int64_t>(file.identity().bytes),
                           store.hash_of(file)});
}

Prepared prepare(Store& store, Request request) {
  const auto* paper = find_paper(request.slug);
  const auto* verb = paper ? paper->find_verb(request.verb) : nullptr;
  if (!verb)
    throw BadInput(command_name(request.slug) + " " + request.verb, "is not in this build",
                   "offprint list shows what is");
  Prepared prepared{std::move(request), {}, ""};
  // The run works in a folder of its own, where its outputs have their own names.
  std::erase_if(prepared.request.options,
                [&](const auto& given) { return kind_of(*verb, given.first) == OptionKind::output_file; });
  prepared.provenance = provenance_of(store, *verb, prepared.request.options);
  prepared.cache_key = cache_key_of(prepared.request, prepared.provenance);
  return prepared;
}

std::int64_t enqueue(Store& store, const Prepared& prepared) {
  constexpr std::size_t longest_queue = 200;
  if (store.count("queued") >= longest_queue)
    throw UsageError("the queue is full; wait for some of its runs or cancel them");
  const auto run = store.add(prepared.request, "queued", prepared.provenance, prepared.cache_key);
  ensure_dispatcher(store.folder());
  return run;
}

std::int64_t detach(const Invocation& invocation) {
  Store store;
  return enqueue(store,
                 prepare(store, {invocation.paper->slug, invocation.verb->name,
                                 with_whole_paths(store, *invocation.verb, invocation.given), invocation.settings}));
}

}  // namespace offprint::runs
