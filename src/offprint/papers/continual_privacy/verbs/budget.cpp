#include "offprint/papers/continual_privacy/verbs/budget.hpp"

#include <cmath>

#include "offprint/base/text.hpp"

namespace offprint::continual_privacy {

PrivacyBudget budget_of(const BudgetOptions& options) {
  if (options.rho && options.epsilon) throw UsageError("--rho: give it or --epsilon, not both");
  if (options.rho) return PrivacyBudget::zcdp(*options.rho);
  if (!options.epsilon) throw UsageError("--rho: give the budget, as --rho, or as --epsilon with or without --delta");
  return options.delta ? PrivacyBudget::approx(*options.epsilon, *options.delta)
                       : PrivacyBudget::pure(*options.epsilon);
}

Figure budget_figure(double rho) {
  Figure figure{"budget", "epsilon against delta at rho = " + short_number(rho),
                "Every point of a curve is a true statement about the same releases.", log_axis("delta"), "epsilon"};
  auto &simple = figure.line("simple formula").dash(), &tight = figure.line("tight for zCDP"),
       &gaussian = figure.line("exact for Gaussian noise");
  for (double power = -12; power <= -1; power += 0.25) {
    const double delta = std::pow(10, power);
    simple.add(delta, epsilon_of_zcdp_simple(rho, delta));
    tight.add(delta, epsilon_of_zcdp(rho, delta));
    gaussian.add(delta, epsilon_of_gaussian(rho, delta));
  }
  return figure;
}

}  // namespace offprint::continual_privacy
