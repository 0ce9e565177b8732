#include "offprint/papers/prdc/prdc.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/control/training.hpp"

namespace offprint::prdc {
namespace {

using control::Batch;
using control::Transitions;

struct Points {
  std::vector<float> states, actions;
  int o, a;
};

/// `grid` > 0 rounds coordinates to that many steps, so that there are ties and duplicates.
Points invented(std::size_t n, int o, int a, std::uint64_t seed, int grid = 0) {
  Random random(seed);
  Points p{{}, {}, o, a};
  const auto value = [&](double spread) {
    const double x = spread * random.normal();
    return static_cast<float>(grid ? std::round(x * grid) / grid : x);
  };
  for (std::size_t i = 0; i < n; ++i) {
    for (int f = 0; f < o; ++f) p.states.push_back(value(1));
    for (int f = 0; f < a; ++f) p.actions.push_back(std::clamp(value(0.5), -1.0F, 1.0F));
  }
  return p;
}

/// Distances in float32, summed as the index sums them, so that ties are ties.
Neighbour by_scan(const NearestPairs& pairs, const float* key) {
  Neighbour best;
  for (std::uint32_t i = 0; i < pairs.size(); ++i)
    if (const float d = pairs.squared_distance(key, i); d < best.squared_distance) best = {i, d};
  return best;
}

std::vector<float> all_points(const NearestPairs& pairs) {
  std::vector<float> points;
  for (std::uint32_t i = 0; i < pairs.size(); ++i) {
    const auto p = pairs.point(i);
    points.insert(points.end(), p.begin(), p.end());
  }
  return points;
}

class Search : public testing::TestWithParam<std::tuple<int, SearchMethod>> {};

TEST_P(Search, FindsWhatTheDefinitionFinds) {
  const auto [dimensions, method] = GetParam();
  const int a = std::max(1, dimensions / 4), o = dimensions - a;
  for (const std::size_t n :
       {std::size_t{1}, std::size_t{2}, std::size_t{16}, std::size_t{17}, std::size_t{333}, std::size_t{5000}})
    for (const int grid : {0, 2}) {
      const auto p = invented(n, o, a, 1 + n, grid);
      const NearestPairs pairs(p.states, p.actions, o, a, 1.5, method);
      const auto points = all_points(pairs);
      const auto keys = invented(n == 5000 ? 50 : 20, o, a, 99 + n, grid);
      std::vector<float> flat;
      std::vector<std::uint32_t> hints;
      std::vector<Neighbour> expected;
      for (std::size_t i = 0; i < keys.states.size() / o; ++i) {
        std::vector<float> key(dimensions);
        pairs.make_key(keys.states.data() + i * o, keys.actions.data() + i * a, key.data());
        const auto truth = nearest_by_definition(points, dimensions, key.data());
        expected.push_back(by_scan(pairs, key.data()));
        EXPECT_NEAR(expected.back().squared_distance, truth.squared_distance, 1e-6 * truth.squared_distance + 1e-12);
        flat.insert(flat.end(), key.begin(), key.end());
        hints.push_back(i % 3 == 0 ? NearestPairs::none : static_cast<std::uint32_t>(i * 31 % n));
      }
      std::vector<Neighbour> results(expected.size());
      pairs.nearest(flat.data(), expected.size(), hints, 1, results.data());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(results[i].index, expected[i].index) << n << " " << grid << " " << i;
        EXPECT_EQ(results[i].squared_distance, expected[i].squared_distance);
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Dimensions, Search,
                         testing::Combine(testing::Values(2, 3, 4, 6, 14, 23, 40),
                                          testing::Values(SearchMethod::kd_tree, SearchMethod::brute_force)));

TEST(NearestPairs, DegenerateDataDoNotBreakTheTree) {
  const std::vector<float> same(3 * 1000, 0.5F), actions(1000, 0.25F);
  const NearestPairs pairs(same, actions, 3, 1, 2, SearchMethod::kd_tree);
  std::vector<float> key{1, 1, 1, 0.25F};
  EXPECT_EQ(pairs.nearest(key.data()).index, 0u);
  EXPECT_EQ(pairs.nearest(key.data()).squared_distance, 0);
  const std::uint32_t hint[]{700};
  EXPECT_EQ(pairs.nearest(key.data(), hint).index, 0u) << "a hint changes no tie";
}

TEST(NearestPairs, TheKNearestAreThoseOfASort) {
  const auto p = invented(500, 3, 2, 7, 2);
  const NearestPairs pairs(p.states, p.actions, 3, 2, 0.5, SearchMethod::kd_tree);
  const float key[]{0.1F, 0.2F, 0.3F, 0.4F, 0.5F};
  std::vector<std::pair<float, std::uint32_t>> sorted;
  for (std::uint32_t i = 0; i < 500; ++i) sorted.emplace_back(pairs.squared_distance(key, i), i);
  std::sort(sorted.begin(), sorted.end());
  for (const int k : {1, 5, 500}) {
    const auto found = pairs.nearest(key, k);
    ASSERT_EQ(found.size(), static_cast<std::size_t>(k));
    for (int i = 0; i < k; ++i) EXPECT_EQ(std::make_pair(found[i].squared_distance, found[i].index), sorted[i]);
  }
  EXPECT_THROW(pairs.nearest(key, 0), BadInput);
  EXPECT_THROW(pairs.nearest(key, 501), BadInput);
}

TEST(NearestPairs, BadInputIsRefused) {
  const std::vector<float> two(2), three(3);
  EXPECT_THROW(NearestPairs(three, two, 1, 1, 1), BadInput);
  EXPECT_THROW(NearestPairs({}, {}, 1, 1, 1), BadInput);
  EXPECT_THROW(NearestPairs(two, two, 1, 1, -1), BadInput);
  EXPECT_THROW(NearestPairs(two, two, 1, 1, std::nan("")), BadInput);
  EXPECT_THROW(NearestPairs(std::vector<float>{0, NAN}, two, 1, 1, 1), BadInput);
  EXPECT_NO_THROW(NearestPairs(two, two, 1, 1, 0));
}

TEST(NearestPairs, TheTreeTouchesFewAndTheChoiceFollowsIt) {
  const auto low = invented(20000, 2, 1, 3);
  const NearestPairs tree(low.states, low.actions, 2, 1, 1);
  EXPECT_EQ(tree.method(), SearchMethod::kd_tree);
  EXPECT_LT(tree.touched_share(), 0.02);
  const auto high = invented(20000, 30, 10, 3);
  const NearestPairs all(high.states, high.actions, 30, 10, 0);  // states do not count, hints do not help
  EXPECT_TRUE(std::isfinite(all.touched_share()));
}

Transitions log_of(const Points& p, std::uint64_t seed) {
  Random random(seed);
  Transitions t{p.o, p.a, p.states, p.actions, {}, {}, {}};
  const auto n = p.actions.size() / static_cast<std::size_t>(p.a);
  for (std::size_t i = 0; i < n; ++i) {
    t.rewards.push_back(static_cast<float>(random.normal()));
    t.not_terminal.push_back(random.bernoulli(0.05) ? 0.0F : 1.0F);
  }
  t.next_observations = invented(n, p.o, p.a, seed + 1).states;
  return t;
}

control::Td3Settings small() {
  control::Td3Settings settings;
  settings.hidden = {32, 32};
  settings.learning_rate = 1e-3;
  return settings;
}

TEST(Prdc, WithALargeBetaItIsTd3BcToTheLastDigit) {
  const auto transitions = log_of(invented(2000, 3, 2, 1), 2);  // states are unique
  PrdcSettings settings;
  settings.beta = 1e4;
  settings.td3 = small();
  Prdc ours(transitions, settings, Random(3));
  control::Td3 theirs(3, 2, small(), control::ActorLoss::td3_bc(settings.alpha), Random(3));
  Batch batch;
  for (std::uint64_t step = 0; step < 300; ++step) {
    control::draw(transitions, 64, Random(4).split(step), batch);
    ours.update(batch);
    theirs.update(batch);
  }
  EXPECT_EQ(ours.metrics().at("own_share"), 1);
  for (std::size_t i = 0; i < theirs.actor().parameters().size(); ++i)
    ASSERT_EQ(ours.actor().parameters()[i], theirs.actor().parameters()[i]) << i;
}

TEST(Prdc, WithoutBetaOnlyActionsCount) {
  const auto transitions = log_of(invented(2000, 3, 1, 1), 2);
  PrdcSettings settings;
  settings.beta = 0;
  settings.td3 = small();
  Prdc learner(transitions, settings, Random(3));
  Batch batch;
  for (std::uint64_t step = 0; step < 20; ++step) {
    control::draw(transitions, 64, Random(4).split(step), batch);
    learner.update(batch);
  }
  EXPECT_LT(learner.metrics().at("pair_distance"), 0.01) << "some logged action is near any";
  EXPECT_LT(learner.metrics().at("own_share"), 0.3);
}

TEST(Prdc, SkippedSearchesChangeNothing) {
  for (const int grid : {0, 2}) {  // with a grid: states that occur several times
    const auto transitions = log_of(invented(300, 3, 2, 1, grid), 2);
    const NearestPairs pairs(transitions.observations, transitions.actions, 3, 2, 1);
    const auto points = all_points(pairs);
    PrdcSettings settings;
    settings.beta = 1;
    settings.td3 = small();
    Prdc learner(transitions, settings, Random(3));
    Batch batch;
    double shares = 0;
    for (std::uint64_t step = 0; step < 200; ++step) {
      control::draw(transitions, 64, Random(4).split(step), batch);
      const auto actor = learner.actor();
      learner.update(batch);
      if (step % 2 == 0) continue;  // the actor was not updated
      nn::Pass<float> pass;
      const float* const actions = actor.forward(batch.observations.data(), 64, pass);
      double distance = 0;
      for (std::size_t b = 0; b < 64; ++b) {
        const float action[]{actions[b], actions[64 + b]};
        float key[5];
        pairs.make_key(transitions.observations.data() + 3 * batch.rows[b], action, key);
        distance += std::sqrt(static_cast<double>(nearest_by_definition(points, 5, key).squared_distance)) / 64;
      }
      ASSERT_NEAR(learner.metrics().at("pair_distance"), distance, 1e-5) << "update " << step;
      shares += learner.metrics().at("own_share") / 100;
    }
    EXPECT_GT(shares, 0.1) << "some searches can be skipped";
    EXPECT_LT(shares, 0.9) << "and some cannot";
  }
}

TEST(Prdc, TheTargetIsTheActionOfTheNearestPair) {
  // Two states, each with its own logged action; the other state's pair is nearer to what the policy does there.
  Transitions t{1, 1, {0, 0.1F}, {-1, 1}, {0, 0}, {0, 0}, {0, 0}};
  const NearestPairs pairs(t.observations, t.actions, 1, 1, 1);
  float key[2];
  const float state = 0, action = 0.9F;
  pairs.make_key(&state, &action, key);
  EXPECT_EQ(pairs.nearest(key).index, 1u);
  EXPECT_NEAR(pairs.nearest(key).squared_distance, 0.01 + 0.01, 1e-6);
}

TEST(Prdc, SettingsAreChecked) {
  const auto transitions = log_of(invented(10, 3, 2, 1), 2);
  PrdcSettings settings;
  settings.alpha = 0;
  EXPECT_THROW(Prdc(transitions, settings, Random(1)), BadInput);
  settings = {};
  settings.k = 11;
  EXPECT_THROW(Prdc(transitions, settings, Random(1)), BadInput);
  settings.k = 3;
  settings.td3 = small();
  Prdc learner(transitions, settings, Random(1));
  Batch batch;
  for (std::uint64_t step = 0; step < 4; ++step) {
    control::draw(transitions, 5, Random(4).split(step), batch);
    learner.update(batch);
  }
  EXPECT_TRUE(std::isfinite(learner.metrics().at("actor_loss")));
}

TEST(Lipschitz, TheConstantIsTheProductOfSpectralNorms) {
  nn::Mlp<float> net({2, 2, 1}, nn::Activation::relu, nn::Activation::identity, 2);
  const float w0[]{3, 0, 4, 5}, w1[]{3, 4};  // singular values of the first: sqrt(45) and sqrt(5); of the second: 5
  std::copy_n(w0, 4, net.weights(0, 1).begin());
  std::copy_n(w1, 2, net.weights(1, 1).begin());
  EXPECT_NEAR(lipschitz_constant(net, 1), std::sqrt(45.0) * 5, 1e-6);
}

TEST(Lipschitz, TheInequalityHoldsOnAnyNetwork) {
  const auto transitions = log_of(invented(2000, 3, 2, 1), 2);
  std::vector<std::size_t> rows(500);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = 4 * i;
  for (const double beta : {0.1, 1.0, 5.0}) {
    const NearestPairs pairs(transitions.observations, transitions.actions, 3, 2, beta);
    nn::Mlp<float> actor({3, 16, 2}, nn::Activation::relu, nn::Activation::tanh),
        critic({5, 16, 16, 1}, nn::Activation::relu, nn::Activation::identity, 2);
    actor.initialise(Random(1));
    critic.initialise(Random(2));
    const auto constraint = dataset_constraint(actor, control::Head::deterministic, transitions, pairs, rows);
    const double ratio = largest_lipschitz_ratio(critic, transitions, pairs, constraint);
    EXPECT_GT(ratio, 0);
    EXPECT_LE(ratio, 1);
  }
}

TEST(Prdc, RewardsAreShaped) {
  Transitions t{1, 1, {0}, {0}, {0.5F}, {0}, {1}};
  shape_rewards(t, 1e4, -1);
  EXPECT_FLOAT_EQ(t.rewards[0], 4999);
}

}  // namespace
}  // namespace offprint::prdc
