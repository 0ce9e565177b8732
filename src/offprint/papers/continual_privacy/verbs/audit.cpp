#include "offprint/papers/continual_privacy/audit.hpp"

#include <atomic>

#include "offprint/paper/verb.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/names.hpp"

namespace offprint::continual_privacy::verbs {
namespace {

struct AuditOptions {
  Statistic statistic = Statistic::count;
  MechanismKind mechanism = MechanismKind::automatic;
  std::optional<double> epsilon;
  double rho = 0.5, delta = 0.01;
  std::int64_t horizon = 8;
  int dimension = 1, games = 20000;
  bool halve_noise = false;
};

void audit_mechanism(const AuditOptions& options, Run& run) {
  MechanismConfig config;
  config.statistic = options.statistic;
  config.kind = options.mechanism;
  config.rows.dimension = options.dimension;
  config.horizon = options.horizon;
  config.budget = options.epsilon ? PrivacyBudget::pure(*options.epsilon) : PrivacyBudget::zcdp(options.rho);
  const double delta = options.epsilon ? 0 : options.delta,
               claimed = options.epsilon ? *options.epsilon : epsilon_of_zcdp(options.rho, options.delta);
  if (config.kind == MechanismKind::automatic) config.kind = choose(config).kind;
  std::atomic<std::size_t> parts{0};
  const auto result = continual_privacy::audit(
      options.halve_noise ? with_half_the_noise(config) : config, static_cast<std::size_t>(options.games), delta, 0.95,
      run.random("audit"), run.threads(), [&] { run.progress(static_cast<double>(++parts), 0, "games"); });
  run.table(ResultTable{"audit",
                        "What the adversary's winnings prove",
                        {"mechanism", "claimed_epsilon", "delta", "proved_epsilon", "true_positive_rate",
                         "false_positive_rate", "verdict"}}
                .row(mechanisms.name(config.kind), claimed, delta, result.epsilon_lower_bound,
                     result.true_positive_rate, result.false_positive_rate,
                     result.epsilon_lower_bound > claimed ? "claim refuted" : "claim stands"));
}

}  // namespace

Verb audit() {
  using enum MechanismKind;
  return verb<AuditOptions>("audit", "Play the privacy game against a mechanism and say what the winnings prove")
      .option(&AuditOptions::statistic, "statistic", "What is published", statistics)
      .option(&AuditOptions::mechanism, "mechanism", "How",
              mechanisms.some({automatic, tree, honaker, square_root, recompute, parallel, naive, batch, trivial}))
      .option(&AuditOptions::rho, "rho", "Claimed zero-concentrated budget", between(1e-6, 1e3))
      .option(&AuditOptions::delta, "delta", "At which rho is turned into epsilon", between(1e-9, 0.5))
      .option(&AuditOptions::epsilon, "epsilon", "Claimed pure budget, instead of rho", between(1e-3, 1e3))
      .option(&AuditOptions::horizon, "horizon", "Steps of a game", between(1, 64))
      .option(&AuditOptions::dimension, "dim", "Columns", between(1, 1000))
      .option(&AuditOptions::games, "games", "Games a side", between(100, 1e7))
      .option(&AuditOptions::halve_noise, "halve-noise", "Audit a broken copy with half the noise")
      .example("audit --statistic count --mechanism tree")
      .example("audit --statistic count --mechanism tree --halve-noise")
      .runs(audit_mechanism);
}

}  // namespace offprint::continual_privacy::verbs
