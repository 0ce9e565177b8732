#include "offprint/page/search.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "offprint/base/text.hpp"

namespace offprint::page {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const bool letter = static_cast<unsigned char>(c) >= 0x80 || is_letter_or_digit(c);
    if (letter && words.back().size() < 64)
      words.back() += c;
    else if (!letter && !words.back().empty())
      words.emplace_back();
    if (words.size() > 32) break;
  }
  if (words.back().empty() || words.size() > 32) words.pop_back();
  for (auto& word : words) word = to_lower(word);
  return words;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    if (*std::min_element(row.begin(), row.end()) > limit) return limit + 1;
    before.swap(last);
    last.swap(row);
  }
  return last.back();
}

namespace {

std::uint32_t letters_of(std::string_view word) {
  std::uint32_t letters = 0;
  for (const char c : word) letters |= std::uint32_t{1} << (static_cast<unsigned char>(c) % 32);
  return letters;
}

}  // namespace

Search::Search(const std::vector<Paper>& papers) : database_(":memory:"), count_(papers.size()) {
  database_.execute(
      "CREATE VIRTUAL TABLE papers USING fts5(title, authors, summary, place, tokenize='porter unicode61 "
      "remove_diacritics 2', prefix='2 3');"
      "CREATE VIRTUAL TABLE exact USING fts5(words, tokenize='unicode61 remove_diacritics 2');"
      "CREATE TABLE pieces(text TEXT NOT NULL);"
      "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(exact, 'row');");
  database_.transaction([&] {
    for (std::size_t i = 0; i < papers.size(); ++i) {
      const auto& paper = papers[i];
      const auto authors = join(paper.authors, " ");
      const auto summary = paper.summary + " " + replace_all(paper.summary, "$", " ") + " " + paper.wing + " " +
                           command_name(paper.slug);
      const auto place = paper.venue + (paper.year > 0 ? " " + std::to_string(paper.year) : "") +
                         (paper.arxiv.empty() ? "" : " arXiv " + paper.arxiv);
      database_.prepare("INSERT INTO papers(rowid, title, authors, summary, place) VALUES(?,?,?,?,?)")
          .bind(static_cast<std::int64_t>(i))
          .bind(paper.title)
          .bind(authors)
          .bind(summary)
          .bind(place)
          .run();
      database_.prepare("INSERT INTO exact(rowid, words) VALUES(?,?)")
          .bind(static_cast<std::int64_t>(i))
          .bind(paper.title + " " + authors + " " + summary + " " + place)
          .run();
    }
  });
  database_.transaction([&] {
    for (std::size_t i = 0; i < papers.size(); ++i)
      database_.prepare("INSERT INTO pieces(rowid, text) VALUES(?,?)")
          .bind(static_cast<std::int64_t>(i))
          .bind(papers[i].title + " " + join(papers[i].authors, " ") + " " + papers[i].summary)
          .run();
  });
  auto vocabulary = database_.prepare("SELECT term, doc FROM vocabulary");
  while (vocabulary.step()) {
    auto term = vocabulary.text(0);
    const auto letters = letters_of(term);
    terms_.push_back({std::move(term), vocabulary.integer(1), letters});
  }
}

std::vector<std::size_t> Search::match(const std::vector<std::string>& words, const char* joiner) {
  std::string query;
  for (std::size_t i = 0; i < words.size(); ++i)
    query += (i ? joiner : "") + ("\"" + words[i] + "\"") + (i + 1 == words.size() ? "*" : "");
  auto statement = database_.prepare(
      "SELECT rowid FROM papers WHERE papers MATCH ? ORDER BY bm25(papers, 10, 5, 1, 3), rowid LIMIT 200");
  statement.bind(query);
  std::vector<std::size_t> found;
  while (statement.step()) found.push_back(static_cast<std::size_t>(statement.integer(0)));
  return found;
}

bool Search::occurs(const std::string& word) {
  auto statement = database_.prepare("SELECT rowid FROM papers WHERE papers MATCH ? LIMIT 1");
  statement.bind("\"" + word + "\"*");
  return statement.step();
}

std::string Search::nearest(const std::string& word) const {
  const std::size_t limit = word.size() <= 4 ? 0 : word.size() <= 8 ? 1 : 2;
  if (limit == 0) return word;
  const auto letters = letters_of(word);
  const Term* best = nullptr;
  std::size_t best_distance = limit + 1;
  for (const auto& term : terms_) {
    // One edit changes at most two letters: most terms are too far by their letters alone.
    if (static_cast<std::size_t>(std::popcount(term.letters ^ letters)) > 2 * limit) continue;
    const auto distance = edit_distance(word, term.text, limit) + (term.text[0] != word[0]);
    if (distance < best_distance || (best && distance == best_distance && term.papers > best->papers)) {
      best = &term;
      best_distance = distance;
    }
  }
  return best ? best->text : word;
}

std::vector<std::size_t> Search::all_with(const char* condition, const std::string& value) {
  auto statement = database_.prepare(std::string("SELECT rowid FROM ") + condition + " ORDER BY rowid");
  statement.bind(value);
  std::vector<std::size_t> found;
  while (statement.step()) found.push_back(static_cast<std::size_t>(statement.integer(0)));
  return found;
}

namespace {

/// True for a word with a letter of a script without blanks: from U+2E80 on, whose first byte in UTF-8 is at least E2.
bool is_of_wide_script(const std::string& word) {
  for (std::size_t i = 0; i + 1 < word.size(); ++i) {
    const auto first = static_cast<unsigned char>(word[i]), second = static_cast<unsigned char>(word[i + 1]);
    if (first > 0xE2 || (first == 0xE2 && second >= 0xBA)) return true;
  }
  return false;
}

/// Takes the words after " -" out of the text.
std::vector<std::string> take_excluded(std::string& text) {
  std::vector<std::string> excluded;
  for (std::size_t at = 0; (at = text.find('-', at)) != std::string::npos;) {
    const bool starts_word = at == 0 || text[at - 1] == ' ';
    const auto end = std::min(text.find(' ', at), text.size());
    if (starts_word && end > at + 1) {
      for (auto& word : words_of(std::string_view(text).substr(at + 1, end - at - 1)))
        excluded.push_back(std::move(word));
      text.replace(at, end - at, " ");
    } else {
      ++at;
    }
    if (excluded.size() > 16) break;
  }
  return excluded;
}

}  // namespace

Hits Search::find(const std::string& typed) {
  auto text = typed;
  const auto excluded = take_excluded(text);
  std::vector<std::string> words, pieces;
  for (auto& word : words_of(text)) (is_of_wide_script(word) ? pieces : words).push_back(std::move(word));
  Hits hits;
  if (words.empty() && pieces.empty() && excluded.empty()) return hits;
  bool changed = false;
  for (auto& word : words) {
    if (occurs(word)) continue;
    const auto other = nearest(word);
    changed |= other != word;
    word = other;
  }
  if (changed) hits.corrected = join(words, " ");
  if (words.empty()) {
    for (std::size_t i = 0; i < count_; ++i) hits.papers.push_back(i);
  } else {
    hits.papers = match(words, " AND ");
    if (hits.papers.size() < 5 && words.size() > 1) {
      const std::set<std::size_t> seen(hits.papers.begin(), hits.papers.end());
      for (const auto paper : match(words, " OR "))
        if (!seen.count(paper)) hits.papers.push_back(paper);
    }
  }
  const auto among = [](const std::vector<std::size_t>& sorted, std::size_t paper) {
    return std::binary_search(sorted.begin(), sorted.end(), paper);
  };
  for (const auto& piece : pieces) {
    const auto with = all_with("pieces WHERE instr(text, ?)", piece);
    std::erase_if(hits.papers, [&](std::size_t paper) { return !among(with, paper); });
  }
  for (const auto& word : excluded) {
    const auto with = is_of_wide_script(word) ? all_with("pieces WHERE instr(text, ?)", word)
                                              : all_with("papers WHERE papers MATCH ?", "\"" + word + "\"");
    std::erase_if(hits.papers, [&](std::size_t paper) { return among(with, paper); });
  }
  return hits;
}

}  // namespace offprint::page
