// Streams to measure mechanisms on, and the instance behind the paper's lower bound.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "offprint/base/random.hpp"

namespace offprint::continual_privacy {

/// Rows of integers, one a step.
struct Stream {
  std::size_t dimension = 1;
  std::vector<std::int64_t> values;  ///< row after row
  std::int64_t length() const { return static_cast<std::int64_t>(values.size() / dimension); }
  std::span<const std::int64_t> row(std::int64_t t) const {
    return std::span(values).subspan(static_cast<std::size_t>(t) * dimension, dimension);
  }
};

Stream all_ones(std::int64_t length, std::size_t dimension);
/// Independent columns; column j is 1 with probability[j].
Stream bernoulli_columns(std::int64_t length, std::span<const double> probability, Random random);
/// Columns of equal drift, so that the leader keeps changing: hard for SumSelect.
Stream race(std::int64_t length, std::size_t dimension, Random random);
/// One-hot rows: a Zipf law over the columns whose ranks rotate by one column at each of `shifts` equal parts.
Stream drifting_zipf(std::int64_t length, std::size_t dimension, int shifts, Random random);

/// Private bits: `rows` people with `columns` attributes each.
struct BitMatrix {
  std::size_t rows = 0, columns = 0;
  std::vector<std::uint8_t> bits;  ///< row after row
  std::uint8_t operator()(std::size_t i, std::size_t j) const { return bits[i * columns + j]; }
  std::vector<double> column_means() const;
};

/// Section 3, the lower bound for MaxSum: the rows of y; then for each column j, y.rows copies of e_j and y.rows
/// copies of 1 - e_j. After the copies of e_j
/// the largest sum is (j + 1) n + n mean_j(y), so that a small error answers all means of columns. Fills the row of
/// step t, from 0; zeros after the end.
void reduction_row(const BitMatrix& y, std::int64_t t, std::span<std::int64_t> row);
/// Steps of the reduction stream: n + 2 n d.
std::int64_t reduction_length(std::size_t rows, std::size_t columns);
/// The means of the columns as the releases of MaxSum give them: released(t) is what was released after step t, t
/// from 1.
std::vector<double> means_from_reduction(std::size_t rows, std::size_t columns,
                                         const std::function<double(std::int64_t)>& released);

}  // namespace offprint::continual_privacy
