// Comp-sum losses on batches of logits with gradients by autograd, and the paper's adversarial training objective.
#pragma once
#include "offprint/nn/torch_adversarial.hpp"

namespace offprint::comp_sum_losses {

/// l_tau(h/rho, x, y) of each row of logits n x classes (Section 3): expm1((1 - tau) L) / (1 - tau) with
/// L = -log softmax(h / rho)_y, and L itself at tau = 1. tau >= 0, rho > 0.
torch::Tensor comp_sum_loss(const torch::Tensor& logits, const torch::Tensor& labels, double tau, double rho = 1);

/// Delta_h(x, y): h_y - h_j in every column j, zero where j = y. n x classes.
torch::Tensor margins(const torch::Tensor& logits, const torch::Tensor& labels);

/// Phi_tau of the sum over wrong classes of min(max(0, 1 - Delta/rho), 1), for each row: at the worst input, the
/// adversarial comp-sum rho-margin loss (Section 6).
torch::Tensor rho_margin_loss(const torch::Tensor& logits, const torch::Tensor& labels, double tau, double rho);

/// The smooth adversarial comp-sum loss (Section 6) at one perturbed input:
/// l_tau(h/rho) of the clean logits + nu |Delta(perturbed) - Delta(clean)|_2.
torch::Tensor smooth_adversarial_loss(const torch::Tensor& clean_logits, const torch::Tensor& perturbed_logits,
                                      const torch::Tensor& labels, double tau, double rho, double nu);

/// The mean comp-sum loss of a batch, for nn::train.
nn::BatchLoss natural_loss(double tau);

/// ADV-COMP-SUM: the mean smooth adversarial loss at the x' that raises |Delta(x') - Delta(x)|_2.
struct AdvCompSum {
  double tau = 1, rho = 1;
  double nu = 0.2;  ///< weight of the change of margins
};
nn::BatchLoss adv_comp_sum(const AdvCompSum& weights, const nn::InnerAscent& ascent);

}  // namespace offprint::comp_sum_losses
