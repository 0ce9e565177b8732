#include "offprint/nn/torch_adversarial.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace offprint::nn {
namespace {

using torch::Tensor;

double value(const Tensor& tensor) { return tensor.item<double>(); }

/// A network whose logits are its inputs, so that losses can be computed by hand.
class Identity : public Network {
 public:
  Identity() : Network({Architecture::Kind::mlp, 1, 1, 3, 3}) {}
  Tensor forward(const Tensor& inputs) override { return inputs.flatten(1); }
};

struct Example {
  std::array<double, 3> clean, perturbed;
  int label;
};

std::array<double, 3> softmax(const std::array<double, 3>& h) {
  const double sum = std::exp(h[0]) + std::exp(h[1]) + std::exp(h[2]);
  return {std::exp(h[0]) / sum, std::exp(h[1]) / sum, std::exp(h[2]) / sum};
}

double kl_of(const std::array<double, 3>& clean, const std::array<double, 3>& perturbed) {
  const auto p = softmax(clean), q = softmax(perturbed);
  double sum = 0;
  for (int j = 0; j < 3; ++j)
    sum += p[static_cast<std::size_t>(j)] * std::log(p[static_cast<std::size_t>(j)] / q[static_cast<std::size_t>(j)]);
  return sum;
}

const ImageTensors data{torch::tensor({0.2F, 0.5F, 0.4F, 0.9F, 0.1F, 0.3F}).view({2, 1, 1, 3}),
                        torch::tensor({1, 0}, torch::kInt64)};

std::array<double, 3> row(const Tensor& images, std::int64_t i) {
  const auto flat = images.flatten(1)[i].to(torch::kFloat64);
  return {value(flat[0]), value(flat[1]), value(flat[2])};
}

/// The inputs at which the ascent ends, caught from the loss itself.
Tensor perturbed_by(const AdversarialObjective& objective, const InnerAscent& ascent) {
  Identity network;
  Tensor caught;
  auto spying = objective;
  spying.lowered = [&](const CleanLogits&, const Tensor& perturbed, const Tensor&) {
    caught = perturbed;
    return perturbed.sum(1);
  };
  adversarial_loss(spying, ascent)(network, data.images, data.labels, Random(5));
  return caught;
}

const InnerAscent ascent{{0.1, 0, 1}, 10};

TEST(Adversarial, TheAscentRaisesWhatItIsToldTo) {
  // Of the right class's negative logit: that input falls by the radius, the others stay anywhere in the ball.
  const auto reached = perturbed_by({[](const CleanLogits&, const Tensor& labels) -> Objective {
                                       return [labels](const Tensor& logits) {
                                         return -logits.gather(1, labels.unsqueeze(1)).squeeze(1);
                                       };
                                     },
                                     {}},
                                    ascent);
  EXPECT_NEAR(value(reached[0][1]), 0.4, 1e-6);
  EXPECT_NEAR(value(reached[1][0]), 0.8, 1e-6);
  EXPECT_LE(value((reached - data.images.flatten(1)).abs().max()), 0.1 + 1e-6);
}

TEST(Adversarial, CleanLogitsOfTheAscentHaveNoGradients) {
  Identity network;
  bool asked = false;
  adversarial_loss({[&](const CleanLogits& clean, const Tensor& labels) {
                      EXPECT_FALSE(network.is_training());
                      EXPECT_FALSE(clean().requires_grad());
                      asked = true;
                      return cross_entropy_objective(labels);
                    },
                    [&](const CleanLogits& clean, const Tensor& perturbed, const Tensor&) {
                      EXPECT_TRUE(network.is_training());
                      return clean().sum(1) + perturbed.sum(1);
                    }},
                   ascent)(network, data.images, data.labels, Random(1));
  EXPECT_TRUE(asked);
}

TEST(Adversarial, PgdTrainingIsTheCrossEntropyAtTheWorstInput) {
  // With logits = inputs the worst corner is known: the right class down, the others up.
  Identity network;
  const double loss = value(pgd_training(ascent)(network, data.images, data.labels, Random(1)));
  double expected = 0;
  for (std::int64_t i = 0; i < 2; ++i) {
    auto h = row(data.images, i);
    const auto label = static_cast<std::size_t>(data.labels[i].item<std::int64_t>());
    for (std::size_t j = 0; j < 3; ++j) h[j] = std::clamp(h[j] + (j == label ? -0.1 : 0.1), 0.0, 1.0);
    expected -= std::log(softmax(h)[label]) / 2;
  }
  EXPECT_NEAR(loss, expected, 1e-6);
}

TEST(Adversarial, TradesAndMartAreTheirFormulas) {
  Identity network;
  const auto by_divergence =
      perturbed_by({[](const CleanLogits& clean, const Tensor&) { return kl_objective(clean()); }, {}}, ascent);
  const auto by_cross_entropy = perturbed_by(
      {[](const CleanLogits&, const Tensor& labels) { return cross_entropy_objective(labels); }, {}}, ascent);
  double trades_expected = 0, mart_expected = 0;
  for (std::int64_t i = 0; i < 2; ++i) {
    const auto label = static_cast<std::size_t>(data.labels[i].item<std::int64_t>());
    const auto clean = row(data.images, i), moved = row(by_divergence, i), worst = row(by_cross_entropy, i);
    trades_expected += (-std::log(softmax(clean)[label]) + 6 * kl_of(clean, moved)) / 2;
    const auto p = softmax(worst);
    double largest_wrong = 0;
    for (std::size_t j = 0; j < 3; ++j)
      if (j != label) largest_wrong = std::max(largest_wrong, p[j]);
    mart_expected += (-std::log(p[label]) - std::log(1.0001 - largest_wrong) +
                      5 * kl_of(clean, worst) * (1 - softmax(clean)[label])) /
                     2;
  }
  EXPECT_NEAR(value(trades(6, ascent)(network, data.images, data.labels, Random(5))), trades_expected, 1e-5);
  EXPECT_NEAR(value(mart(5, ascent)(network, data.images, data.labels, Random(5))), mart_expected, 1e-5);
}

TEST(Adversarial, DivergenceIsNotNegativeAndZeroWhereNothingMoved) {
  const auto logits = torch::tensor({2.0F, 1.0F, -1.0F, 0.0F, 0.5F, 3.0F}).view({2, 3});
  EXPECT_LT(value(divergence(logits, logits).abs().max()), 1e-6);
  EXPECT_GT(value(divergence(logits, -logits).min()), 0);
}

}  // namespace
}  // namespace offprint::nn
