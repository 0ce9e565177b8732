// Loops over the columns of a row, compiled for several instruction sets: all that a recompute does at most steps.
#pragma once
#include <cstdint>
#include <span>

namespace offprint::continual_privacy {

/// Whether every value lies in [low, high].
bool all_within(std::span<const std::int64_t> row, std::int64_t low, std::int64_t high);
void add_row(std::span<const std::int64_t> row, std::span<std::int64_t> sums);
std::int64_t largest(std::span<const std::int64_t> values);  ///< of at least one

/// sums[i] += factor * kernel[i], product and sum rounded on their own: the same bits on every processor.
void add_scaled(std::span<const double> kernel, double factor, double* sums);

}  // namespace offprint::continual_privacy
