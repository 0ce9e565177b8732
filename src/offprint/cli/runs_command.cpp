// `offprint runs ...`: looking at recorded runs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <map>

#include "offprint/base/file.hpp"
#include "offprint/base/process.hpp"
#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/cli/parse.hpp"
#include "offprint/data/table.hpp"
#include "offprint/paper/catalogue.hpp"
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

}  // namespace

int runs_command(const Arguments& arguments) {
  CLI::App app("Look at recorded runs", "offprint runs");
  app.require_subcommand(1);
  std::string folder = user_data_folder().string(), state, paper, target;
  std::vector<std::int64_t> ids;
  std::size_t limit = 50;
  bool json = false, csv = false;
  const auto command = [&](const char* name, const char* help, bool takes_runs) {
    auto* sub = app.add_subcommand(name, help);
    sub->add_option("--data", folder, "The data folder");
    if (takes_runs)
      sub->add_option("runs", ids, "Numbers of runs")
          ->required()
          ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 53));
    return sub;
  };
  auto* list = command("list", "The newest runs", false);
  list->add_flag("--json", json, "One JSON object");
  list->add_option("--limit", limit, "How many")->check(CLI::Range(1, 100000));
  list->add_option("--state", state, "Only in this state")
      ->check(CLI::IsMember({"queued", "running", "done", "failed", "cancelled", "lost"}));
  list->add_option("--paper", paper, "Only of this paper");
  auto* show_one = command("show", "What a run said", true);
  show_one->add_flag("--json", json, "One JSON object");
  auto* compare_some = command("compare", "2 to 20 runs side by side, differences first", true);
  compare_some->add_flag("--json", json, "One JSON object");
  compare_some->add_flag("--csv", csv, "As CSV");
  auto* export_one = command("export", "A run with its events and files, into a new folder", true);
  export_one->add_option("--to", target, "The folder")->required();
  auto* rm = command("rm", "Remove runs and their files", true);
  auto* cancel = command("cancel", "Cancel queued or running runs", true);
  auto* again = command("again", "Queue runs once more", true);
  auto* dispatch = command("dispatch", "Work the queue until it is empty", false);
  // `runs export ID FOLDER`: the folder by its place, if --to does not name it.
  Arguments words = arguments;
  if (!words.empty() && words[0] == "export" && std::find(words.begin(), words.end(), "--to") == words.end()) {
    std::vector<std::size_t> places;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i] == "--data")
        ++i;
      else if (!words[i].starts_with("-"))
        places.push_back(i);
    }
    if (places.size() == 2) words.insert(words.begin() + static_cast<std::ptrdiff_t>(places[1]), "--to");
  }
  if (const auto status = parse(app, words)) return *status;

  if (dispatch->parsed()) {
    runs::dispatch(folder);
    return 0;
  }
  Store store(folder);
  store.mark_orphans();
  if (list->parsed()) {
    Json all = Json::array();
    for (const auto& run : store.list(limit, 0, slug_of(paper), state)) {
      if (json)
        all.push_back(to_json(run));
      else
        std::cout << fmt::format("{:>6}  {:<10}{:<20}  {}\n", run.id, run.state, when(run.created), command_of(run));
    }
    if (json) std::cout << Json{{"runs", all}}.dump(2) << '\n';
  }
  if (show_one->parsed())
    for (const auto id : ids) {
      const auto run = found(store, id);
      if (json)
        std::cout << whole(store, run).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
      else
        show(store, run);
    }
  if (compare_some->parsed()) compare(store, ids, json, csv);
  if (export_one->parsed()) export_run(store, found(store, ids[0]), target);
  for (const auto id : ids) {
    const auto run = found(store, id);
    const auto refuse = [&](bool done, const std::string& why) {
      if (!done) throw BadInput("run " + std::to_string(id), why);
    };
    if (rm->parsed()) refuse(store.remove(id), "is not finished; cancel it first");
    if (cancel->parsed()) refuse(store.request_cancel(id), "has ended already");
    if (again->parsed()) {
      refuse(run.finished(), "has not ended yet");
      std::cout << runs::enqueue(store, runs::prepare(store, run.request)) << '\n';
    }
  }
  return 0;
}

}  // namespace offprint
