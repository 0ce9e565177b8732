#include "offprint/page/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/table.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint::page {
namespace {

std::string when(double seconds) {
  if (seconds <= 0) return "";
  const auto time = static_cast<std::time_t>(seconds);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", std::localtime(&time));
  return text;
}

Html chip(const std::string& kind, const std::string& text) { return element("span", {{"class", "chip " + replace_all(kind, " ", "-")}}, text); }
Html link(const std::string& target, const Html& content) { return element("a", {{"href", target}}, content); }
Html hidden(const std::string& name, const std::string& value) { return element("input", {{"type", "hidden"}, {"name", name}, {"value", value}}); }

std::string paper_link(const Paper& paper) { return "/papers/" + escape_url_part(command_name(paper.slug)); }
std::string run_link(std::int64_t id) { return "/runs/" + std::to_string(id); }

Html verdict_chips(const Json& recorded) {
  std::map<std::string, int> counts;
  if (recorded.is_object())
    for (const auto& claim : recorded["claims"]) ++counts[claim["verdict"].get<std::string>()];
  Html chips;
  for (const char* verdict : {"reproduced", "partly", "not reproduced", "not measured"})
    if (counts[verdict] > 0) chips += chip(verdict, fmt::format("{} {}", counts[verdict], verdict));
  return chips;
}

std::string shorten(const std::string& text, std::size_t length) {
  if (text.size() <= length) return text;
  const auto cut = text.rfind(' ', length);
  return text.substr(0, cut == std::string::npos ? length : cut) + " …";
}

std::string measured_text(const Json& check) {
  if (!check["value"].is_number()) return "–";
  auto text = short_number(check["value"], 4);
  if (check["low"].is_number() && check["high"].is_number()) text += fmt::format(" [{}, {}]", short_number(check["low"], 3), short_number(check["high"], 3));
  return text;
}

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
      cells += element("td", {{"class", cell.is_number() ? "number" : ""}},
                       cell.is_number()   ? short_number(cell, 5)
                       : cell.is_string() ? cell.get<std::string>()
                       : cell.is_null()   ? ""
                                          : cell.dump());
    body += element("tr", cells);
  }
  return element("figure", {{"class", "table"}},
                 element("figcaption", table.value("title", "")) +
                     element("div", {{"class", "scroll"}}, element("table", element("thead", element("tr", head)) + element("tbody", body))));
}

Html input_of(const Option& option, const std::string& value, const std::string& id) {
  const auto range_low = std::isfinite(option.range.low) ? exact_number(option.range.low) : "",
             range_high = std::isfinite(option.range.high) ? exact_number(option.range.high) : "";
  switch (option.kind) {
    case OptionKind::flag: {
      Html choices;
      for (const char* one : {"false", "true"})
        choices += value == one ? element("option", {{"value", one}, {"selected", present}}, one == std::string("true") ? "yes" : "no")
                                : element("option", {{"value", one}}, one == std::string("true") ? "yes" : "no");
      return element("select", {{"name", option.name}, {"id", id}}, choices);
    }
    case OptionKind::choice: {
      Html choices;
      for (const auto& one : option.choices)
        choices += one == value ? element("option", {{"value", one}, {"selected", present}}, one) : element("option", {{"value", one}}, one);
      return element("select", {{"name", option.name}, {"id", id}}, choices);
    }
    case OptionKind::input_file:
    case OptionKind::input_files: {
      Html choices = element("option", {{"value", ""}}, "upload a file:");
      for (const auto& set : data::list())
        if (set.present)
          choices += value == "data:" + set.name ? element("option", {{"value", "data:" + set.name}, {"selected", present}}, "data:" + set.name)
                                                 : element("option", {{"value", "data:" + set.name}}, "data:" + set.name);
      return element("span", {{"class", "file"}},
                     element("select", {{"name", option.name}, {"id", id}}, choices) +
                         element("input", {{"type", "file"}, {"name", option.name}, {"aria-label", "upload for " + option.name}}));
    }
    case OptionKind::integer:
      return element("input",
                     {{"type", "number"}, {"step", "1"}, {"name", option.name}, {"id", id}, {"value", value}, {"min", range_low}, {"max", range_high}});
    case OptionKind::number:
      return element("input",
                     {{"type", "number"}, {"step", "any"}, {"name", option.name}, {"id", id}, {"value", value}, {"min", range_low}, {"max", range_high}});
    default:
      return element("input", {{"type", "text"}, {"name", option.name}, {"id", id}, {"value", value}, {"autocomplete", "off"}});
  }
}

Html verb_form(const Paper& paper, const Verb& verb, const std::string& token, const runs::Values& values, const std::string& error) {
  const auto value_of = [&](const std::string& name, const std::string& otherwise) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& one) { return one.first == name; });
    return found == values.end() ? otherwise : found->second;
  };
  Html fields = hidden("token", token) + hidden("verb", verb.name);
  for (const auto& option : verb.options) {
    if (option.kind == OptionKind::output_file) continue;
    const auto id = verb.name + "-" + option.name;
    auto help = option.help + (option.unit.empty() ? "" : " (" + option.unit + ")");
    fields += element(
        "div", {{"class", "field"}, {"data-option", option.name}, {"data-default", option.default_text}, {"data-positional", option.positional ? "yes" : "no"}},
        element("label", {{"for", id}}, option.name + (option.required ? " *" : "")) + input_of(option, value_of(option.name, option.default_text), id) +
            element("p", {{"class", "help"}}, help));
  }
  fields += element("div", {{"class", "field"}, {"data-option", "seed"}, {"data-default", "0"}, {"data-positional", "no"}},
                    element("label", {{"for", verb.name + "-seed"}}, "seed") +
                        element("input", {{"type", "number"}, {"min", "0"}, {"name", "seed"}, {"id", verb.name + "-seed"}, {"value", value_of("seed", "0")}}) +
                        element("p", {{"class", "help"}}, "The same seed gives the same numbers"));
  const Html problem = error.empty() ? Html() : element("p", {{"class", "error"}, {"role", "alert"}}, error);
  const Html command =
      element("pre", {{"class", "command"}, {"data-start", "offprint " + command_name(paper.slug) + " " + verb.name}}, command_line_of(paper, verb, values));
  return element("form", {{"method", "post"}, {"action", paper_link(paper) + "/runs"}, {"enctype", "multipart/form-data"}, {"class", "verb"}},
                 problem + element("div", {{"class", "fields"}}, fields) + element("p", {{"class", "caption"}}, "The same on the command line:") + command +
                     element("button", {{"type", "submit"}}, "Run " + verb.name));
}

Html action_form(std::int64_t id, const std::string& action, const std::string& label, const std::string& token) {
  return element("form", {{"method", "post"}, {"action", run_link(id) + "/" + action}, {"class", "inline"}},
                 hidden("token", token) + element("button", {{"type", "submit"}, {"class", "quiet"}}, label));
}

}  // namespace

Html list_view(const std::string& words, const std::string& wing, const std::string& corrected, std::size_t count, const Html& papers) {
  Html filters = wing.empty() ? element("a", {{"href", "/"}, {"aria-current", "page"}}, "all") : link("/", "all");
  for (const auto& one : wings()) {
    const auto target = "/?wing=" + escape_url_part(one);
    filters += one == wing ? element("a", {{"href", target}, {"aria-current", "page"}}, one) : link(target, one);
  }
  const Html search = element("form", {{"method", "get"}, {"action", "/"}, {"role", "search"}, {"class", "search"}},
                              element("input", {{"type", "search"},
                                                {"name", "q"},
                                                {"value", words},
                                                {"placeholder", "Search titles, authors, summaries"},
                                                {"aria-label", "Search papers"},
                                                {"maxlength", "400"}}) +
                                  element("button", {{"type", "submit"}}, "Search"));
  Html note;
  if (!corrected.empty())
    note = element("p", {{"class", "note"}}, Html("Results for ") + element("strong", corrected) + " (nothing matched “" + words + "” as typed).");
  else if (!words.empty())
    note = element("p", {{"class", "note"}}, fmt::format("{} paper{} for “{}”", count, count == 1 ? "" : "s", words));
  return element("div", {{"class", "hero"}},
                 element("h1", "Papers whose claims you can run") +
                     element("p", "Press Run and see a paper’s headline claim measured on this machine. Then use its method on your own data.") + search) +
         element("nav", {{"class", "wings"}, {"aria-label", "Subjects"}}, filters) + note +
         (count ? element("ol", {{"class", "papers"}}, papers) : element("p", {{"class", "note"}}, "No paper matches."));
}

Html paper_in_list(const Paper& paper, const Json& recorded, const std::string& state) {
  Html status = paper.has_room() ? chip("runs", "runs here") : chip("absent", "no room yet");
  if (!state.empty()) status += chip(state, "last run: " + state);
  return element("li", element("p", {{"class", "meta"}}, paper.wing + " · " + paper.venue + " · " + paper.published) +
                           element("h2", link(paper_link(paper), paper.title)) + element("p", {{"class", "authors"}}, shorten(join(paper.authors, ", "), 160)) +
                           element("p", {{"class", "summary math"}}, shorten(paper.summary, 230)) +
                           element("p", {{"class", "chips"}}, status + verdict_chips(recorded)));
}

Html claims_table(const Paper& paper, const Json& judged) {
  Html body;
  for (const auto& claim : paper.claims) {
    Json found;
    if (judged.is_array())
      for (const auto& one : judged)
        if (one["id"] == claim.id) found = one;
    const auto verdict = found.is_object() ? found["verdict"].get<std::string>() : std::string("not measured");
    Html about = element("strong", claim.id) + " " + claim.statement +
                 element("p", {{"class", "help"}}, claim.source + ". " + (claim.why_not.empty() ? claim.measured : "Not measured here: " + claim.why_not));
    body += element("tr", {{"class", "claim"}, {"data-claim", claim.id}}, element("td", {{"colspan", "3"}}, about) + element("td", chip(verdict, verdict)));
    for (const auto& check : claim.checks) {
      Json row{{"value", nullptr}, {"low", nullptr}, {"high", nullptr}, {"seeds", 0}, {"verdict", ""}};
      if (found.is_object())
        for (const auto& one : found["checks"])
          if (one["name"] == check.name) row = one;
      const auto seeds = row.value("seeds", 0);
      body += element("tr", {{"class", "check"}, {"data-check", claim.id + "/" + check.name}},
                      element("td", check.description) + element("td", {{"class", "number"}}, check.paper_says.empty() ? "–" : check.paper_says) +
                          element("td", {{"class", "number measured"}}, measured_text(row) + (seeds > 1 ? fmt::format(", {} seeds", seeds) : "")) +
                          element("td", {{"class", "verdict"}},
                                  element("span", {{"class", "help"}}, "accepted " + range_text(check.acceptance) + " ") +
                                      (row["verdict"] == "" ? Html() : chip(row["verdict"], row["verdict"].get<std::string>()))));
    }
  }
  const auto head = [](const char* text) { return element("th", {{"scope", "col"}}, text); };
  return element(
      "div", {{"class", "scroll"}},
      element("table", {{"class", "claims"}},
              element("thead", element("tr", head("claim") + head("the paper says") + head("we measured") + head("verdict"))) + element("tbody", body)));
}

Html paper_view(const Paper& paper, const Json& recorded, const std::vector<runs::RunRecord>& last_runs, const std::string& token, const runs::Values& values,
                const std::string& verb, const std::string& error) {
  Html links;
  for (const auto& one : paper.links) links += element("a", {{"href", one.url}, {"rel", "noreferrer"}}, one.label);
  Html page = element("p", {{"class", "meta"}}, paper.wing + " · " + paper.venue + " · " + paper.published) + element("h1", paper.title) +
              element("p", {{"class", "authors"}}, join(paper.authors, ", ")) + element("p", {{"class", "abstract math"}}, paper.summary) +
              element("p", {{"class", "links"}}, links);
  if (!paper.has_room())
    return element("article", page + element("p", {{"class", "note"}}, "This paper has no room yet: it is listed, but nothing of it runs here.") +
                                  element("h2", "Cite") + element("pre", paper.bibtex));
  page += element("h2", "The paper says / we measured");
  if (recorded.is_object())
    page += element("p", {{"class", "help"}},
                    fmt::format("Recorded {} with budget {}, seed {}, {:.0f} CPU seconds, commit {}.", recorded.value("date", ""), recorded.value("budget", ""),
                                recorded.value("seed", 0), recorded.value("cpu_seconds", 0.0), recorded.value("commit", "")));
  page += claims_table(paper, recorded.is_object() ? recorded["claims"] : Json());
  page += element("h2", {{"id", "run"}}, "Run it");
  for (const auto& one : paper.verbs) {
    const bool refused = one.name == verb;
    const bool open = verb.empty() ? one.name == "reproduce" : refused;
    const Html content = element("summary", element("strong", one.name) + " " + one.help) +
                         verb_form(paper, one, token, refused ? values : runs::Values{}, refused ? error : "");
    page += open ? element("details", {{"open", present}}, content) : element("details", content);
  }
  if (!last_runs.empty()) page += element("h2", "Last runs") + runs_table(last_runs, last_runs.size() > 1);
  page += element("h2", "Cite") + element("pre", paper.bibtex);
  return element("article", page);
}

Html runs_table(const std::vector<runs::RunRecord>& all, bool choose) {
  if (all.empty()) return element("p", {{"class", "note"}}, "Nothing has been run yet. Open a paper and press Run.");
  Html body;
  for (const auto& run : all) {
    const auto id = std::to_string(run.id);
    std::string options;
    for (const auto& [name, text] : run.request.options) options += (options.empty() ? "" : ", ") + name + " " + shorten(text, 40);
    body += element(
        "tr", (choose ? element("td", element("input", {{"type", "checkbox"}, {"name", "run"}, {"value", id}, {"aria-label", "choose run " + id}})) : Html()) +
                  element("td", link(run_link(run.id), "Run " + id)) + element("td", command_name(run.request.slug) + " " + run.request.verb) +
                  element("td", chip(run.state, run.state)) + element("td", when(run.created)) + element("td", options));
  }
  const auto head = [](const char* text) { return element("th", {{"scope", "col"}}, text); };
  const Html table = element("div", {{"class", "scroll"}},
                             element("table", element("thead", element("tr", (choose ? head("") : Html()) + head("run") + head("what") + head("state") +
                                                                                 head("created") + head("options"))) +
                                                  element("tbody", body)));
  return choose ? element("form", {{"method", "get"}, {"action", "/compare"}},
                          table + element("button", {{"type", "submit"}, {"class", "quiet"}}, "Compare chosen runs"))
                : table;
}

Html run_view(runs::Store& store, const runs::RunRecord& run, const Paper* paper, const std::string& token) {
  const auto* verb = paper ? paper->find_verb(run.request.verb) : nullptr;
  auto values = run.request.options;
  if (run.request.settings.seed) values.emplace_back("seed", std::to_string(run.request.settings.seed));
  Html page = element("p", {{"class", "meta"}}, paper ? link(paper_link(*paper), paper->title) : Html(run.request.slug)) +
              element("h1", fmt::format("Run {}: {}", run.id, run.request.verb));
  page += element("p", {{"class", "chips"}},
                  element("span", {{"id", "state"}, {"class", "chip " + run.state}, {"role", "status"}}, run.state) +
                      element("span", {{"class", "help"}}, when(run.created)));
  page += element("p", {{"class", "error"}, {"id", "error"}, {"role", "alert"}}, run.error);
  if (verb) page += element("pre", {{"class", "command"}}, command_line_of(*paper, *verb, values));
  page += run.finished() ? action_form(run.id, "again", "Run again", token) : action_form(run.id, "cancel", "Cancel", token);
  page += element("div", {{"class", "progress"}, {"id", "progress"}},
                  element("progress", {{"id", "bar"}, {"max", "1"}, {"value", run.finished() ? "1" : "0"}, {"aria-label", "progress"}}) +
                      element("span", {{"id", "what"}}, ""));
  if (paper && run.request.verb == "reproduce")
    page += element("h2", "The paper says / we measured") + claims_table(*paper, judged_claims(*paper, store.estimates(run.id)));
  page += element("section", {{"id", "curves"}, {"aria-label", "curves"}});
  Html tables, notes, files;
  std::string figures;
  for (const auto& event : store.events_of_kind(run.id, "table")) tables += table_view(Json::parse(event.payload));
  for (const auto* kind : {"warning", "note"})
    for (const auto& event : store.events_of_kind(run.id, kind)) notes += element("li", {{"class", kind}}, Json::parse(event.payload).value("text", ""));
  for (const auto& artifact : store.artifacts(run.id))
    files += element("li", link(run_link(run.id) + "/files/" + std::to_string(artifact.id), artifact.name) +
                               fmt::format(" {} bytes. {}", artifact.bytes, artifact.description));
  page += element("section", {{"id", "figures"}, {"aria-label", "figures"}}) + element("section", {{"id", "tables"}, {"aria-label", "tables"}}, tables) +
          element("section", {{"id", "files"}}, element("ul", files)) + element("section", element("h2", "Log") + element("ul", {{"id", "notes"}}, notes));
  page += element("details", element("summary", "Provenance") + element("pre", run.provenance.dump(2)));
  page += data_script("run-data", Json{{"id", run.id}, {"finished", run.finished()}}.dump());
  return element("article", {{"class", "run"}}, page);
}

Html compare_view(runs::Store& store, const std::vector<runs::RunRecord>& chosen) {
  std::map<std::string, std::vector<std::string>> rows;
  const auto cell = [&](const std::string& name, std::size_t i) -> std::string& { return rows.try_emplace(name, chosen.size()).first->second[i]; };
  Json curves = Json::array();
  Html head = element("th", {{"scope", "col"}}, "");
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& run = chosen[i];
    head += element("th", {{"scope", "col"}}, link(run_link(run.id), "Run " + std::to_string(run.id)));
    cell("paper", i) = command_name(run.request.slug) + " " + run.request.verb;
    cell("state", i) = run.state;
    cell("seed", i) = std::to_string(run.request.settings.seed);
    for (const auto& [name, text] : run.request.options) cell(name, i) = text;
    Json own = Json::object();
    for (const auto& [name, curve] : store.curves(run.id)) {
      const auto [low, high] = std::minmax_element(curve.begin(), curve.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
      cell("metric: " + name, i) =
          fmt::format("last {}, least {}, greatest {}", short_number(curve.back().second), short_number(low->second), short_number(high->second));
      own[name] = curve;
    }
    for (const auto& [claim, checks] : store.estimates(run.id))
      for (const auto& [check, estimate] : checks) cell("claim " + claim + ": " + check, i) = short_number(estimate.value);
    curves.push_back({{"run", run.id}, {"curves", own}});
  }
  Html body;
  for (const bool differing : {true, false})
    for (const auto& [name, values] : rows) {
      const bool differs = std::count(values.begin(), values.end(), values[0]) != static_cast<std::ptrdiff_t>(values.size());
      if (differs != differing) continue;
      Html cells = element("th", {{"scope", "row"}}, name);
      for (const auto& value : values) cells += element("td", shorten(value, 120));
      body += element("tr", {{"class", differs ? "differs" : "same"}}, cells);
    }
  return element("h1", "Compare runs") + element("p", {{"class", "help"}}, "What differs comes first.") +
         element("div", {{"class", "scroll"}}, element("table", {{"class", "facts"}}, element("thead", element("tr", head)) + element("tbody", body))) +
         element("section", {{"id", "curves"}, {"aria-label", "curves"}}) + data_script("compare-data", curves.dump());
}

Html about_view() {
  return element("article", element("h1", "About") +
                                element("p", {{"class", "abstract"}},
                                        "Offprint is a page of research papers that are programs. Each room measures what its paper claims, on this machine, "
                                        "and says honestly whether it held; and it offers the paper’s method for your own data.") +
                                element("h2", "Verdicts") +
                                element("p",
                                        "A check is reproduced if the measured value lies in the range accepted beforehand; partly, if the effect has the "
                                        "right direction but not the size; else not reproduced. A claim is reproduced if all its checks are.") +
                                element("h2", "Search") +
                                element("p",
                                        "All words must occur, in title, authors or summary; the title weighs most. If fewer than five papers have them all, "
                                        "papers with any follow. A word that occurs nowhere is replaced by its nearest neighbour.") +
                                element("h2", "Your data") +
                                element("p", "Files you upload stay in the data folder of this machine, and runs see no network where the sandbox works."));
}

}  // namespace offprint::page
