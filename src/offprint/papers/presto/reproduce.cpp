#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "offprint/math/statistics.hpp"
#include "offprint/paper/reproduction.hpp"
#include "offprint/papers/presto/comparison.hpp"
#include "offprint/papers/presto/published.hpp"
#include "offprint/papers/presto/verbs/table.hpp"

namespace offprint::presto {
namespace {

// Simulated data: P1 to P4, P8.

struct MethodErrors {
  std::vector<double> presto, logit, odds;
};

std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back(a[i] / b[i]);
  return result;
}

/// The intercepts of a claim's settings, from commoner to rarer.
std::vector<std::vector<double>> intercepts_of(const std::string& claim) {
  if (claim == "P4") return {{0, 2.5, 4.5}, {0, 3, 5}, {0, 3.5, 5.5}, {0, 4, 6}};
  return {{0, 3, 5}, {0, 3.5, 5.5}, {0, 4, 6}};
}

std::vector<SimulationResult> simulate_setting(Measurement& m, const std::string& name, const Simulation& simulation) {
  Options solver;
  solver.lambdas = m.by_budget(20, 20, 20);
  solver.folds = m.by_budget(3, 5, 5);
  solver.between_fits = [&] { m.run.check_cancelled(); };
  auto results = repeat(m.run, m.repetitions(), "data sets of " + name,
                        [&](std::size_t i) { return one_simulation(simulation, solver, m.random(name).split(i)); });
  for (std::size_t i = 0; i < results.size(); ++i)
    m.run.metric("PRESTO / Logit, " + name, static_cast<double>(i), results[i].errors.presto / results[i].errors.logit);
  return results;
}

/// Boxes of the errors beside the paper's medians, and of the ratios to the baselines.
void show_errors(Measurement& m, const std::string& claim, const std::vector<MethodErrors>& settings) {
  const auto id = claim == "P1" ? "sparse" : claim == "P3" ? "sparser" : "dense";
  Figure errors{fmt::format("errors-{}", id), "Error of the rare probability",
                "Each box: simulated data sets of one setting. Dashes: the paper's median. Lower is better.", "method",
                log_axis("mean squared error")};
  Figure shares{fmt::format("ratios-{}", id), "PRESTO's error over the baseline's, data set by data set",
                "Below the dashed line PRESTO is better.", "baseline", log_axis("ratio")};
  const std::vector<std::string> baselines{methods[1], methods[2]};
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const auto& published = *std::find_if(published_medians.begin(), published_medians.end(), [&](const auto& one) {
      return one.setting == fmt::format("{}-{}", claim, i + 1);
    });
    const auto& [presto, logit, odds] = settings[i];
    const auto panel = fmt::format("{} differences, rare {}", published.differences, published.rare);
    errors.boxes(methods, {presto, logit, odds}).of(panel);
    errors.ticks("the paper", methods, {published.presto, published.logit, published.odds})
        .of(panel)
        .as(Role::published);
    shares.boxes(baselines, {ratios(presto, logit), ratios(presto, odds)}).of(panel);
    shares.ticks("", baselines, {1, 1}).of(panel).dash();
  }
  m.run.figure(errors);
  m.run.figure(shares);
}

/// Simulates the settings of a claim, and draws them.
std::vector<MethodErrors> simulate_claim(Measurement& m, const std::string& claim, std::vector<SimulationResult>* all) {
  std::vector<MethodErrors> settings;
  for (const auto& intercepts : intercepts_of(claim)) {
    const bool sparse = claim != "P4";
    const Simulation simulation{sparse, claim == "P1" ? 0.5 : sparse ? 1.0 / 3 : 0, intercepts, 2500, 10};
    const auto results = simulate_setting(m, fmt::format("{}-{}", claim, settings.size() + 1), simulation);
    settings.push_back({column(results, &SimulationResult::errors, &Errors::presto),
                        column(results, &SimulationResult::errors, &Errors::logit),
                        column(results, &SimulationResult::errors, &Errors::odds)});
    if (all) all->insert(all->end(), results.begin(), results.end());
  }
  show_errors(m, claim, settings);
  return settings;
}

void check_medians(Measurement& m, const std::string& claim, const std::vector<MethodErrors>& settings) {
  for (std::size_t i = 0; i < settings.size(); ++i) {
    m.check(fmt::format("{}.presto_{}", claim, i + 1), median_of(settings[i].presto));
    m.check(fmt::format("{}.logit_{}", claim, i + 1), median_of(settings[i].logit));
    m.check(fmt::format("{}.odds_{}", claim, i + 1), median_of(settings[i].odds));
  }
}

void sparse_differences(Measurement& m) {
  std::vector<SimulationResult> all;
  const auto settings = simulate_claim(m, "P1", &all);
  check_medians(m, "P1", settings);
  m.check("P1.t_logit", observed(paired_t(settings[0].presto, settings[0].logit), m.repetitions()));
  m.check("P1.t_odds", observed(paired_t(settings[0].presto, settings[0].odds), m.repetitions()));
  for (std::size_t i = 0; i < settings.size(); ++i) {
    m.check(fmt::format("P2.ratio_logit_{}", i + 1), median_of(ratios(settings[i].presto, settings[i].logit)));
    m.check(fmt::format("P2.ratio_odds_{}", i + 1), median_of(ratios(settings[i].presto, settings[i].odds)));
  }
  double worst_kkt = 0;
  int increases = 0, fits = 0, stopped = 0;
  for (const auto& result : all) {
    worst_kkt = std::max(worst_kkt, result.worst_kkt);
    increases += result.increases;
    fits += result.fits;
    stopped += result.stopped;
  }
  m.check("P8.kkt", observed(worst_kkt, all.size()));
  m.check("P8.increases", observed(increases, all.size()));
  m.run.note(
      fmt::format("{} of {} fits stopped where fitted cumulatives would cross; the others are optimal", stopped, fits));
}

void sparser_differences(Measurement& m) { check_medians(m, "P3", simulate_claim(m, "P3", nullptr)); }

void dense_differences(Measurement& m) {
  const auto settings = simulate_claim(m, "P4", nullptr);
  std::vector<double> odds_gap, logit_gap;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const auto& errors = settings[i];
    const auto median_at = [](const std::vector<double>& values, std::span<const std::size_t> drawn) {
      std::vector<double> chosen;
      for (const auto index : drawn) chosen.push_back(values[index]);
      return median(chosen);
    };
    const auto margin = [&](std::span<const std::size_t> drawn) {
      return median_at(errors.presto, drawn) / std::min(median_at(errors.logit, drawn), median_at(errors.odds, drawn));
    };
    m.check(fmt::format("P4.margin_{}", i + 1), resampled(m.repetitions(), margin, m.random("bootstrap P4").split(i)));
    odds_gap.push_back(median(errors.odds) / median(errors.presto));
    logit_gap.push_back(median(errors.logit) / median(errors.presto));
  }
  int shrinks = 0, widens = 0;
  for (std::size_t i = 1; i < settings.size(); ++i) {
    shrinks += odds_gap[i] < odds_gap[i - 1];
    widens += logit_gap[i] > logit_gap[i - 1];
  }
  m.check("P4.odds_gap_steps", observed(shrinks, m.repetitions()));
  m.check("P4.logit_gap_steps", observed(widens, m.repetitions()));
}

// Real data: P5, P5b.

std::vector<SplitErrors> split_errors(Measurement& m, const char* stream, const TableOptions& options, int lambdas) {
  Options solver;
  solver.lambda_ratio = 1e-3;
  solver.lambdas = lambdas;
  solver.between_fits = [&] { m.run.check_cancelled(); };
  const auto table = code_table(options);
  auto results = repeat(m.run, m.repetitions(), "splits of " + options.data.source,
                        [&](std::size_t i) { return one_split(table.data, 0.1, solver, m.random(stream).split(i)); });
  ResultTable summary{options.data.source.substr(5),
                      fmt::format("Means over {} splits of {}", results.size(), options.data.source),
                      {"metric", "presto", "logit", "proportional_odds"}};
  const std::pair<const char*, Errors SplitErrors::*> metrics[]{
      {"calibration error as published", &SplitErrors::published},
      {"calibration error corrected", &SplitErrors::corrected},
      {"log-loss", &SplitErrors::log_loss},
      {"Brier score", &SplitErrors::brier}};
  for (const auto& [name, metric] : metrics)
    summary.row(name, mean(column(results, metric, &Errors::presto)), mean(column(results, metric, &Errors::logit)),
                mean(column(results, metric, &Errors::odds)));
  m.run.table(summary);
  return results;
}

/// Mean of PRESTO over the lesser mean of the baselines; splits are resampled whole.
Estimate margin(const std::vector<SplitErrors>& results, Errors SplitErrors::*metric, Random random) {
  return resampled(
      results.size(),
      [&](std::span<const std::size_t> drawn) {
        Errors sum{0, 0, 0};
        for (const auto i : drawn) {
          sum.presto += (results[i].*metric).presto;
          sum.logit += (results[i].*metric).logit;
          sum.odds += (results[i].*metric).odds;
        }
        return sum.presto / std::min(sum.logit, sum.odds);
      },
      random);
}

void soup(Measurement& m) {
  const TableOptions table{{}, {"data:soup"}, "SURENESS", {"6", "5", "4", "3", "2", "1"}, {}, {"RESP", "PRODID"}};
  const auto results = split_errors(m, "P5", table, m.by_budget(8, 30, 100));
  m.check("P5.osce_margin", margin(results, &SplitErrors::corrected, m.random("bootstrap P5")));
  m.check("P5.log_loss_t", observed(paired_t(column(results, &SplitErrors::log_loss, &Errors::presto),
                                             column(results, &SplitErrors::log_loss, &Errors::odds)),
                                    results.size()));
  m.check("P5.published_logit", mean_of(column(results, &SplitErrors::published, &Errors::logit)));
  m.check("P5.published_odds", mean_of(column(results, &SplitErrors::published, &Errors::odds)));
}

void marriages(Measurement& m) {
  const TableOptions table{{}, {"data:fair"}, "rate_marriage", {"5", "4", "3", "2", "1"}, {}, {"affairs"}};
  const auto results = split_errors(m, "P5b", table, m.by_budget(12, 20, 50));
  m.check("P5b.log_loss_margin", margin(results, &SplitErrors::log_loss, m.random("bootstrap log-loss")));
  m.check("P5b.brier_margin", margin(results, &SplitErrors::brier, m.random("bootstrap Brier")));
}

// Theory: P6, P7.

void variance_of_slopes(Measurement& m) {
  Figure figure{"variance", "Variance of a slope as the class gets rarer",
                "Logistic regression's grows like one over the probability; proportional odds' stays bounded.",
                log_axis("probability of the rare class"), log_axis("n times variance")};
  auto &odds = figure.line("proportional odds"), &logit = figure.line("Logit");
  std::vector<double> rare, logit_variance;
  double deviation = 0;
  for (int a = 2; a <= 12; ++a) {
    m.run.progress(a - 2, 11, "Fisher information");
    const auto at = slope_variance(a, 10, m.by_budget(40000, 400000, 400000),
                                   m.random("variance").split(static_cast<std::uint64_t>(a)));
    odds.add(at.rare_probability, at.proportional_odds);
    logit.add(at.rare_probability, at.logit);
    if (a >= 6) {
      rare.push_back(at.rare_probability);
      logit_variance.push_back(at.logit);
    }
    if (a >= 8) deviation = std::max(deviation, std::abs(at.proportional_odds / 20.6 - 1));
  }
  m.run.figure(figure);
  m.check("P6.logit_slope", exact(log_log_fit(rare, logit_variance).slope));
  m.check("P6.odds_deviation", exact(deviation));
}

void assumption_of_the_theorem(Measurement& m) {
  m.check("P7.eigenvalue", mean_of(repeat(m.run, m.repetitions(), "matrices", [&](std::size_t i) {
            return theorem_eigenvalue(20, 10, m.by_budget(100000, 1000000, 1000000), m.random("eigenvalue").split(i));
          })));
}

}  // namespace

Verb reproduce() {
  return reproduction({{"P1 P2 P8", sparse_differences, {50, 100, 700, "data sets a setting"}},
                       {"P3", sparser_differences, {0, 100, 700, "data sets a setting"}},
                       {"P4", dense_differences, {0, 100, 700, "data sets a setting"}},
                       {"P5", soup, {4, 40, 350, "splits"}},
                       {"P5b", marriages, {0, 20, 100, "splits"}},
                       {"P6", variance_of_slopes},
                       {"P7", assumption_of_the_theorem, {3, 3, 3, "matrices of random draws"}}});
}

}  // namespace offprint::presto
