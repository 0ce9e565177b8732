// `offprint runs ...`: looking at recorded runs.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <map>

#include "offprint/base/file.hpp"
#include "offprint/base/process.hpp"
#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/data/table.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/ledger.hpp"
#include "offprint/paper/sinks.hpp"
#include "offprint/runs/dispatcher.hpp"
#include "offprint/runs/recorder.hpp"

namespace offprint {
namespace {

namespace fs = std::filesystem;
using runs::RunRecord;
using runs::Store;

RunRecord found(Store& store, std::int64_t id) {
  if (auto run = store.find(id)) return *run;
  throw BadInput("run " + std::to_string(id), "there is no such run", "offprint runs list shows them");
}

std::string when(double seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", std::localtime(&time));
  return text;
}

std::string command_of(const RunRecord& run) {
  const auto* paper = find_paper(run.request.slug);
  const auto* verb = paper ? paper->find_verb(run.request.verb) : nullptr;
  return verb ? command_line_of(*paper, *verb, run.request.options)
              : command_name(run.request.slug) + " " + run.request.verb;
}

Json whole(Store& store, const RunRecord& run) {
  auto json = to_json(run);
  Json artifacts = Json::array(), metrics = Json::object();
  for (const auto& artifact : store.artifacts(run.id))
    artifacts.push_back({{"id", artifact.id},
                         {"name", artifact.name},
                         {"description", artifact.description},
                         {"path", artifact.path.string()},
                         {"bytes", artifact.bytes},
                         {"sha256", artifact.sha256}});
  for (const auto& [name, curve] : store.curves(run.id)) metrics[name] = curve;
  json["artifacts"] = artifacts;
  json["metrics"] = metrics;
  for (const auto* kind : {"table", "figure", "note", "warning"}) {
    Json all = Json::array();
    for (const auto& event : store.events_of_kind(run.id, kind)) all.push_back(Json::parse(event.payload));
    json[std::string(kind) + "s"] = all;
  }
  if (const auto* paper = find_paper(run.request.slug)) json["claims"] = judged_claims(*paper, store.estimates(run.id));
  return json;
}

void show(Store& store, const RunRecord& run) {
  std::cout << fmt::format("run {}: {}\n{}\ncreated {}", run.id, run.state, command_of(run), when(run.created));
  if (run.ended > 0) std::cout << fmt::format(", ended {}", when(run.ended));
  std::cout << (run.error.empty() ? "\n" : "\nerror: " + run.error + "\n");
  if (const auto* paper = find_paper(run.request.slug)) {
    TerminalSink terminal(std::cout, std::cout, *paper, false, false);
    for (const auto& event : store.events_after(run.id, 0, 1000000))
      terminal.accept({event.kind, Json::parse(event.payload)});
    terminal.finish();
  }
}

void compare(Store& store, const std::vector<std::int64_t>& ids, bool json, bool csv) {
  if (ids.size() < 2 || ids.size() > 20) throw UsageError("compare takes 2 to 20 runs");
  std::vector<RunRecord> all;
  for (const auto id : ids) all.push_back(found(store, id));
  std::map<std::string, std::vector<std::string>> rows;
  const auto cell = [&](const std::string& name, std::size_t run) -> std::string& {
    return rows.try_emplace(name, all.size()).first->second[run];
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    cell("paper", i) = all[i].request.slug;
    cell("verb", i) = all[i].request.verb;
    cell("state", i) = all[i].state;
    cell("seed", i) = std::to_string(all[i].request.settings.seed);
    for (const auto& [name, text] : all[i].request.options) cell("option " + name, i) = text;
    for (const auto& [name, curve] : store.curves(all[i].id))
      if (!curve.empty()) cell("last " + name, i) = exact_number(curve.back().second);
    for (const auto& [claim, checks] : store.estimates(all[i].id))
      for (const auto& [check, estimate] : checks)
        cell("claim " + claim + " " + check, i) = exact_number(estimate.value);
  }
  if (json) {
    Json result = Json::object();
    for (const auto& [name, values] : rows) result[name] = values;
    std::cout << Json{{"runs", ids}, {"rows", result}}.dump(2) << '\n';
    return;
  }
  if (csv) {
    std::cout << "what";
    for (const auto id : ids) std::cout << ",run " << id;
    std::cout << '\n';
    for (const auto& [name, values] : rows) {
      std::cout << data::csv_field(name);
      for (const auto& value : values) std::cout << ',' << data::csv_field(value);
      std::cout << '\n';
    }
    return;
  }
  for (const bool differing : {true, false})
    for (const auto& [name, values] : rows)
      if ((std::count(values.begin(), values.end(), values[0]) != static_cast<std::ptrdiff_t>(values.size())) ==
          differing)
        std::cout << fmt::format("{} {:<32}{}\n", differing ? "*" : " ", name, fmt::join(values, "   "));
}

/// Each figure as data, as a gnuplot script and, where gnuplot is, as a picture.
void export_figures(Store& store, const RunRecord& run, const fs::path& folder) {
  int serial = 0;
  for (const auto& event : store.events_of_kind(run.id, "figure")) {
    fs::create_directories(folder);
    const auto figure = figure_from_json(Json::parse(event.payload));
    std::string name = fmt::format("{}-", ++serial);
    for (const char c : figure.id) name += is_letter_or_digit(c) ? c : '-';
    write_file(folder / (name + ".json"), event.payload + "\n");
    const auto script = gnuplot_script(figure, name + ".svg");
    if (script.empty()) continue;
    write_file(folder / (name + ".gp"), script);
    run_program({"gnuplot", name + ".gp"}, folder, "/dev/null");
  }
}

/// The file as the run wrote it; one that was changed since or is gone is left out, with a word.
void copy_artifact(Store& store, std::int64_t run, const runs::Artifact& artifact, const fs::path& folder) {
  try {
    const auto file = store.open(run, artifact);
    if (store.hash_of(file) != artifact.sha256) throw BadInput(artifact.name, "was changed since the run wrote it");
    write_file(folder / fmt::format("{}-{}", artifact.id, artifact.path.filename().string()), file.read(SIZE_MAX));
  } catch (const Error& error) {
    std::cerr << "warning: " << error.what() << "; it is left out\n";
  }
}

void export_run(Store& store, const RunRecord& run, const fs::path& folder) {
  if (fs::exists(folder)) throw BadInput(folder.string(), "is there already", "name a new folder");
  const auto part = fs::path(folder.string() + ".part-" + std::to_string(getpid()));
  fs::create_directories(part / "files");
  write_file(part / "run.json", whole(store, run).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  std::string lines;
  for (const auto& event : store.events_after(run.id, 0, 10000000))
    lines += fmt::format("{{\"id\":{},\"time\":{},\"kind\":\"{}\",\"payload\":{}}}\n", event.id, event.time, event.kind,
                         event.payload);
  write_file(part / "events.jsonl", lines);
  export_figures(store, run, part / "figures");
  for (const auto& artifact : store.artifacts(run.id)) copy_artifact(store, run.id, artifact, part / "files");
  fs::rename(part, folder);
}

struct StoreOptions {
  std::string folder;
};

/// The store of the folder, whose runs without a process are lost.
Store open_store(const StoreOptions& options) {
  Store store(options.folder.empty() ? user_data_folder() : fs::path(options.folder));
  store.mark_orphans();
  return store;
}

struct ListOptions : StoreOptions, JsonOption {
  int limit = 50;
  std::string state, paper;
};

int list_runs(const ListOptions& options) {
  auto store = open_store(options);
  Json all = Json::array();
  for (const auto& run : store.list(static_cast<std::size_t>(options.limit), 0, slug_of(options.paper), options.state))
    if (options.json)
      all.push_back(to_json(run));
    else
      std::cout << fmt::format("{:>6}  {:<10}{:<20}  {}\n", run.id, run.state, when(run.created), command_of(run));
  if (options.json) std::cout << Json{{"runs", all}}.dump(2) << '\n';
  return 0;
}

struct SomeRuns : StoreOptions {
  std::vector<std::int64_t> ids;
};

struct ShowOptions : SomeRuns, JsonOption {};

int show_runs(const ShowOptions& options) {
  auto store = open_store(options);
  for (const auto id : options.ids) {
    const auto run = found(store, id);
    if (options.json)
      std::cout << whole(store, run).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    else
      show(store, run);
  }
  return 0;
}

struct CompareOptions : ShowOptions {
  bool csv = false;
};

int compare_runs(const CompareOptions& options) {
  auto store = open_store(options);
  compare(store, options.ids, options.json, options.csv);
  return 0;
}

struct ExportOptions : StoreOptions {
  std::int64_t run = 0;
  std::string place, to;
};

int export_one(const ExportOptions& options) {
  auto store = open_store(options);
  const auto folder = options.to.empty() ? options.place : options.to;
  if (folder.empty()) throw UsageError("--to: is needed; say into which new folder");
  export_run(store, found(store, options.run), folder);
  return 0;
}

/// Does it to each; one that says no is refused with the reason.
template <class Do>
int each_run(const SomeRuns& options, const char* reason, const Do& does) {
  auto store = open_store(options);
  for (const auto id : options.ids)
    if (!does(store, found(store, id))) throw BadInput("run " + std::to_string(id), reason);
  return 0;
}

int remove_runs(const SomeRuns& options) {
  return each_run(options, "is not finished; cancel it first",
                  [](Store& store, const RunRecord& run) { return store.remove(run.id); });
}

int cancel_runs(const SomeRuns& options) {
  return each_run(options, "has ended already",
                  [](Store& store, const RunRecord& run) { return store.request_cancel(run.id); });
}

int repeat_runs(const SomeRuns& options) {
  return each_run(options, "has not ended yet", [](Store& store, const RunRecord& run) {
    if (run.finished()) std::cout << runs::enqueue(store, runs::prepare(store, run.request)) << '\n';
    return run.finished();
  });
}

int work_queue(const StoreOptions& options) {
  runs::dispatch(options.folder.empty() ? user_data_folder() : fs::path(options.folder));
  return 0;
}

}  // namespace

std::vector<Action> runs_command() {
  Choices<std::string> states;
  for (const char* state : {"queued", "running", "done", "failed", "cancelled", "lost"})
    states.values.emplace_back(state, state);
  const auto store =
      options_of<StoreOptions>().option(&StoreOptions::folder, "data", "The data folder; default: the user's");
  const auto some = options_of<SomeRuns>()
                        .option(&SomeRuns::ids, "runs", "Numbers of runs", Positional{}, Required{}, at_least(1))
                        .with(store);
  return {
      action("list", "The newest runs",
             options_of<ListOptions>()
                 .option(&ListOptions::limit, "limit", "How many", between(1, 100000))
                 .option(&ListOptions::state, "state", "Only in this state", states)
                 .option(&ListOptions::paper, "paper", "Only of this paper")
                 .with(store)
                 .with(json_option),
             list_runs),
      action("show", "What a run said", options_of<ShowOptions>().with(some).with(json_option), show_runs),
      action("compare", "2 to 20 runs side by side, differences first",
             options_of<CompareOptions>().with(some).option(&CompareOptions::csv, "csv", "As CSV").with(json_option),
             compare_runs),
      action("export", "A run with its events and files, into a new folder",
             options_of<ExportOptions>()
                 .option(&ExportOptions::run, "run", "Its number", Positional{}, Required{}, at_least(1))
                 .option(&ExportOptions::place, "folder", "The folder", Positional{})
                 .option(&ExportOptions::to, "to", "The folder, by name")
                 .with(store),
             export_one),
      action("rm", "Remove runs and their files", some, remove_runs),
      action("cancel", "Cancel queued or running runs", some, cancel_runs),
      action("again", "Queue runs once more", some, repeat_runs),
      action("dispatch", "Work the queue until it is empty", store, work_queue)};
}

}  // namespace offprint
