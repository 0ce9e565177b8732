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

Tensor cross_entropy(const Tensor& logits, const Tensor& labels) { return nn::cross_entropy_objective(labels)(logits); }

/// KL(p(clean) || p(perturbed)) of each row, with gradients in both.
Tensor divergence(const Tensor& clean_logits, const Tensor& perturbed_logits) {
  const auto log_p = clean_logits.log_softmax(1);
  return (log_p.exp() * (log_p - perturbed_logits.log_softmax(1))).sum(1);
}

/// Cross-entropy at the perturbed input plus a margin term: the boosted cross-entropy of MART.
Tensor boosted_cross_entropy(const Tensor& perturbed_logits, const Tensor& labels) {
  const auto p = perturbed_logits.softmax(1);
  const auto largest_wrong = std::get<0>(p.scatter(1, labels.unsqueeze(1), 0).max(1));
  return cross_entropy(perturbed_logits, labels) - torch::log(1.0001 - largest_wrong);
}

Tensor attacked(nn::Network& network, const Tensor& images, const Tensor& labels, const Objective& objective,
                Random& random) {
  network.eval();
  nn::Objective inner;
  const auto clean_logits = [&] {
    torch::NoGradGuard no_gradients;
    return network.forward(images);
  };
  if (objective.method == Method::adv_comp_sum)
    inner = [labels, start = margins(clean_logits(), labels)](const Tensor& logits) {
      return (margins(logits, labels) - start).norm(2, 1);
    };
  else if (objective.method == Method::trades)
    inner = nn::kl_objective(clean_logits());
  else
    inner = nn::cross_entropy_objective(labels);
  const auto perturbed = nn::pgd([&](const Tensor& inputs) { return network.forward(inputs); }, images, objective.ball,
                                 inner, {objective.steps}, random);
  network.train();
  return perturbed;
}

}  // namespace

Tensor comp_sum_loss(const Tensor& logits, const Tensor& labels, double tau, double rho) {
  if (!(tau >= 0) || !(rho > 0)) throw BadInput("", "tau must be at least 0 and rho above 0", "mend them");
  return of_log(cross_entropy(rho == 1 ? logits : logits / rho, labels), tau);
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

nn::BatchLoss batch_loss(const Objective& objective) {
  return [objective](nn::Network& network, const Tensor& images, const Tensor& labels, Random random) {
    if (objective.method == Method::natural)
      return comp_sum_loss(network.forward(images), labels, objective.tau, objective.rho).mean();
    const auto perturbed = attacked(network, images, labels, objective, random);
    const auto worst = network.forward(perturbed);
    if (objective.method == Method::pgd_at) return cross_entropy(worst, labels).mean();
    const auto clean = network.forward(images);
    if (objective.method == Method::adv_comp_sum)
      return smooth_adversarial_loss(clean, worst, labels, objective.tau, objective.rho, objective.nu).mean();
    if (objective.method == Method::trades)
      return (cross_entropy(clean, labels) + objective.beta * divergence(clean, worst)).mean();
    const auto doubt = 1 - clean.softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1);
    return (boosted_cross_entropy(worst, labels) + objective.beta * divergence(clean, worst) * doubt).mean();
  };
}

}  // namespace offprint::comp_sum_losses
