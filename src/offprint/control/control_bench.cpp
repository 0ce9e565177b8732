// One TD3+BC update at the sizes of the substrate's table, as the peer in PyTorch does it.
#include <benchmark/benchmark.h>

#include "offprint/control/td3.hpp"
#include "offprint/nn/blas.hpp"

namespace offprint::control {
namespace {

void td3_bc_update(benchmark::State& state) {
  const nn::TrainingThread thread;
  const int size = static_cast<int>(state.range(0)), hidden = static_cast<int>(state.range(1));
  Random random(1);
  Transitions data{11, 3, {}, {}, {}, {}, {}};
  for (int i = 0; i < 20000; ++i) {
    for (int f = 0; f < 11; ++f) {
      data.observations.push_back(static_cast<float>(random.normal()));
      data.next_observations.push_back(static_cast<float>(random.normal()));
    }
    for (int f = 0; f < 3; ++f) data.actions.push_back(static_cast<float>(random.uniform(-1, 1)));
    data.rewards.push_back(static_cast<float>(random.normal()));
    data.not_terminal.push_back(1);
  }
  Td3Settings settings;
  settings.hidden = {hidden, hidden};
  Td3 learner(11, 3, settings, ActorLoss::td3_bc(2.5), Random(2));
  Batch batch;
  for (auto _ : state)
    for (int i = 0; i < 2; ++i) {  // two: one of them updates the actor
      draw(data, size, random.split(static_cast<std::uint64_t>(learner.updates())), batch);
      learner.update(batch);
    }
}
BENCHMARK(td3_bc_update)->Args({256, 256})->Args({256, 128})->Args({256, 64})->Args({128, 128})->Args({128, 64})->Args({64, 64})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace offprint::control
