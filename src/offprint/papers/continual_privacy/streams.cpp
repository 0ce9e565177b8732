#include "offprint/papers/continual_privacy/streams.hpp"

#include <algorithm>

namespace offprint::continual_privacy {

Stream all_ones(std::int64_t length, std::size_t dimension) {
  return {dimension, std::vector<std::int64_t>(static_cast<std::size_t>(length) * dimension, 1)};
}

Stream bernoulli_columns(std::int64_t length, std::span<const double> probability, Random random) {
  Stream stream{probability.size(), {}};
  stream.values.reserve(static_cast<std::size_t>(length) * probability.size());
  for (std::int64_t t = 0; t < length; ++t)
    for (const double p : probability) stream.values.push_back(random.bernoulli(p));
  return stream;
}

Stream race(std::int64_t length, std::size_t dimension, Random random) {
  return bernoulli_columns(length, std::vector<double>(dimension, 0.5), random);
}

Stream drifting_zipf(std::int64_t length, std::size_t dimension, int shifts, Random random) {
  Stream stream{dimension, std::vector<std::int64_t>(static_cast<std::size_t>(length) * dimension)};
  std::vector<double> weights;
  for (std::size_t rank = 0; rank < dimension; ++rank) weights.push_back(1 / static_cast<double>(rank + 1));
  for (std::int64_t t = 0; t < length; ++t) {
    const auto shift = static_cast<std::size_t>(t * shifts / length);
    stream.values[static_cast<std::size_t>(t) * dimension + (random.categorical(weights) + shift) % dimension] = 1;
  }
  return stream;
}

std::vector<double> BitMatrix::column_means() const {
  std::vector<double> means(columns);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) means[j] += (*this)(i, j);
  for (double& mean : means) mean /= static_cast<double>(rows);
  return means;
}

std::int64_t reduction_length(std::size_t rows, std::size_t columns) {
  return static_cast<std::int64_t>(rows + 2 * rows * columns);
}

void reduction_row(const BitMatrix& y, std::int64_t t, std::span<std::int64_t> row) {
  const auto step = static_cast<std::size_t>(t);
  if (step < y.rows) {
    std::copy_n(y.bits.begin() + static_cast<std::ptrdiff_t>(step * y.columns), y.columns, row.begin());
    return;
  }
  const std::size_t phase = step / y.rows - 1, column = phase / 2;
  const bool over = column >= y.columns, own = phase % 2 == 0;
  std::fill(row.begin(), row.end(), !over && !own);
  if (!over) row[column] = own;
}

std::vector<double> means_from_reduction(std::size_t rows, std::size_t columns,
                                         const std::function<double(std::int64_t)>& released) {
  std::vector<double> means;
  const double n = static_cast<double>(rows);
  for (std::size_t j = 0; j < columns; ++j)
    means.push_back(released(static_cast<std::int64_t>(rows * (2 * j + 2))) / n - static_cast<double>(j + 1));
  return means;
}

}  // namespace offprint::continual_privacy
