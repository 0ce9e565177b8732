#include "offprint/papers/comp_sum_losses/verbs/networks.hpp"

namespace offprint::comp_sum_losses::verbs {

Verb train() {
  return verb<TrainOptions>("train", "Train a classifier with a comp-sum loss")
      .with(nn::training_run_options())
      .option(&TrainOptions::tau, "tau", "Member of the family", between(0, 100))
      .output(&TrainOptions::output, "model.safetensors", "Where to write the network")
      .example("train --tau 1 --images 4000 --epochs 2 -o model.safetensors")
      .example(
          "train --data data:example-squares --labels data:example-squares-labels --epochs 3 --batch 8 "
          "-o squares.safetensors")
      .on_device()
      .on_torch();
}

}  // namespace offprint::comp_sum_losses::verbs
