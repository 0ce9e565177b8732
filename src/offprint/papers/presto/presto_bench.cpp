#include <benchmark/benchmark.h>

#include "offprint/papers/presto/cross_validation.hpp"
#include "offprint/papers/presto/simulation.hpp"

namespace offprint::presto {
namespace {

/// One synthetic data set as the paper treats it: tuned PRESTO, proportional odds and Logit.
void synthetic_data_set(benchmark::State& state) {
  const auto simulated = simulate({}, Random(1));
  for (auto _ : state) {
    benchmark::DoNotOptimize(tune(simulated.data, {}, Random(2)).model().lambda);
    benchmark::DoNotOptimize(fit_proportional_odds(simulated.data).log_likelihood);
    benchmark::DoNotOptimize(fit_rare_logit(simulated.data).log_likelihood);
  }
}
BENCHMARK(synthetic_data_set)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace offprint::presto
