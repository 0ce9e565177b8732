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

std::string options_of(const Verb& verb) {
  std::string words = "--seed --threads --json --quiet --detach --no-record --help";
  if (verb.chooses_device) words += " --device";
  for (const auto& option : verb.options) words += " --" + option.name;
  return words;
}

/// A line of text in troff: backslashes and leading dots are special.
std::string troff(const std::string& text) {
  auto escaped = replace_all(replace_all(text, "\\", "\\e"), "-", "\\-");
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

}  // namespace

int completion_command(const Arguments& arguments) {
  if (arguments != Arguments{"bash"}) throw UsageError("usage: offprint completion bash");
  std::string nouns;
  for (const auto& command : commands()) nouns += command.name + " ";
  std::string cases;
  for (const auto* paper : rooms_and_tools()) {
    const auto name = command_name(paper->slug);
    nouns += name + " ";
    std::string verbs;
    for (const auto& verb : paper->verbs) {
      verbs += verb.name + " ";
      cases += fmt::format("    \"{} {}\") words=\"{}\" ;;\n", name, verb.name, options_of(verb));
      for (const auto& option : verb.options)
        if (const auto& words = option.choices.empty() ? option.suggestions : option.choices; !words.empty())
          cases += fmt::format("    \"{} {} --{}\") words=\"{}\" ;;\n", name, verb.name, option.name, join(words, " "));
    }
    cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", name, verbs);
  }
  std::cout
      << "# bash completion of offprint\n_offprint() {\n  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} key words=\n"
         "  if (( COMP_CWORD == 1 )); then key=; elif (( COMP_CWORD == 2 )); then key=${COMP_WORDS[1]}; else key=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"; fi\n"
         "  [[ $COMP_CWORD -gt 3 && $previous == --* ]] && key+=\" $previous\"\n  case \"$key\" in\n    \"\") words=\""
      << nouns << "\" ;;\n"
      << cases
      << "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n  (( ${#COMPREPLY[@]} )) || COMPREPLY=($(compgen -f -- \"$current\"))\n}\ncomplete "
         "-F _offprint offprint\n";
  return 0;
}

int manual_command(const Arguments& arguments) {
  if (!arguments.empty()) throw UsageError("usage: offprint manual");
  std::cout
      << ".TH OFFPRINT 1 \"\" \"offprint " << version()
      << "\"\n.SH NAME\noffprint \\- papers whose claims you can measure and whose methods you can use\n"
      << ".SH SYNOPSIS\n.B offprint\n.I command\n[options]\n.br\n.B offprint\n.I paper verb\n[options]\n.SH COMMANDS\n";
  for (const auto& command : commands()) std::cout << ".TP\n.B " << command.name << '\n' << troff(command.help) << '\n';
  for (const auto* paper : rooms_and_tools()) {
    std::cout << ".SH " << troff(command_name(paper->slug)) << '\n' << troff(paper->title) << '\n';
    for (const auto& verb : paper->verbs) {
      std::cout << ".SS " << troff(command_name(paper->slug) + " " + verb.name) << '\n' << troff(verb.help) << '\n';
      for (const auto& option : verb.options)
        std::cout << ".TP\n.B \\-\\-" << troff(option.name) << '\n' << troff(option.help) << '\n';
    }
  }
  std::cout
      << ".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage, 3 bad input, 130 cancelled.\n"
         ".SH ENVIRONMENT\n.TP\n.B OFFPRINT_DATA\nThe folder of recorded runs.\n.TP\n.B OFFPRINT_CACHE\nThe folder of fetched data sets.\n";
  return 0;
}

}  // namespace offprint
