// The verbs' options and bodies.
#pragma once
#include <optional>

#include "offprint/paper/verb.hpp"
#include "offprint/papers/continual_privacy/continual_privacy.hpp"

namespace offprint::continual_privacy {

/// Either rho, or epsilon, or epsilon with delta.
struct BudgetOptions {
  std::optional<double> rho, epsilon, delta;
};
PrivacyBudget budget_of(const BudgetOptions& options);  ///< UsageError naming what is missing or too much

/// What to do with an event whose value is missing.
enum class MissingPolicy { reject, zero };

/// Which columns of a table are the stream, and what their values may be.
struct StreamOptions {
  InputFile input;
  std::vector<std::string> columns, levels;
  std::string time;
  double low = 0, high = 1, grid = 1;
  OutsidePolicy outside = OutsidePolicy::reject;
  MissingPolicy missing = MissingPolicy::reject;
};

struct PublishOptions : StreamOptions, BudgetOptions {
  std::optional<std::int64_t> horizon;  ///< required
  std::int64_t every = 0;
  MechanismKind mechanism = MechanismKind::automatic;
  Neighbours neighbours = Neighbours::replacement;
  bool reproducible = false, truth = false;
  OutputFile output, state;
};

struct ResumeOptions {
  InputFile saved, input;
  bool truth = false;
  OutputFile output, next_state;
};

struct ConvertOptions : BudgetOptions {
  std::vector<std::int64_t> groups{1, 2, 5, 10};
};

struct PlanOptions : BudgetOptions {
  std::optional<std::int64_t> horizon;  ///< required
  int dimension = 1;
  double low = 0, high = 1, beta = 1.0 / 3;
  bool one_hot = false;
  Neighbours neighbours = Neighbours::replacement;
};

struct AttackOptions : BudgetOptions {
  int rows = 100, dimension = 2000, trials = 10, outsiders = 2000;
  double noise = 0.2, false_positive_rate = 0.01;
};

struct AuditOptions {
  Statistic statistic = Statistic::count;
  MechanismKind mechanism = MechanismKind::automatic;
  std::optional<double> epsilon;
  double rho = 0.5, delta = 0.01;
  std::int64_t horizon = 8;
  int dimension = 1, games = 20000;
  bool halve_noise = false;
};

void count_verb(const PublishOptions& options, Run& run);
void maxsum_verb(const PublishOptions& options, Run& run);
void sumselect_verb(const PublishOptions& options, Run& run);
void resume_verb(const ResumeOptions& options, Run& run);
void convert_verb(const ConvertOptions& options, Run& run);
void plan_verb(const PlanOptions& options, Run& run);
void attack_verb(const AttackOptions& options, Run& run);
void audit_verb(const AuditOptions& options, Run& run);
void reproduce(const ReproduceOptions& options, Run& run);

/// The same mechanism with noise of half the standard deviation (an exponential mechanism with twice the epsilon): an audit must find it out.
MechanismConfig with_half_the_noise(MechanismConfig config);
/// epsilon against delta of one rho, by the three conversions.
Figure budget_figure(double rho);

}  // namespace offprint::continual_privacy
