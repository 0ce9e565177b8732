#include "offprint/papers/continual_privacy/verbs.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/continual_privacy/audit.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/tracing.hpp"

namespace offprint::continual_privacy {

PrivacyBudget budget_of(const BudgetOptions& options) {
  if (options.rho && options.epsilon) throw UsageError("--rho: give it or --epsilon, not both");
  if (options.rho) return PrivacyBudget::zcdp(*options.rho);
  if (!options.epsilon) throw UsageError("--rho: give the budget, as --rho, or as --epsilon with or without --delta");
  return options.delta ? PrivacyBudget::approx(*options.epsilon, *options.delta)
                       : PrivacyBudget::pure(*options.epsilon);
}

Figure budget_figure(double rho) {
  Mark simple{.kind = MarkKind::line, .name = "simple formula", .dashed = true},
      tight{.kind = MarkKind::line, .name = "tight for zCDP"},
      exact{.kind = MarkKind::line, .name = "exact for Gaussian noise"};
  for (double power = -12; power <= -1; power += 0.25) {
    const double delta = std::pow(10, power);
    for (auto* mark : {&simple, &tight, &exact}) mark->x.push_back(delta);
    simple.y.push_back(epsilon_of_zcdp_simple(rho, delta));
    tight.y.push_back(epsilon_of_zcdp(rho, delta));
    exact.y.push_back(epsilon_of_gaussian(rho, delta));
  }
  return {"budget",
          "epsilon against delta at rho = " + short_number(rho),
          "Every point of a curve is a true statement about the same releases.",
          {"delta", "", Scale::log},
          {"epsilon", "", Scale::linear},
          {simple, tight, exact}};
}

void convert_verb(const ConvertOptions& options, Run& run) {
  if (options.groups.empty()) throw UsageError("--groups: give at least one size");
  // A pure budget has an approximate form too; delta then only says at which point to show it.
  BudgetOptions given = options;
  if (given.rho) given.delta.reset();
  const auto budget = budget_of(given);
  const double delta = options.delta.value_or(1e-6);
  if (!options.delta) run.note("delta was not given: converted at 1e-6");
  ResultTable table{"conversions",
                    "The same budget in each currency, by events of one person in the stream",
                    {{"events", ""},
                     {"rho", ""},
                     {"delta", ""},
                     {"epsilon_zcdp", ""},
                     {"epsilon_gaussian", ""},
                     {"epsilon_simple", ""},
                     {"epsilon_pure", ""}},
                    {}};
  for (const auto events : options.groups) {
    const double size = static_cast<double>(events), rho = budget.rho * size * size;
    table.rows.push_back({events, rho, delta, epsilon_of_zcdp(rho, delta), epsilon_of_gaussian(rho, delta),
                          epsilon_of_zcdp_simple(rho, delta), budget.is_pure ? Cell(budget.epsilon * size) : Cell()});
  }
  run.table(table);
  run.figure(budget_figure(budget.rho));
}

namespace {

std::vector<Mark> bounds_over_horizons(MechanismConfig config, double beta) {
  std::vector<Mark> marks;
  const auto horizon = config.horizon;
  for (const auto& [kind, ignored] : predict_errors(config, beta)) {
    Mark mark{.kind = MarkKind::line,
              .name = name_of(kind),
              .dashed = kind == MechanismKind::trivial || kind == MechanismKind::batch};
    config.kind = kind;
    for (std::int64_t steps = 64; steps / 4 < horizon && steps <= 1 << 20; steps *= 2) {
      config.horizon = steps;
      mark.x.push_back(static_cast<double>(steps));
      mark.y.push_back(predict_error(config, beta));
    }
    config.horizon = horizon;
    if (!mark.x.empty()) marks.push_back(std::move(mark));
  }
  return marks;
}

const char* name_of_statistic(Statistic statistic) {
  constexpr const char* names[]{"count", "maxsum", "sumselect"};
  return names[static_cast<int>(statistic)];
}

}  // namespace

void plan_verb(const PlanOptions& options, Run& run) {
  MechanismConfig config;
  config.budget = budget_of(options);
  config.horizon = *options.horizon;
  config.rows.dimension = options.dimension;
  config.rows.one_hot = options.one_hot;
  config.rows.neighbours = options.neighbours;
  if (options.low != std::nearbyint(options.low) || options.high != std::nearbyint(options.high) ||
      options.low >= options.high)
    throw UsageError("--low: it and --high are integers, in units of your grid, low below high");
  config.rows.low = static_cast<std::int64_t>(options.low);
  config.rows.high = static_cast<std::int64_t>(options.high);
  ResultTable table{"plan",
                    fmt::format("Errors that hold at all {} steps at once with probability {}", *options.horizon,
                                short_number(1 - options.beta)),
                    {{"statistic", ""}, {"mechanism", ""}, {"largest_error", ""}, {"chosen", ""}, {"releases", ""}},
                    {}};
  Figure figure{"plan",
                "Predicted error against the horizon",
                "Counting costs little more for a longer stream; the largest of many sums pays a power of the horizon.",
                {"horizon", "steps", Scale::log},
                {"largest error", "", Scale::log},
                {}};
  for (const auto statistic : {Statistic::count, Statistic::max_sum, Statistic::sum_select}) {
    config.statistic = statistic;
    const auto best = choose(config, options.beta);
    for (const auto& [kind, error] : predict_errors(config, options.beta))
      table.rows.push_back({std::string(name_of_statistic(statistic)), std::string(name_of(kind)), error,
                            kind == best.kind,
                            std::string(kind == MechanismKind::batch     ? "the last step only"
                                        : kind == MechanismKind::trivial ? "none"
                                                                         : "all steps")});
    for (auto& mark : bounds_over_horizons(config, options.beta)) {
      mark.facet = name_of_statistic(statistic);
      figure.marks.push_back(std::move(mark));
    }
  }
  run.table(table);
  run.figure(figure);
  run.figure(budget_figure(config.budget.rho));
}

void attack_verb(const AttackOptions& options, Run& run) {
  const auto n = static_cast<std::size_t>(options.rows), d = static_cast<std::size_t>(options.dimension);
  const bool mechanism = options.rho || options.epsilon;
  std::optional<MechanismConfig> config;
  if (mechanism) {
    config.emplace();
    config->statistic = Statistic::max_sum;
    config->rows.dimension = options.dimension;
    config->horizon = reduction_length(n, d);
    config->budget = budget_of(options);
    if (static_cast<double>(config->horizon) * static_cast<double>(d) > 1e9)
      throw UsageError("--dim: the reduction stream would have more than 1e9 values; give fewer rows or columns");
  }
  std::vector<double> rates, errors;
  Mark members{.kind = MarkKind::histogram, .name = "members"},
      outsiders{.kind = MarkKind::histogram, .name = "outsiders"};
  for (int trial = 0; trial < options.trials; ++trial) {
    run.progress(trial, options.trials, "data sets");
    auto random = run.random("attack").split(static_cast<std::uint64_t>(trial));
    const auto population = Population::draw(d, random);
    const auto data = population.sample(n, random);
    std::vector<double> answers = data.column_means();
    if (mechanism) {
      const auto releases = make_mechanism(*config, RandomBits::seeded(random.split("noise")));
      answers = means_through(*releases, data, [&] { run.check_cancelled(); });
    } else {
      const double scale = options.noise * std::sqrt(static_cast<double>(d)) / static_cast<double>(n);
      for (double& answer : answers) answer += scale * random.normal();
    }
    const auto result = trace(population, data, answers, static_cast<std::size_t>(options.outsiders),
                              options.false_positive_rate, random.split("outsiders"));
    rates.push_back(result.true_positive_rate);
    errors.push_back(result.largest_error);
    if (trial == 0) {
      members.samples = {result.member_scores};
      outsiders.samples = {result.outsider_scores};
    }
    run.metric("members found", trial, result.true_positive_rate);
  }
  const auto rate = mean_interval(rates);
  ResultTable table{
      "attack",
      "Members found by the tracing attack",
      {{"answers", ""}, {"found", ""}, {"low", ""}, {"high", ""}, {"largest_error", ""}, {"dp_ceiling", ""}},
      {}};
  Cell ceiling;
  std::string answers = fmt::format("Gaussian noise of {} sqrt(d) / n", short_number(options.noise));
  if (mechanism) {
    const auto& budget = config->budget;
    const double delta = budget.is_pure ? 0 : options.delta.value_or(1e-6);
    ceiling = tracing_ceiling(budget.is_pure ? budget.epsilon : epsilon_of_zcdp(budget.rho, delta), delta,
                              options.false_positive_rate);
    answers = fmt::format("MaxSum of the reduction stream by {}", name_of(choose(*config).kind));
  }
  table.rows.push_back({answers, rate.value, rate.low, rate.high, mean(errors), ceiling});
  run.table(table);
  run.figure({"scores",
              "Scores of members and of outsiders",
              "The first data set. Members stand out where the answers are too accurate.",
              {"score", "", Scale::linear},
              {"rows", "", Scale::linear},
              {members, outsiders}});
}

MechanismConfig with_half_the_noise(MechanismConfig config) {
  if (config.budget.is_pure)
    config.budget = PrivacyBudget::pure(2 * config.budget.epsilon);
  else
    config.budget = PrivacyBudget::zcdp(4 * config.budget.rho);
  return config;
}

void audit_verb(const AuditOptions& options, Run& run) {
  MechanismConfig config;
  config.statistic = options.statistic;
  config.kind = options.mechanism;
  config.rows.dimension = options.dimension;
  config.horizon = options.horizon;
  config.budget = options.epsilon ? PrivacyBudget::pure(*options.epsilon) : PrivacyBudget::zcdp(options.rho);
  const double delta = options.epsilon ? 0 : options.delta,
               claimed = options.epsilon ? *options.epsilon : epsilon_of_zcdp(options.rho, options.delta);
  if (config.kind == MechanismKind::automatic) config.kind = choose(config).kind;
  const auto audited = options.halve_noise ? with_half_the_noise(config) : config;
  std::atomic<std::size_t> parts{0};
  const auto result = audit(audited, static_cast<std::size_t>(options.games), delta, 0.95, run.random("audit"),
                            run.threads(), [&] { run.progress(static_cast<double>(++parts), 0, "games"); });
  run.table({"audit",
             "What the adversary's winnings prove",
             {{"mechanism", ""},
              {"claimed_epsilon", ""},
              {"delta", ""},
              {"proved_epsilon", ""},
              {"true_positive_rate", ""},
              {"false_positive_rate", ""},
              {"verdict", ""}},
             {{std::string(name_of(config.kind)), claimed, delta, result.epsilon_lower_bound, result.true_positive_rate,
               result.false_positive_rate,
               std::string(result.epsilon_lower_bound > claimed ? "claim refuted" : "claim stands")}}});
}

}  // namespace offprint::continual_privacy
