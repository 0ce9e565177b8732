// Byte n-grams interpolated as Witten and Bell (1991) weigh novel events: exact, strictly positive, trained in a second
// on megabytes.
//   P_k(x | c) = (count(c, x) + T(c) P_{k-1}(x | c')) / (count(c) + T(c)),   P_0 = 1/256,
// with c the last k-1 bytes, c' without its oldest, count(c) the occurrences of c that have a successor and T(c) the
// number of distinct successors.
#pragma once
#include <array>
#include <filesystem>
#include <string_view>

#include "offprint/lm/language_model.hpp"

namespace offprint::lm {

class Ngram : public LanguageModel {
 public:
  static constexpr int greatest_order = 8;

  /// Counts a text; `order` (1..8) is the longest n-gram: contexts have up to order-1 bytes. Throws BadInput if the
  /// text is empty or over 4 GB.
  static Ngram train(std::string_view text, int order);

  /// A binary file that load() can check: magic, version, order, sizes of the levels, their arrays, SHA-256.
  void save(const std::filesystem::path& path) const;
  /// Throws BadInput on a file that is truncated, changed, or no consistent trie.
  static Ngram load(const std::filesystem::path& path);
  static Ngram parse(std::string_view bytes, const std::string& source);
  static bool is_ngram_file(std::string_view first_bytes);  ///< by the magic: 8 bytes suffice

  int order() const { return static_cast<int>(levels_.size()); }
  std::size_t size() const;  ///< distinct n-grams of all orders

  int vocabulary_size() const override { return 256; }
  std::size_t least_context() const override { return 0; }
  double surprisal_bound() const override;
  std::unique_ptr<TextState> start() const override;

 private:
  friend class NgramState;
  /// The distinct (k+1)-grams in lexicographic order: level k of a trie that is read from the oldest byte to the
  /// newest.
  struct Level {
    std::vector<std::uint8_t> symbol;
    std::vector<std::uint32_t> count;
    std::vector<std::uint32_t> first_child;  ///< one more than nodes: children in the next level; empty in the last
    std::vector<std::uint32_t> followed;     ///< sum of the children's counts
  };
  std::string serialised() const;
  void finish();  ///< fills what follows from symbols, counts and children

  std::vector<Level> levels_;
  std::array<double, 256> unigram_{};
  std::vector<double> bigram_;  ///< [previous byte][byte], order >= 2
};

}  // namespace offprint::lm
