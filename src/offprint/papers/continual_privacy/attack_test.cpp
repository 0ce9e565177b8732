#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "offprint/base/error.hpp"
#include "offprint/papers/continual_privacy/audit.hpp"
#include "offprint/papers/continual_privacy/streams.hpp"
#include "offprint/papers/continual_privacy/tracing.hpp"

namespace offprint::continual_privacy {
namespace {

MechanismConfig configuration(Statistic statistic, MechanismKind kind, std::int64_t horizon, double rho) {
  MechanismConfig config;
  config.statistic = statistic;
  config.kind = kind;
  config.horizon = horizon;
  config.budget = PrivacyBudget::zcdp(rho);
  return config;
}

TEST(Streams, HaveTheirShapes) {
  EXPECT_EQ(all_ones(7, 3).length(), 7);
  const auto bits = bernoulli_columns(4000, std::vector<double>{0.1, 0.9}, Random(1));
  double sums[2]{};
  for (std::int64_t t = 0; t < bits.length(); ++t)
    for (std::size_t j = 0; j < 2; ++j) sums[j] += static_cast<double>(bits.row(t)[j]);
  EXPECT_NEAR(sums[0] / 4000, 0.1, 0.03);
  EXPECT_NEAR(sums[1] / 4000, 0.9, 0.03);
  const auto zipf = drifting_zipf(1000, 4, 2, Random(2));
  int first_half[4]{}, second_half[4]{};
  for (std::int64_t t = 0; t < 1000; ++t) {
    const auto row = zipf.row(t);
    EXPECT_EQ(std::accumulate(row.begin(), row.end(), std::int64_t{0}), 1);
    for (std::size_t j = 0; j < 4; ++j) (t < 500 ? first_half : second_half)[j] += static_cast<int>(row[j]);
  }
  EXPECT_EQ(std::max_element(first_half, first_half + 4) - first_half, 0);
  EXPECT_EQ(std::max_element(second_half, second_half + 4) - second_half, 1);
}

TEST(Reduction, TheMaximumWithoutNoiseAnswersAllMeansExactly) {
  Random random(3);
  const auto data = Population::draw(9, random).sample(7, random);
  const auto length = reduction_length(7, 9);
  EXPECT_EQ(length, 7 + 2 * 7 * 9);
  std::vector<std::int64_t> row(9), sums(9);
  std::vector<double> largest;
  for (std::int64_t t = 0; t < length; ++t) {
    reduction_row(data, t, row);
    for (std::size_t j = 0; j < 9; ++j) sums[j] += row[j];
    largest.push_back(static_cast<double>(*std::max_element(sums.begin(), sums.end())));
  }
  const auto means =
      means_from_reduction(7, 9, [&](std::int64_t t) { return largest[static_cast<std::size_t>(t - 1)]; });
  const auto truth = data.column_means();
  for (std::size_t j = 0; j < 9; ++j) EXPECT_NEAR(means[j], truth[j], 1e-12);
  // All columns have been raised alike in the end.
  for (std::size_t j = 0; j < 9; ++j) EXPECT_NEAR(static_cast<double>(sums[j]), 7 * truth[j] + 7 * 9, 1e-9);
  reduction_row(data, length + 5, row);
  EXPECT_EQ(row, std::vector<std::int64_t>(9));
}

TEST(Tracing, FindsMembersInExactAnswersAndNobodyInNoise) {
  Random random(4);
  const auto population = Population::draw(2000, random);
  const auto data = population.sample(100, random);
  auto answers = data.column_means();
  EXPECT_GE(trace(population, data, answers, 1000, 0.01, random.split(1)).true_positive_rate, 0.8);
  for (double& answer : answers) answer += 5 * random.normal();
  const auto noisy = trace(population, data, answers, 1000, 0.01, random.split(2));
  EXPECT_LE(noisy.true_positive_rate, 0.08);
  EXPECT_GT(noisy.largest_error, 5);
  answers.pop_back();
  EXPECT_THROW(trace(population, data, answers, 1000, 0.01, random.split(3)), BadInput);
  EXPECT_DOUBLE_EQ(tracing_ceiling(std::log(3.0), 0.01, 0.1), 0.31);
  EXPECT_EQ(tracing_ceiling(50, 0, 0.01), 1);
}

TEST(Audit, AnHonestMechanismStandsAndABrokenOneDoesNot) {
  const double claimed = epsilon_of_zcdp(0.5, 0.01);
  for (const auto kind : {MechanismKind::tree, MechanismKind::square_root}) {
    const auto honest = audit(configuration(Statistic::count, kind, 8, 0.5), 6000, 0.01, 0.95, Random(5), 1, [] {});
    EXPECT_LE(honest.epsilon_lower_bound, claimed);
    EXPECT_GT(honest.epsilon_lower_bound, 0.5);  // the adversary is no weakling
    EXPECT_GT(
        audit(configuration(Statistic::count, kind, 8, 2), 6000, 0.01, 0.95, Random(6), 1, [] {}).epsilon_lower_bound,
        claimed);
  }
}

TEST(Audit, KnowsTheGaussianMechanism) {
  // One step of one count is the Gaussian mechanism: nothing above its exact curve can be proved, and most of it is.
  const auto result =
      audit(configuration(Statistic::count, MechanismKind::tree, 1, 0.5), 20000, 0.01, 0.95, Random(7), 1, [] {});
  const double exact = epsilon_of_gaussian(0.5, 0.01);
  EXPECT_LE(result.epsilon_lower_bound, exact + 0.05);  // the noise is discrete
  EXPECT_GE(result.epsilon_lower_bound, 0.7 * exact);
}

TEST(Audit, SeesNothingWhereNothingIsReleased) {
  EXPECT_LE(
      audit(configuration(Statistic::max_sum, MechanismKind::trivial, 8, 0.5), 2000, 0.01, 0.95, Random(8), 1, [] {})
          .epsilon_lower_bound,
      0.05);
}

TEST(Audit, WithoutNoiseEverythingIsProved) {
  EXPECT_GE(audit(configuration(Statistic::max_sum, MechanismKind::non_private, 8, 0.5), 2000, 0.01, 0.95, Random(9), 1,
                  [] {})
                .epsilon_lower_bound,
            5);
}

TEST(Audit, DoesNotDependOnTheThreads) {
  const auto config = configuration(Statistic::sum_select, MechanismKind::recompute, 4, 0.5);
  const auto one = audit(config, 1500, 0.01, 0.95, Random(10), 1, [] {}),
             two = audit(config, 1500, 0.01, 0.95, Random(10), 2, [] {});
  EXPECT_EQ(one.true_positive_rate, two.true_positive_rate);
  EXPECT_EQ(one.epsilon_lower_bound, two.epsilon_lower_bound);
}

TEST(Audit, RefusesWhatItCannotPlay) {
  EXPECT_THROW(
      audit(configuration(Statistic::count, MechanismKind::tree, 65, 1), 1000, 0.01, 0.95, Random(1), 1, [] {}),
      BadInput);
  EXPECT_THROW(audit(configuration(Statistic::count, MechanismKind::tree, 8, 1), 10, 0.01, 0.95, Random(1), 1, [] {}),
               BadInput);
}

}  // namespace
}  // namespace offprint::continual_privacy
