#include "offprint/nn/torch_adversarial.hpp"

namespace offprint::nn {
namespace {

using torch::Tensor;

Tensor cross_entropy(const Tensor& logits, const Tensor& labels) { return cross_entropy_objective(labels)(logits); }

Objective raise_cross_entropy(const CleanLogits&, const Tensor& labels) { return cross_entropy_objective(labels); }

Tensor boosted_cross_entropy(const Tensor& logits, const Tensor& labels) {
  const auto p = logits.softmax(1);
  const auto largest_wrong = std::get<0>(p.scatter(1, labels.unsqueeze(1), 0).max(1));
  return cross_entropy(logits, labels) - torch::log(1.0001 - largest_wrong);
}

}  // namespace

Tensor divergence(const Tensor& clean_logits, const Tensor& perturbed_logits) {
  const auto log_p = clean_logits.log_softmax(1);
  return (log_p.exp() * (log_p - perturbed_logits.log_softmax(1))).sum(1);
}

BatchLoss adversarial_loss(AdversarialObjective objective, const InnerAscent& ascent) {
  return [objective = std::move(objective), ascent](Network& network, const Tensor& images, const Tensor& labels,
                                                    Random random) {
    network.eval();
    const auto raised = objective.raised(
        [&] {
          torch::NoGradGuard no_gradients;
          return network.forward(images);
        },
        labels);
    const auto perturbed = pgd([&](const Tensor& inputs) { return network.forward(inputs); }, images, ascent.ball,
                               raised, {ascent.steps}, random);
    network.train();
    const auto worst = network.forward(perturbed);
    return objective.lowered([&] { return network.forward(images); }, worst, labels).mean();
  };
}

BatchLoss pgd_training(const InnerAscent& ascent) {
  return adversarial_loss({raise_cross_entropy, [](const CleanLogits&, const Tensor& perturbed,
                                                   const Tensor& labels) { return cross_entropy(perturbed, labels); }},
                          ascent);
}

BatchLoss trades(double beta, const InnerAscent& ascent) {
  return adversarial_loss({[](const CleanLogits& clean, const Tensor&) { return kl_objective(clean()); },
                           [beta](const CleanLogits& clean_logits, const Tensor& perturbed, const Tensor& labels) {
                             const auto clean = clean_logits();
                             return cross_entropy(clean, labels) + beta * divergence(clean, perturbed);
                           }},
                          ascent);
}

BatchLoss mart(double lambda, const InnerAscent& ascent) {
  return adversarial_loss({raise_cross_entropy,
                           [lambda](const CleanLogits& clean_logits, const Tensor& perturbed, const Tensor& labels) {
                             const auto clean = clean_logits();
                             const auto doubt = 1 - clean.softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1);
                             return boosted_cross_entropy(perturbed, labels) +
                                    lambda * divergence(clean, perturbed) * doubt;
                           }},
                          ascent);
}

}  // namespace offprint::nn
