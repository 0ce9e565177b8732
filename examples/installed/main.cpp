// Fits PRESTO to a simulated table with the installed library.
#include <cstdio>

#include "offprint/papers/presto/cross_validation.hpp"
#include "offprint/papers/presto/simulation.hpp"

int main() {
  const auto simulated = offprint::presto::simulate({}, offprint::Random(1));
  const auto tuned = offprint::presto::tune(simulated.data, {}, offprint::Random(2));
  std::printf("lambda %g, rare probability of the first row %g\n", tuned.model().lambda,
              offprint::presto::predict_rare(tuned.model(), simulated.data.x)[0]);
}
