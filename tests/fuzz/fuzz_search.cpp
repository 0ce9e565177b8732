#include <set>

#include "fuzz.hpp"
#include "offprint/page/search.hpp"

void read_bytes(std::string_view bytes) {
  static const std::vector<offprint::Paper> papers{
      {.title = "Privacy under Continual Observation", .summary = "about $\\mathcal{O}(T)$", .authors = {"A. Author"}},
      {.title = "Predicting Rare Events", .summary = "learning observations"},
      {.title = "Überdeckung 隐私", .summary = "langauge and language models"}};
  static offprint::page::Search search(papers);
  const auto hits = search.find(std::string(bytes));
  for (const auto paper : hits.papers) must(paper < papers.size(), "a hit is a paper");
  must(std::set<std::size_t>(hits.papers.begin(), hits.papers.end()).size() == hits.papers.size(),
       "a paper is hit once");
}
