// `offprint data list|get NAME`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "offprint/cli/commands.hpp"
#include "offprint/cli/parse.hpp"
#include "offprint/data/catalogue.hpp"

namespace offprint {

int data_command(const Arguments& arguments) {
  CLI::App app("Data sets that lie in Debian packages", "offprint data");
  app.require_subcommand(1);
  bool json = false;
  std::vector<std::string> names;
  auto* list = app.add_subcommand("list", "What there is, and what is here");
  list->add_flag("--json", json, "One JSON object");
  auto* get = app.add_subcommand("get", "Fetch data sets into the cache; use them as data:NAME");
  get->add_option("names", names, "Data sets")->required();
  if (const auto status = parse(app, arguments)) return *status;
  nlohmann::ordered_json sets = nlohmann::ordered_json::array();
  if (list->parsed())
    for (const auto& set : data::list()) {
      if (json)
        sets.push_back({{"name", set.name},
                        {"package", set.package},
                        {"licence", set.licence},
                        {"file", set.file},
                        {"purpose", set.purpose},
                        {"present", set.present}});
      else
        std::cout << fmt::format("{:<24}{:<8}{:<24}{}\n", set.name, set.present ? "here" : "-", set.package,
                                 set.purpose);
    }
  if (json) std::cout << nlohmann::ordered_json{{"data", sets}}.dump(2) << '\n';
  for (const auto& name : names) std::cout << data::get(name).string() << '\n';
  return 0;
}

}  // namespace offprint
