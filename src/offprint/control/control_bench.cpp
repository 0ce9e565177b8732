// One TD3+BC update at the sizes of the substrate's table: ours, the same in C++ over libtorch, and, in the peer, in
// PyTorch from Python.
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include "offprint/control/td3.hpp"
#include "offprint/nn/blas.hpp"

namespace offprint::control {
namespace {

constexpr int observations = 11, actions = 3;

void td3_bc_update(benchmark::State& state) {
  const nn::TrainingThread thread;
  const int size = static_cast<int>(state.range(0)), hidden = static_cast<int>(state.range(1));
  const Random random(1);
  const auto data = random_transitions(20000, observations, actions, random);
  Td3Settings settings;
  settings.hidden = {hidden, hidden};
  Td3 learner(observations, actions, settings, ActorLoss::td3_bc(2.5), Random(2));
  Batch batch;
  for (auto _ : state)
    for (int i = 0; i < 2; ++i) {  // two: one of them updates the actor
      draw(data, size, random.split(static_cast<std::uint64_t>(learner.updates())), batch);
      learner.update(batch);
    }
}

struct LibtorchLearner {
  using Tensor = torch::Tensor;
  torch::nn::Sequential actor, q1, q2, actor_target, q1_target, q2_target;
  torch::optim::Adam actor_adam, critic_adam;

  static torch::nn::Sequential net(int inputs, int hidden, int outputs, bool bounded) {
    torch::nn::Sequential layers(torch::nn::Linear(inputs, hidden), torch::nn::ReLU(),
                                 torch::nn::Linear(hidden, hidden), torch::nn::ReLU(),
                                 torch::nn::Linear(hidden, outputs));
    if (bounded) layers->push_back(torch::nn::Tanh());
    return layers;
  }
  static std::vector<Tensor> both(const torch::nn::Sequential& a, const torch::nn::Sequential& b) {
    auto all = a->parameters();
    for (const auto& one : b->parameters()) all.push_back(one);
    return all;
  }
  explicit LibtorchLearner(int hidden)
      : actor(net(observations, hidden, actions, true)),
        q1(net(observations + actions, hidden, 1, false)),
        q2(net(observations + actions, hidden, 1, false)),
        actor_target(net(observations, hidden, actions, true)),
        q1_target(net(observations + actions, hidden, 1, false)),
        q2_target(net(observations + actions, hidden, 1, false)),
        actor_adam(actor->parameters(), 3e-4),
        critic_adam(both(q1, q2), 3e-4) {}

  void update_critics(const Tensor& s, const Tensor& a, const Tensor& r, const Tensor& next, const Tensor& go) {
    Tensor y;
    {
      torch::NoGradGuard no_gradients;
      const auto a2 = (actor_target->forward(next) + (torch::randn_like(a) * 0.2).clamp_(-0.5, 0.5)).clamp_(-1, 1);
      const auto x2 = torch::cat({next, a2}, 1);
      y = r + go * 0.99 * torch::min(q1_target->forward(x2), q2_target->forward(x2)).squeeze(1);
    }
    const auto x = torch::cat({s, a}, 1);
    const auto loss = torch::mse_loss(q1->forward(x).squeeze(1), y) + torch::mse_loss(q2->forward(x).squeeze(1), y);
    critic_adam.zero_grad();
    loss.backward();
    critic_adam.step();
  }

  void update_actor(const Tensor& s, const Tensor& a) {
    const auto pi = actor->forward(s);
    const auto q = q1->forward(torch::cat({s, pi}, 1));
    const auto loss = -2.5 / q.abs().mean().detach() * q.mean() + torch::mse_loss(pi, a);
    actor_adam.zero_grad();
    loss.backward();
    actor_adam.step();
    torch::NoGradGuard no_gradients;
    const std::pair<torch::nn::Sequential*, torch::nn::Sequential*> pairs[]{
        {&actor_target, &actor}, {&q1_target, &q1}, {&q2_target, &q2}};
    for (const auto& [target, source] : pairs) {
      const auto to = (*target)->parameters(), from = (*source)->parameters();
      for (std::size_t i = 0; i < to.size(); ++i) to[i].mul_(0.995).add_(from[i], 0.005);
    }
  }
};

void libtorch_td3_bc_update(benchmark::State& state) {
  at::set_num_threads(1);
  at::globalContext().setFlushDenormal(true);
  const auto size = state.range(0);
  const std::int64_t count = 20000;
  const auto s = torch::randn({count, observations}), a = torch::rand({count, actions}) * 2 - 1,
             r = torch::randn({count}), next = torch::randn({count, observations}), go = torch::ones({count});
  LibtorchLearner learner(static_cast<int>(state.range(1)));
  for (auto _ : state)
    for (int i = 0; i < 2; ++i) {
      const auto rows = torch::randint(count, {size}, torch::kInt64);
      const auto states = s.index_select(0, rows), logged = a.index_select(0, rows);
      learner.update_critics(states, logged, r.index_select(0, rows), next.index_select(0, rows),
                             go.index_select(0, rows));
      if (i == 1) learner.update_actor(states, logged);
    }
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({256, 256})
      ->Args({256, 128})
      ->Args({256, 64})
      ->Args({128, 128})
      ->Args({128, 64})
      ->Args({64, 64})
      ->Unit(benchmark::kMillisecond);
}
BENCHMARK(td3_bc_update)->Apply(sizes);
BENCHMARK(libtorch_td3_bc_update)->Apply(sizes);

}  // namespace
}  // namespace offprint::control
