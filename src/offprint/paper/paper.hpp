// THE CONTRACT: what a paper is. A room gives one `const Paper& paper()` in its namespace; the command line, the page, the API, the tests read it.
#pragma once
#include "offprint/paper/verb.hpp"

namespace offprint {

struct Link {
  std::string label;
  std::string url;  ///< https only
};

struct Paper {
  std::string slug;  ///< folder name, underscores: "continual_privacy"
  std::string title;
  std::vector<std::string> authors;
  std::string venue;  ///< "ICML 2023"
  int year = 0;
  std::string arxiv;      ///< "2305.18700"; empty: none
  std::string published;  ///< ISO date of the first version: "2023-05-30"
  std::string wing;       ///< one of wings()
  std::string summary;    ///< our own words; $...$ is mathematics
  std::vector<Link> links;
  std::string bibtex;
  std::vector<Claim> claims;
  std::vector<Verb> verbs;  ///< "reproduce" among them; empty: the paper has no room yet

  bool has_room() const { return !verbs.empty(); }
  const Verb* find_verb(std::string_view name) const;
  /// A noun of the substrate ("control", "lm"): verbs like a paper's, nothing claimed, not listed among the papers.
  bool is_tool() const { return wing.empty(); }
};

const std::vector<std::string>& wings();

/// Papers with a room in this build, in order of slug. Defined by the generated registry.
const std::vector<const Paper*>& papers();
/// The substrate's nouns, likewise.
const std::vector<const Paper*>& tools();

/// True in the program that links libtorch. The program `offprint` does not: loading it costs a second and 160 MB. Verbs that need it run in
/// `offprint-torch`, beside it.
bool has_torch();

/// "continual-privacy" and "continual_privacy" name the same paper.
std::string command_name(std::string_view slug);  ///< with hyphens
std::string slug_of(std::string_view name);       ///< with underscores

/// Everything about a paper that is data: for `list --json`, the API and the page.
Json describe(const Paper& paper);
/// JSON Schema of a verb's options.
Json options_schema(const Verb& verb);
/// What `--help` prints.
std::string verb_help(const Paper& paper, const Verb& verb);
std::string paper_help(const Paper& paper);

/// Whether this program cannot run the verb with these options, but the one with libtorch can.
bool needs_other_program(const Verb& verb, const void* options);

/// What a command line asked for.
struct Invocation {
  const Paper* paper = nullptr;
  const Verb* verb = nullptr;
  std::shared_ptr<void> options;
  std::vector<std::pair<std::string, std::string>> given;  ///< option name and text, as given
  RunSettings settings;
  bool json = false, quiet = false, help = false, detach = false, no_record = false;
};

/// Parses what follows `offprint SLUG VERB`. Throws UsageError naming the option and the nearest right one.
Invocation parse_command_line(const Paper& paper, const Verb& verb, const std::vector<std::string>& arguments);

/// Sets options by name, as the page and the API do. Throws UsageError naming the option.
std::shared_ptr<void> make_options(const Paper& paper, const Verb& verb,
                                   const std::vector<std::pair<std::string, std::string>>& values);

/// The command line that gives these values: shown beside the page's form. Shell-quoted.
std::string command_line_of(const Paper& paper, const Verb& verb,
                            const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace offprint
