#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "offprint/base/text.hpp"
#include "offprint/page/responses.hpp"
#include "offprint/page/views.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint::page {
namespace {

constexpr std::size_t shown_rows = 50, shown_notes = 50, shown_note = 1000, shown_tables = 50;
constexpr std::size_t shown_figure_bytes = 4 << 20;

std::string event_link(std::int64_t run, std::int64_t event) {
  return run_link(run) + "/events/" + std::to_string(event);
}

std::string cell_of(const Json& cell) {
  if (cell.is_number()) return short_number(cell, 5);
  if (cell.is_string()) return cell.get<std::string>();
  return cell.is_null() ? "" : cell == true ? "yes" : "no";
}

Html table_view(const Json& table, std::int64_t run, std::int64_t event) {
  Html head, body;
  for (const auto& column : table["columns"]) {
    auto name = replace_all(column["name"].get<std::string>(), "_", " ");
    if (const auto unit = column.value("unit", ""); !unit.empty()) name += " (" + unit + ")";
    head += element("th", {{"scope", "col"}}, name);
  }
  const auto rows = table["rows"].size();
  for (std::size_t i = 0; i < std::min(rows, shown_rows); ++i) {
    Html cells;
    for (const auto& cell : table["rows"][i])
      cells += element("td", {{"class", cell.is_number() ? "number" : "text"}}, shorten(cell_of(cell), shown_note));
    body += element("tr", cells);
  }
  const Html rest = rows <= shown_rows ? Html()
                                       : element("p", {{"class", "help"}},
                                                 link(event_link(run, event), fmt::format("All {} rows as CSV", rows)));
  return element(
      "figure", {{"class", "table"}, {"data-event", std::to_string(event)}},
      element("figcaption", table.value("title", "")) +
          element("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "table"}},
                  element("table", element("thead", element("tr", head)) + element("tbody", body))) +
          rest);
}

/// What the newest progress event says: (done / total or -1, text).
std::pair<double, std::string> progress_of(runs::Store& store, const runs::RunRecord& run) {
  const auto event = store.last_event(run.id, "progress");
  if (!event) return {run.state == "done" ? 1 : 0, ""};
  const auto json = Json::parse(event->payload);
  const double done = json.value("done", 0.0), total = json.value("total", 0.0);
  const auto what = json.value("what", "");
  if (total <= 0) return {run.finished() ? 1 : -1, what};
  return {run.state == "done" ? 1 : done / total,
          fmt::format("{} / {} {}", short_number(done), short_number(total), what)};
}

Html progress_view(runs::Store& store, const runs::RunRecord& run) {
  const auto [share, text] = progress_of(store, run);
  const Html bar =
      share < 0 ? element("progress", {{"id", "bar"}, {"max", "1"}, {"aria-label", "progress"}})
                : element("progress",
                          {{"id", "bar"}, {"max", "1"}, {"value", exact_number(share)}, {"aria-label", "progress"}});
  return element("div", {{"class", "progress"}, {"id", "progress"}}, bar + element("span", {{"id", "what"}}, text));
}

Html files_view(runs::Store& store, std::int64_t run) {
  Html files;
  for (const auto& artifact : store.artifacts(run)) {
    const auto place = run_link(run) + "/files/" + std::to_string(artifact.id);
    const bool picture = artifact.name.ends_with(".svg");
    files += element("li", link(place, artifact.name) + " " +
                               element("span", {{"class", "help"}},
                                       fmt::format("{} bytes. {}", artifact.bytes, artifact.description)) +
                               (picture ? element("img", {{"src", place}, {"alt", artifact.description}}) : Html()));
  }
  return files.markup().empty() ? Html()
                                : element("section", {{"id", "files"}}, element("h2", "Files") + element("ul", files));
}

std::string took(const runs::RunRecord& run) {
  if (run.started <= 0) return "";
  const double until = run.ended > 0
                           ? run.ended
                           : std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return (run.finished() ? ", took " : ", for ") + lasting(std::max(0.0, until - run.started));
}

}  // namespace

Html runs_table(const std::vector<runs::RunRecord>& all, bool choose) {
  if (all.empty()) return element("p", {{"class", "note"}}, "Nothing has been run yet. Open a paper and press Run.");
  Html body;
  for (const auto& run : all) {
    const auto id = std::to_string(run.id);
    std::string options;
    for (const auto& [name, text] : run.request.options)
      options += (options.empty() ? "" : ", ") + name + " " + shorten(shown_value(text), 40);
    body += element("tr", (choose ? element("td", element("input", {{"type", "checkbox"},
                                                                    {"name", "run"},
                                                                    {"value", id},
                                                                    {"aria-label", "choose run " + id}}))
                                  : Html()) +
                              element("td", {{"class", "number"}}, link(run_link(run.id), "Run " + id)) +
                              element("td", command_name(run.request.slug) + " " + run.request.verb) +
                              element("td", chip(run.state, run.state)) +
                              element("td", {{"class", "number"}}, when(run.created)) + element("td", options));
  }
  const auto head = [](const char* text) { return element("th", {{"scope", "col"}}, text); };
  const Html table = element(
      "div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "runs"}},
      element("table", element("thead", element("tr", (choose ? head("choose") : Html()) + head("run") + head("what") +
                                                          head("state") + head("created") + head("options"))) +
                           element("tbody", body)));
  return choose ? element("form", {{"method", "get"}, {"action", "/compare"}},
                          table + element("button", {{"type", "submit"}, {"class", "quiet"}}, "Compare chosen runs"))
                : table;
}

namespace {

/// One page of notes: what is longer than a few lines is cut, with a link to the whole.
Html notes_view(runs::Store& store, std::int64_t run, std::int64_t after) {
  auto notes = store.notes_after(run, after, shown_notes + 1, shown_note);
  const bool more = notes.size() > shown_notes;
  if (more) notes.pop_back();
  Html list;
  for (const auto& note : notes)
    list += element("li", {{"class", note.kind}},
                    Html(note.text) + (note.cut ? Html(" … ") + link(event_link(run, note.id), "the whole") : Html()));
  Html further;
  if (after > 0) further += link(run_link(run) + "#log", "The first notes") + " ";
  if (more) further += link(fmt::format("{}?notes={}#log", run_link(run), notes.back().id), "Further notes");
  return element(
      "section", {{"class", "log"}, {"id", "log"}},
      element("h2", "Log") + element("ul", {{"id", "notes"}}, list) + element("p", {{"class", "help"}}, further));
}

}  // namespace

Html run_view(runs::Store& store, const runs::RunRecord& run, const Paper* paper, const std::string& token,
              std::int64_t notes_after) {
  const auto* verb = paper ? paper->find_verb(run.request.verb) : nullptr;
  auto values = run.request.options;
  if (run.request.settings.seed) values.emplace_back("seed", std::to_string(run.request.settings.seed));
  auto named = values;
  for (auto& [name, text] : named) text = shown_value(text);
  // What comes after this is asked for by the page's script.
  const auto last_event = store.last_event_id(run.id);
  const auto changed = store.changed_since_recorded(run.id);
  Html page = element("p", {{"class", "meta"}},
                      paper ? link(paper_link(*paper), latex_text(paper->title)) : Html(run.request.slug)) +
              element("h1", fmt::format("Run {}: {}", run.id, run.request.verb));
  // Paths were given on the command line: a form has none.
  auto for_form = values;
  std::erase_if(for_form, [&](const auto& given) {
    return given.second.starts_with('/') || given.second.find(",/") != std::string::npos;
  });
  const Html change = verb ? element("a",
                                     {{"href", form_link(*paper, verb->name, for_form) + "#form-" + verb->name},
                                      {"class", "button quiet"}},
                                     "Change and run again")
                           : Html();
  page += element("div", {{"class", "run-head"}},
                  element("span", {{"id", "state"}, {"class", "chip " + run.state}, {"role", "status"}}, run.state) +
                      (changed.empty() ? Html() : chip("unverified", "unverified")) +
                      element("span", {{"class", "help"}}, when(run.created) + took(run)) +
                      (run.finished() ? action_form(run.id, "again", "Run again", token) + change
                                      : action_form(run.id, "cancel", "Cancel", token)));
  if (!changed.empty())
    page += element(
        "p", {{"class", "error"}},
        "The store no longer holds what this run recorded: " + changed + ". Its numbers are unverified; run it again.");
  page += element("p", {{"class", "error"}, {"id", "error"}, {"role", "alert"}}, shown_error(run.error)) +
          (run.state == "done" ? Html() : progress_view(store, run));  // its last event may be older than the end
  if (verb) page += element("pre", {{"class", "command"}}, command_line_of(*paper, *verb, named));
  const Html curves = element("section", {{"id", "curves"}, {"aria-label", "curves"}});
  if (!run.finished())
    page += element("p", {{"class", "help"}}, "Curves, figures, tables and notes appear here as they come.") + curves;
  if (paper && run.request.verb == "reproduce")
    page += element("h2", "The paper says / we measured") +
            claims_view(*paper, judged_claims(*paper, store.estimates(run.id)), !run.finished());
  Html tables;
  for (const auto& event : store.events_of_kind(run.id, "table", shown_tables))
    tables += table_view(Json::parse(event.payload), run.id, event.id);
  // Figures are drawn by the script: of very many or large ones the last are only linked.
  std::string figures;
  Html linked;
  for (const auto& event : store.events_of_kind(run.id, "figure", 200))
    if (figures.size() + event.payload.size() < shown_figure_bytes)
      figures += (figures.empty() ? "" : ",") + event.payload;
    else
      linked += element("li", link(event_link(run.id, event.id), "Numbers of a further figure"));
  page += element("section", {{"id", "figures"}, {"aria-label", "figures"}}) +
          (linked.markup().empty() ? Html() : element("ul", linked)) +
          element("section", {{"id", "tables"}, {"aria-label", "tables"}}, tables);
  if (run.finished()) page += curves;
  page += files_view(store, run.id) + notes_view(store, run.id, notes_after);
  auto provenance = run.provenance;
  if (provenance.contains("inputs"))
    for (auto& input : provenance["inputs"])
      if (input.contains("source") && input["source"].is_string()) input["source"] = shown_value(input["source"]);
  page += element("details", element("summary", "Provenance") +
                                 element("pre", provenance.dump(2, ' ', false, Json::error_handler_t::replace)));
  Json curve_data = Json::object();
  for (const auto& [name, curve] : store.curves(run.id)) curve_data[name] = curve;
  page += data_script("run-data", "{\"id\":" + std::to_string(run.id) + ",\"finished\":" +
                                      (run.finished() ? "true" : "false") + ",\"last\":" + std::to_string(last_event) +
                                      ",\"curves\":" + text_of(curve_data) + ",\"figures\":[" + figures + "]}");
  return element("article", {{"class", "run"}}, page);
}

}  // namespace offprint::page
