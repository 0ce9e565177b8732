// Search over generated abstracts of 160 words (10,000, or as many as the argument says): 500 mixed queries, one at a
// time. Prints one JSON line with the times in milliseconds.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

#include "offprint/base/random.hpp"
#include "offprint/page/search.hpp"

namespace {

using offprint::Random;

/// Words as frequent as in English: the k-th of `count` has a share near 1/k.
class Vocabulary {
 public:
  Vocabulary(std::size_t count, Random& random) {
    constexpr std::string_view consonants = "bcdfghklmnprstvz", vowels = "aeiou";
    for (std::size_t i = 0; i < count; ++i) {
      std::string word;
      for (auto syllables = 1 + random.below(4) + (i > 200); syllables > 0; --syllables)
        word += {consonants[random.below(consonants.size())], vowels[random.below(vowels.size())],
                 consonants[random.below(consonants.size())]};
      words_.push_back(word);
    }
  }
  const std::string& draw(Random& random) const {
    return words_[std::min(words_.size() - 1, static_cast<std::size_t>(std::exp(
                                                  random.uniform() * std::log(static_cast<double>(words_.size())))))];
  }
  std::string text(std::size_t length, Random& random) const {
    std::string result;
    for (std::size_t i = 0; i < length; ++i) result += (i ? " " : "") + draw(random);
    return result;
  }

 private:
  std::vector<std::string> words_;
};

std::string mistyped(std::string word, Random& random) {
  const auto at = 1 + random.below(word.size() - 2);
  std::swap(word[at], word[at + 1]);
  return word;
}

/// One word, two words, three common words, a word half typed, a mistyped word.
std::string query(std::size_t kind, const Vocabulary& words, Random& random) {
  switch (kind % 5) {
    case 0:
      return words.text(1, random);
    case 1:
      return words.text(2, random);
    case 2:
      return words.text(3, random);
    case 3:
      return words.draw(random).substr(0, 3);
    default:
      return mistyped(words.draw(random), random) + " " + words.draw(random);
  }
}

}  // namespace

int main(int count, char** values) {
  Random random(1);
  const Vocabulary words(30000, random);
  std::vector<offprint::Paper> papers(count > 1 ? std::stoul(values[1]) : 10000);
  for (auto& paper : papers) {
    paper.title = words.text(9, random);
    paper.authors = {words.text(2, random), words.text(2, random)};
    paper.summary = words.text(160, random);
  }
  offprint::page::Search search(papers);
  std::vector<double> times;
  for (std::size_t i = 0; i < 500; ++i) {
    const auto text = query(i, words, random);
    const auto start = std::chrono::steady_clock::now();
    search.find(text);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  std::cout << "{\"papers\":" << papers.size() << ",\"queries\":500,\"p50\":" << times[250] << ",\"p95\":" << times[475]
            << ",\"p99\":" << times[495] << "}\n";
}
