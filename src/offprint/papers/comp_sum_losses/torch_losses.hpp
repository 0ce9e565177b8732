// Comp-sum losses on batches of logits with gradients by autograd, and the adversarial training objectives that the paper compares.
#pragma once
#include "offprint/nn/torch_attacks.hpp"
#include "offprint/nn/torch_training.hpp"

namespace offprint::comp_sum_losses {

/// l_tau(h/rho, x, y) of each row of logits n x classes (Section 3): expm1((1 - tau) L) / (1 - tau) with L = -log softmax(h / rho)_y, and L itself at tau = 1.
/// tau >= 0, rho > 0.
torch::Tensor comp_sum_loss(const torch::Tensor& logits, const torch::Tensor& labels, double tau, double rho = 1);

/// Delta_h(x, y): h_y - h_j in every column j, zero where j = y. n x classes.
torch::Tensor margins(const torch::Tensor& logits, const torch::Tensor& labels);

/// Phi_tau of the sum over wrong classes of min(max(0, 1 - Delta/rho), 1), for each row: at the worst input, the adversarial comp-sum rho-margin loss (Section
/// 6).
torch::Tensor rho_margin_loss(const torch::Tensor& logits, const torch::Tensor& labels, double tau, double rho);

/// The smooth adversarial comp-sum loss (Section 6) at one perturbed input: l_tau(h/rho) of the clean logits + nu |Delta(perturbed) - Delta(clean)|_2.
torch::Tensor smooth_adversarial_loss(const torch::Tensor& clean_logits, const torch::Tensor& perturbed_logits,
                                      const torch::Tensor& labels, double tau, double rho, double nu);

enum class Method { natural, adv_comp_sum, trades, mart, pgd_at };

struct Objective {
  Method method = Method::natural;
  double tau = 1, rho = 1;  ///< of natural and adv_comp_sum
  double nu = 0.2;          ///< of adv_comp_sum: weight of the change of margins
  double beta = 6;          ///< of trades: weight of the divergence; of mart: its lambda
  nn::LinfBall ball{};
  int steps = 5;  ///< of the inner ascent, each of 2.5 radius / steps
};

/// The mean loss of a batch for nn::train. The inner maximum is found by projected sign-gradient ascent from a random point with the network in evaluation
/// mode: of |Delta(x') - Delta(x)|_2 for adv_comp_sum, KL(p(x) || p(x')) for trades, cross-entropy for mart and pgd_at.
nn::BatchLoss batch_loss(const Objective& objective);

}  // namespace offprint::comp_sum_losses
