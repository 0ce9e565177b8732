// `offprint data list|get NAME`.
#include <fmt/format.h>

#include <iostream>

#include "offprint/cli/commands.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {
namespace {

int list_sets(const JsonOption& options) {
  Json sets = Json::array();
  for (const auto& set : data::list())
    if (options.json)
      sets.push_back({{"name", set.name},
                      {"package", set.package},
                      {"licence", set.licence},
                      {"file", set.file},
                      {"purpose", set.purpose},
                      {"present", set.present}});
    else
      std::cout << fmt::format("{:<24}{:<8}{:<24}{}\n", set.name, set.present ? "here" : "-", set.package, set.purpose);
  if (options.json) std::cout << Json{{"data", sets}}.dump(2) << '\n';
  return 0;
}

struct GetOptions {
  std::vector<std::string> names;
};

int get_sets(const GetOptions& options) {
  for (const auto& name : options.names) std::cout << data::get(name).string() << '\n';
  return 0;
}

}  // namespace

std::vector<Action> data_command() {
  return {action("list", "What there is, and what is here", json_option, list_sets),
          action("get", "Fetch data sets into the cache; use them as data:NAME",
                 options_of<GetOptions>().option(&GetOptions::names, "names", "Data sets", Positional{}, Required{}),
                 get_sets)};
}

}  // namespace offprint
