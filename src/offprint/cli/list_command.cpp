#include <fmt/format.h>

#include <iostream>

#include "offprint/cli/commands.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/describe.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {

std::string paper_line(const Paper& paper) {
  return fmt::format("{:<26}{:<12}{}", command_name(paper.slug), paper.has_room() ? "runs" : "no room yet",
                     paper.title);
}

int list_command(const Arguments& arguments) {
  const bool json = arguments == Arguments{"--json"};
  if (!json && !arguments.empty()) throw UsageError("usage: offprint list [--json]");
  if (json) {
    Json all = Json::array();
    for (const auto& paper : all_papers()) all.push_back(describe(paper));
    std::cout << Json{{"papers", all}}.dump(2) << '\n';
    return 0;
  }
  for (const auto& paper : all_papers()) std::cout << paper_line(paper) << '\n';
  return 0;
}

}  // namespace offprint
