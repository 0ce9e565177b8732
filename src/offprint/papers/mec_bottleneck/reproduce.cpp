// Claims M1 to M7: encoders and couplings. The coding game's claims stand in reproduce_games.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/math/entropy.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/paper/reproduction.hpp"
#include "offprint/papers/mec_bottleneck/published.hpp"
#include "offprint/papers/mec_bottleneck/verbs/distributions.hpp"

namespace offprint::mec_bottleneck {

void coding_games(Measurement& m);

namespace {

// Encoders: M1 to M3, M6.

void theorems(Measurement& m) {
  struct Draw {
    double bound_share, over_rate, above_best;
  };
  const std::vector<double> alphas{0.2, 0.5, 1, 3};
  const auto draws = repeat(m.run, m.repetitions(), "distributions", [&](std::size_t i) {
    auto random = m.random("theorems").split(i);
    const std::size_t n = 2 + random.below(6);
    const Distribution p(random.dirichlet(n, alphas[random.below(4)]), true);
    const double rate = random.uniform() * p.entropy(), found = ebim_greedy(p, rate).entropy;
    auto sorted = p.masses();
    std::sort(sorted.rbegin(), sorted.rend());
    return Draw{(rate - found) / std::max(binary_entropy_bits(sorted[1]), 1e-300), found > rate + 1e-11 ? 1.0 : 0.0,
                found > ebim_exact(p, rate).entropy + 1e-11 ? 1.0 : 0.0};
  });
  const auto shares = members(draws, &Draw::bound_share);
  m.run.note(fmt::format("Theorem 2: the largest of {} gaps is {:.4f} of its bound", draws.size(),
                         *std::max_element(shares.begin(), shares.end())));
  const auto count = [&](double Draw::*member) {
    const auto values = members(draws, member);
    return observed(static_cast<double>(std::count(values.begin(), values.end(), 1.0)), draws.size());
  };
  const auto violations = std::count_if(shares.begin(), shares.end(), [](double share) { return share > 1 + 1e-9; });
  m.check("M1.over_rate", count(&Draw::over_rate));
  m.check("M1.bound_violations", observed(static_cast<double>(violations), draws.size()));
  m.check("M1.above_best_map", count(&Draw::above_best));
}

void worked_example(Measurement& m) {
  const Distribution p({0.4, 0.3, 0.2, 0.1});
  ResultTable table{
      "worked_example",
      "Masses 0.4, 0.3, 0.2, 0.1",
      {{"rate", "bits"}, {"greedy", "bits"}, {"local_search", "bits"}, {"exact", "bits"}, {"envelope", "bits"}}};
  for (const double rate : {1.8, 1.5, 1.3, 1.0, 0.8}) {
    const double greedy = ebim_greedy(p, rate).entropy;
    table.row(rate, greedy, ebim_local_search(p, rate).entropy, ebim_exact(p, rate).entropy,
              ebim_curve(p, std::vector{rate}, all_maps(p))[0].information);
    if (rate != 1.3) m.check(fmt::format("M2.rate_{:.0f}", 10 * rate), exact(greedy));
  }
  m.run.table(table);
  m.run.figure(
      information_rate_figure(p, {}, "information-rate-worked", "Information against rate, masses 0.4, 0.3, 0.2, 0.1"));
}

/// Best I(X;T) with H(T) <= rate that a search without any structure finds: random moves of mass between the cells of
/// p(x, t), kept if the penalised value grows.
double generic_search(const Distribution& p, double rate, std::size_t groups, int restarts, int moves, Random random) {
  double best = 0;
  std::vector<double> joint(p.size() * groups), code(groups);
  const auto information = [&](double& entropy) {
    std::fill(code.begin(), code.end(), 0);
    for (std::size_t c = 0; c < joint.size(); ++c) code[c % groups] += joint[c];
    entropy = entropy_bits(code);
    return p.entropy() + entropy - entropy_bits(joint);
  };
  for (int restart = 0; restart < restarts; ++restart) {
    for (std::size_t x = 0; x < p.size(); ++x) {
      const auto row = random.dirichlet(groups, 0.5);
      for (std::size_t t = 0; t < groups; ++t) joint[x * groups + t] = p[x] * row[t];
    }
    double entropy = 0, score = -1e9;
    for (int move = 0; move < moves; ++move) {
      const auto before = joint;
      for (int part = random.bernoulli(0.5) ? 2 : 1; part > 0; --part) {
        const std::size_t x = random.below(p.size()), from = random.below(groups), to = random.below(groups);
        const double shift =
            joint[x * groups + from] * (random.bernoulli(0.2) ? 1 : std::pow(10.0, -6 * random.uniform()));
        joint[x * groups + from] -= shift;
        joint[x * groups + to] += shift;
      }
      const double value = information(entropy), penalised = value - 20 * std::max(0.0, entropy - rate);
      if (penalised < score)
        joint = before;
      else
        score = penalised;
      if (entropy <= rate + 1e-9) best = std::max(best, value);
    }
  }
  return best;
}

/// The curve as it is drawn from sweeps of so many equal steps: for each rate the best recorded point at or below it.
double swept_curve(const Distribution& p, double rate, int steps) {
  double best = 0;
  for (const auto& map : all_maps(p))
    for (const auto& sweep : {left_sweep(p, map), right_sweep(p, map)})
      for (int i = 0; sweep && i <= steps; ++i) {
        const double delta = sweep->mass * i / steps;
        if (sweep->entropy(delta) <= rate + rate_tolerance) best = std::max(best, sweep->information(delta));
      }
  return best;
}

void envelope(Measurement& m) {
  const Distribution p({0.7, 0.2, 0.1});
  const std::vector<double> rates{0.1, 0.2, 0.3, 0.4, 0.55, 0.6, 0.75, 0.8, 0.95, 1.1},
      listed{0.04416, 0.11045, 0.20013, 0.32641, 0.49143, 0.51037, 0.73068, 0.75274, 0.89951, 1.02961},
      listed_maps{0, 0.468996, 0.721928, 0.881291, 1.156780};
  const auto maps = all_maps(p);
  const auto curve = ebim_curve(p, rates, maps);
  const auto searched = repeat(m.run, rates.size(), "generic searches", [&](std::size_t i) {
    return generic_search(p, rates[i], 4, m.by_budget(8, 60, 300), m.by_budget(3000, 10000, 20000),
                          m.random("search").split(i));
  });
  ResultTable table{
      "envelope",
      "Masses 0.7, 0.2, 0.1",
      {{"rate", "bits"}, {"exact_sweeps", "bits"}, {"sweeps_of_2000_steps", "bits"}, {"generic_search", "bits"}}};
  double deviation = 0, gain = -1, map_deviation = 0;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double swept = swept_curve(p, rates[i], 2000);
    table.row(rates[i], curve[i].information, swept, searched[i]);
    deviation = std::max(deviation, std::abs(swept - listed[i]));
    gain = std::max(gain, searched[i] - curve[i].information);
  }
  auto entropies = members(maps, &Partition::entropy);
  std::sort(entropies.begin(), entropies.end());
  for (std::size_t i = 0; i < listed_maps.size(); ++i)
    map_deviation = std::max(map_deviation, std::abs(entropies[i] - listed_maps[i]));
  m.run.table(table);
  m.run.figure(information_rate_figure(p, {}, "information-rate", "Information against rate, masses 0.7, 0.2, 0.1"));
  m.check("M3.map_entropies", exact(map_deviation));
  m.check("M3.curve", exact(deviation));
  m.check("M3.search_gain", exact(gain));
}

Distribution binomial(int trials) {
  std::vector<double> masses;
  for (int k = 0; k <= trials; ++k)
    masses.push_back(std::exp(std::lgamma(trials + 1) - std::lgamma(k + 1) - std::lgamma(trials - k + 1)));
  return Distribution(masses, true);
}

Distribution geometric(double ratio, std::size_t n) {
  std::vector<double> masses(n);
  for (std::size_t k = 0; k < n; ++k) masses[k] = std::pow(ratio, static_cast<double>(k));
  return Distribution(masses, true);
}

void against_shkel_verdu(Measurement& m) {
  Figure figure{"encoders", "Encoders against the rate",
                "At low rates Algorithm 1 keeps information where Shkel and Verdu's encoder keeps none; at high rates "
                "they are alike.",
                "R / H(X)", "I(X;T) / H(X)"};
  ResultTable table{
      "encoders",
      "Algorithm 1 and Shkel-Verdu",
      {"distribution", "share", {"algorithm_1", "bits"}, {"shkel_verdu", "bits"}, {"local_search", "bits"}}};
  double low = 0, high = 0;
  for (const auto& [name, p] : {std::pair<std::string, Distribution>{"binomial(20, 0.5)", binomial(20)},
                                {"geometric, ratio 0.8", geometric(0.8, 21)}}) {
    auto& greedy = figure.line("Algorithm 1").of(name).as(Role::method);
    auto& other = figure.line("Shkel-Verdu").of(name).as(Role::baseline);
    for (int tenth = 1; tenth <= 9; ++tenth) {
      m.run.check_cancelled();
      const double share = tenth / 10.0, rate = share * p.entropy(), ours = ebim_greedy(p, rate).entropy,
                   theirs = shkel_verdu(p, rate).entropy;
      table.row(name, share, ours, theirs, ebim_local_search(p, rate).entropy);
      if (tenth <= 3) low += (ours - theirs) / 6;
      if (tenth >= 7) high += (ours - theirs) / 6;
      greedy.add(share, ours / p.entropy());
      other.add(share, theirs / p.entropy());
    }
  }
  m.run.table(table);
  m.run.figure(figure);
  m.check("M6.low_rate_gain", exact(low));
  m.check("M6.high_rate_difference", exact(high));
}

// Couplings: M4, M5, M7.

/// Joint entropies of the couplings of one random pair of marginals.
struct PairEntropies {
  double independent, linearised, restarted, most, zero;
};

PairEntropies couple_random_pair(Random random) {
  std::vector<double> rows(7), columns(7);
  for (auto& row : rows)
    for (auto& column : columns) {
      const double mass = random.exponential();
      row += mass;
      column += mass;
    }
  const Distribution p(rows, true), q(columns, true);
  return {p.entropy() + q.entropy(), mec_sla(p, q, independent_coupling(p, q)).entropy(),
          mec_sla(p, q, 5, random.split("restarts")).entropy(), mec_max_seeking(p, q).entropy(),
          mec_zero_seeking(p, q).entropy()};
}

void couplings(Measurement& m) {
  const auto pairs = repeat(m.run, m.repetitions(), "pairs of marginals",
                            [&](std::size_t i) { return couple_random_pair(m.random("couplings").split(i)); });
  ResultTable table{"couplings",
                    "Joint entropy of the couplings of random marginals",
                    {"method", {"entropy", "bits"}, {"low", "bits"}, {"high", "bits"}, {"paper", "bits"}}};
  const auto row = [&](const char* name, double PairEntropies::*method, Cell paper) {
    const auto interval = mean_interval(members(pairs, method));
    table.row(name, interval.value, interval.low, interval.high, paper);
  };
  row("independent", &PairEntropies::independent, published::independent);
  row("successive linearisation", &PairEntropies::linearised, published::linearised);
  row("successive linearisation, five restarts", &PairEntropies::restarted, {});
  row("max-seeking", &PairEntropies::most, published::max_seeking);
  row("zero-seeking", &PairEntropies::zero, published::zero_seeking);
  m.run.table(table);
  Figure figure{"couplings", "Joint entropy of couplings",
                "One box a method, over pairs of marginals with seven symbols; dashes are the paper's means. Lower is "
                "better.",
                "method", Axis("H(X,Y)", "bits")};
  const std::vector<std::string> names{"linearisation", "with restarts", "max-seeking", "zero-seeking"};
  figure.boxes(names, {members(pairs, &PairEntropies::linearised), members(pairs, &PairEntropies::restarted),
                       members(pairs, &PairEntropies::most), members(pairs, &PairEntropies::zero)});
  figure
      .ticks("the paper", {names[0], names[2], names[3]},
             {published::linearised, published::max_seeking, published::zero_seeking})
      .as(Role::published);
  m.run.figure(figure);
  const auto difference = [&](double PairEntropies::*a, double PairEntropies::*b) {
    std::vector<double> values;
    for (const auto& pair : pairs) values.push_back(pair.*a - pair.*b);
    return mean_of(values);
  };
  m.check("M4.independent", mean_of(members(pairs, &PairEntropies::independent)));
  m.check("M4.greedy_minus_linearised", difference(&PairEntropies::most, &PairEntropies::linearised));
  m.check("M4.greedy_minus_restarted", difference(&PairEntropies::most, &PairEntropies::restarted));
  m.check("M4.zero_minus_max", difference(&PairEntropies::zero, &PairEntropies::most));
}

void near_optimal(Measurement& m) {
  const auto gaps = repeat(m.run, m.repetitions(), "pairs of marginals", [&](std::size_t i) {
    auto random = m.random("optimal").split(i);
    const Distribution p(random.dirichlet(4, 1), true), q(random.dirichlet(4, 1), true);
    return mec_max_seeking(p, q).entropy() - mec_exact(p, q).entropy();
  });
  const auto largest = observed(*std::max_element(gaps.begin(), gaps.end()), gaps.size());
  m.check("M5.mean_gap", mean_of(gaps));
  m.check("M5.largest_gap", largest);
  m.check("M5.proved_bound", largest);
}

/// I(T; X,Y) from the joint distribution of all three.
double three_way_information(const BottleneckCoupling& result) {
  const auto code = result.decoder.row_marginal();
  const auto encoder = result.encoder.dense(), decoder = result.decoder.dense();
  const std::size_t groups = code.size(), columns = result.decoder.column_count;
  std::vector<double> joint;  // (x, y) by t
  for (std::size_t x = 0; x < result.encoder.row_count; ++x)
    for (std::size_t y = 0; y < columns; ++y)
      for (std::size_t t = 0; t < groups; ++t)
        joint.push_back(encoder[x * groups + t] * decoder[t * columns + y] / code[t]);
  return mutual_information_bits(joint, groups);
}

void uniform_couplings(Measurement& m) {
  const auto p = Distribution::uniform(30);
  Figure figure{"coupling-compression", "Couplings of two uniform distributions of 30 symbols",
                "From a permutation to blocks as the compression H(X)/R grows.", "y", "x"};
  ResultTable table{
      "uniform_couplings",
      "Couplings by compression",
      {"compression", {"rate", "bits"}, {"information_x_y", "bits"}, {"entropy_x_y", "bits"}, {"lower_bound", "bits"}}};
  double error = 0, markov = 0;
  std::vector<double> information, entropy;
  for (const double compression : {1.0, 1.1, 1.4, 2.0, 3.3}) {
    m.run.check_cancelled();
    const double rate = p.entropy() / compression;
    const auto result = mecb(p, p, rate, EncoderMethod::greedy, false, DecoderMethod::max_seeking, m.random("uniform"));
    error = std::max(error, marginal_error(result.joint, p));
    // X - T - Y: I(X;Y) = I(X;T) + I(T;Y) - I(T;X,Y) (Lemma 1).
    markov = std::max(markov, std::abs(result.encoder_information + result.decoder_information -
                                       three_way_information(result) - result.information));
    information.push_back(result.information);
    entropy.push_back(result.joint.entropy());
    table.row(compression, rate, information.back(), entropy.back(), result.bound);
    figure.heat_map(grid_of(result.joint)).of(fmt::format("compression {}", compression));
  }
  int falls = 0, rises = 0;
  for (std::size_t i = 1; i < entropy.size(); ++i) {
    falls += information[i] < information[i - 1] - 1e-9;
    rises += entropy[i] > entropy[i - 1] + 1e-9;
  }
  m.run.table(table);
  m.run.figure(figure);
  m.check("M7.marginal_error", exact(error));
  m.check("M7.information_decreases", exact(falls));
  m.check("M7.entropy_increases", exact(rises));
  m.check("M7.chain_error", exact(markov));
}

}  // namespace

Verb reproduce() {
  return reproduction({{"M1", theorems, {1000, 3000, 3000, "distributions"}},
                       {"M2", worked_example},
                       {"M3", envelope},
                       {"M4", couplings, {100, 500, 2000, "pairs of marginals"}},
                       {"M5", near_optimal, {20, 40, 40, "pairs of marginals"}},
                       {"M6", against_shkel_verdu},
                       {"M7", uniform_couplings},
                       {"M8 M9 M10", coding_games, {200, 1000, 2000, "episodes a setting"}}});
}

}  // namespace offprint::mec_bottleneck
