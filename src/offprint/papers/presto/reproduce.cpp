#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/parallel.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/presto/cross_validation.hpp"
#include "offprint/papers/presto/evaluation.hpp"
#include "offprint/papers/presto/published.hpp"
#include "offprint/papers/presto/simulation.hpp"
#include "offprint/papers/presto/verbs.hpp"

namespace offprint::presto {

namespace {

/// Simulated data with at least two rows of every class, which cross-validation needs; redrawn until it has.
Simulated simulate_all_classes(const Simulation& simulation, Random random) {
  for (std::uint64_t attempt = 0; attempt < 100; ++attempt) {
    auto simulated = simulate(simulation, attempt == 0 ? random : random.split(attempt));
    std::vector<int> counts(static_cast<std::size_t>(simulated.data.classes));
    for (const int y : simulated.data.y) ++counts[static_cast<std::size_t>(y - 1)];
    if (*std::min_element(counts.begin(), counts.end()) >= 2) return simulated;
  }
  throw BadInput("--rows", "no data set in 100 has two rows of every class",
                 "simulate more rows or less extreme intercepts");
}

}  // namespace

SimulationResult one_simulation(bool sparse, double q, const std::vector<double>& intercepts, int rows, int features,
                                const Options& options, Random random) {
  const auto simulated = simulate_all_classes({sparse, q, intercepts, rows, features}, random.split("data"));
  const auto& data = simulated.data;
  const auto tuned = tune(data, options, random.split("folds"));
  const VectorXd truth = predict_rare(simulated.truth, data.x);
  const auto error = [&](const Model& model) {
    return (predict_rare(model, data.x) - truth).squaredNorm() / static_cast<double>(truth.size());
  };
  SimulationResult result{
      {error(tuned.model()), error(fit_rare_logit(data)), error(fit_proportional_odds(data))}, 0, 0, 0, 0, 0};
  result.rare_share =
      static_cast<double>(std::count(data.y.begin(), data.y.end(), data.classes)) / static_cast<double>(data.y.size());
  for (const auto& model : tuned.path) {
    ++result.fits;
    if (model.crossing) {
      ++result.stopped;
      continue;
    }
    result.worst_kkt =
        std::max(result.worst_kkt, model.kkt_violation / (static_cast<double>(data.y.size()) * tuned.lambdas[0]));
    for (std::size_t i = 1; i < model.trace.size(); ++i)
      result.increases += model.trace[i] > model.trace[i - 1] * (1 + 1e-12);
  }
  return result;
}

SplitErrors one_split(const OrdinalData& data, double test, const Options& options, Random random) {
  const std::size_t n = data.y.size(), held_out = std::max<std::size_t>(
                                           1, static_cast<std::size_t>(std::lround(test * static_cast<double>(n))));
  std::vector<std::size_t> rows(n);
  for (std::size_t i = 0; i < n; ++i) rows[i] = i;
  const auto whole = [&](const OrdinalData& part, int at_least) {
    std::vector<int> counts(static_cast<std::size_t>(data.classes));
    for (const int y : part.y) ++counts[static_cast<std::size_t>(y - 1)];
    return std::all_of(counts.begin(), counts.end(), [&](int count) { return count >= at_least; });
  };
  for (int attempt = 0; attempt < 200; ++attempt) {
    random.shuffle(rows);
    const auto testing = rows_of(data, {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(held_out)});
    const auto training = rows_of(data, {rows.begin() + static_cast<std::ptrdiff_t>(held_out), rows.end()});
    if (!whole(testing, 1) || !whole(training, 2)) continue;
    const auto rare = is_rare(testing);
    const VectorXd presto = predict_rare(tune(training, options, random.split("folds")).model(), testing.x),
                   logit = predict_rare(fit_rare_logit(training), testing.x),
                   odds = predict_rare(fit_proportional_odds(training), testing.x);
    const auto all = [&](const auto& metric) { return Errors{metric(presto), metric(logit), metric(odds)}; };
    return {all([&](const VectorXd& p) { return observed_calibration_error(p, rare, true); }),
            all([&](const VectorXd& p) { return observed_calibration_error(p, rare, false); }),
            all([&](const VectorXd& p) { return rare_log_loss(p, rare); }),
            all([&](const VectorXd& p) { return rare_brier_score(p, rare); })};
  }
  throw BadInput("the table", "no split in 200 has every class on both sides",
                 "hold out more rows, or merge rare classes");
}

namespace {

struct Setting {
  std::string name;
  bool sparse;
  double q;
  std::vector<double> intercepts;
};

struct SettingErrors {
  std::vector<double> presto, logit, odds;
};

std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back(a[i] / b[i]);
  return result;
}

class Reproduction {
 public:
  Reproduction(const ReproduceOptions& options, Run& run) : options_(options), run_(run) {}

  void synthetic() {
    const bool p1 = options_.wants("P1") || options_.wants("P2") || options_.wants("P8"), p3 = options_.wants("P3"),
               p4 = options_.wants("P4");
    std::vector<Setting> settings;
    const std::vector<std::vector<double>> sparse{{0, 3, 5}, {0, 3.5, 5.5}, {0, 4, 6}},
        dense{{0, 2.5, 4.5}, {0, 3, 5}, {0, 3.5, 5.5}, {0, 4, 6}};
    for (std::size_t i = 0; p1 && i < 3; ++i) settings.push_back({fmt::format("P1-{}", i + 1), true, 0.5, sparse[i]});
    for (std::size_t i = 0; p3 && i < 3; ++i)
      settings.push_back({fmt::format("P3-{}", i + 1), true, 1.0 / 3, sparse[i]});
    for (std::size_t i = 0; p4 && i < 4; ++i) settings.push_back({fmt::format("P4-{}", i + 1), false, 0, dense[i]});
    for (const auto& setting : settings) simulate_setting(setting);
    if (p1) sparse_claims("P1");
    if (options_.wants("P2") && p1) ratio_claims();
    if (p3) sparse_claims("P3");
    if (p4) dense_claims();
    if (p1 && options_.wants("P8")) {
      run_.claim("P8", "kkt", {worst_kkt_});
      run_.claim("P8", "increases", {static_cast<double>(increases_)});
      run_.note(fmt::format("{} of {} fits stopped where fitted cumulatives would cross; the others are optimal",
                            stopped_, fits_));
    }
    if (!settings.empty()) show_errors();
  }

  void real(const char* claim, const char* data_name) {
    if (!options_.wants(claim)) return;
    TableOptions table;
    Options solver;
    const bool soup = std::string_view(claim) == "P5";
    table.data.source = data_name;
    table.response = soup ? "SURENESS" : "rate_marriage";
    table.order = soup ? std::vector<std::string>{"6", "5", "4", "3", "2", "1"}
                       : std::vector<std::string>{"5", "4", "3", "2", "1"};
    table.drop = soup ? std::vector<std::string>{"RESP", "PRODID"} : std::vector<std::string>{"affairs"};
    solver.lambda_ratio = 1e-3;
    solver.lambdas = soup ? options_.by_budget(5, 30, 100) : options_.by_budget(5, 20, 50);
    solver.between_fits = [this] { run_.check_cancelled(); };
    CodedTable coded;
    try {
      coded = code_table(table);
    } catch (const MissingData& error) {
      run_.warning(error.what());
      return;
    }
    const int count = repetitions(soup ? options_.by_budget(2, 40, 350) : options_.by_budget(2, 20, 100));
    std::vector<SplitErrors> results(static_cast<std::size_t>(count));
    std::atomic<int> done{0};
    parallel_for(results.size(), run_.threads(), [&](std::size_t i) {
      results[i] = one_split(coded.data, 0.1, solver, run_.random(claim).split(i));
      run_.progress(++done, count, std::string("splits of ") + data_name);
    });
    const auto column = [&](Errors SplitErrors::*metric, double Errors::*method) {
      std::vector<double> values;
      for (const auto& result : results) values.push_back(result.*metric.*method);
      return values;
    };
    const auto margin = [&](Errors SplitErrors::*metric) {
      return mean(column(metric, &Errors::presto)) /
             std::min(mean(column(metric, &Errors::logit)), mean(column(metric, &Errors::odds)));
    };
    ResultTable summary{std::string(soup ? "soup" : "fair"),
                        fmt::format("Means over {} splits of {}", count, data_name),
                        {{"metric", ""}, {"presto", ""}, {"logit", ""}, {"proportional_odds", ""}},
                        {}};
    const std::vector<std::pair<std::string, Errors SplitErrors::*>> metrics{
        {"calibration error as published", &SplitErrors::published},
        {"calibration error corrected", &SplitErrors::corrected},
        {"log-loss", &SplitErrors::log_loss},
        {"Brier score", &SplitErrors::brier}};
    for (const auto& [name, metric] : metrics)
      summary.rows.push_back({name, mean(column(metric, &Errors::presto)), mean(column(metric, &Errors::logit)),
                              mean(column(metric, &Errors::odds))});
    run_.table(summary);
    if (soup) {
      run_.claim("P5", "osce_margin", {.value = margin(&SplitErrors::corrected), .seeds = count});
      run_.claim("P5", "log_loss_t",
                 {.value = paired_t(column(&SplitErrors::log_loss, &Errors::presto),
                                    column(&SplitErrors::log_loss, &Errors::odds)),
                  .seeds = count});
      run_.claim("P5", "published_logit",
                 estimate_of(mean_interval(column(&SplitErrors::published, &Errors::logit)), results.size()));
      run_.claim("P5", "published_odds",
                 estimate_of(mean_interval(column(&SplitErrors::published, &Errors::odds)), results.size()));
    } else {
      run_.claim("P5b", "log_loss_margin", {.value = margin(&SplitErrors::log_loss), .seeds = count});
      run_.claim("P5b", "brier_margin", {.value = margin(&SplitErrors::brier), .seeds = count});
    }
  }

  void variance() {
    if (!options_.wants("P6")) return;
    const int draws = options_.by_budget(40000, 400000, 400000);
    Mark odds{.kind = MarkKind::line, .name = "proportional odds"}, logit{.kind = MarkKind::line, .name = "Logit"};
    std::vector<double> rare, logit_variance;
    double deviation = 0;
    for (int a = 2; a <= 12; ++a) {
      run_.progress(a - 2, 11, "Fisher information");
      const auto variances = slope_variance(a, 10, draws, run_.random("variance").split(static_cast<std::uint64_t>(a)));
      odds.x.push_back(variances.rare_probability);
      odds.y.push_back(variances.proportional_odds);
      logit.x.push_back(variances.rare_probability);
      logit.y.push_back(variances.logit);
      if (a >= 6) {
        rare.push_back(variances.rare_probability);
        logit_variance.push_back(variances.logit);
      }
      if (a >= 8) deviation = std::max(deviation, std::abs(variances.proportional_odds / 20.6 - 1));
    }
    run_.figure({"variance",
                 "Variance of a slope as the class gets rarer",
                 "Logistic regression's grows like one over the probability; proportional odds' stays bounded.",
                 {"probability of the rare class", "", Scale::log},
                 {"n times variance", "", Scale::log},
                 {odds, logit}});
    run_.claim("P6", "logit_slope", {log_log_fit(rare, logit_variance).slope});
    run_.claim("P6", "odds_deviation", {deviation});
  }

  void eigenvalue() {
    if (!options_.wants("P7")) return;
    std::vector<double> values;
    for (std::uint64_t i = 0; i < 3; ++i) {
      run_.check_cancelled();
      values.push_back(
          theorem_eigenvalue(20, 10, options_.by_budget(100000, 1000000, 1000000), run_.random("eigenvalue").split(i)));
    }
    run_.claim("P7", "eigenvalue", estimate_of(mean_interval(values), values.size()));
  }

 private:
  int repetitions(int by_budget) const { return options_.seeds > 0 ? std::max(2, options_.seeds) : by_budget; }

  void simulate_setting(const Setting& setting) {
    const auto count = static_cast<std::size_t>(repetitions(options_.by_budget(8, 100, 700)));
    auto& errors = errors_[setting.name];
    errors.presto.resize(count);
    errors.logit.resize(count);
    errors.odds.resize(count);
    std::vector<SimulationResult> results(count);
    std::atomic<int> done{0};
    Options solver;
    solver.lambdas = options_.by_budget(6, 20, 20);
    solver.folds = options_.by_budget(3, 5, 5);
    solver.between_fits = [this] { run_.check_cancelled(); };
    parallel_for(count, run_.threads(), [&](std::size_t i) {
      run_.check_cancelled();
      results[i] = one_simulation(setting.sparse, setting.q, setting.intercepts, 2500, 10, solver,
                                  run_.random(setting.name).split(i));
      run_.progress(++done, static_cast<double>(count), "data sets of " + setting.name);
    });
    for (std::size_t i = 0; i < count; ++i) {
      errors.presto[i] = results[i].errors.presto;
      errors.logit[i] = results[i].errors.logit;
      errors.odds[i] = results[i].errors.odds;
      worst_kkt_ = std::max(worst_kkt_, results[i].worst_kkt);
      increases_ += results[i].increases;
      fits_ += results[i].fits;
      stopped_ += results[i].stopped;
      run_.metric("PRESTO / Logit, " + setting.name, static_cast<double>(i), errors.presto[i] / errors.logit[i]);
    }
  }

  void sparse_claims(const std::string& claim) {
    for (const char* index : {"1", "2", "3"}) {
      const auto& errors = errors_[claim + "-" + index];
      const auto count = errors.presto.size();
      if (!options_.wants(claim)) return;
      run_.claim(claim, std::string("presto_") + index, estimate_of(median_interval(errors.presto), count));
      run_.claim(claim, std::string("logit_") + index, estimate_of(median_interval(errors.logit), count));
      run_.claim(claim, std::string("odds_") + index, estimate_of(median_interval(errors.odds), count));
    }
    if (claim != "P1") return;
    const auto& first = errors_["P1-1"];
    const int count = static_cast<int>(first.presto.size());
    run_.claim("P1", "t_logit", {.value = paired_t(first.presto, first.logit), .seeds = count});
    run_.claim("P1", "t_odds", {.value = paired_t(first.presto, first.odds), .seeds = count});
  }

  void ratio_claims() {
    for (const char* index : {"1", "2", "3"}) {
      const auto& errors = errors_[std::string("P1-") + index];
      run_.claim("P2", std::string("ratio_logit_") + index,
                 estimate_of(median_interval(ratios(errors.presto, errors.logit)), errors.presto.size()));
      run_.claim("P2", std::string("ratio_odds_") + index,
                 estimate_of(median_interval(ratios(errors.presto, errors.odds)), errors.presto.size()));
    }
  }

  void dense_claims() {
    std::vector<double> odds_gap, logit_gap;
    for (int i = 1; i <= 4; ++i) {
      const auto& errors = errors_[fmt::format("P4-{}", i)];
      const double presto = median(errors.presto), logit = median(errors.logit), odds = median(errors.odds);
      run_.claim("P4", fmt::format("margin_{}", i),
                 {.value = presto / std::min(logit, odds), .seeds = static_cast<int>(errors.presto.size())});
      odds_gap.push_back(odds / presto);
      logit_gap.push_back(logit / presto);
    }
    int shrinks = 0, widens = 0;
    for (std::size_t i = 1; i < 4; ++i) {
      shrinks += odds_gap[i] < odds_gap[i - 1];
      widens += logit_gap[i] > logit_gap[i - 1];
    }
    run_.claim("P4", "odds_gap_steps", {static_cast<double>(shrinks)});
    run_.claim("P4", "logit_gap_steps", {static_cast<double>(widens)});
  }

  void show_errors() {
    Figure errors{"errors",
                  "Error of the rare probability",
                  "Each box: simulated data sets of one setting. Dashed: the paper's median. Lower is better.",
                  {"method", "", Scale::linear},
                  {"MSE", "", Scale::log},
                  {}};
    Figure shares{"ratios",
                  "PRESTO's error over the baseline's, data set by data set",
                  "Below the dashed line PRESTO is better.",
                  {"baseline", "", Scale::linear},
                  {"ratio", "", Scale::log},
                  {}};
    for (const auto& published : published_medians) {
      const auto found = errors_.find(std::string(published.setting));
      if (found == errors_.end()) continue;
      const auto& values = found->second;
      const auto panel =
          fmt::format("{}: {}, rare {}", published.setting.substr(0, 2), published.differences, published.rare);
      const std::vector<std::string> methods{"PRESTO", "Logit", "proportional odds"},
          baselines{"Logit", "proportional odds"};
      errors.marks.push_back({.kind = MarkKind::box,
                              .labels = methods,
                              .samples = {values.presto, values.logit, values.odds},
                              .facet = panel});
      errors.marks.push_back({.kind = MarkKind::points,
                              .y = {published.presto, published.logit, published.odds},
                              .labels = methods,
                              .facet = panel,
                              .dashed = true});
      shares.marks.push_back({.kind = MarkKind::box,
                              .labels = baselines,
                              .samples = {ratios(values.presto, values.logit), ratios(values.presto, values.odds)},
                              .facet = panel});
      shares.marks.push_back(
          {.kind = MarkKind::points, .y = {1, 1}, .labels = baselines, .facet = panel, .dashed = true});
    }
    run_.figure(errors);
    run_.figure(shares);
  }

  const ReproduceOptions& options_;
  Run& run_;
  std::map<std::string, SettingErrors> errors_;
  double worst_kkt_ = 0;
  int increases_ = 0, fits_ = 0, stopped_ = 0;
};

}  // namespace

void reproduce(const ReproduceOptions& options, Run& run) {
  Reproduction reproduction(options, run);
  reproduction.synthetic();
  reproduction.real("P5", "data:soup");
  reproduction.real("P5b", "data:fair");
  reproduction.variance();
  reproduction.eigenvalue();
}

}  // namespace offprint::presto
