#include "offprint/papers/continual_privacy/verbs/publish.hpp"

namespace offprint::continual_privacy::verbs {

Verb sumselect() {
  using enum MechanismKind;
  return publishing_verb(
      Statistic::sum_select, "Publish which column has the largest running sum",
      {automatic, recompute, parallel, naive, batch, trivial, non_private}, "leader.csv",
      "sumselect --input data:example-clinic-visits --column ward --levels children,maternity,medicine,surgery "
      "--horizon 1000 --rho 0.5 -o leader.csv");
}

}  // namespace offprint::continual_privacy::verbs
