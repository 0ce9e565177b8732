#include "offprint/papers/comp_sum_losses/torch_losses.hpp"

#include <gtest/gtest.h>

#include "offprint/base/error.hpp"
#include "offprint/papers/comp_sum_losses/comp_sum_losses.hpp"

namespace offprint::comp_sum_losses {
namespace {

using torch::Tensor;

double value(const Tensor& tensor) { return tensor.item<double>(); }

struct Batch {
  Tensor logits, labels;
};

Batch random_batch(std::uint64_t seed) {
  Random random(seed);
  return {nn::uniform_like(torch::empty({6, 4}), -3, 3, random).to(torch::kFloat64),
          torch::arange(6, torch::kInt64).remainder(4)};
}

std::vector<double> row(const Tensor& logits, std::int64_t i) {
  std::vector<double> scores;
  for (std::int64_t j = 0; j < logits.size(1); ++j) scores.push_back(value(logits[i][j]));
  return scores;
}

TEST(TorchLosses, LossAndGradientAreThoseOfTheMethod) {
  const auto [logits, labels] = random_batch(1);
  for (const double tau : {0.0, 0.5, 1.0, 1.0 + 1e-9, 1.5, 2.0, 2.5})
    for (const double rho : {0.5, 1.0}) {
      const auto leaf = logits.clone().requires_grad_();
      const auto losses = comp_sum_loss(leaf, labels, tau, rho);
      const auto gradient = torch::autograd::grad({losses.sum()}, {leaf})[0];
      for (std::int64_t i = 0; i < 6; ++i) {
        const auto scores = row(logits, i);
        const auto label = static_cast<std::size_t>(i % 4);
        const CompSum loss{tau, rho};
        const double expected = loss.value(std::span<const double>(scores), label);
        EXPECT_NEAR(value(losses[i]), expected, 1e-9 * (1 + expected)) << tau;
        const auto slopes = loss.gradient(std::span<const double>(scores), label);
        for (std::size_t j = 0; j < 4; ++j)
          EXPECT_NEAR(value(gradient[i][static_cast<std::int64_t>(j)]), slopes[j], 1e-8 * (1 + expected)) << tau;
      }
    }
  EXPECT_THROW(comp_sum_loss(logits, labels, -1), BadInput);
  EXPECT_THROW(comp_sum_loss(logits, labels, 1, 0), BadInput);
}

TEST(TorchLosses, MarginLossesAreTheirDefinition) {
  const auto logits = torch::tensor({2.0, 1.5, -1.0}, torch::kFloat64).view({1, 3});
  const auto labels = torch::zeros({1}, torch::kInt64);
  EXPECT_TRUE(margins(logits, labels).equal(torch::tensor({0.0, 0.5, 3.0}, torch::kFloat64).view({1, 3})));
  // min(max(0, 1 - Delta / rho), 1): 0.5 of the second class, 0 of the third.
  for (const double tau : {0.0, 1.0, 2.0})
    EXPECT_NEAR(value(rho_margin_loss(logits, labels, tau, 1)), phi(tau, 0.5), 1e-12);
  const auto moved = torch::tensor({2.0, 2.5, 1.0}, torch::kFloat64).view({1, 3});
  EXPECT_NEAR(value(smooth_adversarial_loss(logits, moved, labels, 1, 1, 0.3)),
              value(comp_sum_loss(logits, labels, 1)) + 0.3 * std::sqrt(1.0 + 4.0), 1e-12);
}

TEST(TorchLosses, TheChainOfInequalitiesHolds) {
  for (std::uint64_t seed = 2; seed < 12; ++seed) {
    const auto [clean, labels] = random_batch(seed);
    const auto moved = random_batch(100 + seed).logits;
    for (const double tau : {0.0, 0.5, 1.0, 1.5, 2.0})
      for (const double rho : {0.5, 1.0, 2.0}) {
        const auto margin = rho_margin_loss(moved, labels, tau, rho);
        const auto smooth = smooth_adversarial_loss(clean, moved, labels, tau, rho, std::sqrt(3.0) / rho);
        EXPECT_GE(value((smooth - margin).min()), -1e-9);
        EXPECT_GE(value((margin - phi(tau, 1) * moved.argmax(1).ne(labels).to(torch::kFloat64)).min()), -1e-9);
      }
  }
}

TEST(TorchLosses, AdvCompSumIsTheSmoothLossAtTheInputItFinds) {
  nn::use_threads(1);
  const auto network = nn::make_network({nn::Architecture::Kind::mlp, 1, 1, 5, 3}, Random(1));
  Random random(2);
  const auto images = nn::uniform_like(torch::empty({4, 1, 1, 5}), 0, 1, random);
  const auto labels = torch::tensor({0, 1, 2, 0}, torch::kInt64);
  const nn::InnerAscent ascent{{0.2, 0, 1}, 5};
  const auto clean = network->forward(images).detach();
  Random start(3);
  const auto perturbed =
      nn::pgd([&](const Tensor& inputs) { return network->forward(inputs); }, images, ascent.ball,
              [&](const Tensor& logits) { return (margins(logits, labels) - margins(clean, labels)).norm(2, 1); },
              {ascent.steps}, start);
  const auto expected = smooth_adversarial_loss(clean, network->forward(perturbed), labels, 1.5, 0.5, 0.7).mean();
  EXPECT_NEAR(value(adv_comp_sum({1.5, 0.5, 0.7}, ascent)(*network, images, labels, Random(3))), value(expected), 1e-6);
  EXPECT_NEAR(value(natural_loss(1.5)(*network, images, labels, Random(3))),
              value(comp_sum_loss(clean, labels, 1.5).mean()), 1e-6);
}

}  // namespace
}  // namespace offprint::comp_sum_losses
