#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>

#include "offprint/base/text.hpp"
#include "offprint/page/views.hpp"
#include "offprint/runs/inputs.hpp"

namespace offprint::page {

Html chip(const std::string& kind, const std::string& text) {
  return element("span", {{"class", "chip " + replace_all(kind, " ", "-")}}, text);
}
Html link(const std::string& target, const Html& content) { return element("a", {{"href", target}}, content); }
std::string paper_link(const Paper& paper) { return "/papers/" + escape_url_part(command_name(paper.slug)); }
std::string run_link(std::int64_t run) { return "/runs/" + std::to_string(run); }

Html action_form(std::int64_t run, const std::string& action, const std::string& label, const std::string& token) {
  return element("form", {{"method", "post"}, {"action", run_link(run) + "/" + action}, {"class", "inline"}},
                 element("input", {{"type", "hidden"}, {"name", "token"}, {"value", token}}) +
                     element("button", {{"type", "submit"}, {"class", "quiet"}}, label));
}

std::string when(double seconds) {
  if (seconds <= 0) return "";
  const auto time = static_cast<std::time_t>(seconds);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", std::localtime(&time));
  return text;
}

std::string lasting(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return seconds < 172800 ? fmt::format("{:.0f} h", seconds / 3600) : fmt::format("{:.0f} days", seconds / 86400);
}

std::string day_text(const std::string& iso_date) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto parts = split(iso_date, '-');
  const auto month = parts.size() == 3 ? parse_integer(parts[1]) : std::nullopt,
             day = parts.size() == 3 ? parse_integer(parts[2]) : std::nullopt;
  if (!month || !day || *month < 1 || *month > 12) return iso_date;
  return fmt::format("{} {} {}", *day, months[static_cast<std::size_t>(*month - 1)], parts[0]);
}

std::string shown_value(const std::string& text) {
  auto parts = split(text, ',');
  for (auto& part : parts)
    if (part.starts_with("upload:") && runs::is_identity(part))
      part.erase(0, part.find('/') + 1);
    else if (part.starts_with('/'))
      part = std::filesystem::path(part).filename();  // given on the command line
  return join(parts, ",");
}

std::string shown_error(const std::string& text) { return runs::without_input_folders(text); }

std::string form_link(const Paper& paper, const std::string& verb, const runs::Values& values) {
  auto target = paper_link(paper) + "?verb=" + escape_url_part(verb);
  for (const auto& [name, text] : values) target += "&" + escape_url_part(name) + "=" + escape_url_part(text);
  return target;
}

std::string upload_refusal_text(const std::string& why) {
  if (why == "zip") return "the upload is a zip archive and was not kept; unpack it and upload one file";
  if (why == "room")
    return "the upload was not kept: those of earlier runs fill the room for them; remove runs that are no longer "
           "needed";
  if (why == "sandbox")
    return "the upload was not kept: this machine gives runs no sandbox; the status page tells more";
  return "takes no file";
}

std::string shorten(const std::string& text, std::size_t length) {
  if (text.size() <= length) return text;
  const auto cut = text.rfind(' ', length);
  auto head = text.substr(0, cut == std::string::npos ? length : cut);
  while (!head.empty() && (static_cast<unsigned char>(text[head.size()]) & 0xC0) == 0x80)
    head.pop_back();  // never inside a character
  return head + " …";
}

namespace {

Html filters_of(const ListFilter& filter) {
  Html filters;
  const auto words = filter.words.empty() ? "" : "q=" + escape_url_part(filter.words);
  const auto with_words = [&](const std::string& more) {
    return "/" + (words.empty() && more.empty() ? "" : "?" + words + (words.empty() || more.empty() ? "" : "&") + more);
  };
  const auto add = [&](const std::string& target, const std::string& text, bool current) {
    filters += current ? element("a", {{"href", target}, {"aria-current", "page"}}, text) : link(target, text);
  };
  add(with_words(""), "all", filter.wing.empty() && !filter.runnable);
  add(with_words("runnable=yes"), "runs here", filter.runnable);
  for (const auto& one : wings()) add(with_words("wing=" + escape_url_part(one)), one, one == filter.wing);
  return element("nav", {{"class", "wings"}, {"aria-label", "Subjects"}}, filters);
}

/// Links to the pages before and after.
Html pager(const ListFilter& filter, std::size_t count) {
  const auto pages = (count + papers_a_page - 1) / papers_a_page;
  if (pages < 2) return {};
  const auto target = [&](std::size_t page) {
    return fmt::format("/?page={}{}{}{}", page, filter.words.empty() ? "" : "&q=" + escape_url_part(filter.words),
                       filter.wing.empty() ? "" : "&wing=" + escape_url_part(filter.wing),
                       filter.runnable ? "&runnable=yes" : "");
  };
  Html links;
  if (filter.page > 1) links += link(target(filter.page - 1), "← Newer");
  links += element("span", {{"class", "help"}}, fmt::format("page {} of {}", filter.page, pages));
  if (filter.page < pages) links += link(target(filter.page + 1), "Older →");
  return element("nav", {{"class", "pager"}, {"aria-label", "Pages"}}, links);
}

/// A summary cut for the list; a formula is never cut in two.
std::string teaser(const std::string& summary) {
  auto text = shorten(summary, 260);
  if (std::count(text.begin(), text.end(), '$') % 2 == 0) return text;
  const auto open = text.rfind('$');
  return text.substr(0, open) + "…";
}

}  // namespace

Html list_view(const ListFilter& filter, const std::string& corrected, std::size_t count, std::size_t rooms,
               const VerdictCounts& verdicts, const Html& papers) {
  // A search keeps to the subject that is chosen.
  const auto hidden = [](const char* name, const std::string& value) {
    return value.empty() ? Html() : element("input", {{"type", "hidden"}, {"name", name}, {"value", value}});
  };
  const Html narrowed = hidden("wing", filter.wing) + hidden("runnable", filter.runnable ? "yes" : "");
  const Html search = element("form", {{"method", "get"}, {"action", "/"}, {"role", "search"}, {"class", "search"}},
                              element("input", {{"type", "search"},
                                                {"name", "q"},
                                                {"value", filter.words},
                                                {"placeholder", "Search titles, authors, summaries"},
                                                {"aria-label", "Search papers"},
                                                {"maxlength", "400"}}) +
                                  element("button", {{"type", "submit"}}, "Search") + narrowed);
  Html facts = fmt::format("{} paper{} · {} run{} here", count, count == 1 ? "" : "s", rooms, rooms == 1 ? "s" : "");
  for (const char* verdict : {"reproduced", "partly", "not reproduced"})
    if (const auto found = verdicts.find(verdict); found != verdicts.end())
      facts += Html(facts.markup().ends_with("here") ? " · claims " : " ") +
               chip(verdict, fmt::format("{} {}", found->second, verdict));
  Html note;
  if (!corrected.empty())
    note = element(
        "p", {{"class", "note"}},
        Html("Results for ") + element("strong", corrected) + " (nothing matched “" + filter.words + "” as typed).");
  else if (!filter.words.empty())
    note = element("p", {{"class", "note"}},
                   fmt::format("{} paper{} for “{}”", count, count == 1 ? "" : "s", filter.words));
  const bool whole = filter.words.empty() && filter.wing.empty() && !filter.runnable;
  return element(
             "div", {{"class", "hero"}},
             element("h1", "Papers whose claims you can run") +
                 element("p",
                         "Press Run and see a paper’s headline claim measured on this machine. Then use its method on "
                         "your own data.") +
                 search + (whole ? element("p", {{"class", "facts-line"}}, facts) : Html())) +
         filters_of(filter) + note +
         (count ? element("ol", {{"class", "papers"}}, papers) + pager(filter, count)
                : element("p", {{"class", "note"}}, "No paper matches."));
}

Html paper_in_list(const Paper& paper, const Json& recorded, const std::string& state) {
  Html status = paper.has_room()
                    ? chip("runs", "runs here")
                    : element("span", {{"class", "help"}}, paper.is_being_built ? "being built" : "not runnable yet");
  if (!state.empty()) status += chip(state, "last run: " + state);
  VerdictCounts counts;
  for (const auto& claim : recorded) ++counts[claim["verdict"].get<std::string>()];
  for (const char* verdict : {"reproduced", "partly", "not reproduced", "not measured"})
    if (counts[verdict] > 0) status += chip(verdict, fmt::format("{} {}", counts[verdict], verdict));
  return element(
      "li", {{"data-wing", paper.wing}, {"class", paper.has_room() ? "runnable" : ""}},
      element("p", {{"class", "date"}}, day_text(paper.published)) +
          element("div", element("p", {{"class", "meta"}},
                                 element("span", {{"class", "wing"}}, paper.wing) + " " + paper.venue) +
                             element("h2", link(paper_link(paper), latex_text(paper.title))) +
                             element("p", {{"class", "authors"}}, latex_text(shorten(join(paper.authors, ", "), 160))) +
                             element("p", {{"class", "summary math"}}, latex_text(teaser(paper.summary))) +
                             element("p", {{"class", "chips"}}, status)));
}

Html about_view() {
  return element(
      "article", {{"class", "prose"}},
      element("h1", "About") +
          element("p", {{"class", "abstract"}},
                  "Offprint is a page of research papers that are programs. Each room measures what its paper claims, "
                  "on this machine, "
                  "and says honestly whether it held; and it offers the paper’s method for your own data.") +
          element("h2", "Verdicts") +
          element(
              "p",
              "A check is reproduced if the measured value lies in the range accepted beforehand; partly, if the "
              "effect has the "
              "right direction but not the size; else not reproduced. A claim is reproduced if all its checks are.") +
          element("h2", "Stored results") +
          element(
              "p",
              "The same program on the same inputs, options, seed and threads gives the same numbers. If such a run "
              "has ended well, "
              "its result is offered, marked as stored, before anything runs again.") +
          element("h2", "Search") +
          element(
              "p",
              "All words must occur, in title, authors or summary; the title weighs most. If fewer than five papers "
              "have them all, "
              "papers with any follow. A word that occurs nowhere is replaced by its nearest neighbour.") +
          element("h2", "Your data") +
          element("p",
                  "Files you upload stay in the data folder of this machine. Runs are sandboxed: the status page says "
                  "what was tried to get out of one."));
}

Html tools_view() {
  Html list;
  for (const auto* tool : tools()) {
    Html verbs;
    for (const auto& verb : tool->verbs) verbs += element("li", element("strong", verb.name) + " " + verb.help);
    list += element("h2", link(paper_link(*tool), tool->title)) + element("p", tool->summary) + element("ul", verbs);
  }
  return element("article", {{"class", "prose"}},
                 element("h1", "Tools") +
                     element("p", {{"class", "abstract"}}, "What several papers stand on, for use by itself.") + list);
}

}  // namespace offprint::page
