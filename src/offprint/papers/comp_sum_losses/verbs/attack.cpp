#include "offprint/papers/comp_sum_losses/verbs/networks.hpp"

namespace offprint::comp_sum_losses::verbs {

Verb attack() {
  return verb<AttackOptions>("attack", "Accuracy of a trained network under attacks")
      .option(&AttackOptions::model, "model", "Written by train or advtrain", Positional{}, Required{},
              Accepts{{"safetensors"}}, Example{"model.safetensors"})
      .with(nn::image_options())
      .option(&AttackOptions::attacks, "attacks",
              "fgsm, pgd, pgd-margin (or cw), pgd-kl, apgd, apgd-margin, apgd-dlr; comma-separated")
      .option(&AttackOptions::epsilon, "epsilon", "Radius of the L-infinity ball; pixels are in 0..1", between(0, 1))
      .option(&AttackOptions::steps, "steps", "Steps of PGD and APGD", between(1, 10000))
      .option(&AttackOptions::restarts, "restarts", "Random starts of PGD and APGD", between(1, 1000))
      .example("attack model.safetensors --images 200 --attacks fgsm,pgd,apgd --epsilon 0.1")
      .on_device()
      .on_torch();
}

}  // namespace offprint::comp_sum_losses::verbs
