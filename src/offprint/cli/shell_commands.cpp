// What shells and manuals want: bash completion and the man page, generated from the contract.
#include <fmt/format.h>

#include <iostream>

#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/paper/catalogue.hpp"

namespace offprint {
namespace {

std::vector<const Paper*> rooms_and_tools() {
  auto all = papers();
  all.insert(all.end(), tools().begin(), tools().end());
  return all;
}

/// A case of the completion: what may follow `key`.
std::string completed(const std::string& key, const std::string& words) {
  return fmt::format("    \"{}\") words=\"{}\" ;;\n", key, words);
}

/// The cases of a line's options, and of the values that they choose from.
std::string completed(const std::string& line, const std::vector<Option>& options, std::string words) {
  std::string cases;
  for (const auto& option : options) {
    words += " --" + option.name;
    const auto& values = option.choices.empty() ? option.suggestions : option.choices;
    if (option.positional && !values.empty()) words += " " + join(values, " ");
    if (!values.empty()) cases += completed(line + " --" + option.name, join(values, " "));
  }
  return completed(line, words) + cases;
}

/// A line of text in troff: backslashes and leading dots are special.
std::string troff(const std::string& text) {
  auto escaped = replace_all(replace_all(text, "\\", "\\e"), "-", "\\-");
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

void print_options(const std::vector<Option>& options) {
  for (const auto& option : options)
    std::cout << ".TP\n.B \\-\\-" << troff(option.name) << '\n' << troff(option.help) << '\n';
}

struct CompletionOptions {
  std::string shell;
};

int print_completion(const CompletionOptions&) {
  std::string nouns, cases;
  for (const auto& command : commands()) {
    nouns += command.name + " ";
    std::string names;
    for (const auto& action : command.actions()) {
      names += action.name + " ";
      cases += completed(command.name + (action.name.empty() ? "" : " " + action.name), action.options, "--help");
    }
    if (names != " ") cases += completed(command.name, names);
  }
  for (const auto* paper : rooms_and_tools()) {
    const auto name = command_name(paper->slug);
    nouns += name + " ";
    std::string verbs;
    for (const auto& verb : paper->verbs) {
      verbs += verb.name + " ";
      cases += completed(name + " " + verb.name, verb.options,
                         std::string("--seed --threads --json --quiet --detach --no-record --help") +
                             (verb.chooses_device ? " --device" : ""));
    }
    cases += completed(name, verbs);
  }
  std::cout << "# bash completion of offprint\n_offprint() {\n"
               "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} key words=\n"
               "  if (( COMP_CWORD == 1 )); then key=; elif (( COMP_CWORD == 2 )); then key=${COMP_WORDS[1]}; "
               "else key=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"; fi\n"
               "  [[ $COMP_CWORD -gt 3 && $previous == --* ]] && key+=\" $previous\"\n  case \"$key\" in\n"
            << completed("", nouns) << cases
            << "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
               "  (( ${#COMPREPLY[@]} )) || COMPREPLY=($(compgen -f -- \"$current\"))\n}\n"
               "complete -F _offprint offprint\n";
  return 0;
}

int print_manual(const NoOptions&) {
  std::cout << ".TH OFFPRINT 1 \"\" \"offprint " << version()
            << "\"\n.SH NAME\noffprint \\- papers whose claims you can measure and whose methods you can use\n"
               ".SH SYNOPSIS\n.B offprint\n.I command\n[options]\n.br\n.B offprint\n.I paper verb\n[options]\n"
               ".SH COMMANDS\n";
  for (const auto& command : commands())
    for (const auto& action : command.actions()) {
      std::cout << ".SS " << troff(command.name + (action.name.empty() ? "" : " " + action.name)) << '\n'
                << troff(action.help) << '\n';
      print_options(action.options);
    }
  for (const auto* paper : rooms_and_tools()) {
    std::cout << ".SH " << troff(command_name(paper->slug)) << '\n' << troff(paper->title) << '\n';
    for (const auto& verb : paper->verbs) {
      std::cout << ".SS " << troff(command_name(paper->slug) + " " + verb.name) << '\n' << troff(verb.help) << '\n';
      print_options(verb.options);
    }
  }
  std::cout << ".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage, 3 bad input, 130 cancelled.\n"
               ".SH ENVIRONMENT\n.TP\n.B OFFPRINT_DATA\nThe folder of recorded runs.\n"
               ".TP\n.B OFFPRINT_CACHE\nThe folder of fetched data sets.\n";
  return 0;
}

}  // namespace

std::vector<Action> completion_command() {
  return {action("", "Print the completion script of a shell",
                 options_of<CompletionOptions>().option(&CompletionOptions::shell, "shell", "Which", Positional{},
                                                        Required{}, Choices<std::string>{{{"bash", "bash"}}}),
                 print_completion)};
}

std::vector<Action> manual_command() {
  return {action("", "Print the man page", options_of<NoOptions>(), print_manual)};
}

}  // namespace offprint
