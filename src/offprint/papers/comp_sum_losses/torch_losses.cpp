#include "offprint/papers/comp_sum_losses/torch_losses.hpp"

#include <cmath>

#include "offprint/base/error.hpp"

namespace offprint::comp_sum_losses {
namespace {

using torch::Tensor;

constexpr double at_one = 1e-8;  ///< tau this near to 1 is 1

/// Phi_tau as a function of L = log(1 + u).
Tensor of_log(const Tensor& log_one_plus, double tau) {
  return std::abs(1 - tau) < at_one ? log_one_plus : torch::expm1(log_one_plus * (1 - tau)) / (1 - tau);
}

}  // namespace

Tensor comp_sum_loss(const Tensor& logits, const Tensor& labels, double tau, double rho) {
  if (!(tau >= 0) || !(rho > 0)) throw BadInput("", "tau must be at least 0 and rho above 0", "mend them");
  return of_log(nn::cross_entropy_objective(labels)(rho == 1 ? logits : logits / rho), tau);
}

Tensor margins(const Tensor& logits, const Tensor& labels) { return logits.gather(1, labels.unsqueeze(1)) - logits; }

Tensor rho_margin_loss(const Tensor& logits, const Tensor& labels, double tau, double rho) {
  const auto sum = (1 - margins(logits, labels) / rho).clamp(0, 1).sum(1) - 1;  // the right class itself adds one
  return of_log(torch::log1p(sum.clamp_min(0)), tau);
}

Tensor smooth_adversarial_loss(const Tensor& clean_logits, const Tensor& perturbed_logits, const Tensor& labels,
                               double tau, double rho, double nu) {
  const auto change = margins(perturbed_logits, labels) - margins(clean_logits, labels);
  return comp_sum_loss(clean_logits, labels, tau, rho) + nu * change.norm(2, 1);
}

nn::BatchLoss natural_loss(double tau) {
  return [tau](nn::Network& network, const Tensor& images, const Tensor& labels, Random) {
    return comp_sum_loss(network.forward(images), labels, tau).mean();
  };
}

nn::BatchLoss adv_comp_sum(const AdvCompSum& weights, const nn::InnerAscent& ascent) {
  return nn::adversarial_loss({[](const nn::CleanLogits& clean, const Tensor& labels) -> nn::Objective {
                                 return [labels, start = margins(clean(), labels)](const Tensor& logits) {
                                   return (margins(logits, labels) - start).norm(2, 1);
                                 };
                               },
                               [weights](const nn::CleanLogits& clean, const Tensor& perturbed, const Tensor& labels) {
                                 return smooth_adversarial_loss(clean(), perturbed, labels, weights.tau, weights.rho,
                                                                weights.nu);
                               }},
                              ascent);
}

}  // namespace offprint::comp_sum_losses
