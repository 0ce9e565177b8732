#include <fmt/format.h>

#include <algorithm>

#include "offprint/paper/verb.hpp"
#include "offprint/papers/comp_sum_losses/verbs/guarantee.hpp"

namespace offprint::comp_sum_losses::verbs {
namespace {

struct BoundOptions {
  double tau = 1, excess = 0.05, gap = 0, best_error = 0;
  int classes = 10;
};

void show_bound(const BoundOptions& options, Run& run) {
  const Transform transform(options.tau, static_cast<std::size_t>(options.classes));
  // The theorem: R01(h) - R01* <= Gamma(excess + gap).
  const double total = options.excess + options.gap, guarantee = transform.inverse(total);
  run.table(
      ResultTable{"bound",
                  "What the surrogate's excess guarantees",
                  {"tau", "n", "excess", "gap", "excess_error", "simple_bound", "error", "tight"}}
          .row(options.tau, options.classes, options.excess, options.gap, guarantee, transform.simple_upper(total),
               certified_error(transform, {options.excess, options.gap, options.best_error, 0}), transform.tight()));
  note_tightness(transform, run);
  Figure figure{"guarantee", fmt::format("What the surrogate's excess guarantees, {} classes", options.classes),
                "Most excess error that each excess of the surrogate loss allows.", "excess of the surrogate loss",
                "most excess error"};
  for (const double tau : {0.0, 0.5, 1.0, 1.5, 2.0})
    add_guarantee(figure, fmt::format("tau = {}", tau), {tau, transform.classes()}, std::max(2 * total, 0.1));
  figure.points("here", {total}, {guarantee}).as(Role::method);
  run.figure(figure);
}

}  // namespace

Verb bound() {
  return verb<BoundOptions>("bound", "What an excess of the loss guarantees about the error")
      .option(&BoundOptions::tau, "tau",
              "Member of the family: 0 sum-exponential, 1 cross-entropy, 2 mean absolute error", between(0, 100))
      .option(&BoundOptions::classes, "n", "Number of classes", between(2, 1e9))
      .option(&BoundOptions::excess, "excess", "Surrogate risk above the best of the hypothesis set", between(0, 1e300))
      .option(&BoundOptions::gap, "gap", "Minimizability gap of the surrogate; 0 if the set holds all functions",
              between(0, 1e300))
      .option(&BoundOptions::best_error, "best-error", "Best error rate of the hypothesis set", between(0, 1))
      .example("bound --tau 1 --n 10 --excess 0.05")
      .instant()
      .runs(show_bound);
}

}  // namespace offprint::comp_sum_losses::verbs
