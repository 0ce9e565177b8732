#include "offprint/papers/continual_privacy/verbs/publish.hpp"

namespace offprint::continual_privacy::verbs {

Verb count() {
  using enum MechanismKind;
  return publishing_verb(Statistic::count, "Publish running sums of columns", {automatic, tree, honaker, square_root},
                         "releases.csv",
                         "count --input data:example-clinic-visits --column acute,referred --horizon 1000 --rho 0.5 "
                         "-o releases.csv --state state.json");
}

}  // namespace offprint::continual_privacy::verbs
