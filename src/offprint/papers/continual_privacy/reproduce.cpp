// The claims about errors: C1 to C4, C7 and C8.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>

#include "offprint/base/parallel.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/continual_privacy/counters.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/reproduction.hpp"
#include "offprint/papers/continual_privacy/tracing.hpp"

namespace offprint::continual_privacy {
namespace {

/// The same on a stream of ones, whose every sum is the number of steps.
double error_on_ones(StreamMechanism& mechanism, std::size_t dimension, const Run& run) {
  return largest_error(
      mechanism, dimension, [](std::int64_t, std::vector<std::int64_t>& row) { std::fill(row.begin(), row.end(), 1); },
      [](std::int64_t t, const auto&) { return static_cast<double>(t + 1); }, run);
}

/// The same on a reduction stream of `columns` columns, as long as fits.
double error_on_reduction(StreamMechanism& mechanism, std::size_t columns, Random random, const Run& run) {
  const auto rows = static_cast<std::size_t>(mechanism.horizon()) / (1 + 2 * columns);
  const auto data = Population::draw(columns, random).sample(rows, random);
  std::vector<std::int64_t> sums(columns);
  return largest_error(
      mechanism, columns, [&](std::int64_t t, std::vector<std::int64_t>& row) { reduction_row(data, t, row); },
      [&](std::int64_t, const std::vector<std::int64_t>& row) {
        for (std::size_t j = 0; j < columns; ++j) sums[j] += row[j];
        return static_cast<double>(*std::max_element(sums.begin(), sums.end()));
      },
      run);
}

/// errors[i][run] at lengths[i].
struct ErrorCurve {
  std::vector<double> lengths;
  std::vector<std::vector<double>> errors;

  std::vector<double> means() const {
    std::vector<double> result;
    for (const auto& at : errors) result.push_back(mean(at));
    return result;
  }
  /// Slope of log error over log length, run by run; `logarithm`: of the error divided by (ln T)^(1/3).
  std::vector<double> slopes(bool logarithm = false) const {
    std::vector<double> result;
    for (std::size_t r = 0; r < errors[0].size(); ++r) {
      std::vector<double> values;
      for (std::size_t i = 0; i < lengths.size(); ++i)
        values.push_back(errors[i][r] / (logarithm ? std::cbrt(std::log(lengths[i])) : 1));
      result.push_back(log_log_fit(lengths, values).slope);
    }
    return result;
  }
  Mark mark(const std::string& name) const {
    return {.kind = MarkKind::line, .name = name, .x = lengths, .y = means()};
  }
};

class Errors {
 public:
  Errors(const ReproduceOptions& options, Run& run) : options_(options), run_(run) {}

  void lengths() {
    const int exponent = options_.by_budget(16, 22, 22);
    const auto runs = repetitions(options_, 5, 20, 100);
    Figure figure{"error-length",
                  "Error against the length of the stream",
                  "The continual maximum pays the cube root of the length; counting and the batch release do not.",
                  {"length", "steps", Scale::log},
                  {"largest error", "", Scale::log},
                  {}};
    if (options_.wants("C1"))
      for (const double rho : {0.1, 1.0})
        for (const bool reduction : {false, true}) {
          const std::string key = std::string(reduction ? "reduction" : "ones") + (rho == 1 ? "_1" : "_01");
          const auto budget = PrivacyBudget::zcdp(rho);
          const int columns = reduction ? 16 : 1;
          const auto curve = measure(key, 10, exponent, runs, [&](std::int64_t length, const Random& random) {
            const auto mechanism =
                make_mechanism(configuration(Statistic::max_sum, MechanismKind::recompute, length, budget, columns),
                               seeded_noise(random));
            return reduction
                       ? error_on_reduction(*mechanism, static_cast<std::size_t>(columns), random.split("data"), run_)
                       : error_on_ones(*mechanism, 1, run_);
          });
          run_.claim("C1", "slope_" + key, estimate_of(mean_interval(curve.slopes()), runs));
          run_.claim("C1", "slope_log_" + key, estimate_of(mean_interval(curve.slopes(true)), runs));
          figure.marks.push_back(curve.mark(fmt::format("maximum, {}, rho {}", reduction ? "reduction" : "ones", rho)));
        }
    if (options_.wants("C2")) gap(runs);
    if (options_.wants("C3")) counting(runs, figure);
    if (options_.wants("C7")) {
      const auto curve =
          measure("pure", 10, options_.by_budget(16, 20, 20), runs, [&](std::int64_t length, const Random& random) {
            return error_on_ones(*make_mechanism(configuration(Statistic::max_sum, MechanismKind::recompute, length,
                                                               PrivacyBudget::pure(1)),
                                                 seeded_noise(random)),
                                 1, run_);
          });
      run_.claim("C7", "slope", estimate_of(mean_interval(curve.slopes()), runs));
      figure.marks.push_back(curve.mark("maximum, pure, epsilon 1"));
    }
    if (figure.marks.empty()) return;
    Mark bound{.kind = MarkKind::line, .name = "T^(1/3)", .dashed = true};
    for (int e = 10; e <= exponent; e += 2) {
      bound.x.push_back(std::ldexp(1.0, e));
      bound.y.push_back(std::cbrt(std::ldexp(1.0, e)));
    }
    figure.marks.push_back(bound);
    run_.figure(figure);
  }

  void columns() {
    if (!options_.wants("C4")) return;
    const int exponent = options_.by_budget(10, 14, 14);
    const std::int64_t length = std::int64_t{1} << exponent;
    const auto budget = PrivacyBudget::zcdp(1);
    std::vector<double> dimensions, recompute, parallel, bound_recompute, bound_parallel;
    double worst_choice = 0;
    for (int e = 0; e <= exponent; e += 2) {
      const int d = 1 << e;
      auto config = configuration(Statistic::max_sum, MechanismKind::recompute, length, budget, d);
      const auto random = run_.random("columns").split(static_cast<std::uint64_t>(d));
      // The widest streams take half a minute each, and their error is the largest of thousands of columns: one run tells.
      const auto runs = d > 1024 && options_.budget != Budget::full ? 1u : repetitions(options_, 3, 5, 10);
      std::vector<double> recomputed(runs), paralleled(runs);
      for (std::size_t r = 0; r < runs; ++r) {
        recomputed[r] = error_on_ones(*make_mechanism(config, seeded_noise(random.split(2 * r))),
                                      static_cast<std::size_t>(d), run_);
        paralleled[r] = parallel_error(length, budget, d, random.split(2 * r + 1));
      }
      dimensions.push_back(d);
      recompute.push_back(mean(recomputed));
      parallel.push_back(mean(paralleled));
      const bool takes_recompute = choose(config).kind == MechanismKind::recompute;
      worst_choice = std::max(worst_choice, (takes_recompute ? recompute.back() : parallel.back()) /
                                                std::min(recompute.back(), parallel.back()));
      bound_recompute.push_back(predict_error(config));
      config.kind = MechanismKind::parallel;
      bound_parallel.push_back(predict_error(config));
    }
    run_.claim("C4", "few", {recompute.front() / parallel.front()});
    run_.claim("C4", "many", {recompute.back() / parallel.back()});
    run_.claim("C4", "crossing",
               {crossing(dimensions, recompute, parallel) / crossing(dimensions, bound_recompute, bound_parallel)});
    run_.claim("C4", "choice", {worst_choice});
    run_.figure(
        {"error-columns",
         fmt::format("Error against the number of columns, T = {}, rho = 1", length),
         "Parallel counters pay for every column, recomputation for none: the choice is made from the predictions.",
         {"columns", "", Scale::log},
         {"largest error", "", Scale::log},
         {{.kind = MarkKind::line, .name = "recomputation", .x = dimensions, .y = recompute},
          {.kind = MarkKind::line, .name = "parallel counters", .x = dimensions, .y = parallel},
          {.kind = MarkKind::line,
           .name = "predicted, recomputation",
           .x = dimensions,
           .y = bound_recompute,
           .dashed = true},
          {.kind = MarkKind::line,
           .name = "predicted, parallel",
           .x = dimensions,
           .y = bound_parallel,
           .dashed = true}}});
  }

  void constants() {
    if (!options_.wants("C8")) return;
    const auto runs = repetitions(options_, 1500, 20000, 100000);
    Figure figure{"variance",
                  "Variance of the released sum over time, T = 1024, rho = 1/2",
                  "The tree's follows the number of ones in the step's binary form.",
                  {"step", "", Scale::linear},
                  {"variance", "", Scale::linear},
                  {}};
    for (const auto& [kind, name] : counters()) {
      const auto at = [&](std::int64_t horizon) {
        return configuration(Statistic::count, kind, horizon, PrivacyBudget::zcdp(0.5));
      };
      const auto counter = make_counter(at(1024), seeded_noise(Random(0)));
      run_.claim("C8", name + "_1024", {counter->largest_variance()});
      run_.claim("C8", name + "_4096", {make_counter(at(4096), seeded_noise(Random(0)))->largest_variance()});
      Mark mark{.kind = MarkKind::line, .name = name_of(kind)};
      for (std::int64_t t = 1; t <= 1024; ++t) {
        mark.x.push_back(static_cast<double>(t));
        mark.y.push_back(counter->variance_at(t));
      }
      figure.marks.push_back(mark);
      const auto worst = std::max_element(mark.y.begin(), mark.y.end()) - mark.y.begin();
      run_.claim("C8", name + "_empirical",
                 empirical_variance(at(1024), worst + 1, mark.y[static_cast<std::size_t>(worst)], runs));
    }
    run_.claim(
        "C8", "column_norm",
        {SquareRootCounter(configuration(Statistic::count, MechanismKind::square_root, 1024, PrivacyBudget::zcdp(0.5)),
                           seeded_noise(Random(0)))
             .column_norm_squared()});
    run_.figure(figure);
  }

  /// A stream as a user sees it.
  void live_stream() {
    const std::int64_t length = 2000;
    const auto stream = drifting_zipf(length, 5, 8, run_.random("live"));
    auto config = configuration(Statistic::count, MechanismKind::square_root, length, PrivacyBudget::zcdp(0.05), 5);
    config.rows.one_hot = true;
    const auto counter = make_mechanism(config, seeded_noise(run_.random("live noise")));
    Mark band{.kind = MarkKind::band, .name = "95 % band"}, release{.kind = MarkKind::line, .name = "private count"},
        truth{.kind = MarkKind::line, .name = "true count", .dashed = true};
    double sum = 0;
    for (std::int64_t t = 0; t < length; ++t) {
      const auto row = stream.row(t);
      const auto& out = counter->step(row);
      sum += static_cast<double>(row[0]);
      if (t % 10) continue;
      for (auto* mark : {&band, &release, &truth}) mark->x.push_back(static_cast<double>(t + 1));
      band.low.push_back(out.values[0] - out.half_width_95);
      band.high.push_back(out.values[0] + out.half_width_95);
      release.y.push_back(out.values[0]);
      truth.y.push_back(sum);
    }
    run_.figure({"stream",
                 "A private running count, rho = 0.05",
                 "One of five columns of a drifting stream.",
                 {"step", "", Scale::linear},
                 {"count", "", Scale::linear},
                 {band, release, truth}});
  }

 private:
  static std::vector<std::pair<MechanismKind, std::string>> counters() {
    return {{MechanismKind::tree, "tree"},
            {MechanismKind::honaker, "honaker"},
            {MechanismKind::square_root, "square_root"}};
  }

  template <class Error>
  ErrorCurve measure(const std::string& name, int from, int to, std::size_t runs, const Error& error) {
    ErrorCurve curve;
    for (int e = from; e <= to; e += 2) {
      const auto length = std::int64_t{1} << e;
      curve.lengths.push_back(static_cast<double>(length));
      curve.errors.emplace_back(runs);
      const auto random = run_.random(name).split(static_cast<std::uint64_t>(e));
      parallel_for(runs, run_.threads(),
                   [&](std::size_t r) { curve.errors.back()[r] = error(length, random.split(r)); });
      run_.metric("largest error, " + name, static_cast<double>(length), mean(curve.errors.back()));
      run_.progress(e - from + 2, to - from + 2, "lengths of " + name);
    }
    return curve;
  }

  void gap(std::size_t runs) {
    const auto budget = PrivacyBudget::zcdp(1);
    const auto curve = measure("gap", 12, 20, runs, [&](std::int64_t length, const Random& random) {
      return error_on_ones(*make_mechanism(configuration(Statistic::max_sum, MechanismKind::recompute, length, budget),
                                           seeded_noise(random)),
                           1, run_);
    });
    // The batch release is one draw at the end, whatever the length.
    const auto single = Noise::for_releases(budget, 1, 1, 1);
    double batch[2]{};
    constexpr int draws = 100000;
    auto bits = seeded_noise(run_.random("batch"));
    for (double& error : batch)
      for (int i = 0; i < draws; ++i) error += std::abs(static_cast<double>(single(bits))) / draws;
    std::vector<double> growth;
    for (std::size_t r = 0; r < runs; ++r)
      growth.push_back(curve.errors.back()[r] / batch[1] / (curve.errors.front()[r] / batch[0]));
    run_.claim("C2", "growth", estimate_of(mean_interval(growth), runs));
  }

  void counting(std::size_t runs, Figure& figure) {
    std::map<std::int64_t, std::unique_ptr<SquareRootCounter>> counters;
    for (int e = 12; e <= 20; e += 2) {
      run_.check_cancelled();
      const auto length = std::int64_t{1} << e;
      counters[length] = std::make_unique<SquareRootCounter>(
          configuration(Statistic::count, MechanismKind::square_root, length, PrivacyBudget::zcdp(1)),
          seeded_noise(Random(0)));
    }
    const auto curve = measure("count", 12, 20, runs, [&](std::int64_t length, const Random& random) {
      auto bits = seeded_noise(random);
      run_.check_cancelled();
      const auto sums =
          counters.at(length)->sums_at_once(std::vector<std::int64_t>(static_cast<std::size_t>(length), 1), bits);
      double worst = 0;
      for (std::size_t t = 0; t < sums.size(); ++t)
        worst = std::max(worst, std::abs(sums[t] - static_cast<double>(t + 1)));
      return worst;
    });
    const auto means = curve.means();
    run_.claim("C3", "growth", {.value = means.back() / means.front(), .seeds = static_cast<int>(runs)});
    run_.claim("C3", "slope", estimate_of(mean_interval(curve.slopes()), runs));
    figure.marks.push_back(curve.mark("count, rho 1"));
  }

  /// Largest error of the maximum of d private counts of ones. A column's share of the budget is rho / d, so that one counter of one column serves all.
  double parallel_error(std::int64_t length, const PrivacyBudget& budget, int d, const Random& random) const {
    const SquareRootCounter counter(
        configuration(Statistic::count, MechanismKind::square_root, length, PrivacyBudget::zcdp(budget.rho / d)),
        seeded_noise(Random(0)));
    const std::vector<std::int64_t> ones(static_cast<std::size_t>(length), 1);
    std::vector<double> largest(ones.size(), -INFINITY);
    auto bits = seeded_noise(random);
    for (int j = 0; j < d; ++j) {
      if (j % 64 == 0) run_.check_cancelled();
      const auto sums = counter.sums_at_once(ones, bits);
      for (std::size_t t = 0; t < sums.size(); ++t) largest[t] = std::max(largest[t], sums[t]);
    }
    double worst = 0;
    for (std::size_t t = 0; t < largest.size(); ++t)
      worst = std::max(worst, std::abs(largest[t] - static_cast<double>(t + 1)));
    return worst;
  }

  /// Where b first exceeds a, in log-log; the last x if it never does.
  static double crossing(const std::vector<double>& x, const std::vector<double>& a, const std::vector<double>& b) {
    for (std::size_t i = 1; i < x.size(); ++i) {
      const double before = std::log(b[i - 1] / a[i - 1]), after = std::log(b[i] / a[i]);
      if (before <= 0 && after > 0) return x[i - 1] * std::pow(x[i] / x[i - 1], -before / (after - before));
    }
    return x.back();
  }

  Estimate empirical_variance(const MechanismConfig& config, std::int64_t step, double predicted, std::size_t runs) {
    std::vector<double> squares(runs);
    const std::vector<std::int64_t> ones(static_cast<std::size_t>(step), 1);
    const auto random = run_.random(name_of(config.kind));
    if (config.kind == MechanismKind::square_root) {
      const SquareRootCounter counter(config, seeded_noise(random));
      auto bits = seeded_noise(random);
      for (std::size_t r = 0; r < runs; ++r) {
        if (r % 100 == 0) run_.check_cancelled();
        squares[r] = std::pow(counter.sums_at_once(ones, bits).back() - static_cast<double>(step), 2) / predicted;
      }
    } else {
      std::atomic<std::size_t> done{0};
      parallel_for(runs, run_.threads(), [&](std::size_t r) {
        const auto counter = make_counter(config, seeded_noise(random.split(r)));
        for (std::int64_t t = 0; t < step; ++t) counter->step(std::span(ones).first(1));
        squares[r] = std::pow(counter->current().values[0] - static_cast<double>(step), 2) / predicted;
        if (++done % 100 == 0)
          run_.progress(static_cast<double>(done), static_cast<double>(runs),
                        std::string("runs of ") + name_of(config.kind));
      });
    }
    return estimate_of(mean_interval(squares), runs);
  }

  const ReproduceOptions& options_;
  Run& run_;
};

}  // namespace

void reproduce(const ReproduceOptions& options, Run& run) {
  Errors errors(options, run);
  errors.live_stream();
  errors.constants();
  reproduce_privacy(options, run);
  errors.lengths();
  errors.columns();
}

}  // namespace offprint::continual_privacy
