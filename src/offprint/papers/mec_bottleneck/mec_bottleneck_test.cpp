#include "offprint/papers/mec_bottleneck/mec_bottleneck.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "offprint/base/error.hpp"
#include "offprint/math/entropy.hpp"

namespace offprint::mec_bottleneck {
namespace {

const Distribution worked({0.4, 0.3, 0.2, 0.1});

/// Algorithm 1 as it is written: a multiset of masses, two merges a step.
double by_the_book(const Distribution& p, double rate) {
  std::vector<double> masses;
  for (const double mass : p.masses())
    if (mass > 0) masses.push_back(mass);
  const auto merged = [&](std::size_t a, std::size_t b) {
    auto result = masses;
    result[a] += result[b];
    result.erase(result.begin() + static_cast<std::ptrdiff_t>(b));
    return result;
  };
  if (entropy_bits(masses) <= rate + 1e-12) return entropy_bits(masses);
  for (;;) {
    std::sort(masses.begin(), masses.end());
    if (const double small = entropy_bits(merged(0, 1)); small <= rate + 1e-12) return small;
    masses = merged(masses.size() - 2, masses.size() - 1);
    if (entropy_bits(masses) <= rate + 1e-12) return entropy_bits(masses);
  }
}

Distribution random_distribution(std::size_t n, Random& random) {
  const double alphas[]{0.2, 0.5, 1, 3};
  return Distribution(random.dirichlet(n, alphas[random.below(4)]), true);
}

void expect_marginals(const SparseCoupling& coupling, const Distribution& p, const Distribution& q) {
  const auto rows = coupling.row_marginal(), columns = coupling.column_marginal();
  for (std::size_t x = 0; x < p.size(); ++x) EXPECT_NEAR(rows[x], p[x], 1e-12);
  for (std::size_t y = 0; y < q.size(); ++y) EXPECT_NEAR(columns[y], q[y], 1e-12);
  for (const double mass : coupling.mass) EXPECT_GT(mass, 0);
  std::vector<std::size_t> cells;
  for (std::size_t c = 0; c < coupling.mass.size(); ++c)
    cells.push_back(coupling.rows[c] * q.size() + coupling.columns[c]);
  std::sort(cells.begin(), cells.end());
  EXPECT_EQ(std::adjacent_find(cells.begin(), cells.end()), cells.end());
}

TEST(Distribution, RefusesWhatIsNone) {
  EXPECT_THROW(Distribution(std::vector<double>()), BadInput);
  EXPECT_THROW(Distribution({0.5, -0.1, 0.6}), BadInput);
  EXPECT_THROW(Distribution({0.5, std::nan("")}), BadInput);
  EXPECT_THROW(Distribution({0.5, 0.499}), BadInput);
  EXPECT_THROW(Distribution({0, 0}, true), BadInput);
  EXPECT_NEAR(Distribution({3, 1}, true)[0], 0.75, 1e-15);
  EXPECT_NEAR(Distribution({0.5, 0.5 + 1e-7}).entropy(), 1, 1e-9);
}

TEST(Ebim, VisitsTheMapsOfTheWorkedTrace) {
  const GreedyMaps maps(worked);
  ASSERT_EQ(maps.symbols(), 4u);
  EXPECT_NEAR(maps.kept_entropy(0), 1.846439, 1e-6);
  EXPECT_NEAR(maps.candidate_entropy(1), 1.570951, 1e-6);
  EXPECT_NEAR(maps.kept_entropy(1), 1.156780, 1e-6);
  EXPECT_NEAR(maps.candidate_entropy(2), 0.881291, 1e-6);
  EXPECT_NEAR(maps.kept_entropy(2), 0.468996, 1e-6);
  EXPECT_NEAR(maps.candidate_entropy(3), 0, 1e-12);
  EXPECT_NEAR(maps.kept_entropy(3), 0, 1e-12);
  EXPECT_EQ(ebim_greedy(worked, 1.8).masses, (std::vector<double>{0.4, 0.3, 0.1 + 0.2}));
  EXPECT_EQ(ebim_greedy(worked, 1.8).labels, (std::vector<int>{0, 1, 2, 2}));
  EXPECT_EQ(ebim_greedy(worked, 1.5).labels, (std::vector<int>{0, 0, 1, 2}));
  EXPECT_EQ(ebim_greedy(worked, 1.0).labels, (std::vector<int>{0, 0, 1, 1}));
  EXPECT_EQ(ebim_greedy(worked, 0.8).labels, (std::vector<int>{0, 0, 0, 1}));
  EXPECT_EQ(ebim_greedy(worked, 0).labels, (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(ebim_greedy(worked, 5).masses.size(), 4u);
}

TEST(Ebim, BestMapsOfTheWorkedExample) {
  for (const auto& [rate, value] : {std::pair{1.5, 1.485475}, {1.3, 1.295462}, {1.0, 1.0}, {0.8, 0.721928}}) {
    EXPECT_NEAR(ebim_exact(worked, rate).entropy, value, 1e-6);
    EXPECT_NEAR(ebim_local_search(worked, rate).entropy, value, 1e-6);
  }
}

TEST(Ebim, IsTheAlgorithmByTheBookAndKeepsItsTheorems) {
  Random random(1);
  for (int trial = 0; trial < 2000; ++trial) {
    const auto p = random_distribution(2 + random.below(6), random);
    const double rate = random.uniform() * p.entropy();
    const auto map = ebim_greedy(p, rate);
    EXPECT_NEAR(map.entropy, by_the_book(p, rate), 1e-10);
    EXPECT_NEAR(map.entropy, make_partition(p, map.labels).entropy, 1e-12);
    EXPECT_LE(map.entropy, rate + 1e-11);
    auto sorted = p.masses();
    std::sort(sorted.rbegin(), sorted.rend());
    EXPECT_LE(rate - map.entropy, binary_entropy_bits(sorted[1]) + 1e-11);
    const double exact = ebim_exact(p, rate).entropy, local = ebim_local_search(p, rate).entropy;
    EXPECT_LE(map.entropy, exact + 1e-11);
    EXPECT_LE(local, exact + 1e-11);
    EXPECT_GE(local, map.entropy - 1e-11);
    EXPECT_LE(shkel_verdu(p, rate).entropy, exact + 1e-11);
    EXPECT_LE(quantiser(p, rate).entropy, rate + 1e-11);
  }
}

TEST(Ebim, ARateMetExactlyIsTaken) {
  for (const auto& map : greedy_maps(worked)) EXPECT_NEAR(ebim_greedy(worked, map.entropy).entropy, map.entropy, 1e-12);
  EXPECT_EQ(ebim_greedy(Distribution::uniform(512), 9).masses.size(), 512u);
}

TEST(Ebim, LeavesOutSymbolsWithoutMass) {
  const Distribution p({0, 0.4, 0.3, 0, 0.2, 0.1});
  EXPECT_EQ(ebim_greedy(p, 1.5).labels, (std::vector<int>{-1, 0, 0, -1, 1, 2}));
  EXPECT_EQ(ebim_exact(p, 1.0).masses.size(), 2u);
  EXPECT_EQ(quantiser(p, 1.6).masses.size(), 3u);
  EXPECT_NEAR(Distribution(ebim_at(p, 1.2).column_marginal()).entropy(), 1.2, 1e-9);
}

TEST(Ebim, OneSymbolAndBadRates) {
  EXPECT_EQ(ebim_greedy(Distribution({1}), 0).masses.size(), 1u);
  EXPECT_EQ(shkel_verdu(Distribution({1}), 0).masses.size(), 1u);
  EXPECT_FALSE(right_sweep(Distribution({1}), ebim_greedy(Distribution({1}), 0)));
  EXPECT_FALSE(left_sweep(Distribution({1}), ebim_greedy(Distribution({1}), 0)));
  EXPECT_THROW(ebim_greedy(worked, -1), BadInput);
  EXPECT_THROW(ebim_greedy(worked, std::nan("")), BadInput);
  EXPECT_THROW(ebim_exact(Distribution::uniform(13), 1), BadInput);
  EXPECT_THROW(all_maps(Distribution::uniform(11)), BadInput);
}

TEST(Ebim, ManySymbolsDoNotDrift) {
  Random random(2);
  const Distribution p(random.dirichlet(100000, 1), true);
  for (const double rate : {2.0, 9.5, 15.9}) {
    const auto map = ebim_greedy(p, rate);
    EXPECT_NEAR(map.entropy, make_partition(p, map.labels).entropy, 1e-10);
  }
}

TEST(Quantiser, BinsAreThoseOfThePaper) {
  const auto p = Distribution::uniform(512);
  EXPECT_EQ(quantiser(p, 6).masses.size(), 64u);
  EXPECT_EQ(quantiser(p, 4.5).masses.size(), 22u);
  EXPECT_EQ(quantiser(p, 4.5).labels[23], 0);
  EXPECT_EQ(quantiser(p, 4.5).labels[24], 1);
  EXPECT_EQ(quantiser(p, 1.125).masses.size(), 2u);
  EXPECT_EQ(quantiser(p, 0).masses.size(), 1u);
}

TEST(Sweeps, TheoremsExample) {
  const auto map = ebim_greedy(worked, 1.5);  // {0, 1}, {2}, {3}
  const auto right = right_sweep(worked, map), left = left_sweep(worked, map);
  ASSERT_TRUE(right && left);
  EXPECT_EQ(right->symbol, 1u);
  EXPECT_EQ(right->to, 3);
  EXPECT_EQ(left->symbol, 3u);
  EXPECT_EQ(left->from, 2);
  EXPECT_EQ(left->to, 0);
}

TEST(Sweeps, EntropyAndInformationAreThoseOfTheJoint) {
  Random random(3);
  for (int trial = 0; trial < 300; ++trial) {
    const auto p = random_distribution(2 + random.below(5), random);
    const auto maps = all_maps(p);
    const auto& map = maps[random.below(maps.size())];
    for (const auto& sweep : {right_sweep(p, map), left_sweep(p, map)}) {
      if (!sweep) continue;
      const std::size_t groups = map.masses.size() + 1;
      const double delta = sweep->mass * random.uniform();
      std::vector<double> joint(p.size() * groups), code(groups);
      for (std::size_t x = 0; x < p.size(); ++x) joint[x * groups + static_cast<std::size_t>(map.labels[x])] = p[x];
      joint[sweep->symbol * groups + static_cast<std::size_t>(sweep->from)] -= delta;
      joint[sweep->symbol * groups + static_cast<std::size_t>(sweep->to)] += delta;
      for (std::size_t c = 0; c < joint.size(); ++c) code[c % groups] += joint[c];
      EXPECT_NEAR(sweep->entropy(delta), entropy_bits(code), 1e-12);
      EXPECT_NEAR(sweep->information(delta), mutual_information_bits(joint, groups), 1e-10);
    }
  }
}

TEST(Sweeps, SlopesAreFlatToTheRightAndSteepToTheLeft) {
  const auto map = ebim_greedy(worked, 1.5);
  const auto slope = [&](const Sweep& sweep, double delta) {
    return (sweep.information(delta) - map.entropy) / (sweep.entropy(delta) - map.entropy);
  };
  EXPECT_LT(slope(*right_sweep(worked, map), 1e-6), 0.08);
  EXPECT_LT(slope(*right_sweep(worked, map), 1e-12), 0.04);
  EXPECT_GT(slope(*left_sweep(worked, map), 1e-6), 5);
  EXPECT_GT(slope(*left_sweep(worked, map), 1e-12), slope(*left_sweep(worked, map), 1e-6) + 3);
}

TEST(Curve, OfThreeSymbols) {
  const Distribution p({0.7, 0.2, 0.1});
  const std::vector<double> rates{0.1, 0.2, 0.3, 0.4, 0.55, 0.6, 0.75, 0.8, 0.95, 1.1};
  // Recorded along sweeps of 2000 steps, hence a little below the exact curve.
  const std::vector<double> listed{0.04416, 0.11045, 0.20013, 0.32641, 0.49143,
                                   0.51037, 0.73068, 0.75274, 0.89951, 1.02961};
  const auto curve = ebim_curve(p, rates, all_maps(p));
  for (std::size_t i = 0; i < rates.size(); ++i) {
    EXPECT_GE(curve[i].information, listed[i] - 1e-5);
    EXPECT_LE(curve[i].information, listed[i] + 3e-4);
  }
}

TEST(Curve, GrowsStaysBelowTheDiagonalAndAboveTheMaps) {
  Random random(4);
  for (int trial = 0; trial < 30; ++trial) {
    const auto p = random_distribution(2 + random.below(4), random);
    std::vector<double> rates;
    for (int i = 0; i <= 50; ++i) rates.push_back(p.entropy() * i / 50);
    const auto curve = ebim_curve(p, rates, all_maps(p));
    for (std::size_t i = 0; i < rates.size(); ++i) {
      EXPECT_LE(curve[i].information, rates[i] + 1e-9);
      EXPECT_GE(curve[i].information, ebim_exact(p, rates[i]).entropy - 1e-9);
      if (i > 0) {
        EXPECT_GE(curve[i].information, curve[i - 1].information - 1e-9);
      }
    }
  }
}

TEST(EbimAt, MeetsTheRate) {
  Random random(5);
  for (int trial = 0; trial < 300; ++trial) {
    const auto p = random_distribution(2 + random.below(30), random);
    const double rate = random.uniform() * p.entropy();
    const auto joint = ebim_at(p, rate);
    EXPECT_NEAR(Distribution(joint.column_marginal()).entropy(), rate, 1e-9);
    EXPECT_LE(joint.mutual_information(), rate + 1e-9);
    EXPECT_GE(joint.mutual_information(), ebim_greedy(p, rate).entropy - 1e-9);
    const auto rows = joint.row_marginal();
    for (std::size_t x = 0; x < p.size(); ++x) EXPECT_NEAR(rows[x], p[x], 1e-12);
  }
  EXPECT_NEAR(ebim_at(worked, 9).mutual_information(), worked.entropy(), 1e-12);
}

TEST(Couplings, KeepTheirMarginals) {
  Random random(6);
  for (int trial = 0; trial < 300; ++trial) {
    const auto p = random_distribution(1 + random.below(40), random),
               q = random_distribution(1 + random.below(40), random);
    const auto most = mec_max_seeking(p, q), zero = mec_zero_seeking(p, q);
    expect_marginals(most, p, q);
    expect_marginals(zero, p, q);
    EXPECT_LE(most.mass.size(), p.size() + q.size() - 1);
    EXPECT_LE(zero.mass.size(), p.size() + q.size() - 1);
  }
}

/// The greedy rules as they are written, by looking at all pairs.
double greedy_by_the_book(std::vector<double> p, std::vector<double> q, bool zero_seeking) {
  std::vector<double> cells;
  for (;;) {
    double best = -1e9;
    std::size_t x = 0, y = 0;
    for (std::size_t i = 0; i < p.size(); ++i)
      for (std::size_t j = 0; j < q.size(); ++j) {
        if (p[i] < 1e-13 || q[j] < 1e-13) continue;
        const double value = zero_seeking ? -std::abs(p[i] - q[j]) : std::min(p[i], q[j]) + 1e-3 * std::max(p[i], q[j]);
        if (value > best) best = value, x = i, y = j;
      }
    if (best == -1e9) return entropy_bits(cells);
    if (!zero_seeking) {
      x = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
      y = static_cast<std::size_t>(std::max_element(q.begin(), q.end()) - q.begin());
    }
    const double mass = std::min(p[x], q[y]);
    cells.push_back(mass);
    p[x] -= mass;
    q[y] -= mass;
  }
}

TEST(Couplings, AreTheGreedyRulesByTheBook) {
  Random random(7);
  for (int trial = 0; trial < 300; ++trial) {
    const auto p = random_distribution(2 + random.below(9), random),
               q = random_distribution(2 + random.below(9), random);
    EXPECT_NEAR(mec_max_seeking(p, q).entropy(), greedy_by_the_book(p.masses(), q.masses(), false), 1e-9);
    EXPECT_NEAR(mec_zero_seeking(p, q).entropy(), greedy_by_the_book(p.masses(), q.masses(), true), 1e-9);
  }
}

TEST(Couplings, NoneIsBelowTheExactOne) {
  Random random(8);
  for (int trial = 0; trial < 40; ++trial) {
    const Distribution p(random.dirichlet(3 + random.below(2), 1), true),
        q(random.dirichlet(3 + random.below(2), 1), true);
    const auto exact = mec_exact(p, q);
    expect_marginals(exact, p, q);
    const double least = exact.entropy();
    EXPECT_GE(least, std::max(p.entropy(), q.entropy()) - 1e-9);
    for (const double entropy : {mec_max_seeking(p, q).entropy(), mec_zero_seeking(p, q).entropy(),
                                 mec_sla(p, q, 5, random.split(1)).entropy()}) {
      EXPECT_GE(entropy, least - 1e-9);
      EXPECT_LE(mec_max_seeking(p, q).entropy(), least + 1.4427);
    }
  }
}

TEST(Couplings, ExactOnKnownCases) {
  EXPECT_NEAR(mec_exact(worked, worked).entropy(), worked.entropy(), 1e-12);
  EXPECT_NEAR(mec_exact(Distribution({0.5, 0.5}), worked).entropy(), worked.entropy(),
              1e-12);  // halves are 0.4 + 0.1 and 0.3 + 0.2
  EXPECT_NEAR(mec_exact(Distribution({0.5, 0, 0.5}), Distribution({0.75, 0.25})).entropy(), 1.5, 1e-12);
  EXPECT_THROW(mec_exact(Distribution::uniform(5), Distribution::uniform(5)), BadInput);
}

TEST(Couplings, LinearisationFallsFromItsStart) {
  Random random(9);
  for (int trial = 0; trial < 20; ++trial) {
    const auto p = random_distribution(6, random), q = random_distribution(5, random);
    const auto start = independent_coupling(p, q), reached = mec_sla(p, q, start);
    expect_marginals(reached, p, q);
    EXPECT_LE(reached.entropy(), start.entropy() + 1e-9);
    EXPECT_LE(reached.mass.size(), 10u);
  }
}

TEST(Bottleneck, InformationRespectsTheLimits) {
  Random random(10);
  for (int trial = 0; trial < 200; ++trial) {
    const auto p = random_distribution(2 + random.below(10), random),
               q = random_distribution(2 + random.below(10), random);
    const double rate = random.uniform() * p.entropy();
    const auto result = mecb(p, q, rate, EncoderMethod::greedy, trial % 2 == 0, DecoderMethod::max_seeking, random);
    expect_marginals(result.joint, p, q);
    EXPECT_LE(result.code_entropy, rate + 1e-9);
    EXPECT_LE(result.information, std::min(result.encoder_information, result.decoder_information) + 1e-9);
    EXPECT_GE(result.information, result.bound - 1e-9);
  }
}

TEST(Bottleneck, UniformMarginalsAreMatchedOneToOne) {
  const auto p = Distribution::uniform(30);
  const auto result = mecb(p, p, p.entropy(), EncoderMethod::greedy, false, DecoderMethod::max_seeking, Random(1));
  EXPECT_EQ(result.joint.mass.size(), 30u);
  EXPECT_NEAR(result.information, p.entropy(), 1e-12);
}

}  // namespace
}  // namespace offprint::mec_bottleneck
