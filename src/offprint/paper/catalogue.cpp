#include "offprint/paper/catalogue.hpp"

#include <algorithm>

#include "offprint/base/file.hpp"
#include "offprint/base/share.hpp"
#include "offprint/paper/json.hpp"

namespace offprint {
namespace {

Paper entry_from(const Json& json) {
  Paper paper;
  paper.slug = json.at("slug");
  paper.title = json.at("title");
  paper.authors = json.at("authors").get<std::vector<std::string>>();
  paper.venue = json.at("venue");
  paper.year = json.at("year");
  paper.arxiv = json.value("arxiv", "");
  paper.published = json.at("published");
  paper.wing = json.at("wing");
  paper.summary = json.at("summary");
  for (const auto& link : json.value("links", Json::array())) paper.links.push_back({link.at("label"), link.at("url")});
  paper.bibtex = json.value("bibtex", "");
  return paper;
}

std::vector<Paper> load(const std::string& file) {
  std::vector<Paper> all;
  try {
    for (const auto& json : Json::parse(read_file(file))) all.push_back(entry_from(json));
  } catch (const nlohmann::json::exception& error) {
    throw BadInput(file, error.what(), "restore it from the repository");
  }
  for (const auto* room : rooms()) {
    const auto entry =
        std::find_if(all.begin(), all.end(), [&](const Paper& paper) { return paper.slug == room->slug; });
    if (entry == all.end())
      throw BadInput(file, "has no entry of " + room->slug, "add one: title, authors, venue, ...");
    entry->claims = room->claims;
    entry->verbs = room->verbs;
  }
  for (auto& paper : all)
    paper.is_being_built = std::find(being_built().begin(), being_built().end(), paper.slug) != being_built().end();
  std::sort(all.begin(), all.end(), [](const Paper& a, const Paper& b) {
    return std::pair(b.published, a.slug) < std::pair(a.published, b.slug);
  });
  return all;
}

}  // namespace

const std::vector<Paper>& all_papers() {
  static const std::vector<Paper> all = load((share_folder() / "papers.json").string());
  return all;
}

const std::vector<const Paper*>& papers() {
  static const std::vector<const Paper*> all = [] {
    std::vector<const Paper*> found;
    for (const auto* room : rooms()) found.push_back(find_paper(room->slug));
    return found;
  }();
  return all;
}

const Paper* find_paper(std::string_view name) {
  const auto slug = slug_of(name);
  for (const auto& paper : all_papers())
    if (paper.slug == slug) return &paper;
  for (const auto* tool : tools())
    if (tool->slug == slug) return tool;
  return nullptr;
}

}  // namespace offprint
