#include "offprint/papers/comp_sum_losses/verbs/guarantee.hpp"

#include <cmath>

namespace offprint::comp_sum_losses {

Mark& add_guarantee(Figure& figure, const std::string& name, const Transform& transform, double largest_excess) {
  auto& line = figure.line(name);
  for (int i = 0; i <= 100; ++i) {  // closer near 0, where Gamma rises like a root
    const double excess = largest_excess * std::pow(i / 100.0, 2);
    line.add(excess, transform.inverse(excess));
  }
  return line;
}

void note_tightness(const Transform& transform, Run& run) {
  if (transform.tight())
    run.note("For this tau and number of classes the bound is tight: some distribution attains it.");
  else
    run.note("For this tau and number of classes the bound holds but is not attained: the true guarantee is better.");
}

}  // namespace offprint::comp_sum_losses
