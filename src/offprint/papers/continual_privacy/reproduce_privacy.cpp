#include <algorithm>
#include <cmath>
#include <map>

#include "offprint/math/statistics.hpp"
#include "offprint/paper/reproduction.hpp"
#include "offprint/papers/continual_privacy/audit.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/measured_errors.hpp"
#include "offprint/papers/continual_privacy/names.hpp"
#include "offprint/papers/continual_privacy/tracing.hpp"
#include "offprint/papers/continual_privacy/verbs/budget.hpp"

namespace offprint::continual_privacy {

void accounting(Measurement& m) {
  struct Row {
    double rho, tight, gaussian, simple;
  };
  constexpr Row rows[]{{.005, 0.429941, 0.396857, 0.530652},
                       {.1, 2.141939, 1.994527, 2.450788},
                       {.5, 5.221534, 4.886554, 5.756522},
                       {1, 7.766217, 7.286081, 8.433844},
                       {2, 11.688596, 10.997151, 12.513044}};
  Row worst{};
  ResultTable table{"accounting", "epsilon at delta = 1e-6", {"rho", "tight", "gaussian", "simple"}};
  for (const auto& row : rows) {
    const double tight = epsilon_of_zcdp(row.rho, 1e-6), gaussian = epsilon_of_gaussian(row.rho, 1e-6),
                 simple = epsilon_of_zcdp_simple(row.rho, 1e-6);
    worst.tight = std::max(worst.tight, std::abs(tight / row.tight - 1));
    worst.gaussian = std::max(worst.gaussian, std::abs(gaussian / row.gaussian - 1));
    worst.simple = std::max(worst.simple, std::abs(simple / row.simple - 1));
    table.row(row.rho, tight, gaussian, simple);
  }
  m.check("C11.tight", exact(worst.tight));
  m.check("C11.gaussian", exact(worst.gaussian));
  m.check("C11.simple", exact(worst.simple));
  m.run.table(table);
  m.run.figure(budget_figure(0.5));
}

namespace {

/// Against the exact probabilities, bins of fewer than five expected draws joined at the ends.
double chi_square_p(const std::map<std::int64_t, double>& counts, double s2, double draws) {
  double total = 0;
  const auto weight = [&](std::int64_t k) { return std::exp(-static_cast<double>(k * k) / (2 * s2)); };
  const auto reach = static_cast<std::int64_t>(std::ceil(12 * std::sqrt(s2))) + 1;
  for (std::int64_t k = -reach; k <= reach; ++k) total += weight(k);
  double statistic = 0, expected = 0, seen = 0;
  int bins = 0;
  double rest_expected = draws, rest_seen = draws;
  for (std::int64_t k = -reach; k <= reach; ++k) {
    expected += draws * weight(k) / total;
    if (const auto found = counts.find(k); found != counts.end()) seen += found->second;
    // The last bin takes whatever remains.
    if (expected < 5 || rest_expected - expected < 5) continue;
    statistic += (seen - expected) * (seen - expected) / expected;
    rest_expected -= expected;
    rest_seen -= seen;
    expected = seen = 0;
    ++bins;
  }
  statistic += (rest_seen - rest_expected) * (rest_seen - rest_expected) / rest_expected;
  return chi_square_p_value(statistic, bins);
}

}  // namespace

void exact_noise(Measurement& m) {
  constexpr int batch = 100000;
  const auto draws = static_cast<double>(batch * m.repetitions());
  const std::vector<std::pair<std::string, Rational>> parameters{
      {"025", {1, 4}}, {"1", {1, 1}}, {"4", {4, 1}}, {"100", {100, 1}}};
  for (const auto& [name, s2] : parameters) {
    auto bits = seeded_noise(m.random("draws").split(name));
    const DiscreteGaussian gaussian(s2);
    std::map<std::int64_t, double> counts;
    std::vector<double> squares;
    for (std::size_t r = 0; r < m.repetitions(); ++r) {
      m.run.check_cancelled();
      double sum = 0;
      for (int i = 0; i < batch; ++i) {
        const auto draw = gaussian(bits);
        ++counts[draw];
        sum += static_cast<double>(draw * draw);
      }
      squares.push_back(sum / batch);
    }
    m.check("C10.p_" + name, observed(chi_square_p(counts, s2.value(), draws), m.repetitions()));
    m.check("C10.variance_" + name, mean_of(squares));
  }
}

void reduction(Measurement& m) {
  const std::size_t n = 50, d = 500;
  const auto length = reduction_length(n, d);
  struct Outcome {
    double exact = 0;   ///< largest error of a mean from releases without noise
    double excess = 0;  ///< n times the largest error of a mean, less the stream's, from private releases
  };
  const auto outcomes = repeat(m.run, m.repetitions(), "reduction streams", [&](std::size_t r) {
    auto random = m.random("reduction").split(r);
    const auto data = Population::draw(d, random).sample(n, random);
    const auto truth = data.column_means();
    Outcome outcome;
    for (const auto kind : {MechanismKind::non_private, MechanismKind::recompute}) {
      if (kind == MechanismKind::non_private && r >= 3) continue;
      const auto mechanism =
          make_mechanism(configuration(Statistic::max_sum, kind, length, PrivacyBudget::zcdp(1), static_cast<int>(d)),
                         seeded_noise(random));
      std::vector<double> released;
      const double stream_error = error_on_reduction(
          *mechanism, data, [&] { m.run.check_cancelled(); }, &released);
      const auto means =
          means_from_reduction(n, d, [&](std::int64_t t) { return released[static_cast<std::size_t>(t - 1)]; });
      double worst = 0;
      for (std::size_t j = 0; j < d; ++j) worst = std::max(worst, std::abs(means[j] - truth[j]));
      if (kind == MechanismKind::non_private)
        outcome.exact = worst;
      else
        outcome.excess = worst * static_cast<double>(n) - stream_error;
    }
    return outcome;
  });
  const auto exact_errors = members(outcomes, &Outcome::exact), excess = members(outcomes, &Outcome::excess);
  m.check("C5.exact", observed(*std::max_element(exact_errors.begin(), exact_errors.end()),
                               std::min<std::size_t>(3, m.repetitions())));
  m.check("C5.excess", observed(*std::max_element(excess.begin(), excess.end()), m.repetitions()));
}

namespace {

constexpr std::size_t traced_rows = 100, outsiders = 2000;

/// What tracing finds through the private mechanism, less what privacy allows.
Estimate private_excess(Measurement& m, double ceiling) {
  const std::size_t d = 500;
  const auto config = configuration(Statistic::max_sum, MechanismKind::automatic, reduction_length(traced_rows, d),
                                    PrivacyBudget::approx(1, 1e-6), static_cast<int>(d));
  return mean_of(repeat(m.run, m.repetitions(), "data sets traced through the mechanism", [&](std::size_t trial) {
    auto random = m.random("private tracing").split(trial);
    const auto population = Population::draw(d, random);
    const auto data = population.sample(traced_rows, random);
    const auto mechanism = make_mechanism(config, seeded_noise(random));
    const auto answers = means_through(*mechanism, data, [&] { m.run.check_cancelled(); });
    return trace(population, data, answers, outsiders, 0.01, random.split("outsiders")).true_positive_rate - ceiling;
  }));
}

}  // namespace

void tracing(Measurement& m) {
  const std::size_t d = 2000;
  const std::vector<std::pair<const char*, double>> levels{
      {"00", 0}, {"01", 0.1}, {"02", 0.2}, {"04", 0.4}, {"08", 0.8}};
  const auto rates = repeat(m.run, m.repetitions(), "traced data sets", [&](std::size_t trial) {
    auto random = m.random("tracing").split(trial);
    const auto population = Population::draw(d, random);
    const auto data = population.sample(traced_rows, random);
    std::vector<double> found;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      auto answers = data.column_means();
      for (double& answer : answers)
        answer += levels[i].second * std::sqrt(static_cast<double>(d)) / traced_rows * random.normal();
      found.push_back(trace(population, data, answers, outsiders, 0.01, random.split(i)).true_positive_rate);
      m.run.check_cancelled();
    }
    return found;
  });
  const double ceiling = tracing_ceiling(1, 1e-6, 0.01);
  Figure figure{"tracing", "Members found at 1 % false positives against the error of the answers",
                "Dashed: the most that privacy at epsilon = 1 and delta = 1e-6 allows. Below about half of "
                "sqrt(d) / n, answers are not private.",
                "error over sqrt(d) / n", "members found"};
  auto& points = figure.points("members found");
  for (std::size_t i = 0; i < levels.size(); ++i) {
    std::vector<double> found;
    for (const auto& trial : rates) found.push_back(trial[i]);
    const auto share = mean_of(found);
    m.check(std::string("C6.found_") + levels[i].first, share);
    points.add(levels[i].second, share.value, share.low, share.high);
  }
  m.check("C6.private_excess", private_excess(m, ceiling));
  figure.level("allowed by privacy", 0, 0.8, ceiling);
  m.run.figure(figure);
}

void audits(Measurement& m) {
  using enum MechanismKind;
  const auto rho = PrivacyBudget::zcdp(0.5), pure = PrivacyBudget::pure(1);
  std::vector<MechanismConfig> configs;
  for (const auto kind : {tree, honaker, square_root}) configs.push_back(configuration(Statistic::count, kind, 8, rho));
  for (const auto kind : {recompute, parallel, naive})
    configs.push_back(configuration(Statistic::max_sum, kind, 8, rho));
  for (const auto kind : {recompute, parallel, naive})
    configs.push_back(configuration(Statistic::sum_select, kind, 8, rho, 2));
  // A tree of more levels hides pure noise from a linear test.
  configs.push_back(configuration(Statistic::count, tree, 2, pure));
  configs.push_back(configuration(Statistic::max_sum, recompute, 8, pure));
  ResultTable table{"audits",
                    "What an adaptive adversary's winnings prove",
                    {"statistic", "mechanism", "claimed_epsilon", "proved", "proved_with_half_the_noise"}};
  const auto games = m.by_budget<std::size_t>(6000, 20000, 100000);
  const auto played = static_cast<double>(configs.size() * m.repetitions());
  double excess = -INFINITY, unmasked = 0;
  for (std::size_t i = 0; i < configs.size() * m.repetitions(); ++i) {
    const auto& config = configs[i % configs.size()];
    const double delta = config.budget.is_pure ? 0 : 0.01,
                 claimed = config.budget.is_pure ? config.budget.epsilon : epsilon_of_zcdp(0.5, delta);
    const auto proved = [&](const MechanismConfig& audited, const char* name) {
      return audit(audited, games, delta, 0.95, m.random(name).split(i), m.run.threads(),
                   [&] { m.run.check_cancelled(); })
          .epsilon_lower_bound;
    };
    const double honest = proved(config, "audit"), broken = proved(with_half_the_noise(config), "broken audit");
    excess = std::max(excess, honest - claimed);
    unmasked += broken > claimed;
    table.row(statistics.name(config.statistic), mechanisms.name(config.kind) + (config.budget.is_pure ? ", pure" : ""),
              claimed, honest, broken);
    m.run.progress(static_cast<double>(i + 1), played, "audits");
  }
  m.run.table(table);
  m.check("C9.excess", observed(excess, m.repetitions()));
  m.check("C9.unmasked", observed(unmasked / played, m.repetitions()));
}

}  // namespace offprint::continual_privacy
