#include <fmt/format.h>

#include <map>

#include "offprint/math/statistics.hpp"
#include "offprint/paper/reproduction.hpp"
#include "offprint/papers/continual_privacy/error_bounds.hpp"
#include "offprint/papers/continual_privacy/measured_errors.hpp"
#include "offprint/papers/continual_privacy/names.hpp"
#include "offprint/papers/continual_privacy/tracing.hpp"

namespace offprint::continual_privacy {

// In reproduce_privacy.cpp.
void accounting(Measurement& m);
void exact_noise(Measurement& m);
void reduction(Measurement& m);
void tracing(Measurement& m);
void audits(Measurement& m);

namespace {

/// The mean of a over that of b; run r of both is drawn together.
Estimate ratio_of_means(const std::vector<double>& a, const std::vector<double>& b, Random random) {
  const auto ratio = [&](std::span<const std::size_t> drawn) {
    double sum_a = 0, sum_b = 0;
    for (const auto r : drawn) {
      sum_a += a[r];
      sum_b += b[r];
    }
    return sum_a / sum_b;
  };
  return resampled(a.size(), ratio, random);
}

// Errors against the length of the stream: C1, C2, C3, C7.

/// errors[i][r]: largest error of run r at lengths[i].
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
};

/// `error(length, random)` at the lengths 2^from, 2^(from + 2) ... 2^to.
template <class Error>
ErrorCurve error_curve(Measurement& m, const std::string& name, int from, int to, const Error& error) {
  ErrorCurve curve;
  for (int e = from; e <= to; e += 2) {
    const auto length = std::int64_t{1} << e;
    const auto random = m.random(name).split(static_cast<std::uint64_t>(e));
    curve.lengths.push_back(static_cast<double>(length));
    curve.errors.push_back(repeat(m.run, m.repetitions(), fmt::format("streams of {} steps, {}", length, name),
                                  [&](std::size_t r) { return error(length, random.split(r)); }));
    m.run.metric("largest error, " + name, static_cast<double>(length), mean(curve.errors.back()));
  }
  return curve;
}

std::unique_ptr<StreamMechanism> recomputation(std::int64_t length, const PrivacyBudget& budget, int columns,
                                               const Random& random) {
  return make_mechanism(configuration(Statistic::max_sum, MechanismKind::recompute, length, budget, columns),
                        seeded_noise(random));
}

void maximum_against_length(Measurement& m, Figure& figure, int exponent) {
  for (const double rho : {0.1, 1.0})
    for (const bool reduction : {false, true}) {
      const std::string key = std::string(reduction ? "reduction" : "ones") + (rho == 1 ? "_1" : "_01");
      const int columns = reduction ? 16 : 1;
      const auto curve = error_curve(m, key, 10, exponent, [&](std::int64_t length, const Random& random) {
        const auto mechanism = recomputation(length, PrivacyBudget::zcdp(rho), columns, random);
        const auto between = [&] { m.run.check_cancelled(); };
        if (!reduction) return error_on_ones(*mechanism, between);
        auto data = random.split("data");
        const auto population = Population::draw(16, data);
        return error_on_reduction(*mechanism, population.sample(static_cast<std::size_t>(length / 33), data), between);
      });
      m.check("C1.slope_" + key, mean_of(curve.slopes()));
      m.check("C1.slope_log_" + key, mean_of(curve.slopes(true)));
      figure
          .line(fmt::format("maximum, {}, rho = {}", reduction ? "reduction stream" : "ones", rho), curve.lengths,
                curve.means())
          .as(Role::method);
    }
}

void gap_to_one_release(Measurement& m, Figure& figure) {
  const auto budget = PrivacyBudget::zcdp(1);
  const auto curve = error_curve(m, "gap", 12, 20, [&](std::int64_t length, const Random& random) {
    return error_on_ones(*recomputation(length, budget, 1, random), [&] { m.run.check_cancelled(); });
  });
  // The batch release is one draw at the end, whatever the length.
  const auto single = Noise::for_releases(budget, 1, 1, 1);
  double batch[2]{};
  constexpr int draws = 100000;
  auto bits = seeded_noise(m.random("batch"));
  for (double& error : batch)
    for (int i = 0; i < draws; ++i) error += std::abs(static_cast<double>(single(bits))) / draws;
  std::vector<double> growth;
  for (std::size_t r = 0; r < m.repetitions(); ++r)
    growth.push_back(curve.errors.back()[r] / batch[1] / (curve.errors.front()[r] / batch[0]));
  m.check("C2.growth", mean_of(growth));
  figure.line("one release at the end, rho = 1", {curve.lengths.front(), curve.lengths.back()}, {batch[0], batch[1]})
      .as(Role::baseline);
}

void counting_against_length(Measurement& m, Figure& figure) {
  std::map<std::int64_t, std::unique_ptr<SquareRootCounter>> counters;
  for (int e = 12; e <= 20; e += 2) {
    m.run.check_cancelled();
    const auto length = std::int64_t{1} << e;
    counters[length] = std::make_unique<SquareRootCounter>(
        configuration(Statistic::count, MechanismKind::square_root, length, PrivacyBudget::zcdp(1)),
        seeded_noise(Random(0)));
  }
  const auto curve = error_curve(m, "count", 12, 20, [&](std::int64_t length, const Random& random) {
    m.run.check_cancelled();
    return error_of_counting(*counters.at(length), seeded_noise(random));
  });
  m.check("C3.growth", ratio_of_means(curve.errors.back(), curve.errors.front(), m.random("bootstrap C3")));
  m.check("C3.slope", mean_of(curve.slopes()));
  figure.line("count, rho = 1", curve.lengths, curve.means()).as(Role::baseline);
}

void pure_privacy_against_length(Measurement& m, Figure& figure) {
  const auto curve =
      error_curve(m, "pure", 10, m.by_budget(16, 20, 20), [&](std::int64_t length, const Random& random) {
        return error_on_ones(*recomputation(length, PrivacyBudget::pure(1), 1, random),
                             [&] { m.run.check_cancelled(); });
      });
  m.check("C7.slope", mean_of(curve.slopes()));
  figure.line("maximum, pure, epsilon = 1", curve.lengths, curve.means());
}

void lengths(Measurement& m) {
  const int exponent = m.by_budget(16, 22, 22);
  Figure figure{"error-length", "Error against the length of the stream",
                "The continual maximum pays the cube root of the length; counting and one release at the end do not.",
                log_axis("length", "steps"), log_axis("largest error")};
  if (m.wants("C1")) maximum_against_length(m, figure, exponent);
  if (m.wants("C2")) gap_to_one_release(m, figure);
  if (m.wants("C3")) counting_against_length(m, figure);
  if (m.wants("C7")) pure_privacy_against_length(m, figure);
  auto& bound = figure.line("T^(1/3)").dash();
  for (int e = 10; e <= exponent; e += 2) bound.add(std::ldexp(1.0, e), std::cbrt(std::ldexp(1.0, e)));
  m.run.figure(figure);
}

// Errors against the number of columns: C4.

struct Width {
  double columns;
  std::vector<double> recompute, parallel;  ///< largest errors, run by run
  double predicted_recompute, predicted_parallel;
  bool takes_recompute;  ///< the choice made beforehand
};

Width errors_of_width(Measurement& m, std::int64_t length, int d) {
  const auto budget = PrivacyBudget::zcdp(1);
  // The widest streams take half a minute each, and their error is the largest of thousands of columns: one run tells.
  const bool single = d > 1024 && m.options.budget != Budget::full;
  auto config = configuration(Statistic::max_sum, MechanismKind::recompute, length, budget, d);
  Width width{static_cast<double>(d), {}, {}, predict_error(config), 0, choose(config).kind == config.kind};
  const auto random = m.random("columns").split(static_cast<std::uint64_t>(d));
  const auto between = [&] { m.run.check_cancelled(); };
  for (const auto& [recomputed, paralleled] :
       repeat(m.run, single ? 1 : m.repetitions(), fmt::format("streams of {} columns", d), [&](std::size_t r) {
         return std::pair(error_on_ones(*make_mechanism(config, seeded_noise(random.split(2 * r))), between),
                          error_of_parallel_counters(length, budget, d, random.split(2 * r + 1), between));
       })) {
    width.recompute.push_back(recomputed);
    width.parallel.push_back(paralleled);
  }
  config.kind = MechanismKind::parallel;
  width.predicted_parallel = predict_error(config);
  return width;
}

/// Where b first exceeds a, in log-log; the last x if it never does.
double crossing(const std::vector<double>& x, const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 1; i < x.size(); ++i) {
    const double before = std::log(b[i - 1] / a[i - 1]), after = std::log(b[i] / a[i]);
    if (before <= 0 && after > 0) return x[i - 1] * std::pow(x[i] / x[i - 1], -before / (after - before));
  }
  return x.back();
}

void columns(Measurement& m) {
  const int exponent = m.by_budget(10, 14, 14);
  const auto length = std::int64_t{1} << exponent;
  std::vector<Width> widths;
  for (int e = 0; e <= exponent; e += 2) widths.push_back(errors_of_width(m, length, 1 << e));
  std::vector<double> recompute, parallel;
  double worst_choice = 0;
  for (const auto& width : widths) {
    recompute.push_back(mean(width.recompute));
    parallel.push_back(mean(width.parallel));
    worst_choice = std::max(worst_choice, (width.takes_recompute ? recompute.back() : parallel.back()) /
                                              std::min(recompute.back(), parallel.back()));
  }
  const auto d = members(widths, &Width::columns), bound_recompute = members(widths, &Width::predicted_recompute),
             bound_parallel = members(widths, &Width::predicted_parallel);
  m.check("C4.few", ratio_of_means(widths.front().recompute, widths.front().parallel, m.random("bootstrap C4 few")));
  m.check("C4.many", ratio_of_means(widths.back().recompute, widths.back().parallel, m.random("bootstrap C4 many")));
  m.check("C4.crossing",
          observed(crossing(d, recompute, parallel) / crossing(d, bound_recompute, bound_parallel), m.repetitions()));
  m.check("C4.choice", observed(worst_choice, m.repetitions()));
  Figure figure{"error-columns", fmt::format("Error against the number of columns, T = {}, rho = 1", length),
                "Parallel counters pay for every column, recomputation for none: the choice is made from the "
                "predictions.",
                log_axis("columns"), log_axis("largest error")};
  figure.line("recomputation", d, recompute).as(Role::method);
  figure.line("parallel counters", d, parallel).as(Role::baseline);
  figure.line("predicted, recomputation", d, bound_recompute).as(Role::method).dash();
  figure.line("predicted, parallel", d, bound_parallel).as(Role::baseline).dash();
  m.run.figure(figure);
}

// Counters: C8.

/// A stream as a user sees it.
void live_stream(Measurement& m) {
  const std::int64_t length = 2000;
  const auto stream = drifting_zipf(length, 5, 8, m.random("live"));
  auto config = configuration(Statistic::count, MechanismKind::square_root, length, PrivacyBudget::zcdp(0.05), 5);
  config.rows.one_hot = true;
  const auto counter = make_mechanism(config, seeded_noise(m.random("live noise")));
  Figure figure{"stream", "A private running count, rho = 0.05", "One of five columns of a drifting stream.", "step",
                "count"};
  auto &band = figure.band("95 % band"), &release = figure.line("private count").as(Role::method),
       &truth = figure.line("true count").dash();
  double sum = 0;
  for (std::int64_t t = 0; t < length; ++t) {
    const auto row = stream.row(t);
    const auto& out = counter->step(row);
    sum += static_cast<double>(row[0]);
    if (t % 10) continue;
    const auto step = static_cast<double>(t + 1);
    band.span(step, out.values[0] - out.half_width_95, out.values[0] + out.half_width_95);
    release.add(step, out.values[0]);
    truth.add(step, sum);
  }
  m.run.figure(figure);
}

/// Squared errors of the count of ones after `step` steps over their predicted variance.
Estimate variance_ratio(Measurement& m, const MechanismConfig& config, std::int64_t step, double predicted) {
  const auto& name = mechanisms.name(config.kind);
  const std::vector<std::int64_t> ones(static_cast<std::size_t>(step), 1);
  const auto random = m.random(name);
  const auto share = [&](double sum) { return std::pow(sum - static_cast<double>(step), 2) / predicted; };
  if (config.kind != MechanismKind::square_root)
    return mean_of(repeat(m.run, m.repetitions(), "runs of " + name, [&](std::size_t r) {
      const auto counter = make_counter(config, seeded_noise(random.split(r)));
      for (std::int64_t t = 0; t < step; ++t) counter->step(std::span(ones).first(1));
      return share(counter->current().values[0]);
    }));
  // All at once, on one stream of noise: step by step these would take minutes.
  const SquareRootCounter counter(config, seeded_noise(random));
  auto bits = seeded_noise(random);
  std::vector<double> shares;
  while (shares.size() < m.repetitions()) {
    if (shares.size() % 100 == 0) m.run.check_cancelled();
    shares.push_back(share(counter.sums_at_once(ones, bits).back()));
  }
  return mean_of(shares);
}

void counters(Measurement& m) {
  live_stream(m);
  Figure figure{"variance", "Variance of the released sum over time, T = 1024, rho = 1/2",
                "The tree's follows the number of ones in the step's binary form.", "step", "variance"};
  const auto at = [](MechanismKind kind, std::int64_t horizon) {
    return configuration(Statistic::count, kind, horizon, PrivacyBudget::zcdp(0.5));
  };
  using enum MechanismKind;
  for (const auto& [kind, key] : {std::pair{tree, "tree"}, {honaker, "honaker"}, {square_root, "square_root"}}) {
    const auto counter = make_counter(at(kind, 1024), seeded_noise(Random(0)));
    m.check(fmt::format("C8.{}_1024", key), exact(counter->largest_variance()));
    m.check(fmt::format("C8.{}_4096", key),
            exact(make_counter(at(kind, 4096), seeded_noise(Random(0)))->largest_variance()));
    auto& line = figure.line(mechanisms.name(kind));
    for (std::int64_t t = 1; t <= 1024; ++t) line.add(static_cast<double>(t), counter->variance_at(t));
    const auto worst = std::max_element(line.y.begin(), line.y.end());
    m.check(fmt::format("C8.{}_empirical", key), variance_ratio(m, at(kind, 1024), worst - line.y.begin() + 1, *worst));
  }
  m.check("C8.column_norm",
          exact(SquareRootCounter(at(square_root, 1024), seeded_noise(Random(0))).column_norm_squared()));
  m.run.figure(figure);
}

}  // namespace

Verb reproduce() {
  return reproduction({{"C8", counters, {1500, 20000, 100000, "runs"}},
                       {"C11", accounting},
                       {"C10", exact_noise, {1, 10, 10, "batches of 100 000 draws"}},
                       {"C5", reduction, {3, 20, 100, "data sets"}},
                       {"C6", tracing, {3, 20, 100, "data sets"}},
                       {"C9", audits, {1, 1, 1, "audits of a mechanism"}},
                       {"C1 C2 C3 C7", lengths, {5, 20, 100, "streams of a length"}},
                       {"C4", columns, {3, 5, 10, "streams of a width"}}});
}

}  // namespace offprint::continual_privacy
