// `offprint papers search WORDS`: the page's search.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/cli/parse.hpp"
#include "offprint/page/search.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/describe.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {

int papers_command(const Arguments& arguments) {
  CLI::App app("Find papers", "offprint papers");
  app.require_subcommand(1);
  std::vector<std::string> words;
  std::size_t limit = 20;
  bool json = false;
  auto* search = app.add_subcommand(
      "search", "Papers by words of title, authors and summary, best first; mistyped words are mended");
  search->add_option("words", words, "What to search for")->required();
  search->add_option("--limit", limit, "At most so many")->check(CLI::Range(1, 200));
  search->add_flag("--json", json, "One JSON object");
  if (const auto status = parse(app, arguments)) return *status;
  const auto text = join(words, " ");
  auto hits = page::Search(all_papers()).find(text);
  hits.papers.resize(std::min(limit, hits.papers.size()));
  if (json) {
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

}  // namespace offprint
