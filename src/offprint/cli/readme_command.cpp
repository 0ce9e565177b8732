// `offprint readme [--check]`: the README's table of papers, generated from the ledger.
#include <fmt/format.h>

#include <iostream>

#include "offprint/base/file.hpp"
#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/json.hpp"
#include "offprint/paper/ledger.hpp"

namespace offprint {
namespace {

constexpr std::string_view begin_marker = "<!-- papers: written by `offprint readme` -->\n";
constexpr std::string_view end_marker = "<!-- papers: end -->";

std::string ids_text(const Json& judged, bool ours) {
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : count_verdicts(judged, ours)) {
    std::vector<std::string> ids;
    for (const auto& claim : judged)
      if (claim["verdict"] == verdict && claim["ours"] == ours) ids.push_back(claim["id"]);
    parts.push_back(fmt::format("{}: {}", verdict, join(ids, " ")));
  }
  return join(parts, "; ");
}

std::string claims_text(const Json& judged) {
  const auto papers = ids_text(judged, false), ours = ids_text(judged, true);
  return ours.empty() ? papers : fmt::format("{} (our own checks: {})", papers, ours);
}

std::string table(const Json& ledger) {
  std::string text = "| paper | wing | status | claims measured |\n| --- | --- | --- | --- |\n";
  for (const auto& paper : all_papers()) {
    const auto link =
        paper.has_room() ? fmt::format("[{}](src/offprint/papers/{}/README.md)", paper.title, paper.slug) : paper.title;
    text += fmt::format("| {} ({}) | {} | {} | {} |\n", link, paper.venue, paper.wing,
                        paper.has_room() ? "`offprint " + command_name(paper.slug) + "`" : "no program yet",
                        claims_text(judged_claims(paper, ledger)));
  }
  return text;
}

/// Where ledger and claims have drifted apart; one line.
std::string drifted(const Json& ledger) {
  std::vector<std::string> lines;
  for (const auto* paper : papers())
    for (const auto& line : drift(*paper, ledger)) lines.push_back(line);
  const std::vector<std::string> shown(lines.begin(), lines.begin() + std::min<std::ptrdiff_t>(5, std::ssize(lines)));
  return lines.empty() ? "" : fmt::format("{} ({} in all)", join(shown, "; "), lines.size());
}

struct ReadmeOptions {
  bool check = false;
  std::string file = "README.md", ledger;
};

int write_table(const ReadmeOptions& options) {
  const auto ledger_file = options.ledger.empty() ? (share_folder() / "claims.json").string() : options.ledger;
  const auto& file = options.file;
  const bool check = options.check;
  const auto ledger = read_ledger(ledger_file);
  if (const auto lines = drifted(ledger); check && !lines.empty())
    throw BadInput(ledger_file, lines, "measure again with offprint reproduce --record");
  const auto text = read_file(file);
  const auto begin = text.find(begin_marker), end = text.find(end_marker);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw BadInput(file, "has no place for the table", "put the two marker lines back");
  const auto updated = text.substr(0, begin + begin_marker.size()) + table(ledger) + text.substr(end);
  if (check && updated != text) throw BadInput(file, "its table of papers is stale", "run offprint readme");
  if (!check && updated != text) write_file(file, updated);
  return 0;
}

}  // namespace

std::vector<Action> readme_command() {
  return {action("", "Write the README's table of papers from the recorded results",
                 options_of<ReadmeOptions>()
                     .option(&ReadmeOptions::file, "file", "The README", Positional{})
                     .option(&ReadmeOptions::check, "check", "Only tell whether it is up to date")
                     .option(&ReadmeOptions::ledger, "ledger", "The ledger's file; default: the program's"),
                 write_table)};
}

}  // namespace offprint
