// The verbs' options and bodies, and what they share with the reproduction. Bodies declared weak need libtorch and live in torch_*.cpp.
#pragma once
#include "offprint/paper/verb.hpp"
#include "offprint/papers/comp_sum_losses/comp_sum_losses.hpp"
#include "offprint/papers/comp_sum_losses/transform.hpp"

namespace offprint::comp_sum_losses {

struct BoundOptions {
  double tau = 1, excess = 0.05, gap = 0, best_error = 0;
  int classes = 10;
};

struct CertifyOptions {
  InputFile scores, labels;
  bool probabilities = false;  ///< the table holds class probabilities, not scores
  double tau = 1, best_risk = 0, gap = 0, best_error = 0;
};

/// Labelled images or features, and the network on them.
struct DataOptions {
  InputFile data{"data:fashion-mnist"}, labels;
  int images = 0;  ///< the first so many; 0: all
};

struct NetworkOptions : DataOptions {
  int filters = 8, hidden = 100, epochs = 6, batch = 128;
  double learning_rate = 1e-3, validation = 0.1, weight_decay = 0, clip = 0, averaging = 0;
  int warm_up = 0;
  bool cosine = false, keep_best = false;
  int patience = 0;
};

struct TrainOptions : NetworkOptions {
  double tau = 1;
  bool resume = false;
  OutputFile output;
};

struct SweepOptions : NetworkOptions {
  std::vector<double> taus{0, 0.5, 1, 1.5, 2};
  int seeds = 3;
};

enum class AdversarialMethod { adv_comp_sum, trades, mart, pgd_at };

struct AdvtrainOptions : TrainOptions {
  AdversarialMethod method = AdversarialMethod::adv_comp_sum;
  double epsilon = 0.1, nu = 0.2, rho = 1;
  std::optional<double> beta;  ///< default: 6 of trades, 5 of mart
  int steps = 5;
  AdvtrainOptions() {
    epochs = 8;
    learning_rate = 2e-3;
    warm_up = 20;
    cosine = true;
  }
};

struct AttackOptions : DataOptions {
  InputFile model;
  std::vector<std::string> attacks{"fgsm", "pgd", "pgd-margin", "apgd", "apgd-dlr"};
  double epsilon = 0.1;
  int steps = 20, restarts = 1;
  AttackOptions() { images = 1000; }
};

void bound_verb(const BoundOptions& options, Run& run);
void certify_verb(const CertifyOptions& options, Run& run);
[[gnu::weak]] void train_verb(const TrainOptions& options, Run& run);
[[gnu::weak]] void sweep_verb(const SweepOptions& options, Run& run);
[[gnu::weak]] void advtrain_verb(const AdvtrainOptions& options, Run& run);
[[gnu::weak]] void attack_verb(const AttackOptions& options, Run& run);

void reproduce(const ReproduceOptions& options, Run& run);
/// C4 to C7, which train networks.
[[gnu::weak]] void reproduce_networks(const ReproduceOptions& options, Run& run);
bool reproduces_networks(const ReproduceOptions& options);

/// Gamma against the surrogate's excess, one line a tau.
Figure transform_figure(std::size_t classes, const std::vector<double>& taus, double largest_excess);

}  // namespace offprint::comp_sum_losses
