// Adversarial attacks on classifiers within an L-infinity ball and a box: FGSM, projected gradient ascent (PGD) of any
// objective, and APGD, which sets its own step size (Croce and Hein, ICML 2020). Evaluation in batches with random
// starts and restarts, and the worst case over attacks per image.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "offprint/nn/torch_network.hpp"

namespace offprint::nn {

/// Inputs within `radius` of the clean ones in every value, and within [low, high].
struct LinfBall {
  double radius = 0.1;  ///< >= 0
  double low = 0, high = 1;
  torch::Tensor project(const torch::Tensor& perturbed, const torch::Tensor& clean) const;
  torch::Tensor random_point(const torch::Tensor& clean, Random& random) const;
};

/// Inputs to logits n x classes.
using Classifier = std::function<torch::Tensor(const torch::Tensor&)>;
/// Logits to one value an example, which the attack raises.
using Objective = std::function<torch::Tensor(const torch::Tensor& logits)>;

/// Objectives; all are functions of the logits of the perturbed inputs.
Objective cross_entropy_objective(torch::Tensor labels);
Objective margin_objective(
    torch::Tensor labels);  ///< largest wrong logit minus the right one (Carlini and Wagner): positive is an error
Objective kl_objective(torch::Tensor clean_logits);  ///< KL(p(clean) || p(perturbed)), as in TRADES
Objective dlr_objective(
    torch::Tensor
        labels);  ///< margin over the spread of the three largest logits (Croce and Hein); three classes at least

struct PgdOptions {
  int steps = 20;
  double step_size = 0;  ///< 0: 2.5 radius / steps
  bool random_start = true;
};

/// One step of size radius along the sign of the gradient, from the clean input.
torch::Tensor fgsm(const Classifier& classifier, const torch::Tensor& clean, const LinfBall& ball,
                   const Objective& objective);
torch::Tensor pgd(const Classifier& classifier, const torch::Tensor& clean, const LinfBall& ball,
                  const Objective& objective, const PgdOptions& options, Random& random);
/// The best point found by `steps` steps with momentum; the step size of each image starts at 2 radius and is halved,
/// back at its best point, where progress stalls.
torch::Tensor apgd(const Classifier& classifier, const torch::Tensor& clean, const LinfBall& ball,
                   const Objective& objective, int steps, Random& random);

struct Attack {
  enum class Method { fgsm, pgd, apgd } method = Method::pgd;
  enum class Loss { cross_entropy, margin, kl, dlr } loss = Loss::cross_entropy;
  int steps = 20;
  int restarts = 1;          ///< each from another random point; only images that still stand are attacked again
  std::string name() const;  ///< "fgsm", "pgd", "pgd-margin", "pgd-kl", "apgd", "apgd-dlr", ...
};
/// The attack of that name: fgsm, pgd, pgd-margin (or cw), pgd-kl, apgd, apgd-margin, apgd-dlr. Throws UsageError
/// naming the nearest one.
Attack attack_named(const std::string& name, int steps = 20, int restarts = 1);

struct Robustness {
  double clean = 0;                      ///< accuracy without attack
  std::vector<double> accuracy;          ///< one an attack
  double worst = 0;                      ///< share of images that stand against all attacks
  std::vector<torch::Tensor> perturbed;  ///< one an attack: the images as it left them
};

/// Attacks every image. Accuracy counts an image as standing only if no restart of the attack breaks it; `after_batch`,
/// if given, is called with the share done and may throw to stop.
Robustness attack_all(const Classifier& classifier, const ImageTensors& data, const LinfBall& ball,
                      const std::vector<Attack>& attacks, const Random& random, std::int64_t batch = 250,
                      const std::function<void(double)>& after_batch = {});

}  // namespace offprint::nn
