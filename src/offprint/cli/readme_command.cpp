// `offprint readme [--check]`: the README's table of papers, generated from the ledger.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "offprint/base/file.hpp"
#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/cli/parse.hpp"
#include "offprint/paper/catalogue.hpp"

namespace offprint {
namespace {

constexpr std::string_view begin_marker = "<!-- papers: written by `offprint readme` -->\n";
constexpr std::string_view end_marker = "<!-- papers: end -->";

std::string claims_text(const Json& entry) {
  std::map<std::string, std::vector<std::string>> by_verdict;
  for (const auto& claim : entry["claims"]) by_verdict[claim["verdict"]].push_back(claim["id"]);
  std::vector<std::string> parts;
  for (const auto& verdict : {"reproduced", "partly", "not reproduced", "not measured"})
    if (const auto found = by_verdict.find(verdict); found != by_verdict.end())
      parts.push_back(fmt::format("{}: {}", verdict, join(found->second, " ")));
  return join(parts, "; ");
}

std::string table(const Json& ledger) {
  std::string text = "| paper | wing | status | claims measured |\n| --- | --- | --- | --- |\n";
  for (const auto& paper : all_papers()) {
    const auto entry = ledger["papers"].find(paper.slug);
    const bool recorded = entry != ledger["papers"].end();
    const auto link =
        paper.has_room() ? fmt::format("[{}](src/offprint/papers/{}/README.md)", paper.title, paper.slug) : paper.title;
    text += fmt::format("| {} ({}) | {} | {} | {} |\n", link, paper.venue, paper.wing,
                        paper.has_room() ? "`offprint " + command_name(paper.slug) + "`" : "no room yet",
                        recorded ? claims_text(*entry) : "");
  }
  return text;
}

}  // namespace

int readme_command(const Arguments& arguments) {
  CLI::App app("Write the README's table of papers from the recorded results", "offprint readme");
  bool check = false;
  std::string file = "README.md", ledger_file = (share_folder() / "claims.json").string();
  app.add_flag("--check", check, "Only tell whether it is up to date");
  app.add_option("--ledger", ledger_file, "The ledger's file");
  app.add_option("file", file, "The README");
  if (const auto status = parse(app, arguments)) return *status;
  const auto text = read_file(file);
  const auto begin = text.find(begin_marker), end = text.find(end_marker);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw BadInput(file, "has no place for the table", "put the two marker lines back");
  const auto updated =
      text.substr(0, begin + begin_marker.size()) + table(Json::parse(read_file(ledger_file))) + text.substr(end);
  if (check && updated != text) throw BadInput(file, "its table of papers is stale", "run offprint readme");
  if (!check && updated != text) write_file(file, updated);
  return 0;
}

}  // namespace offprint
