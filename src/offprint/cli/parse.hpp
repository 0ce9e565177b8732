// The nouns' command lines, through CLI11 with the house's exit codes.
#pragma once
#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>

#include "offprint/base/error.hpp"
#include "offprint/cli/commands.hpp"

namespace offprint {

/// Nothing if parsing went well; 0 after `--help`; throws UsageError with one line.
inline std::optional<int> parse(CLI::App& app, const Arguments& arguments) {
  try {
    Arguments reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string(error.what()) + "; see --help");
  }
}

}  // namespace offprint
