#include "offprint/control/learner.hpp"

#include <algorithm>

namespace offprint::control {

std::vector<int> layer_sizes(int inputs, const std::vector<int>& hidden, int outputs) {
  std::vector<int> sizes{inputs};
  sizes.insert(sizes.end(), hidden.begin(), hidden.end());
  sizes.push_back(outputs);
  return sizes;
}

void stack(const float* first, int first_rows, const float* second, int second_rows, int batch,
           std::vector<float>& stacked) {
  const auto upper = static_cast<std::size_t>(first_rows) * static_cast<std::size_t>(batch);
  const auto lower = static_cast<std::size_t>(second_rows) * static_cast<std::size_t>(batch);
  stacked.resize(upper + lower);
  std::copy_n(first, upper, stacked.begin());
  std::copy_n(second, lower, stacked.begin() + static_cast<std::ptrdiff_t>(upper));
}

}  // namespace offprint::control
