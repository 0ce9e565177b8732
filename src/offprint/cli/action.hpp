// The program's own commands as data: what `offprint runs list` takes and does, described as a paper's verb is.
//   struct GetOptions { std::vector<std::string> names; };
//   int get(const GetOptions& options);
//   action("get", "Fetch data sets", options_of<GetOptions>().option(&GetOptions::names, "names", ...), get);
#pragma once
#include <functional>

#include "offprint/paper/verb.hpp"

namespace offprint {

struct Action {
  std::string name;  ///< "list"; empty: the command does one thing only
  std::string help;
  std::vector<Option> options;
  std::function<int(const std::function<void(void* options)>& fill)> run;  ///< returns the exit status
};

template <class Options>
Action action(std::string name, std::string help, const OptionList<Options>& options, int (*body)(const Options&)) {
  return {std::move(name), std::move(help), options.all(), [body](const std::function<void(void*)>& fill) {
            Options given;
            fill(&given);
            return body(given);
          }};
}

struct NoOptions {};

/// Of whatever prints a list.
struct JsonOption {
  bool json = false;
};
inline const auto json_option =
    options_of<JsonOption>().option(&JsonOption::json, "json", "One JSON object on standard output, nothing else");

struct Command {
  std::string name, help;
  std::vector<Action> (*actions)();
};

/// Does what `words`, which follow the command's name, ask for. Throws UsageError with one line.
int perform(const Command& command, const std::vector<std::string>& words);

}  // namespace offprint
