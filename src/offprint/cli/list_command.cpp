#include <fmt/format.h>

#include <iostream>

#include "offprint/cli/commands.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/describe.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {

std::string paper_line(const Paper& paper) {
  return fmt::format("{:<26}{:<12}{}", command_name(paper.slug),
                     paper.has_room()       ? "runs"
                     : paper.is_being_built ? "being built"
                                            : "not yet",
                     paper.title);
}

namespace {

int list_papers(const JsonOption& options) {
  Json all = Json::array();
  for (const auto& paper : all_papers())
    if (options.json)
      all.push_back(describe(paper));
    else
      std::cout << paper_line(paper) << '\n';
  if (options.json) std::cout << Json{{"papers", all}}.dump(2) << '\n';
  return 0;
}

}  // namespace

std::vector<Action> list_command() { return {action("", "List the papers", json_option, list_papers)}; }

}  // namespace offprint
