#include <fmt/format.h>

#include <chrono>

#include "offprint/base/text.hpp"
#include "offprint/page/views.hpp"
#include "offprint/paper/ledger.hpp"

namespace offprint::page {
namespace {

Html table_view(const Json& table) {
  Html head, body;
  for (const auto& column : table["columns"]) {
    auto name = replace_all(column["name"].get<std::string>(), "_", " ");
    if (const auto unit = column.value("unit", ""); !unit.empty()) name += " (" + unit + ")";
    head += element("th", {{"scope", "col"}}, name);
  }
  for (const auto& row : table["rows"]) {
    Html cells;
    for (const auto& cell : row)
      cells += element("td", {{"class", cell.is_number() ? "number" : "text"}},
                       cell.is_number()   ? short_number(cell, 5)
                       : cell.is_string() ? cell.get<std::string>()
                       : cell.is_null()   ? ""
                                          : (cell == true ? "yes" : "no"));
    body += element("tr", cells);
  }
  return element(
      "figure", {{"class", "table"}},
      element("figcaption", table.value("title", "")) +
          element("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "table"}},
                  element("table", element("thead", element("tr", head)) + element("tbody", body))));
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
      options += (options.empty() ? "" : ", ") + name + " " + shorten(without_upload_folder(text), 40);
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

Html run_view(runs::Store& store, const runs::RunRecord& run, const Paper* paper, const std::string& token) {
  const auto* verb = paper ? paper->find_verb(run.request.verb) : nullptr;
  auto values = run.request.options;
  if (run.request.settings.seed) values.emplace_back("seed", std::to_string(run.request.settings.seed));
  Html page =
      element("p", {{"class", "meta"}}, paper ? link(paper_link(*paper), paper->title) : Html(run.request.slug)) +
      element("h1", fmt::format("Run {}: {}", run.id, run.request.verb));
  page += element("div", {{"class", "run-head"}},
                  element("span", {{"id", "state"}, {"class", "chip " + run.state}, {"role", "status"}}, run.state) +
                      element("span", {{"class", "help"}}, when(run.created) + took(run)) +
                      (run.finished() ? action_form(run.id, "again", "Run again", token)
                                      : action_form(run.id, "cancel", "Cancel", token)));
  page += element("p", {{"class", "error"}, {"id", "error"}, {"role", "alert"}}, without_upload_folder(run.error)) +
          (run.state == "done" ? Html() : progress_view(store, run));  // its last event may be older than the end
  if (verb)
    page += element("pre", {{"class", "command"}}, without_upload_folder(command_line_of(*paper, *verb, values)));
  const Html curves = element("section", {{"id", "curves"}, {"aria-label", "curves"}});
  if (!run.finished())
    page += element("p", {{"class", "help"}}, "Curves, figures, tables and notes appear here as they come.") + curves;
  if (paper && run.request.verb == "reproduce")
    page += element("h2", "The paper says / we measured") +
            claims_view(*paper, judged_claims(*paper, store.estimates(run.id)), !run.finished());
  Html tables, notes;
  for (const auto& event : store.events_of_kind(run.id, "table")) tables += table_view(Json::parse(event.payload));
  for (const auto* kind : {"warning", "note"})
    for (const auto& event : store.events_of_kind(run.id, kind))
      notes += element("li", {{"class", kind}}, Json::parse(event.payload).value("text", ""));
  page += element("section", {{"id", "figures"}, {"aria-label", "figures"}}) +
          element("section", {{"id", "tables"}, {"aria-label", "tables"}}, tables);
  if (run.finished()) page += curves;
  page += files_view(store, run.id) +
          element("section", {{"class", "log"}}, element("h2", "Log") + element("ul", {{"id", "notes"}}, notes));
  page += element("details", element("summary", "Provenance") + element("pre", run.provenance.dump(2)));
  page += data_script("run-data", Json{{"id", run.id}, {"finished", run.finished()}}.dump());
  return element("article", {{"class", "run"}}, page);
}

}  // namespace offprint::page
