// What the page does to runs: starts, cancels and repeats them, and hands out their files.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"
#include "offprint/page/responses.hpp"
#include "offprint/page/site.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/runs/dispatcher.hpp"
#include "offprint/runs/inputs.hpp"
#include "offprint/runs/preview.hpp"
#include "offprint/runs/recorder.hpp"
#include "offprint/runs/usage.hpp"

namespace offprint::page {
namespace fs = std::filesystem;

namespace {

/// What an upload is, by its bytes alone.
std::string upload_ending(std::string_view bytes) {
  if (bytes.starts_with("PK\x03\x04"))
    throw BadInput("the upload", "is a zip archive", "unpack it and upload one file");
  if (bytes.starts_with("\x93NUMPY")) return ".npy";
  if (bytes.starts_with("\x89HDF\r\n\x1a\n")) return ".hdf5";
  if (bytes.starts_with("\x1f\x8b")) return ".gz";
  if (bytes.size() > 9 && bytes[8] == '{' && bytes.find('\0') < 8)
    return ".safetensors";  // eight bytes of length, then the header
  if (bytes.starts_with('{')) return Json::accept(bytes) ? ".json" : ".jsonl";
  return bytes.substr(0, 4096).find('\0') == std::string_view::npos ? ".csv" : ".bin";
}

/// What is left of a client's file name to show it in errors: letters, digits, - and _; never a path, never empty.
std::string upload_stem(const std::string& name) {
  std::string stem;
  for (const char c : name.substr(0, name.rfind('.')).substr(0, 60))
    stem += is_letter_or_digit(c) || c == '-' || c == '_' ? c : '_';
  return stem.empty() || stem[0] == '-' ? "upload" + stem : stem;
}

const Option* option_of(const Verb& verb, const std::string& name) {
  for (const auto& option : verb.options)
    if (option.name == name) return &option;
  return nullptr;
}

/// The later value of an option counts; files of an option that takes several add up.
void give(Values& values, const Option& option, const std::string& text) {
  const auto given =
      std::find_if(values.begin(), values.end(), [&](const auto& one) { return one.first == option.name; });
  if (given == values.end())
    values.emplace_back(option.name, text);
  else
    given->second =
        option.kind == OptionKind::input_files && !given->second.empty() ? given->second + "," + text : text;
}

/// Which of the refusals of upload_refusal_text() this was.
std::string upload_refusal(const std::string& text) {
  for (const char* one : {"zip", "room", "sandbox"})
    if (text.find(one) != std::string::npos) return one;
  return "kind";
}

/// The uploads' folder is looked at and written by one thread of the page at a time.
std::mutex& uploads_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

std::string Site::keep_upload(const std::string& name, std::string_view bytes) {
  if (const auto failure = runs::sandbox_failure(); !failure.empty())
    throw BadInput("the upload", "is refused: " + failure);
  const auto file_name = upload_stem(name) + upload_ending(bytes);
  const auto hash = sha256(bytes);
  const std::lock_guard lock(uploads_mutex());
  const auto folder = runs::uploads_of(store_) / hash;
  std::error_code error;
  if (const auto file = folder / file_name; fs::exists(file, error)) {
    fs::last_write_time(file, fs::file_time_type::clock::now(), error);
  } else {
    make_room_for_upload(bytes.size());
    fs::create_directories(folder);
    write_file(file, bytes);
  }
  return "upload:" + hash + "/" + file_name;
}

/// Uploads that no run names go first, the oldest before the others; those of runs stay until their runs are removed.
void Site::make_room_for_upload(std::uint64_t bytes) {
  const auto folder = runs::uploads_of(store_);
  auto held = runs::disk_bytes_in({folder}) + bytes;
  if (held <= settings_.uploads_quota) return;
  const auto named = store_.uploads_of_runs();
  std::vector<std::pair<fs::file_time_type, fs::path>> unnamed;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (!named.count(entry.path().filename().string()))
      unnamed.emplace_back(entry.last_write_time(error), entry.path());
  std::sort(unnamed.begin(), unnamed.end());
  for (const auto& [time, path] : unnamed) {
    if (held <= settings_.uploads_quota) return;
    held -= std::min(held, runs::disk_bytes_in({path}));
    fs::remove_all(path, error);
  }
  if (held > settings_.uploads_quota)
    throw BadInput("the upload",
                   "finds no room: the uploads of earlier runs fill the " +
                       std::to_string(settings_.uploads_quota >> 20) + " MiB kept for them",
                   "remove runs that are no longer needed: offprint runs rm");
}

std::map<std::string, std::string> Site::problems_of(const Paper& paper, const Verb& verb, const Values& values) {
  std::map<std::string, std::string> problems;
  const auto without_name = [](const std::string& name, std::string text) {
    return text.starts_with("--" + name + ": ") ? text.substr(name.size() + 4) : text;
  };
  const auto options = verb.make_options();
  Values checked;
  std::set<std::string> given;
  for (const auto& [name, text] : values) {
    if (name == "seed" || name == "threads") {
      const auto value = parse_integer(text);
      const auto most = name == "seed" ? INT64_MAX : std::int64_t{std::max(1u, std::thread::hardware_concurrency())};
      if (!value || *value < (name == "threads") || *value > most)
        problems[name] =
            "'" + text + "' is not a whole number " +
            (name == "seed" ? "from 0 on" : "from 1 to " + std::to_string(most) + ", the processors of this machine");
      continue;
    }
    const auto* option = option_of(verb, name);
    if (!option || text.empty()) continue;
    given.insert(name);
    checked.emplace_back(name, text);
    try {
      option->set(options.get(), text);
      if (!runs::takes_files(*option)) continue;
      for (const auto& source : runs::sources_in(*option, text)) {
        if (!runs::is_identity(source)) throw UsageError("choose a data set, a file of an earlier run, or upload one");
        runs::open_input(store_, source);
      }
    } catch (const Error& error) {
      problems[name] = without_name(name, error.what());
    }
  }
  for (const auto& option : verb.options)
    if (option.required && option.kind != OptionKind::output_file && !given.count(option.name))
      problems[option.name] = "is needed";
  if (!problems.empty()) return problems;
  for (const auto& option : verb.options)
    if (option.kind == OptionKind::output_file) checked.emplace_back(option.name, option.suggested_name);
  try {
    make_options(paper, verb, checked);
  } catch (const Error& error) {
    const std::string text = error.what();
    const auto name = text.starts_with("--") ? text.substr(2, text.find(':') - 2) : "";
    problems[option_of(verb, name) ? name : ""] = without_name(name, text);
  }
  return problems;
}

Response Site::start_run(const Paper& paper, const Request& request, bool from_api) {
  const auto type = request.headers.find("content-type");
  const auto fields = parse_form(type == request.headers.end() ? "" : type->second, request.body);
  std::string verb_name;
  bool ours = from_api, again = false;
  for (const auto& field : fields) {
    if (field.name == "token") ours = field.value == settings_.token;
    if (field.name == "verb") verb_name = field.value;
    if (field.name == "again") again = field.value == "yes";
  }
  if (!ours) return problem(403, "the form is out of date; load the page again", from_api);
  const auto* verb = paper.find_verb(verb_name);
  if (!verb) return problem(404, "the paper has no such verb", from_api);
  Values values;
  std::map<std::string, std::string> problems;
  std::string upload_problem;
  for (const auto& field : fields) {
    const auto* option = option_of(*verb, field.name);
    if (field.name == "seed" || field.name == "threads") {
      if (!field.value.empty()) values.emplace_back(field.name, field.value);
    } else if (!option || option->kind == OptionKind::output_file) {
      continue;
    } else if (!field.file) {
      if (!field.value.empty()) give(values, *option, field.value);
    } else if (!field.content.empty()) {
      try {
        if (!runs::takes_files(*option)) throw UsageError("takes no file");
        give(values, *option, keep_upload(field.file_name, field.content));
      } catch (const Error& error) {
        problems[option->name] = error.what();
      }
    }
  }
  const auto uploads_refused = problems;
  problems.merge(problems_of(paper, *verb, values));
  if (problems.empty()) {
    runs::Request wanted{paper.slug, verb->name, {}, {}};
    for (const auto& [name, text] : values)
      if (name == "seed")
        wanted.settings.seed = static_cast<std::uint64_t>(*parse_integer(text));
      else if (name == "threads")
        wanted.settings.threads = static_cast<int>(*parse_integer(text));
      else if (text != option_of(*verb, name)->default_text)
        wanted.options.emplace_back(name, text);
    const auto prepared = runs::prepare(store_, std::move(wanted));
    if (const auto stored = again ? std::nullopt : store_.find_done(prepared.cache_key);
        stored && store_.changed_since_recorded(stored->id).empty())
      return from_api ? json({{"run", stored->id}, {"stored", true}})
                      : redirect(paper_link(paper) + "?stored=" + std::to_string(stored->id) + "#stored");
    try {
      const auto id = runs::enqueue(store_, prepared);
      return from_api ? json({{"run", id}}, 202) : redirect(run_link(id));
    } catch (const UsageError& error) {
      problems[""] = error.what();
    }
  }
  if (from_api) {
    const auto& [name, text] = *problems.begin();
    return json({{"type", "about:blank"},
                 {"title", (name.empty() ? "" : "--" + name + ": ") + text},
                 {"status", 400},
                 {"problems", problems}},
                400);
  }
  // The form is shown again under an address of its own, which can be loaded anew: its values stand there, uploads by
  // their identity. What is wrong is found out again from them; only of an upload that was not kept does nothing else
  // tell.
  std::string target = form_link(paper, verb->name, values) + "&refused=yes";
  for (const auto& [name, text] : uploads_refused)
    target += "&upload=" + escape_url_part(upload_refusal(text) + ":" + name);
  if (problems.count("")) target += "&full=yes";
  if (target.size() < 8000) return redirect(target + "#refused");
  PaperPage page;
  page.verb = verb->name;
  page.values = values;
  page.problems = problems;
  return show_paper(paper, std::move(page), 400);
}

Response Site::preview(const Paper& paper, const Request& request) {
  const auto type = request.headers.find("content-type");
  const auto fields = parse_form(type == request.headers.end() ? "" : type->second, request.body);
  const auto value_of = [&](const char* name) {
    for (const auto& field : fields)
      if (field.name == name) return field.value;
    return std::string();
  };
  if (value_of("token") != settings_.token) return problem(403, "the form is out of date; load the page again", true);
  const auto* verb = paper.find_verb(value_of("verb"));
  if (!verb || !verb->instant) return problem(404, "the paper has no such verb that answers at once", true);
  Values values;
  for (const auto& field : fields)
    if (const auto* option = option_of(*verb, field.name); option && option->kind != OptionKind::output_file)
      if (!field.file && !field.value.empty()) give(values, *option, field.value);
  // Half-filled fields are no fault here: the answer says what is still wanted.
  if (const auto problems = problems_of(paper, *verb, values); !problems.empty()) return json({{"problems", problems}});
  if (const auto failure = runs::sandbox_failure(); !failure.empty()) return problem(503, failure, true);
  return json(runs::preview(store_, {paper.slug, verb->name, values, {}}));
}

Response Site::run_action(std::int64_t id, const std::string& action) {
  const auto run = store_.find(id);
  if (!run) return problem(404, "there is no such run", false);
  if (action == "cancel") {
    store_.request_cancel(id);
    return redirect(run_link(id));
  }
  if (action == "again") {
    if (!run->finished()) return problem(409, "this run has not ended yet", false);
    return redirect(run_link(runs::enqueue(store_, runs::prepare(store_, run->request))));
  }
  return problem(404, "there is no such action", false);
}

Response Site::artifact(std::int64_t run, std::int64_t id) {
  for (const auto& artifact : store_.artifacts(run)) {
    if (artifact.id != id) continue;
    std::string name;
    for (const char c : artifact.name) name += is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' ? c : '_';
    try {
      auto file = std::make_shared<RegularFile>(store_.open(run, artifact));
      if (store_.hash_of(*file) != artifact.sha256)
        throw BadInput(artifact.name, "was changed since run " + std::to_string(run) + " wrote it", "run it again");
      return {200,
              name.ends_with(".svg") ? "image/svg+xml" : "application/octet-stream",
              {{"Content-Disposition", "attachment; filename=\"" + name + "\""}},
              "",
              file};
    } catch (const Error& error) {
      // The file's own place on this machine is nobody's business.
      const std::string text = error.what();
      return problem(
          410,
          text.find("was changed since") != std::string::npos
              ? text
              : artifact.name + " is no longer as run " + std::to_string(run) + " wrote it, or gone; run it again",
          false);
    }
  }
  return problem(404, "there is no such file", false);
}

/// What a run's page shows only the beginning of: a note as text, a table as CSV, a figure as JSON.
Response Site::whole_event(std::int64_t run, std::int64_t id) {
  const auto events = store_.events_after(run, id - 1, 1);
  if (events.empty() || events[0].id != id) return problem(404, "there is no such event", false);
  const auto payload = Json::parse(events[0].payload);
  const auto attached = [&](const char* ending) {
    return std::map<std::string, std::string>{
        {"Content-Disposition",
         "attachment; filename=\"run-" + std::to_string(run) + "-" + std::to_string(id) + ending + "\""}};
  };
  if (events[0].kind == "note" || events[0].kind == "warning")
    return {200, "text/plain; charset=utf-8", {}, payload.value("text", ""), {}};
  if (events[0].kind == "figure") return {200, "application/json", attached(".json"), events[0].payload, {}};
  if (events[0].kind != "table") return problem(404, "there is no such event", false);
  std::string csv;
  const auto line = [&](const Json& cells, const auto& text_of_cell) {
    for (std::size_t i = 0; i < cells.size(); ++i) csv += (i ? "," : "") + data::csv_field(text_of_cell(cells[i]));
    csv += '\n';
  };
  line(payload["columns"], [](const Json& column) { return column["name"].get<std::string>(); });
  for (const auto& row : payload["rows"])
    line(row, [](const Json& cell) {
      return cell.is_string() ? cell.get<std::string>() : cell.is_null() ? std::string() : cell.dump();
    });
  return {200, "text/csv; charset=utf-8", attached(".csv"), csv, {}};
}

}  // namespace offprint::page
