// Every paper of the page: the entries of data/papers.json, with claims and verbs where this build has the room.
#pragma once
#include "offprint/paper/paper.hpp"

namespace offprint {

/// In the order of publication, newest first. Throws BadInput if data/papers.json is missing or broken, or lacks the
/// paper of a room.
const std::vector<Paper>& all_papers();

/// Those with a room in this build, in order of slug.
const std::vector<const Paper*>& papers();

/// A paper or a tool by slug, with hyphens or underscores; null if there is none.
const Paper* find_paper(std::string_view name);

}  // namespace offprint
