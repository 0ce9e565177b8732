// What a command line, a form or the API asks for: options set by name.
#pragma once
#include "offprint/paper/paper.hpp"

namespace offprint {

using GivenValues = std::vector<std::pair<std::string, std::string>>;  ///< option name and text

/// What a command line asked for.
struct Invocation {
  const Paper* paper = nullptr;
  const Verb* verb = nullptr;
  std::shared_ptr<void> options;
  GivenValues given;  ///< the verb's own, as given
  RunSettings settings;
  bool json = false, quiet = false, help = false, detach = false, no_record = false;
};

/// Tells words apart: which option each value belongs to, by name or by place. `command` is what refuses: "presto fit".
/// Throws UsageError naming the option and the nearest right one.
GivenValues read_words(const std::string& command, const std::vector<OptionDescription>& options,
                       const std::vector<std::string>& words);

/// Sets the members of an options struct. Throws UsageError naming the option: unknown, refused or needed.
void set_options(const std::string& command, const std::vector<Option>& options, const GivenValues& values,
                 void* target);

/// Parses what follows `offprint SLUG VERB`. Throws UsageError naming the option and the nearest right one.
Invocation parse_command_line(const Paper& paper, const Verb& verb, const std::vector<std::string>& arguments);

/// Sets options by name, as the page and the API do. Throws UsageError naming the option.
std::shared_ptr<void> make_options(const Paper& paper, const Verb& verb, const GivenValues& values);

/// The command line that gives these values: shown beside the page's form. Shell-quoted.
std::string command_line_of(const Paper& paper, const Verb& verb, const GivenValues& values);

/// Runs the verb's body. std::logic_error if it needs libtorch and this program has none.
void perform(const Invocation& invocation, Run& run);

/// A command line as a shell splits it: quotes and backslashes, nothing else. Throws UsageError at an open quote.
std::vector<std::string> shell_words(std::string_view line);

}  // namespace offprint
