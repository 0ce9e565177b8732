// Training a transformer on a text: next-token cross-entropy over random windows, AdamW, linear warm-up and cosine
// decay, clipped gradients.
// Plain types here; the work is done by libtorch (torch_trainer.cpp).
#pragma once
#include <functional>

#include "offprint/lm/transformer.hpp"

namespace offprint::lm {

struct TrainingOptions {
  int steps = 200, warm_up = 20;
  int batch = 8;       ///< windows of config.context tokens
  int accumulate = 1;  ///< batches whose gradients make one step
  double learning_rate = 1e-3, final_learning_rate = 1e-4;
  double weight_decay = 0.1;  ///< of matrices; biases and norms have none
  double beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8;
  double clip = 1;           ///< greatest norm of the gradient; 0: none
  double validation = 0.05;  ///< share of the text, at its end, that is not trained on
  std::uint64_t seed = 0;
  int threads = 1;
  std::filesystem::path checkpoint;  ///< where the state of the training is kept; empty: nowhere
  int checkpoint_every = 100;
  bool resume =
      /// go on from the checkpoint if it is there: the numbers are those of an uninterrupted training, at one thread
      false;
};

struct TrainingStep {
  int step;           ///< steps done
  double loss;        ///< of this step's batches, nats a token
  double validation;  ///< NaN except every 50 steps and at the end
  double learning_rate;
};

struct TrainingResult {
  double loss = 0, validation = 0;  ///< of the last step; of the validation part at the end, NaN without one
  int resumed_from = 0;             ///< steps that were done before
};

/// Trains from random weights and writes the model with its configuration to `path`. `report` is called after every
/// step and may throw to stop.
/// Throws BadInput if the text is too short, or a checkpoint belongs to another training; NumericalFailure if the loss
/// is not finite.
TrainingResult train_transformer(const TransformerConfig& config, std::span<const Token> text,
                                 const TrainingOptions& options, const std::filesystem::path& path,
                                 const std::function<void(const TrainingStep&)>& report);

/// Learning rate of step 0, 1, ..., steps - 1.
double scheduled_learning_rate(const TrainingOptions& options, int step);

}  // namespace offprint::lm
