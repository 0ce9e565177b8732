#include "offprint/papers/comp_sum_losses/verbs/networks.hpp"

namespace offprint::comp_sum_losses::verbs {

Verb sweep() {
  return verb<SweepOptions>("sweep", "Accuracy against tau, over several seeds")
      .with(nn::network_options())
      .option(&SweepOptions::taus, "tau", "Members of the family", between(0, 100))
      .option(&SweepOptions::seeds, "seeds", "Trainings of each", between(1, 1000))
      .example("sweep --tau 0,1,2 --seeds 3 --images 1000 --epochs 2")
      .on_device()
      .on_torch();
}

}  // namespace offprint::comp_sum_losses::verbs
