#include "offprint/math/folds.hpp"

#include <algorithm>
#include <string>

#include "offprint/base/error.hpp"

namespace offprint {

std::vector<int> stratified_folds(std::span<const int> classes, int folds, Random random) {
  std::vector<int> fold(classes.size());
  const int last = classes.empty() ? 0 : *std::max_element(classes.begin(), classes.end());
  int next = 0;
  for (int k = 1; k <= last; ++k) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < classes.size(); ++i)
      if (classes[i] == k) rows.push_back(i);
    if (rows.size() == 1)
      throw BadInput("the response", "class " + std::to_string(k) + " has one row only",
                     "cross-validation needs two of each; merge classes");
    random.shuffle(rows);
    for (const auto row : rows) fold[row] = next++ % folds;
  }
  return fold;
}

}  // namespace offprint
