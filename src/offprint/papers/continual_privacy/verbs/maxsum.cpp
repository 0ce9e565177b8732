#include "offprint/papers/continual_privacy/verbs/publish.hpp"

namespace offprint::continual_privacy::verbs {

Verb maxsum() {
  using enum MechanismKind;
  return publishing_verb(Statistic::max_sum, "Publish the largest running sum",
                         {automatic, recompute, parallel, naive, batch, trivial, non_private}, "largest.csv",
                         "maxsum --input data:mpls_stops --column race --missing zero --horizon 60000 --rho 0.5 "
                         "-o largest.csv");
}

}  // namespace offprint::continual_privacy::verbs
