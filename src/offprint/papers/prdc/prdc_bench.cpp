// Updates at the sizes of the sheet's table, on data that the peer reads from the same files, and searches alone.
#include <benchmark/benchmark.h>
#include <cblas.h>

#include <filesystem>

#include "offprint/base/file.hpp"
#include "offprint/control/collection.hpp"
#include "offprint/nn/blas.hpp"
#include "offprint/papers/prdc/prdc.hpp"

namespace offprint::prdc {
namespace {

/// Collected once and kept as HDF5 in the user's cache, where the peer finds it.
control::LearningData data_of(const char* task_name, std::size_t steps) {
  const auto& task = control::find_task(task_name);
  const auto file = user_cache_folder() / "control" / (std::string("bench-") + task_name + ".hdf5");
  if (!std::filesystem::exists(file)) {
    control::CollectSettings settings;
    settings.kind = "medium";
    settings.steps = steps;
    const auto data = control::collect(task, settings);
    std::filesystem::create_directories(file.parent_path());
    control::write_dataset(file, data);
  }
  return control::learning_data(control::read_dataset(file, {&task, false}), 1);
}

const control::LearningData& shared(bool cheetah) {
  static const auto pendulum = data_of("pendulum", 20000);
  if (!cheetah) return pendulum;
  static const auto half_cheetah = data_of("half-cheetah", 50000);
  return half_cheetah;
}

void update(benchmark::State& state, bool cheetah, int hidden, int batch_size, bool prdc) {
  const nn::TrainingThread thread;
  const auto& t = shared(cheetah).transitions;
  PrdcSettings settings;
  settings.td3.hidden = {hidden, hidden};
  if (hidden == 64) settings.td3.learning_rate = 1e-3;
  std::unique_ptr<control::Learner> learner;
  if (prdc)
    learner = std::make_unique<Prdc>(t, settings, Random(1));
  else
    learner = std::make_unique<control::Td3>(t.observation_size, t.action_size, settings.td3,
                                             control::ActorLoss::td3_bc(2.5), Random(1));
  control::Batch batch;
  const Random random(2);
  const auto two = [&] {  // one of them updates the actor
    for (int i = 0; i < 2; ++i) {
      control::draw(t, batch_size, random.split(static_cast<std::uint64_t>(learner->updates())), batch);
      learner->update(batch);
    }
  };
  for (int i = 0; i < 1000; ++i)
    two();  // past the start, where every action is near zero and no sample has been seen before
  for (auto _ : state) two();
  if (prdc) state.counters["own_share"] = learner->metrics().at("own_share");
}

BENCHMARK_CAPTURE(update, half_cheetah_256, true, 256, 256, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, pendulum_256, false, 256, 256, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, pendulum_64, false, 64, 64, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, td3_bc_half_cheetah_256, true, 256, 256, false)->Unit(benchmark::kMillisecond);

/// The matrix products of two updates of TD3+BC on half-cheetah at 2x256, batch 256, alone and in the nearest caches:
/// what is left for everything else is the difference.
void products_256(benchmark::State& state) {
  const nn::TrainingThread thread;
  struct Shape {
    int times, m, n, k;
    CBLAS_TRANSPOSE a, b;
  };
  constexpr auto no = CblasNoTrans, yes = CblasTrans;
  const std::vector<Shape> shapes{
      {3, 256, 256, 17, no, no},   {4, 512, 256, 23, no, no},  {1, 256, 256, 23, no, no},    // forward: first layers,
      {12, 256, 256, 256, no, no}, {3, 6, 256, 256, no, no},   {9, 1, 256, 256, no, no},     // second, third
      {4, 1, 256, 256, no, yes},   {1, 6, 256, 256, no, yes},  {5, 256, 256, 256, no, yes},  // gradients of weights
      {2, 512, 23, 256, no, yes},  {1, 256, 17, 256, no, yes},                               //
      {5, 256, 256, 1, yes, no},   {1, 256, 256, 6, yes, no},  {6, 256, 256, 256, yes, no},  // and of inputs
      {1, 23, 256, 256, yes, no}};
  const std::vector<float> a(512 * 512, 0.01F), b(512 * 512, 0.02F);
  std::vector<float> c(512 * 512);
  double operations = 0;
  for (auto _ : state)
    for (const auto& [times, m, n, k, ta, tb] : shapes)
      for (int i = 0; i < times; ++i) {
        cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a.data(), ta == no ? k : m, b.data(), tb == no ? n : k, 0,
                    c.data(), n);
        operations += 2.0 * m * n * k;
      }
  state.counters["GFLOP/s"] = benchmark::Counter(operations / 1e9, benchmark::Counter::kIsRate);
}
BENCHMARK(products_256)->Unit(benchmark::kMillisecond);

/// 256 searches with the data's states and other pairs' actions.
void searches(benchmark::State& state, bool cheetah, SearchMethod method) {
  const auto& t = shared(cheetah).transitions;
  const auto o = static_cast<std::size_t>(t.observation_size), a = static_cast<std::size_t>(t.action_size);
  const NearestPairs pairs(t.observations, t.actions, t.observation_size, t.action_size, 2, method);
  std::vector<float> keys(256 * (o + a));
  std::vector<std::uint32_t> own(256);
  for (std::size_t q = 0; q < 256; ++q) {
    own[q] = static_cast<std::uint32_t>(q * 7919 % t.size());
    pairs.make_key(t.observations.data() + own[q] * o, t.actions.data() + (own[q] + t.size() / 2) % t.size() * a,
                   keys.data() + q * (o + a));
  }
  std::vector<Neighbour> results(256);
  for (auto _ : state) {
    pairs.nearest(keys.data(), 256, own, 1, results.data());
    benchmark::DoNotOptimize(results.data());
  }
}

BENCHMARK_CAPTURE(searches, half_cheetah_tree, true, SearchMethod::kd_tree)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(searches, half_cheetah_products, true, SearchMethod::brute_force)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(searches, pendulum_tree, false, SearchMethod::kd_tree)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace offprint::prdc
