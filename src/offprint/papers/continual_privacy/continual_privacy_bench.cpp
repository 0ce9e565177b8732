#include <benchmark/benchmark.h>

#include "offprint/papers/continual_privacy/counters.hpp"

namespace offprint::continual_privacy {
namespace {

MechanismConfig configuration(Statistic statistic, MechanismKind kind, std::int64_t horizon, int dimension = 1) {
  MechanismConfig config;
  config.statistic = statistic;
  config.kind = kind;
  config.horizon = horizon;
  config.rows.dimension = dimension;
  config.budget = PrivacyBudget::zcdp(0.5);
  return config;
}

/// One stream from its first to its last row, noise from the operating system.
void whole_stream(benchmark::State& state, const MechanismConfig& config) {
  const std::vector<std::int64_t> row(static_cast<std::size_t>(config.rows.dimension), 1);
  for (auto _ : state) {
    const auto mechanism = make_mechanism(config, RandomBits::operating_system());
    double sum = 0;
    for (std::int64_t t = 0; t < config.horizon; ++t) sum += mechanism->step(row).values[0];
    benchmark::DoNotOptimize(sum);
  }
  state.counters["steps/s"] =
      benchmark::Counter(static_cast<double>(config.horizon), benchmark::Counter::kIsIterationInvariantRate);
}

/// A million draws of the exact discrete Gaussian, s2 = 100.
void gaussian_1000000(benchmark::State& state) {
  auto bits = RandomBits::operating_system();
  const DiscreteGaussian gaussian(Rational{100, 1});
  for (auto _ : state) {
    std::int64_t sum = 0;
    for (int i = 0; i < 1000000; ++i) sum += gaussian(bits);
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(gaussian_1000000)->Unit(benchmark::kMillisecond);

void tree_65536(benchmark::State& state) {
  whole_stream(state, configuration(Statistic::count, MechanismKind::tree, 1 << 16));
}
BENCHMARK(tree_65536)->Unit(benchmark::kMillisecond);

void honaker_65536(benchmark::State& state) {
  whole_stream(state, configuration(Statistic::count, MechanismKind::honaker, 1 << 16));
}
BENCHMARK(honaker_65536)->Unit(benchmark::kMillisecond);

void square_root_online_65536(benchmark::State& state) {
  whole_stream(state, configuration(Statistic::count, MechanismKind::square_root, 1 << 16));
}
BENCHMARK(square_root_online_65536)->Unit(benchmark::kMillisecond);

/// The factors are made once a process and horizon (the first iteration), as those of a repeated experiment are; then
/// noise and four transforms remain.
void square_root_offline_65536(benchmark::State& state) {
  const std::vector<std::int64_t> ones(1 << 16, 1);
  auto bits = RandomBits::operating_system();
  for (auto _ : state) {
    const SquareRootCounter counter(configuration(Statistic::count, MechanismKind::square_root, 1 << 16),
                                    RandomBits::seeded(Random(0)));
    benchmark::DoNotOptimize(counter.sums_at_once(ones, bits).data());
  }
}
BENCHMARK(square_root_offline_65536)->Unit(benchmark::kMillisecond);

/// A horizon's factors anew in every iteration: what the first counter of a process pays.
void square_root_factors_65536(benchmark::State& state) {
  std::int64_t horizon = 1 << 16;
  for (auto _ : state) {
    horizon = (1 << 17) - 1 - horizon;  // 65535 and 65536 by turns
    const SquareRootCounter counter(configuration(Statistic::count, MechanismKind::square_root, horizon),
                                    RandomBits::seeded(Random(0)));
    benchmark::DoNotOptimize(counter.column_norm_squared());
  }
}
BENCHMARK(square_root_factors_65536)->Unit(benchmark::kMillisecond);

void recompute_1000_columns(benchmark::State& state) {
  whole_stream(state, configuration(Statistic::max_sum, MechanismKind::recompute, 100000, 1000));
}
BENCHMARK(recompute_1000_columns)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace offprint::continual_privacy
