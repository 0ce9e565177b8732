// Full-text search over papers: SQLite FTS5, whose query language the user's text never reaches.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "offprint/data/database.hpp"
#include "offprint/paper/paper.hpp"

namespace offprint::page {

struct Hits {
  std::vector<std::size_t> papers;  ///< indices, best first
  std::string corrected;            ///< the words that were searched for instead, if a word had to be corrected
};

class Search {
 public:
  explicit Search(const std::vector<Paper>& papers);
  /// Any text. All words must occur, in title, authors, summary, venue, year or arXiv number; if fewer than five papers
  /// have them all, any. A word after a blank and a hyphen must not occur. A word that occurs nowhere is replaced by
  /// its nearest neighbour: none for up to 4 letters, distance 1 to 8, 2 beyond. Of scripts that put no blanks between
  /// words any part of a text is found.
  Hits find(const std::string& text);

 private:
  std::vector<std::size_t> match(const std::vector<std::string>& words, const char* joiner);
  bool occurs(const std::string& word);
  std::vector<std::size_t> all_with(const char* condition, const std::string& value);
  std::string nearest(const std::string& word) const;

  struct Term {
    std::string text;
    std::int64_t papers;    ///< that have it
    std::uint32_t letters;  ///< one bit for each letter in it
  };
  data::Database database_;
  std::size_t count_;
  std::vector<Term> terms_;
};

/// Letters and digits, lower case, at most 32 words of at most 64 bytes.
std::vector<std::string> words_of(std::string_view text);
/// Optimal string alignment: a swap of neighbours counts one. Any number above `limit` means further than that.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace offprint::page
