#include "offprint/papers/continual_privacy/row_loops.hpp"

#include <algorithm>
#include <cstddef>

#include "offprint/base/each_cpu.hpp"

namespace offprint::continual_privacy {

OFFPRINT_FOR_EACH_CPU
bool all_within(std::span<const std::int64_t> row, std::int64_t low, std::int64_t high) {
  // A value is outside if it is negative after either subtraction; sign bits gather without branches.
  std::uint64_t signs = 0;
  const auto first = static_cast<std::uint64_t>(low), last = static_cast<std::uint64_t>(high);
  for (const auto value : row)
    signs |= (static_cast<std::uint64_t>(value) - first) | (last - static_cast<std::uint64_t>(value));
  return signs >> 63 == 0;
}

OFFPRINT_FOR_EACH_CPU
void add_row(std::span<const std::int64_t> row, std::span<std::int64_t> sums) {
  const std::int64_t* from = row.data();
  std::int64_t* to = sums.data();
  for (std::size_t j = 0; j < sums.size(); ++j) to[j] += from[j];
}

OFFPRINT_FOR_EACH_CPU
std::int64_t largest(std::span<const std::int64_t> values) {
  std::int64_t result = values[0];
  for (const auto value : values) result = std::max(result, value);
  return result;
}

OFFPRINT_FOR_EACH_CPU
void add_scaled(std::span<const double> kernel, double factor, double* sums) {
  const double* from = kernel.data();
  for (std::size_t i = 0; i < kernel.size(); ++i) sums[i] += factor * from[i];
}

}  // namespace offprint::continual_privacy
