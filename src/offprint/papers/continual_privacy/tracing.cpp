#include "offprint/papers/continual_privacy/tracing.hpp"

#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::continual_privacy {
namespace {

std::vector<double> scores(const BitMatrix& rows, const std::vector<double>& means,
                           const std::vector<double>& direction) {
  double offset = 0;
  for (std::size_t j = 0; j < means.size(); ++j) offset += means[j] * direction[j];
  std::vector<double> result(rows.rows, -offset);
  for (std::size_t i = 0; i < rows.rows; ++i)
    for (std::size_t j = 0; j < rows.columns; ++j)
      if (rows(i, j)) result[i] += direction[j];
  return result;
}

}  // namespace

Population Population::draw(std::size_t columns, Random& random) {
  Population population;
  for (std::size_t j = 0; j < columns; ++j) population.means.push_back(random.uniform());
  return population;
}

BitMatrix Population::sample(std::size_t rows, Random& random) const {
  BitMatrix sample{rows, means.size(), {}};
  sample.bits.reserve(rows * means.size());
  for (std::size_t i = 0; i < rows; ++i)
    for (const double mean : means) sample.bits.push_back(random.bernoulli(mean));
  return sample;
}

TracingResult trace(const Population& population, const BitMatrix& members, const std::vector<double>& answers,
                    std::size_t outsiders, double false_positive_rate, Random random) {
  if (answers.size() != population.means.size() || members.columns != population.means.size())
    throw BadInput("answers", "are not one a column of the population");
  TracingResult result;
  const auto truth = members.column_means();
  std::vector<double> direction(answers.size());
  for (std::size_t j = 0; j < answers.size(); ++j) {
    direction[j] = answers[j] - population.means[j];
    result.largest_error = std::max(result.largest_error, std::abs(answers[j] - truth[j]));
  }
  result.member_scores = scores(members, population.means, direction);
  result.outsider_scores = scores(population.sample(outsiders, random), population.means, direction);
  const double threshold = quantile(result.outsider_scores, 1 - false_positive_rate);
  const auto caught = std::count_if(result.member_scores.begin(), result.member_scores.end(),
                                    [&](double score) { return score > threshold; });
  result.true_positive_rate = static_cast<double>(caught) / static_cast<double>(members.rows);
  result.false_positive_rate = false_positive_rate;
  return result;
}

std::vector<double> means_through(StreamMechanism& max_sum, const BitMatrix& data,
                                  const std::function<void()>& between_steps) {
  std::vector<std::int64_t> row(data.columns);
  std::vector<double> released;
  const auto length = reduction_length(data.rows, data.columns);
  for (std::int64_t t = 0; t < length; ++t) {
    if (t % 4096 == 0) between_steps();
    reduction_row(data, t, row);
    released.push_back(max_sum.step(row).values[0]);
  }
  return means_from_reduction(data.rows, data.columns,
                              [&](std::int64_t t) { return released[static_cast<std::size_t>(t - 1)]; });
}

double tracing_ceiling(double epsilon, double delta, double false_positive_rate) {
  return std::min(1.0, std::exp(epsilon) * false_positive_rate + delta);
}

}  // namespace offprint::continual_privacy
