// Options of the verbs that train or attack networks; their bodies stand in torch_verbs.cpp.
#pragma once
#include "offprint/nn/network_options.hpp"

namespace offprint::comp_sum_losses {

struct TrainOptions : nn::TrainingRunOptions {
  double tau = 1;
};

struct SweepOptions : nn::NetworkOptions {
  std::vector<double> taus{0, 0.5, 1, 1.5, 2};
  int seeds = 3;
};

enum class AdversarialMethod { adv_comp_sum, trades, mart, pgd };

struct AdvtrainOptions : nn::TrainingRunOptions {
  AdversarialMethod method = AdversarialMethod::adv_comp_sum;
  double epsilon = 0.1, tau = 1, nu = 0.2, rho = 1;
  std::optional<double> beta;  ///< default: 6 of trades, 5 of mart
  int steps = 5;
  AdvtrainOptions() {
    epochs = 8;
    learning_rate = 2e-3;
    warm_up = 20;
    cosine = true;
  }
};

struct AttackOptions : nn::ImageOptions {
  InputFile model;
  std::vector<std::string> attacks{"fgsm", "pgd", "pgd-margin", "apgd", "apgd-dlr"};
  double epsilon = 0.1;
  int steps = 20, restarts = 1;
  AttackOptions() { images = 1000; }
};

}  // namespace offprint::comp_sum_losses
