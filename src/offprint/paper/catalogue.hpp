// Every paper of the page: those with a room in this build, and those that only have their entry in data/papers.json.
#pragma once
#include "offprint/paper/paper.hpp"

namespace offprint {

/// In the order of publication, newest first. A room's own description wins over its entry in papers.json.
/// Throws BadInput if that file is missing or broken.
const std::vector<Paper>& all_papers();

/// A paper or a tool by slug, with hyphens or underscores; null if there is none.
const Paper* find_paper(std::string_view name);

}  // namespace offprint
