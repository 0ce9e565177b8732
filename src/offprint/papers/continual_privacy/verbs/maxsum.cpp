#include "offprint/papers/continual_privacy/verbs/publish.hpp"

namespace offprint::continual_privacy::verbs {

Verb maxsum() {
  using enum MechanismKind;
  return publishing_verb(
      Statistic::max_sum, "Publish the largest running sum",
      {automatic, recompute, parallel, naive, batch, trivial, non_private}, "largest.csv",
      "maxsum --input data:example-clinic-visits --column ward --levels children,maternity,medicine,surgery "
      "--horizon 1000 --rho 0.5 -o largest.csv");
}

}  // namespace offprint::continual_privacy::verbs
