#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/continual_privacy/counters.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/names.hpp"
#include "offprint/papers/continual_privacy/recompute.hpp"
#include "offprint/papers/continual_privacy/row_loops.hpp"

namespace offprint::continual_privacy {
namespace {

RandomBits seeded(std::uint64_t seed) { return RandomBits::seeded(Random(seed)); }

MechanismConfig counting(MechanismKind kind, std::int64_t horizon, double rho = 0.5) {
  return {.statistic = Statistic::count, .kind = kind, .horizon = horizon, .budget = PrivacyBudget::zcdp(rho)};
}

TEST(OnlineConvolution, EqualsTheDefinition) {
  Random random(1);
  std::vector<double> kernel(700), x(700);
  for (auto& value : kernel) value = random.normal();
  for (auto& value : x) value = random.normal();
  const auto shared = std::make_shared<ConvolutionKernel>(kernel);
  OnlineConvolution online(shared, false);
  const auto offline = shared->convolve(x, false);
  for (std::size_t t = 0; t < x.size(); ++t) {
    double sum = 0;
    for (std::size_t j = 0; j <= t; ++j) sum += kernel[t - j] * x[j];
    EXPECT_NEAR(online.push(x[t]), sum, 1e-11);
    EXPECT_NEAR(offline[t], sum, 1e-11);
  }
}

// Recorded results rest on it: each sum takes its products in the order of the inputs, product and sum rounded apart.
TEST(OnlineConvolution, AFirstBlockIsThePlainLoopToTheBit) {
  Random random(4);
  std::vector<double> kernel(64), x(64);
  for (auto* values : {&kernel, &x})
    for (auto& value : *values) value = random.normal();
  OnlineConvolution online(std::make_shared<ConvolutionKernel>(kernel), false);
  for (std::size_t t = 0; t < x.size(); ++t) {
    volatile double sum = 0;  // volatile: what is stored is rounded, on processors with fused products too
    for (std::size_t j = 0; j <= t; ++j) {
      volatile double product = kernel[t - j] * x[j];
      sum = sum + product;
    }
    EXPECT_EQ(online.push(x[t]), sum) << t;
  }
}

TEST(OnlineConvolution, IntegersStayExact) {
  Random random(2);
  std::vector<double> kernel(3000), x(3000);
  for (auto& value : kernel) value = static_cast<double>(random.below(1 << 24));
  for (auto& value : x) value = static_cast<double>(random.below(3)) - 1;
  OnlineConvolution online(std::make_shared<ConvolutionKernel>(kernel), true);
  for (std::size_t t = 0; t < x.size(); ++t) {
    std::int64_t sum = 0;
    for (std::size_t j = 0; j <= t; ++j)
      sum += static_cast<std::int64_t>(kernel[t - j]) * static_cast<std::int64_t>(x[j]);
    ASSERT_EQ(static_cast<std::int64_t>(online.push(x[t])), sum) << t;
  }
}

TEST(Counters, LargestVarianceIsTheClosedForm) {
  struct Case {
    std::int64_t horizon;
    double tree, honaker, square_root;
  };
  for (const auto& expected : {Case{1024, 110, 63.831450, 10.709611}, Case{4096, 156, 88.441931, 13.792932}}) {
    EXPECT_NEAR(make_counter(counting(MechanismKind::tree, expected.horizon), seeded(1))->largest_variance(),
                expected.tree, 1e-3);
    EXPECT_NEAR(make_counter(counting(MechanismKind::honaker, expected.horizon), seeded(1))->largest_variance(),
                expected.honaker, 1e-3);
    EXPECT_NEAR(make_counter(counting(MechanismKind::square_root, expected.horizon), seeded(1))->largest_variance(),
                expected.square_root, 1e-3);
  }
  EXPECT_NEAR(SquareRootCounter(counting(MechanismKind::square_root, 1024), seeded(1)).column_norm_squared(),
              3.272554150, 1e-6);
}

TEST(Counters, NoiseHasThePredictedVarianceAtEveryStep) {
  for (const auto kind : {MechanismKind::tree, MechanismKind::honaker, MechanismKind::square_root}) {
    const std::int64_t horizon = 13;
    const int runs = 6000;
    std::vector<double> square(static_cast<std::size_t>(horizon));
    std::unique_ptr<Counter> counter;
    for (int run = 0; run < runs; ++run) {
      counter = make_counter(counting(kind, horizon), seeded(static_cast<std::uint64_t>(run)));
      for (std::int64_t t = 1; t <= horizon; ++t) {
        const std::int64_t row[]{t % 3 == 0};
        const double error = counter->step(row).values[0] - static_cast<double>(t / 3);
        square[static_cast<std::size_t>(t - 1)] += error * error / runs;
      }
    }
    // A variance estimated from 6000 draws has a relative standard error of 1.8 %.
    for (std::int64_t t = 1; t <= horizon; ++t)
      EXPECT_NEAR(square[static_cast<std::size_t>(t - 1)] / counter->variance_at(t), 1, 0.1)
          << mechanisms.name(kind) << " at " << t;
  }
}

TEST(Counters, AllAtOnceHasTheSameErrorAsStepByStep) {
  const auto config = counting(MechanismKind::square_root, 500);
  const std::vector<std::int64_t> stream(500, 1);
  const SquareRootCounter counter(config, seeded(0));
  auto bits = seeded(1);
  double square = 0;
  for (int run = 0; run < 4000; ++run) {
    const double error = counter.sums_at_once(stream, bits).back() - 500;
    square += error * error / 4000;
  }
  EXPECT_NEAR(square / counter.variance_at(500), 1, 0.1);
}

TEST(Counters, WideRangesAreSummedExactlyDigitByDigit) {
  auto config = counting(MechanismKind::square_root, 200, 1e12);
  config.rows.low = -1000000;
  config.rows.high = 1000000;
  const auto counter = make_counter(config, seeded(4));
  Random random(5);
  std::int64_t sum = 0;
  for (int t = 0; t < 200; ++t) {
    const std::int64_t row[]{static_cast<std::int64_t>(random.below(2000001)) - 1000000};
    sum += row[0];
    const auto& release = counter->step(row);
    EXPECT_NEAR(release.values[0], static_cast<double>(sum), 6 * release.stddev + 1e-6);
  }
}

TEST(Counters, OfSeveralHorizonsDoNotShareFactors) {
  const auto last_half_width = [](std::int64_t horizon) {
    SquareRootCounter counter(counting(MechanismKind::square_root, horizon), seeded(1));
    return std::sqrt(counter.largest_variance());
  };
  const double small = last_half_width(100), large = last_half_width(5000);
  EXPECT_GT(large, 1.2 * small);
  EXPECT_EQ(last_half_width(100), small);
  EXPECT_EQ(last_half_width(5000), large);
}

TEST(RowLoops, AgreeWithPlainComparisons) {
  constexpr std::int64_t most = std::int64_t{1} << 40, huge = std::numeric_limits<std::int64_t>::max();
  for (const auto& [low, high] : {std::pair<std::int64_t, std::int64_t>{0, 1}, {-most, most}, {-7, -3}, {5, most}})
    for (const auto value : {low - 1, low, low + 1, high - 1, high, high + 1, huge, -huge, -huge - 1, std::int64_t{0}})
      for (const std::size_t place : {0, 1, 7, 16}) {  // in the vectors' first, middle and odd elements
        std::vector<std::int64_t> row(17, low), sums(17, 100);
        row[place] = value;
        EXPECT_EQ(all_within(row, low, high), low <= value && value <= high) << value << " in " << low << ", " << high;
        EXPECT_EQ(largest(row), std::max(low, value));
        if (!all_within(row, low, high)) continue;
        add_row(row, sums);
        for (std::size_t j = 0; j < row.size(); ++j) EXPECT_EQ(sums[j], 100 + row[j]);
      }
}

TEST(RowSpec, SensitivityFollowsTheNeighbours) {
  EXPECT_DOUBLE_EQ((RowSpec{.dimension = 9}.l2_sensitivity()), 3);
  EXPECT_DOUBLE_EQ((RowSpec{.dimension = 9, .one_hot = true}.l2_sensitivity()), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ((RowSpec{.dimension = 9, .one_hot = true, .neighbours = Neighbours::add_remove}.l2_sensitivity()),
                   1);
  EXPECT_DOUBLE_EQ((RowSpec{.dimension = 4, .low = -3, .high = 5}.l1_sensitivity()), 32);
  EXPECT_DOUBLE_EQ(
      (RowSpec{.dimension = 4, .low = -3, .high = 5, .neighbours = Neighbours::add_remove}.l1_sensitivity()), 20);
}

TEST(Recompute, ReleasesOnScheduleAndRepeatsInBetween) {
  MechanismConfig config{.statistic = Statistic::max_sum,
                         .kind = MechanismKind::recompute,
                         .horizon = 10,
                         .budget = PrivacyBudget::zcdp(1),
                         .every = 4};
  RecomputeMaxSum mechanism(config, seeded(1));
  EXPECT_EQ(mechanism.releases(), 3);
  const std::int64_t row[]{1};
  std::vector<double> values;
  for (int t = 0; t < 10; ++t) values.push_back(mechanism.step(row).values[0]);
  EXPECT_EQ(values[0], 0);
  EXPECT_EQ(values[2], 0);
  EXPECT_EQ(values[3], values[6]);
  EXPECT_EQ(values[7], values[8]);
}

TEST(Recompute, WithoutNoiseItIsExact) {
  MechanismConfig config{.statistic = Statistic::max_sum,
                         .kind = MechanismKind::non_private,
                         .rows = {.dimension = 2},
                         .horizon = 6,
                         .budget = PrivacyBudget::zcdp(1)};
  auto largest = make_mechanism(config, seeded(1));
  config.statistic = Statistic::sum_select;
  auto select = make_mechanism(config, seeded(1));
  const std::int64_t left[]{1, 0}, right[]{0, 1};
  for (int t = 1; t <= 6; ++t) {
    const auto row = std::span<const std::int64_t>(t < 3 ? left : right);
    EXPECT_EQ(largest->step(row).values[0], std::max(std::min(t, 2), t - 2));
    EXPECT_EQ(select->step(row).index, t > 4 ? 1 : 0);
  }
  EXPECT_FALSE(largest->is_private());
}

TEST(Bounds, HoldForTheLargestErrorOverTime) {
  for (const auto kind : {MechanismKind::recompute, MechanismKind::parallel, MechanismKind::naive})
    for (const bool pure : {false, true}) {
      MechanismConfig config{.statistic = Statistic::max_sum,
                             .kind = kind,
                             .rows = {.dimension = 3},
                             .horizon = 300,
                             .budget = pure ? PrivacyBudget::pure(1) : PrivacyBudget::zcdp(0.5)};
      const double bound = predict_error(config);
      int exceeded = 0;
      for (std::uint64_t run = 0; run < 40; ++run) {
        const auto mechanism = make_mechanism(config, seeded(run));
        const std::int64_t row[]{1, 1, 1};
        double worst = 0;
        for (int t = 1; t <= 300; ++t) worst = std::max(worst, std::abs(mechanism->step(row).values[0] - t));
        exceeded += worst > bound;
      }
      EXPECT_LE(exceeded, 20) << mechanisms.name(kind) << (pure ? " pure" : "");  // at most a third in expectation
    }
}

TEST(Bounds, TheChoiceDependsOnTheDimension) {
  MechanismConfig config{.statistic = Statistic::max_sum, .horizon = 1 << 14, .budget = PrivacyBudget::zcdp(1)};
  EXPECT_EQ(choose(config).kind, MechanismKind::parallel);
  config.rows.dimension = 1 << 14;
  EXPECT_EQ(choose(config).kind, MechanismKind::recompute);
}

TEST(State, ARestoredStreamContinuesAsIfUninterrupted) {
  using enum MechanismKind;
  for (const auto& [statistic, kind] :
       std::vector<std::pair<Statistic, MechanismKind>>{{Statistic::count, tree},
                                                        {Statistic::count, honaker},
                                                        {Statistic::count, square_root},
                                                        {Statistic::max_sum, recompute},
                                                        {Statistic::max_sum, parallel},
                                                        {Statistic::sum_select, recompute}}) {
    // Almost no noise: the continuation must then follow the true sums, which it can only know from the state.
    MechanismConfig config{.statistic = statistic,
                           .kind = kind,
                           .rows = {.dimension = 2},
                           .horizon = 150,
                           .budget = PrivacyBudget::zcdp(1e5),
                           .every = 1};
    auto mechanism = make_mechanism(config, seeded(1));
    const std::int64_t row[]{1, 0};
    for (int t = 0; t < 77; ++t) mechanism->step(row);
    const auto saved = nlohmann::ordered_json::from_cbor(nlohmann::ordered_json::to_cbor(mechanism->save()));
    auto restored = load_mechanism(saved, seeded(2));
    EXPECT_EQ(restored->current().values, mechanism->current().values);
    for (int t = 77; t < 150; ++t) {
      const auto& release = restored->step(row);
      if (statistic == Statistic::sum_select)
        EXPECT_EQ(release.index, 0);
      else
        EXPECT_NEAR(release.values[0], t + 1, 1.5) << mechanisms.name(kind);
    }
    EXPECT_THROW(restored->step(row), BadInput);
  }
}

TEST(State, DamageIsRefused) {
  auto mechanism = make_mechanism(counting(MechanismKind::tree, 8), seeded(1));
  const auto saved = mechanism->save();
  for (const char* key : {"config", "now", "release", "state"}) {
    auto damaged = saved;
    damaged.erase(key);
    EXPECT_THROW(load_mechanism(damaged, seeded(1)), BadInput) << key;
  }
  auto damaged = saved;
  damaged["state"]["sums"] = {1, 2, 3};
  EXPECT_THROW(load_mechanism(damaged, seeded(1)), BadInput);
  damaged = saved;
  damaged["now"] = 9;
  EXPECT_THROW(load_mechanism(damaged, seeded(1)), BadInput);
}

TEST(Faults, AreRefusedAndChangeNothing) {
  EXPECT_THROW(make_mechanism(counting(MechanismKind::tree, 0), seeded(1)), BadInput);
  EXPECT_THROW(make_mechanism(counting(MechanismKind::square_root, 1 << 21), seeded(1)), BadInput);
  auto pure = counting(MechanismKind::square_root, 8);
  pure.budget = PrivacyBudget::pure(1);
  EXPECT_THROW(make_mechanism(pure, seeded(1)), BadInput);
  auto wide = counting(MechanismKind::tree, std::int64_t{1} << 30);
  wide.rows.high = std::int64_t{1} << 39;
  EXPECT_THROW(make_mechanism(wide, seeded(1)), BadInput);
  auto mechanism = make_mechanism(counting(MechanismKind::tree, 2), seeded(1));
  const std::int64_t outside[]{2}, two[]{0, 1}, one[]{1};
  EXPECT_THROW(mechanism->step(outside), BadInput);
  EXPECT_THROW(mechanism->step(two), BadInput);
  EXPECT_EQ(mechanism->now(), 0);
  mechanism->step(one);
  mechanism->step(one);
  EXPECT_THROW(mechanism->step(one), BadInput);
  EXPECT_EQ(mechanism->now(), 2);
}

}  // namespace
}  // namespace offprint::continual_privacy
