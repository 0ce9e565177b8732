// Adversarial training: the loss of a batch at the inputs that an inner ascent finds, and the objectives of PGD
// training (Madry et al. 2018), TRADES (Zhang et al. 2019) and MART (Wang et al. 2020). Another objective is one
// function of the clean and the perturbed logits, and what its ascent raises.
#pragma once
#include "offprint/nn/torch_attacks.hpp"
#include "offprint/nn/torch_training.hpp"

namespace offprint::nn {

/// The inner maximum: projected sign-gradient ascent from a random point, each step of 2.5 radius / steps, with the
/// network in evaluation mode.
struct InnerAscent {
  LinfBall ball{};
  int steps = 5;
};

/// The logits of the clean inputs, computed when asked for: not every objective needs them.
using CleanLogits = std::function<torch::Tensor()>;

struct AdversarialObjective {
  /// What the ascent raises, given the clean logits without gradients.
  std::function<Objective(const CleanLogits& clean, const torch::Tensor& labels)> raised;
  /// One loss an example, whose mean is minimised; gradients flow through both logits.
  std::function<torch::Tensor(const CleanLogits& clean, const torch::Tensor& perturbed, const torch::Tensor& labels)>
      lowered;
};

/// The mean loss of a batch for train().
BatchLoss adversarial_loss(AdversarialObjective objective, const InnerAscent& ascent);

/// Cross-entropy at the inputs that raise it.
BatchLoss pgd_training(const InnerAscent& ascent);
/// Cross-entropy of the clean inputs + beta KL(p(x) || p(x')), at the x' that raises the divergence.
BatchLoss trades(double beta, const InnerAscent& ascent);
/// Boosted cross-entropy at the x' that raises cross-entropy, -log p_y(x') - log(1.0001 - largest wrong p(x')), +
/// lambda KL(p(x) || p(x')) (1 - p_y(x)).
BatchLoss mart(double lambda, const InnerAscent& ascent);

/// KL(p(clean) || p(perturbed)) of each row, with gradients in both.
torch::Tensor divergence(const torch::Tensor& clean_logits, const torch::Tensor& perturbed_logits);

}  // namespace offprint::nn
