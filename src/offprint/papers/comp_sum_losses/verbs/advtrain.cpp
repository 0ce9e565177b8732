#include "offprint/papers/comp_sum_losses/verbs/networks.hpp"

namespace offprint::comp_sum_losses::verbs {

Verb advtrain() {
  return verb<AdvtrainOptions>("advtrain", "Train a classifier against adversarial perturbations")
      .with(nn::training_run_options())
      .option(&AdvtrainOptions::method, "method", "Training objective",
              Choices<AdversarialMethod>{{{"advcs", AdversarialMethod::adv_comp_sum},
                                          {"trades", AdversarialMethod::trades},
                                          {"mart", AdversarialMethod::mart},
                                          {"pgd", AdversarialMethod::pgd}}})
      .option(&AdvtrainOptions::epsilon, "epsilon", "Radius of the L-infinity ball", between(0, 1))
      .option(&AdvtrainOptions::steps, "steps", "Steps of the inner attack", between(1, 1000))
      .option(&AdvtrainOptions::tau, "tau", "Member of the family, of advcs", between(0, 100))
      .option(&AdvtrainOptions::nu, "nu", "Weight of the change of margins, of advcs", between(0, 1e6))
      .option(&AdvtrainOptions::rho, "rho", "Margins are divided by it, of advcs", between(1e-6, 1e6))
      .option(&AdvtrainOptions::beta, "beta", "Weight of the divergence; default: 6 of trades, 5 of mart",
              between(0, 1e6))
      .output(&AdvtrainOptions::output, "robust.safetensors", "Where to write the network")
      .example("advtrain --method advcs --nu 0.2 --rho 1 --images 1000 --epochs 2 -o robust.safetensors")
      .on_device()
      .on_torch();
}

}  // namespace offprint::comp_sum_losses::verbs
