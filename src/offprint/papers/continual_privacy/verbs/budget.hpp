// What the verbs share about budgets: how one is given, and what it is worth in the other currencies.
#pragma once
#include <optional>

#include "offprint/math/privacy_accounting.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint::continual_privacy {

/// Either rho, or epsilon, or epsilon with delta.
struct BudgetOptions {
  std::optional<double> rho, epsilon, delta;
};

inline const auto budget_options =
    options_of<BudgetOptions>()
        .option(&BudgetOptions::rho, "rho", "Zero-concentrated budget", between(1e-9, 1e9))
        .option(&BudgetOptions::epsilon, "epsilon", "Pure budget, or approximate with --delta", between(1e-6, 1e4))
        .option(&BudgetOptions::delta, "delta", "Of an approximate budget", between(1e-300, 0.999));

PrivacyBudget budget_of(const BudgetOptions& options);  ///< UsageError naming what is missing or too much

/// epsilon against delta of one rho, by the three conversions.
Figure budget_figure(double rho);

}  // namespace offprint::continual_privacy
