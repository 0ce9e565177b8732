#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/page/views.hpp"
#include "offprint/runs/inputs.hpp"

namespace offprint::page {
namespace {

std::string measured_text(const Json& check) {
  if (!check["value"].is_number()) return "–";
  auto text = short_number(check["value"], 4);
  if (check["low"].is_number() && check["high"].is_number())
    text += fmt::format(" [{}, {}]", short_number(check["low"], 3), short_number(check["high"], 3));
  return text;
}

/// Data sets of the catalogue and files of earlier runs that the option can read, and a place to upload one.
Html file_input(const Option& option, const std::string& value, const std::string& id, const PaperPage& page,
                const Attributes& more) {
  const bool several = option.kind == OptionKind::input_files;
  const auto fits = [&](const std::string& ending) {
    return option.accepts.empty() ||
           std::find(option.accepts.begin(), option.accepts.end(), ending) != option.accepts.end();
  };
  const auto values = split(value, ',');
  Html choices = several ? Html() : element("option", {{"value", ""}}, "upload a file:");
  std::size_t offered = 0;
  const auto offer = [&](const std::string& source, const std::string& file, const std::string& label) {
    ++offered;
    Attributes attributes{{"value", source}, {"data-file", file}};
    if (std::find(values.begin(), values.end(), source) != values.end()) attributes.push_back({"selected", present});
    choices += element("option", attributes, label);
  };
  for (const auto& set : page.data_sets)
    if (set.present && fits(set.ending())) offer("data:" + set.name, "data:" + set.name, "data:" + set.name);
  for (const auto& one : values)  // uploads of a form that is shown again
    if (one.starts_with("upload:") && runs::is_identity(one))
      offer(one, shown_value(one), "your upload: " + shown_value(one));
  constexpr std::size_t most = 20;
  std::size_t files = 0;
  for (const auto& [run, artifact] : page.files)
    if (fits(artifact.name.substr(artifact.name.rfind('.') + 1)) && files++ < most)
      offer(fmt::format("run:{}/{}", run, artifact.id), artifact.name, fmt::format("run {}: {}", run, artifact.name));
  Attributes select{{"name", option.name}, {"id", id}},
      upload{{"type", "file"}, {"name", option.name}, {"aria-label", "upload for " + option.name}};
  select.insert(select.end(), more.begin(), more.end());
  if (several) {
    select.insert(select.end(),
                  {{"multiple", present}, {"size", std::to_string(std::clamp<std::size_t>(offered, 2, 5))}});
    upload.push_back({"multiple", present});
  }
  return element("span", {{"class", "file"}}, element("select", select, choices) + element("input", upload));
}

Html input_of(const Option& option, const std::string& value, const std::string& id, const PaperPage& page,
              const Attributes& more) {
  const auto with = [&](Attributes attributes) {
    attributes.insert(attributes.end(), more.begin(), more.end());
    return attributes;
  };
  const auto range_low = std::isfinite(option.range.low) ? exact_number(option.range.low) : "",
             range_high = std::isfinite(option.range.high) ? exact_number(option.range.high) : "";
  switch (option.kind) {
    case OptionKind::flag: {
      Html choices;
      for (const char* one : {"false", "true"})
        choices += value == one ? element("option", {{"value", one}, {"selected", present}},
                                          one == std::string("true") ? "yes" : "no")
                                : element("option", {{"value", one}}, one == std::string("true") ? "yes" : "no");
      return element("select", with({{"name", option.name}, {"id", id}}), choices);
    }
    case OptionKind::choice: {
      Html choices;
      for (const auto& one : option.choices)
        choices += one == value ? element("option", {{"value", one}, {"selected", present}}, one)
                                : element("option", {{"value", one}}, one);
      return element("select", with({{"name", option.name}, {"id", id}}), choices);
    }
    case OptionKind::input_file:
    case OptionKind::input_files:
      return file_input(option, value, id, page, more);
    case OptionKind::integer:
      return element("input", with({{"type", "number"},
                                    {"step", "1"},
                                    {"name", option.name},
                                    {"id", id},
                                    {"value", value},
                                    {"min", range_low},
                                    {"max", range_high}}));
    case OptionKind::number:
      return element("input", with({{"type", "number"},
                                    {"step", "any"},
                                    {"name", option.name},
                                    {"id", id},
                                    {"value", value},
                                    {"min", range_low},
                                    {"max", range_high}}));
    default: {
      auto attributes =
          with({{"type", "text"}, {"name", option.name}, {"id", id}, {"value", value}, {"autocomplete", "off"}});
      if (option.suggestions.empty()) return element("input", attributes);
      attributes.push_back({"list", id + "-list"});
      Html known;
      for (const auto& one : option.suggestions) known += element("option", {{"value", one}}, "");
      return element("input", attributes) + element("datalist", {{"id", id + "-list"}}, known);
    }
  }
}

/// What is wrong with a form, at its top: each with a link to its field.
Html problems_view(const Verb& verb, const std::map<std::string, std::string>& problems) {
  if (problems.empty()) return {};
  Html list;
  for (const auto& [name, text] : problems)
    list += element("li", name.empty() ? Html(text) : link("#option-" + verb.name + "-" + name, name) + ": " + text);
  return element("div", {{"class", "error"}, {"role", "alert"}, {"id", "refused"}, {"tabindex", "-1"}},
                 element("p", "This did not start. Your entries and files are kept; change this and press Run again:") +
                     element("ul", list));
}

Html verb_form(const Paper& paper, const Verb& verb, const PaperPage& page) {
  const bool shown = verb.name == page.verb;
  const auto values = shown ? page.values : runs::Values{};
  const auto problems = shown ? page.problems : std::map<std::string, std::string>{};
  const auto value_of = [&](const std::string& name, const std::string& otherwise) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& one) { return one.first == name; });
    return found == values.end() ? otherwise : found->second;
  };
  const auto hidden = [](const char* name, const std::string& value) {
    return element("input", {{"type", "hidden"}, {"name", name}, {"value", value}});
  };
  const auto field = [&](const OptionDescription& option, const std::string& help, const auto& input) {
    const auto id = "option-" + verb.name + "-" + option.name;
    const auto problem = problems.find(option.name);
    Attributes more;
    if (problem != problems.end()) more = {{"aria-invalid", "true"}, {"aria-describedby", id + "-problem"}};
    return element(
        "div",
        {{"class", problem == problems.end() ? "field" : "field wrong"},
         {"data-option", option.name},
         {"data-default", option.default_text},
         {"data-positional", option.positional ? "yes" : "no"}},
        element("label", {{"for", id}}, option.name + (option.required ? " *" : "")) + input(id, more) +
            (problem == problems.end() ? Html()
                                       : element("p", {{"class", "error"}, {"id", id + "-problem"}}, problem->second)) +
            element("p", {{"class", "help"}}, help));
  };
  Html fields = hidden("token", page.token) + hidden("verb", verb.name);
  for (const auto& option : verb.options)
    if (option.kind != OptionKind::output_file)
      fields += field(option, option.help + (option.unit.empty() ? "" : " (" + option.unit + ")"),
                      [&](const std::string& id, const Attributes& more) {
                        return input_of(option, value_of(option.name, option.default_text), id, page, more);
                      });
  OptionDescription seed;
  seed.name = "seed";
  seed.default_text = "0";
  fields += field(seed, "The same seed gives the same numbers", [&](const std::string& id, const Attributes& more) {
    Attributes attributes{
        {"type", "number"}, {"min", "0"}, {"name", "seed"}, {"id", id}, {"value", value_of("seed", "0")}};
    attributes.insert(attributes.end(), more.begin(), more.end());
    return element("input", attributes);
  });
  auto named = values;
  for (auto& [name, text] : named) text = shown_value(text);
  const Html command =
      element("pre", {{"class", "command"}, {"data-start", "offprint " + command_name(paper.slug) + " " + verb.name}},
              command_line_of(paper, verb, named));
  return element("form",
                 {{"method", "post"},
                  {"action", paper_link(paper) + "/runs"},
                  {"enctype", "multipart/form-data"},
                  {"class", "verb"},
                  {"data-preview", verb.instant ? paper_link(paper) + "/preview" : ""},
                  {"id", "form-" + verb.name}},
                 problems_view(verb, problems) + element("div", {{"class", "fields"}}, fields) +
                     element("p", {{"class", "caption"}}, "The same on the command line:") + command +
                     element("button", {{"type", "submit"}}, "Run " + verb.name));
}

const Json* find_by(const Json& list, const char* key, const std::string& value) {
  if (list.is_array())
    for (const auto& one : list)
      if (one[key] == value) return &one;
  return nullptr;
}

Html check_row(const Claim& claim, const Check& check, const Json* found) {
  Html measured = "–", verdict;
  if (found) {
    const auto seeds = found->value("seeds", 0);
    measured = measured_text(*found) + (seeds > 1 ? fmt::format(", {} seeds", seeds) : "");
    verdict = chip((*found)["verdict"], (*found)["verdict"].get<std::string>());
  }
  const auto cell = [](const char* name, const std::string& kind, const Html& content) {
    return element("td", {{"class", kind}, {"data-label", name}}, content);
  };
  return element("tr", {{"class", "check"}, {"data-check", claim.id + "/" + check.name}},
                 cell("check", "", check.description + (check.unit.empty() ? "" : " (" + check.unit + ")")) +
                     cell("the paper says", "number", check.paper_says.empty() ? "–" : check.paper_says) +
                     cell("we measured", "number measured", measured) +
                     cell("accepted", "number help", range_text(check.acceptance)) +
                     cell("verdict", "verdict", verdict));
}

/// The first check in one line, for the folded claim.
std::string headline(const Claim& claim, const Json* found) {
  if (claim.checks.empty() || !found) return "";
  const auto* first = find_by((*found)["checks"], "name", claim.checks[0].name);
  if (!first || !(*first)["value"].is_number()) return "";
  const auto& said = claim.checks[0].paper_says;
  return fmt::format("{}: {}measured {}{}", claim.checks[0].description, said.empty() ? "" : "paper " + said + ", ",
                     short_number((*first)["value"], 4),
                     claim.checks.size() > 1 ? fmt::format("; {} checks in all", claim.checks.size()) : "");
}

/// How the ledger's numbers were measured; nothing of a run's own.
std::string recorded_text(const Json& judged) {
  if (!judged.contains("budget")) return "";
  return fmt::format(" Recorded {} at the {} budget, commit {}.", judged.value("date", ""), judged.value("budget", ""),
                     judged.value("commit", ""));
}

}  // namespace

Html claims_view(const Paper& paper, const Json& judged, bool open) {
  Html all;
  for (const auto& claim : paper.claims) {
    const auto* found = find_by(judged, "id", claim.id);
    const auto verdict = found ? (*found)["verdict"].get<std::string>() : std::string("not measured");
    const Html summary =
        element("summary", element("span", {{"class", "id"}}, claim.id) +
                               element("span", {{"class", "statement"}},
                                       element("span", {{"class", "math"}}, latex_text(claim.statement)) +
                                           (claim.is_ours ? Html(" ") + chip("ours", "our own check") : Html()) +
                                           element("span", {{"class", "help headline"}}, headline(claim, found))) +
                               chip(verdict, verdict));
    Html body =
        element("p", {{"class", "help"}},
                claim.source + ". " + (claim.why_not.empty() ? claim.measured : "Not measured here: " + claim.why_not) +
                    (found ? recorded_text(*found) : ""));
    if (!claim.checks.empty()) {
      Html rows;
      for (const auto& check : claim.checks)
        rows += check_row(claim, check, found ? find_by((*found)["checks"], "name", check.name) : nullptr);
      Html head;
      for (const char* name : {"check", "the paper says", "we measured", "accepted", "verdict"})
        head += element("th", {{"scope", "col"}}, name);
      body += element("table", {{"class", "checks"}}, element("thead", element("tr", head)) + element("tbody", rows));
    }
    all += open ? element("details", {{"class", "claim"}, {"data-claim", claim.id}, {"open", present}}, summary + body)
                : element("details", {{"class", "claim"}, {"data-claim", claim.id}}, summary + body);
  }
  return element("div", {{"class", "claims"}}, all);
}

namespace {

Html stored_offer(const runs::RunRecord& run, const std::string& token) {
  return element(
      "section", {{"class", "offer"}, {"id", "stored"}, {"role", "status"}},
      element("p",
              chip("stored", "stored result") +
                  fmt::format(" Run {} of {} did exactly this: the same program, inputs, options and seed. It took {}.",
                              run.id, when(run.ended), lasting(run.ended - run.started))) +
          element("div", {{"class", "actions"}},
                  element("a", {{"href", run_link(run.id)}, {"class", "button"}}, "See the stored result") +
                      action_form(run.id, "again", "Run again anyway", token)));
}

Html last_runs_list(const Paper& paper, const std::vector<runs::RunRecord>& last_runs) {
  if (last_runs.empty()) return {};
  Html list;
  for (const auto& run : last_runs)
    list += element("li", link(run_link(run.id), fmt::format("Run {}", run.id)) + " " + run.request.verb + " " +
                              chip(run.state, run.state) + element("span", {{"class", "help"}}, when(run.created)));
  return element("h2", "Last runs") + element("ul", {{"class", "last-runs"}}, list) +
         element(
             "p", {{"class", "help"}},
             link("/runs?paper=" + escape_url_part(command_name(paper.slug)), "All runs of this paper, to compare"));
}

}  // namespace

Html paper_view(const Paper& paper, const PaperPage& page) {
  Html links;
  for (const auto& one : paper.links)
    if (one.url.starts_with("https://")) links += element("a", {{"href", one.url}, {"rel", "noreferrer"}}, one.label);
  const Html published =
      element("p", {{"class", "meta"}},
              element("span", {{"class", "wing"}}, paper.wing) + " " + paper.venue + " · " + day_text(paper.published));
  const Html authors = element("p", {{"class", "authors"}}, latex_text(join(paper.authors, ", ")));
  const Html head = element("header", paper.is_tool() ? element("h1", latex_text(paper.title))
                                                      : published + element("h1", latex_text(paper.title)) + authors);
  const Html abstract =
      element("p", {{"class", "abstract math"}}, latex_text(paper.summary)) + element("p", {{"class", "links"}}, links);
  const Html cite = paper.is_tool() ? Html() : element("h2", "Cite") + element("pre", paper.bibtex);
  if (!paper.has_room())
    return element(
        "article", {{"data-wing", paper.wing}, {"class", "prose"}},
        head + abstract +
            element("p", {{"class", "note"}},
                    paper.is_being_built ? "The program of this paper is still being built; reload in a few minutes."
                                         : "This paper is listed, but nothing of it runs here yet.") +
            cite);
  Html main_verb, others;
  for (const auto& one : paper.verbs) {
    const bool shown = one.name == page.verb;
    const Html form = verb_form(paper, one, page);
    const Html summary = element("summary", element("strong", one.name) + " " + one.help);
    if (one.name == "reproduce")
      main_verb = element("section", {{"class", "card"}, {"id", "run"}},
                          element("h2", "Run it") + element("p", one.help + ".") + form);
    else
      others += shown ? element("details", {{"open", present}}, summary + form) : element("details", summary + form);
  }
  Html claims = paper.is_tool() ? Html() : element("h2", "The paper says / we measured");
  if (!paper.is_tool()) claims += claims_view(paper, page.recorded, false);
  const Html offer = page.stored ? stored_offer(*page.stored, page.token) : Html();
  return element(
      "article", {{"class", "paper"}, {"data-wing", paper.wing}},
      head + offer + element("div", {{"class", "text"}}, abstract) +
          element("aside", main_verb + last_runs_list(paper, page.last_runs)) +
          element(
              "div", {{"class", "rest"}},
              claims +
                  (others.markup().empty() ? Html() : element("h2", {{"id", "use"}}, "Use it on your data") + others) +
                  cite));
}

}  // namespace offprint::page
