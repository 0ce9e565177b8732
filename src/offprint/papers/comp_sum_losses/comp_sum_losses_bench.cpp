#include <benchmark/benchmark.h>

#include "offprint/papers/comp_sum_losses/torch_losses.hpp"
#include "offprint/papers/comp_sum_losses/transform.hpp"

namespace offprint::comp_sum_losses {
namespace {

/// 10000 rows of 10 logits, (17 i mod 101 - 50)/10, and labels i mod 10, as in the peer.
std::pair<torch::Tensor, torch::Tensor> rows() {
  nn::use_threads(1);
  const auto logits = (torch::arange(100000, torch::kFloat32) * 17).remainder(101).sub(50).div(10).view({10000, 10});
  return {logits, torch::arange(10000, torch::kInt64).remainder(10)};
}

void loss_and_gradient(benchmark::State& state, double tau) {
  const auto [logits, labels] = rows();
  const auto leaf = logits.clone().requires_grad_();
  double value = 0;
  for (auto _ : state) {
    const auto loss = comp_sum_loss(leaf, labels, tau).mean();
    benchmark::DoNotOptimize(torch::autograd::grad({loss}, {leaf})[0].data_ptr());
    value = loss.item<double>();
  }
  state.counters["loss"] = value;
}
BENCHMARK_CAPTURE(loss_and_gradient, cross_entropy, 1.0)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(loss_and_gradient, generalised, 1.5)->Unit(benchmark::kMicrosecond);

/// A training step of the small network on 128 images: 5 attack steps and Adam.
void step(benchmark::State& state, const nn::BatchLoss& loss) {
  nn::use_threads(1);
  const nn::ImageTensors batch{
      (torch::arange(128 * 784, torch::kFloat32) * 7).remainder(256).div(255).view({128, 1, 28, 28}),
      torch::arange(128, torch::kInt64).remainder(10)};
  const auto network = nn::make_network({}, Random(1));
  nn::TrainingOptions training;
  training.epochs = 10;  // one step each
  for (auto _ : state) nn::train(*network, batch, loss, training, Random(2));
  state.SetItemsProcessed(10 * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK_CAPTURE(step, natural, natural_loss(1))->Name("ten_steps_natural")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(step, trades, nn::trades(6, {}))->Name("ten_steps_trades")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(step, adv_comp_sum, adv_comp_sum({}, {}))
    ->Name("ten_steps_adv_comp_sum")
    ->Unit(benchmark::kMillisecond);

void gamma_inverse(benchmark::State& state) {
  const Transform transform(1.5, 10);
  double t = 1e-6;
  for (auto _ : state) {
    t = t < 0.1 ? t * 1.1 : 1e-6;
    benchmark::DoNotOptimize(transform.inverse(t));
  }
}
BENCHMARK(gamma_inverse)->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace offprint::comp_sum_losses
