// A paper as data, and as the help that people read.
#pragma once
#include "offprint/paper/paper.hpp"

namespace offprint {

/// Everything about a paper that is data: for `list --json`, the API and the page.
Json describe(const Paper& paper);
/// JSON Schema of a verb's options.
Json options_schema(const Verb& verb);
/// What takes part in every `--help`: " data [model] [options]", and a line an option.
std::string usage_of(const std::vector<Option>& options);
std::string option_lines(const std::vector<Option>& options);
/// What `--help` prints.
std::string verb_help(const Paper& paper, const Verb& verb);
std::string paper_help(const Paper& paper);

}  // namespace offprint
