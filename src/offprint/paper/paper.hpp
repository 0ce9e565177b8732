// THE CONTRACT: what a paper is. A room gives one `const Paper& paper()` in its namespace: slug, claims and verbs. Who
// wrote it, where and when stands in data/papers.json, for papers with and without a room alike; paper/catalogue.hpp
// puts both together.
#pragma once
#include "offprint/paper/verb.hpp"

namespace offprint {

struct Link {
  std::string label;
  std::string url;  ///< https only
};

struct Paper {
  std::string slug;  ///< folder name, underscores: "continual_privacy"
  std::vector<Claim> claims;
  std::vector<Verb> verbs;  ///< "reproduce" among them; empty: the paper has no room yet

  // From data/papers.json; tools give title and summary themselves.
  std::string title = "";
  std::string summary = "";  ///< our own words; $...$ is mathematics
  std::vector<std::string> authors = {};
  std::string venue = "";  ///< "ICML 2023"
  int year = 0;
  std::string arxiv = "";      ///< "2305.18700"; empty: none
  std::string published = "";  ///< ISO date of the first version: "2023-05-30"
  std::string wing = "";       ///< one of wings()
  std::vector<Link> links = {};
  std::string bibtex = "";

  bool is_being_built = false;  ///< its program is on its way; see being_built()

  bool has_room() const { return !verbs.empty(); }
  const Verb* find_verb(std::string_view name) const;
  const Claim* find_claim(std::string_view id) const;
  /// A noun of the substrate ("control", "lm"): verbs like a paper's, nothing claimed, not listed among the papers.
  bool is_tool() const { return wing.empty(); }
};

const std::vector<std::string>& wings();

/// The rooms of this build, in order of slug, without their papers' metadata. Defined by the generated registry.
const std::vector<const Paper*>& rooms();
/// The substrate's nouns, likewise.
const std::vector<const Paper*>& tools();

/// Rooms and tools whose programs are still being built while this one serves the page, by slug. Empty in `offprint`.
const std::vector<std::string>& being_built();

/// "continual-privacy" and "continual_privacy" name the same paper.
std::string command_name(std::string_view slug);  ///< with hyphens
std::string slug_of(std::string_view name);       ///< with underscores

}  // namespace offprint
