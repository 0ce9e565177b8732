#include "offprint/math/folds.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "offprint/base/error.hpp"

namespace offprint {
namespace {

TEST(Folds, AreStratified) {
  std::vector<int> classes;
  Random random(3);
  for (int i = 0; i < 300; ++i) classes.push_back(1 + static_cast<int>(random.below(3)));
  const auto fold = stratified_folds(classes, 5, Random(1));
  for (int k = 1; k <= 3; ++k) {
    std::vector<int> counts(5);
    for (std::size_t i = 0; i < fold.size(); ++i)
      if (classes[i] == k) ++counts[static_cast<std::size_t>(fold[i])];
    EXPECT_LE(*std::max_element(counts.begin(), counts.end()) - *std::min_element(counts.begin(), counts.end()), 1);
  }
  EXPECT_NE(fold, stratified_folds(classes, 5, Random(2)));
}

TEST(Folds, AClassOfOneRowIsRefused) {
  EXPECT_THROW(stratified_folds(std::vector<int>{1, 1, 2}, 2, Random(1)), BadInput);
}

}  // namespace
}  // namespace offprint
