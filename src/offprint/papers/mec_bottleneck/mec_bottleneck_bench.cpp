#include <benchmark/benchmark.h>

#include <cmath>

#include "offprint/papers/mec_bottleneck/coding_game.hpp"
#include "offprint/papers/mec_bottleneck/grid_world.hpp"
#include "offprint/papers/mec_bottleneck/mec_bottleneck.hpp"

namespace offprint::mec_bottleneck {
namespace {

/// Masses that the peer makes as well: (i * 7919 mod 10007) + 1, normalised.
Distribution scrambled(std::size_t n, std::size_t factor) {
  std::vector<double> masses(n);
  for (std::size_t i = 0; i < n; ++i) masses[i] = static_cast<double>(i * factor % 10007 + 1);
  return Distribution(masses, true);
}

/// Algorithm 1 on 512 symbols at a quarter of their entropy.
void ebim_512(benchmark::State& state) {
  const auto p = scrambled(512, 7919);
  const double rate = p.entropy() / 4;
  for (auto _ : state) benchmark::DoNotOptimize(ebim_greedy(p, rate).entropy);
  state.counters["entropy"] = ebim_greedy(p, rate).entropy;
}
BENCHMARK(ebim_512)->Unit(benchmark::kMicrosecond);

/// The greedy coupling of two distributions of 10 000 symbols.
void mec_10000(benchmark::State& state) {
  const auto p = scrambled(10000, 7919), q = scrambled(10000, 6007);
  for (auto _ : state) benchmark::DoNotOptimize(mec_max_seeking(p, q).mass.data());
  state.counters["entropy"] = mec_max_seeking(p, q).entropy();
}
BENCHMARK(mec_10000)->Unit(benchmark::kMillisecond);

/// The first step of the game: 512 equally likely messages, four actions, compression 4.
void game_step_512(benchmark::State& state) {
  const auto belief = Distribution::uniform(512);
  const Distribution policy({0.4, 0.3, 0.2, 0.1});
  for (auto _ : state) {
    const auto groups = ebim_greedy(belief, 2.25);
    benchmark::DoNotOptimize(mec_max_seeking(Distribution::trusted(groups.masses), policy).mass.data());
  }
}
BENCHMARK(game_step_512)->Unit(benchmark::kMicrosecond);

/// 200 episodes at each of 5 temperatures, 4 rates and 2 encoders: a figure of the paper.
void game_sweep(benchmark::State& state) {
  const auto world = grid_world();
  for (auto _ : state) {
    Random random(1);
    for (const double log_beta : {-6.0, -5.5, -5.0, -4.5, -4.0})
      for (const double compression : {1.5, 2.0, 4.0, 8.0})
        for (const auto encoder : {EncoderMethod::greedy, EncoderMethod::quantiser}) {
          const CodingGame game(world, mdp::soft_solve(world, std::exp(log_beta)), Distribution::uniform(512),
                                9 / compression, encoder);
          for (int episode = 0; episode < 200; ++episode)
            benchmark::DoNotOptimize(game.episode(static_cast<int>(random.below(512)), random.split(random())).reward);
        }
  }
}
BENCHMARK(game_sweep)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace offprint::mec_bottleneck
