// The training loop: batches, optimiser, schedule, clipping, weight averaging, choice of the best epoch, early stop,
// and resuming after a kill.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "offprint/nn/torch_network.hpp"

namespace offprint::nn {

/// Learning rate over the steps of a training: a linear warm-up, then constant, half a cosine down to zero, or drops by
/// a factor.
struct Schedule {
  enum class Shape { constant, cosine, drops } shape = Shape::constant;
  std::int64_t warm_up = 0;        ///< steps
  std::vector<double> drops_at{};  ///< of the shape `drops`: parts of the training in (0, 1)
  double drop_factor = 0.1;
};
/// Factor of the base rate at `step` in 0..total-1.
double rate_factor(const Schedule& schedule, std::int64_t step, std::int64_t total);

struct TrainingOptions {
  int epochs = 1;            ///< >= 1
  std::int64_t batch = 128;  ///< the rest of an epoch that fills no batch is left out, unless it is the only one
  enum class Optimizer { adam, sgd } optimizer = Optimizer::adam;
  double learning_rate = 1e-3;  ///< > 0
  double momentum = 0.9;        ///< of sgd
  double weight_decay = 0;      ///< times the weights, added to the gradient
  Schedule schedule;
  double clip_norm = 0;  ///< largest norm of the whole gradient; 0: no clipping
  double averaging =
      0;  ///< decay of the exponential average of weights that is validated and kept, such as 0.9975; 0: none
  bool keep_best = false;            ///< ends with the weights of the epoch of highest validation score
  int patience = 0;                  ///< stops after so many epochs without a better validation score; 0: never
  std::filesystem::path checkpoint;  ///< written after each epoch and removed at the end; empty: none
  bool resume = false;               ///< goes on from `checkpoint` if it is there
  std::string fingerprint;           ///< what else must be alike to resume: data, loss
};

struct Epoch {
  int epoch = 0;             ///< from 1
  double loss = 0;           ///< mean over its batches
  double validation = 0;     ///< NaN without validation
  double learning_rate = 0;  ///< of its last step
};

struct TrainingResult {
  std::vector<Epoch> epochs;
  int best_epoch = 0;  ///< from 1; the last one without validation
  bool stopped_early = false;
  int resumed_after = 0;  ///< epochs that the checkpoint brought
};

/// The mean loss of a batch, as a scalar that has gradients. May attack the network; every step has a stream of its
/// own, so that nothing depends on history.
using BatchLoss = std::function<torch::Tensor(Network& network, const torch::Tensor& images,
                                              const torch::Tensor& labels, Random random)>;

struct TrainingHooks {
  std::function<double(Network&)> validate;  ///< higher is better; empty: none
  std::function<void(const Epoch&)> after_epoch;
  std::function<void(std::int64_t step, std::int64_t total)> before_step;  ///< may throw to stop
};

/// Trains in place; the same options, data and `random` give the same weights on one thread, whether or not the
/// training was killed and resumed.
/// Throws NumericalFailure when a loss is not finite, BadInput when the checkpoint belongs to another training.
TrainingResult train(Network& network, const ImageTensors& data, const BatchLoss& loss, const TrainingOptions& options,
                     const Random& random, const TrainingHooks& hooks = {});

/// Share of correct predictions, in batches.
double accuracy(Network& network, const ImageTensors& data, std::int64_t batch = 1000);
/// Logits n x classes, without gradients.
torch::Tensor logits_of(Network& network, const torch::Tensor& images, std::int64_t batch = 1000);

}  // namespace offprint::nn
