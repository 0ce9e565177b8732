#include "offprint/cli/action.hpp"

#include <algorithm>
#include <iostream>

#include "offprint/base/text.hpp"
#include "offprint/paper/command_line.hpp"
#include "offprint/paper/describe.hpp"

namespace offprint {
namespace {

bool is_help(const std::string& word) { return word == "--help" || word == "-h"; }

std::string help_of(const Command& command, const std::vector<Action>& actions) {
  std::string text = "offprint " + command.name + ": " + command.help + "\n\n";
  for (const auto& action : actions)
    text += "  " + action.name + std::string(14 - action.name.size(), ' ') + action.help + "\n";
  return text + "\noffprint " + command.name + " SUBCOMMAND --help tells more.\n";
}

std::string help_of(const std::string& line, const Action& action) {
  return "offprint " + line + ": " + action.help + "\n\nusage: offprint " + line + usage_of(action.options) + "\n\n" +
         option_lines(action.options) + "  -h, --help                 This text\n";
}

const Action& action_named(const Command& command, const std::vector<Action>& actions, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& action : actions) {
    if (action.name == name) return action;
    names.push_back(action.name);
  }
  const auto near = nearest_name(name, names);
  throw UsageError("'" + name + "': " + command.name + " has the subcommands " + join(names, ", ") +
                   (near.empty() ? "" : "; did you mean " + near + "?"));
}

}  // namespace

int perform(const Command& command, const std::vector<std::string>& words) {
  const auto actions = command.actions();
  const bool single = actions.front().name.empty();
  if (!single && words.empty())
    throw UsageError(command.name + ": a subcommand is needed; see offprint " + command.name + " --help");
  if (!single && is_help(words[0])) {
    std::cout << help_of(command, actions);
    return 0;
  }
  const auto& action = single ? actions.front() : action_named(command, actions, words[0]);
  const auto line = single ? command.name : command.name + " " + action.name;
  std::vector<OptionDescription> options(action.options.begin(), action.options.end());
  options.emplace_back().name = "help";
  options.back().kind = OptionKind::flag;
  auto given = read_words(line, options, {words.begin() + (single ? 0 : 1), words.end()});
  if (std::erase_if(given, [](const auto& one) { return one.first == "help"; }) > 0) {
    std::cout << help_of(line, action);
    return 0;
  }
  return action.run([&](void* target) { set_options(line, action.options, given, target); });
}

}  // namespace offprint
