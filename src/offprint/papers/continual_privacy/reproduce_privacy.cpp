// The claims about privacy: C5, C6, C9 to C11.
#include <atomic>
#include <map>

#include "offprint/base/parallel.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/continual_privacy/audit.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/reproduction.hpp"
#include "offprint/papers/continual_privacy/tracing.hpp"

namespace offprint::continual_privacy {
namespace {

class Privacy {
 public:
  Privacy(const ReproduceOptions& options, Run& run) : options_(options), run_(run) {}

  void accounting() {
    if (!options_.wants("C11")) return;
    struct Row {
      double rho, tight, gaussian, simple;
    };
    constexpr Row rows[]{{.005, 0.429941, 0.396857, 0.530652},
                         {.1, 2.141939, 1.994527, 2.450788},
                         {.5, 5.221534, 4.886554, 5.756522},
                         {1, 7.766217, 7.286081, 8.433844},
                         {2, 11.688596, 10.997151, 12.513044}};
    Row worst{};
    ResultTable table{
        "accounting", "epsilon at delta = 1e-6", {{"rho", ""}, {"tight", ""}, {"gaussian", ""}, {"simple", ""}}, {}};
    for (const auto& row : rows) {
      const double tight = epsilon_of_zcdp(row.rho, 1e-6), gaussian = epsilon_of_gaussian(row.rho, 1e-6),
                   simple = epsilon_of_zcdp_simple(row.rho, 1e-6);
      worst.tight = std::max(worst.tight, std::abs(tight / row.tight - 1));
      worst.gaussian = std::max(worst.gaussian, std::abs(gaussian / row.gaussian - 1));
      worst.simple = std::max(worst.simple, std::abs(simple / row.simple - 1));
      table.rows.push_back({row.rho, tight, gaussian, simple});
    }
    run_.claim("C11", "tight", {worst.tight});
    run_.claim("C11", "gaussian", {worst.gaussian});
    run_.claim("C11", "simple", {worst.simple});
    run_.table(table);
    run_.figure(budget_figure(0.5));
  }

  void exact_noise() {
    if (!options_.wants("C10")) return;
    const int draws = options_.by_budget(100000, 1000000, 1000000);
    const std::vector<std::pair<std::string, Rational>> parameters{
        {"025", {1, 4}}, {"1", {1, 1}}, {"4", {4, 1}}, {"100", {100, 1}}};
    for (const auto& [name, s2] : parameters) {
      auto bits = seeded_noise(run_.random("draws").split(name));
      const DiscreteGaussian gaussian(s2);
      std::map<std::int64_t, double> counts;
      double square = 0;
      for (int i = 0; i < draws; ++i) {
        if (i % cancel_stride == 0) run_.check_cancelled();
        const auto draw = gaussian(bits);
        ++counts[draw];
        square += static_cast<double>(draw * draw) / draws;
      }
      run_.claim("C10", "p_" + name, {chi_square_p(counts, s2.value(), draws)});
      run_.claim("C10", "variance_" + name, {.value = square, .seeds = draws});
    }
  }

  void reduction() {
    if (!options_.wants("C5")) return;
    const std::size_t n = 50, d = 500;
    const auto length = reduction_length(n, d);
    const auto runs = repetitions(options_, 3, 20, 100);
    double exact = 0;
    std::vector<double> excess;
    for (std::size_t r = 0; r < runs; ++r) {
      auto random = run_.random("reduction").split(r);
      const auto data = Population::draw(d, random).sample(n, random);
      const auto truth = data.column_means();
      for (const auto kind : {MechanismKind::non_private, MechanismKind::recompute}) {
        if (kind == MechanismKind::non_private && r >= 3) continue;
        const auto mechanism =
            make_mechanism(configuration(Statistic::max_sum, kind, length, PrivacyBudget::zcdp(1), static_cast<int>(d)),
                           seeded_noise(random));
        std::vector<double> released;
        std::vector<std::int64_t> sums(d);
        const double stream_error = largest_error(
            *mechanism, d, [&](std::int64_t t, std::vector<std::int64_t>& row) { reduction_row(data, t, row); },
            [&](std::int64_t, const std::vector<std::int64_t>& row) {
              released.push_back(mechanism->current().values[0]);
              for (std::size_t j = 0; j < d; ++j) sums[j] += row[j];
              return static_cast<double>(*std::max_element(sums.begin(), sums.end()));
            },
            run_);
        const auto means =
            means_from_reduction(n, d, [&](std::int64_t t) { return released[static_cast<std::size_t>(t - 1)]; });
        double worst = 0;
        for (std::size_t j = 0; j < d; ++j) worst = std::max(worst, std::abs(means[j] - truth[j]));
        if (kind == MechanismKind::non_private)
          exact = std::max(exact, worst);
        else
          excess.push_back(worst * static_cast<double>(n) - stream_error);
      }
      run_.progress(static_cast<double>(r + 1), static_cast<double>(runs), "reduction streams");
    }
    run_.claim("C5", "exact", {exact});
    run_.claim("C5", "excess",
               {.value = *std::max_element(excess.begin(), excess.end()), .seeds = static_cast<int>(runs)});
  }

  void tracing() {
    if (!options_.wants("C6")) return;
    const std::size_t n = 100, d = 2000, outsiders = 2000;
    const auto trials = repetitions(options_, 3, 20, 100);
    const std::vector<std::pair<const char*, double>> levels{
        {"found_00", 0}, {"found_01", 0.1}, {"found_02", 0.2}, {"found_04", 0.4}, {"found_08", 0.8}};
    std::vector<std::vector<double>> rates(levels.size(), std::vector<double>(trials));
    std::atomic<std::size_t> done{0};
    parallel_for(trials, run_.threads(), [&](std::size_t trial) {
      auto random = run_.random("tracing").split(trial);
      const auto population = Population::draw(d, random);
      const auto data = population.sample(n, random);
      for (std::size_t i = 0; i < levels.size(); ++i) {
        auto answers = data.column_means();
        for (double& answer : answers)
          answer += levels[i].second * std::sqrt(static_cast<double>(d)) / static_cast<double>(n) * random.normal();
        rates[i][trial] = trace(population, data, answers, outsiders, 0.01, random.split(i)).true_positive_rate;
        run_.check_cancelled();
      }
      run_.progress(static_cast<double>(++done), static_cast<double>(trials), "traced data sets");
    });
    Mark found{.kind = MarkKind::points, .name = "members found"};
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const auto interval = mean_interval(rates[i]);
      run_.claim("C6", levels[i].first, estimate_of(interval, trials));
      found.x.push_back(levels[i].second);
      found.y.push_back(interval.value);
      found.low.push_back(interval.low);
      found.high.push_back(interval.high);
    }
    const double ceiling = tracing_ceiling(1, 1e-6, 0.01);
    run_.claim("C6", "private_excess", private_tracing(n, 500, outsiders, trials, ceiling));
    run_.figure(
        {"tracing",
         "Members found at 1 % false positives against the error of the answers",
         "Dashed: the most that privacy at epsilon = 1 and delta = 1e-6 allows. Below about half of sqrt(d) / n, answers are not private.",
         {"error over sqrt(d) / n", "", Scale::linear},
         {"members found", "", Scale::linear},
         {found,
          {.kind = MarkKind::line,
           .name = "allowed by privacy",
           .x = {0, 0.8},
           .y = {ceiling, ceiling},
           .dashed = true}}});
  }

  void audits() {
    if (!options_.wants("C9")) return;
    using enum MechanismKind;
    const auto rho = PrivacyBudget::zcdp(0.5), pure = PrivacyBudget::pure(1);
    std::vector<MechanismConfig> configs;
    for (const auto kind : {tree, honaker, square_root})
      configs.push_back(configuration(Statistic::count, kind, 8, rho));
    for (const auto kind : {recompute, parallel, naive})
      configs.push_back(configuration(Statistic::max_sum, kind, 8, rho));
    for (const auto kind : {recompute, parallel, naive})
      configs.push_back(configuration(Statistic::sum_select, kind, 8, rho, 2));
    configs.push_back(
        configuration(Statistic::count, tree, 2, pure));  // a tree of more levels hides pure noise from a linear test
    configs.push_back(configuration(Statistic::max_sum, recompute, 8, pure));
    const std::size_t games = repetitions(options_, 3000, 20000, 100000);
    ResultTable table{"audits",
                      "What an adaptive adversary's winnings prove",
                      {{"statistic", ""},
                       {"mechanism", ""},
                       {"claimed_epsilon", ""},
                       {"proved", ""},
                       {"proved_with_half_the_noise", ""}},
                      {}};
    double excess = -INFINITY, unmasked = 0;
    for (std::size_t i = 0; i < configs.size(); ++i) {
      const auto& config = configs[i];
      const double delta = config.budget.is_pure ? 0 : 0.01,
                   claimed = config.budget.is_pure ? config.budget.epsilon : epsilon_of_zcdp(0.5, delta);
      const auto proved = [&](const MechanismConfig& audited, const char* name) {
        return audit(audited, games, delta, 0.95, run_.random(name).split(i), run_.threads(),
                     [&] { run_.check_cancelled(); })
            .epsilon_lower_bound;
      };
      const double honest = proved(config, "audit"), broken = proved(with_half_the_noise(config), "broken audit");
      excess = std::max(excess, honest - claimed);
      unmasked += broken > claimed;
      constexpr const char* statistics[]{"count", "maxsum", "sumselect"};
      table.rows.push_back({std::string(statistics[static_cast<int>(config.statistic)]),
                            std::string(name_of(config.kind)) + (config.budget.is_pure ? ", pure" : ""), claimed,
                            honest, broken});
      run_.progress(static_cast<double>(i + 1), static_cast<double>(configs.size()), "audits");
    }
    run_.table(table);
    run_.claim("C9", "excess", {.value = excess, .seeds = static_cast<int>(games)});
    run_.claim("C9", "unmasked",
               {.value = unmasked / static_cast<double>(configs.size()), .seeds = static_cast<int>(games)});
  }

 private:
  Estimate private_tracing(std::size_t n, std::size_t d, std::size_t outsiders, std::size_t trials, double ceiling) {
    const auto config = configuration(Statistic::max_sum, MechanismKind::automatic, reduction_length(n, d),
                                      PrivacyBudget::approx(1, 1e-6), static_cast<int>(d));
    std::vector<double> excess;
    for (std::size_t trial = 0; trial < trials; ++trial) {
      auto random = run_.random("private tracing").split(trial);
      const auto population = Population::draw(d, random);
      const auto data = population.sample(n, random);
      const auto mechanism = make_mechanism(config, seeded_noise(random));
      const auto answers = means_through(*mechanism, data, [&] { run_.check_cancelled(); });
      excess.push_back(trace(population, data, answers, outsiders, 0.01, random.split("outsiders")).true_positive_rate -
                       ceiling);
    }
    return estimate_of(mean_interval(excess), trials);
  }

  /// Against the exact probabilities, bins of fewer than five expected draws joined at the ends.
  static double chi_square_p(const std::map<std::int64_t, double>& counts, double s2, int draws) {
    double total = 0;
    const auto weight = [&](std::int64_t k) { return std::exp(-static_cast<double>(k * k) / (2 * s2)); };
    const auto reach = static_cast<std::int64_t>(std::ceil(12 * std::sqrt(s2))) + 1;
    for (std::int64_t k = -reach; k <= reach; ++k) total += weight(k);
    double statistic = 0, expected = 0, observed = 0;
    int bins = 0;
    double rest_expected = draws, rest_observed = draws;
    for (std::int64_t k = -reach; k <= reach; ++k) {
      expected += draws * weight(k) / total;
      if (const auto found = counts.find(k); found != counts.end()) observed += found->second;
      // The last bin takes whatever remains.
      if (expected < 5 || rest_expected - expected < 5) continue;
      statistic += (observed - expected) * (observed - expected) / expected;
      rest_expected -= expected;
      rest_observed -= observed;
      expected = observed = 0;
      ++bins;
    }
    statistic += (rest_observed - rest_expected) * (rest_observed - rest_expected) / rest_expected;
    return chi_square_p_value(statistic, bins);
  }

  const ReproduceOptions& options_;
  Run& run_;
};

}  // namespace

void reproduce_privacy(const ReproduceOptions& options, Run& run) {
  Privacy privacy(options, run);
  privacy.accounting();
  privacy.exact_noise();
  privacy.reduction();
  privacy.tracing();
  privacy.audits();
}

}  // namespace offprint::continual_privacy
