// `offprint papers search WORDS`: the page's search.
#include <fmt/format.h>

#include <iostream>

#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/page/search.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/describe.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {

namespace {

struct SearchOptions : JsonOption {
  std::vector<std::string> words;
  int limit = 20;
};

int search(const SearchOptions& options) {
  const auto text = join(options.words, " ");
  auto hits = page::Search(all_papers()).find(text);
  hits.papers.resize(std::min(static_cast<std::size_t>(options.limit), hits.papers.size()));
  if (options.json) {
    Json found = Json::array();
    for (const auto index : hits.papers) found.push_back(describe(all_papers()[index]));
    std::cout << Json{{"query", text}, {"corrected", hits.corrected}, {"papers", found}}.dump(
                     2, ' ', false, Json::error_handler_t::replace)
              << '\n';
    return 0;
  }
  if (!hits.corrected.empty()) std::cerr << "results for " << hits.corrected << '\n';
  if (hits.papers.empty()) std::cerr << "no paper matches\n";
  for (const auto index : hits.papers) std::cout << paper_line(all_papers()[index]) << '\n';
  return 0;
}

}  // namespace

std::vector<Action> papers_command() {
  return {action("search", "Papers by words of title, authors and summary, best first; mistyped words are mended",
                 options_of<SearchOptions>()
                     .option(&SearchOptions::words, "words", "What to search for", Positional{}, Required{})
                     .option(&SearchOptions::limit, "limit", "At most so many", between(1, 200))
                     .with(json_option),
                 search)};
}

}  // namespace offprint
