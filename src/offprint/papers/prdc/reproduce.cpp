#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/math/statistics.hpp"
#include "offprint/papers/prdc/reproduce_trainings.hpp"

namespace offprint::prdc {
namespace {

Arm pendulum(const std::string& kind, Method method, double beta = 0) { return {"pendulum", kind, method, beta}; }
Arm umaze(Method method, double beta = 0) { return {"maze2d-umaze", "waypoint", method, beta}; }

/// The pendulum's sets that methods are compared on.
std::vector<std::string> kinds_compared(const Measurement& m) {
  if (m.is_smoke()) return {"random", "medium"};
  return {"random", "medium", "medium-replay", "medium-expert"};
}

Trainings& on_all_kinds(Measurement& m, double beta, const char* what) {
  std::vector<Arm> arms;
  for (const auto& kind : kinds_compared(m)) {
    arms.push_back(pendulum(kind, Method::prdc, beta));
    arms.push_back(pendulum(kind, Method::td3_bc));
  }
  auto& trainings = m.shared<Trainings>();
  trainings.need(arms, what);
  return trainings;
}

double mean_at(const std::vector<double>& values, std::span<const std::size_t> drawn) {
  double sum = 0;
  for (const auto i : drawn) sum += values[i];
  return sum / static_cast<double>(drawn.size());
}

/// Ratio of two means over the same seeds.
Estimate ratio_of_means(Measurement& m, const std::vector<double>& a, const std::vector<double>& b) {
  return resampled(
      m.repetitions(), [&](auto drawn) { return mean_at(a, drawn) / mean_at(b, drawn); }, m.random("bootstrap"));
}

void search_is_exact(Measurement& m) {
  int mismatches = 0, searches = 0;
  double worst = 0;
  const int per_size = m.by_budget(40, 400, 1500);
  for (const int dimensions : {2, 4, 6, 14, 23, 40})
    for (const std::size_t n : {std::size_t{1}, std::size_t{20}, std::size_t{3000}})
      for (const int grid : {0, 2}) {  // with a grid: duplicates and ties
        m.run.check_cancelled();
        Random random =
            m.random("search").split(static_cast<std::uint64_t>(dimensions)).split(n + static_cast<std::size_t>(grid));
        const int a = std::max(1, dimensions / 4), o = dimensions - a;
        const auto draw = [&](std::size_t count) {
          std::vector<float> values(count);
          for (auto& value : values)
            value = static_cast<float>(grid ? std::round(grid * random.normal()) / grid : random.normal());
          return values;
        };
        auto states = draw(n * static_cast<std::size_t>(o));
        if (grid)
          for (std::size_t i = 0; i < n; ++i) states[i * static_cast<std::size_t>(o)] = 1;  // an equal column
        const auto actions = draw(n * static_cast<std::size_t>(a));
        const NearestPairs tree(states, actions, o, a, 1, SearchMethod::kd_tree),
            products(states, actions, o, a, 1, SearchMethod::brute_force);
        std::vector<float> points;
        for (std::uint32_t i = 0; i < n; ++i) {
          const auto p = tree.point(i);
          points.insert(points.end(), p.begin(), p.end());
        }
        for (int q = 0; q < per_size; ++q) {
          const auto key = draw(static_cast<std::size_t>(dimensions));
          const auto truth = nearest_by_definition(points, dimensions, key.data());
          const std::uint32_t hint[]{static_cast<std::uint32_t>(random.below(n))};
          for (const auto* search : {&tree, &products}) {
            Neighbour found;
            search->nearest(key.data(), 1, hint, 1, &found);
            ++searches;
            // Another index is right only if it is as near.
            const bool as_near =
                std::abs(found.squared_distance - truth.squared_distance) <= 1e-6F * truth.squared_distance;
            mismatches += found.index != truth.index && !as_near;
            if (truth.squared_distance > 0)
              worst = std::max(worst, std::abs(static_cast<double>(found.squared_distance) /
                                                   static_cast<double>(truth.squared_distance) -
                                               1));
          }
        }
      }
  m.check("P1.mismatches", exact(mismatches));
  m.check("P1.relative_error", exact(worst));
  m.run.note(fmt::format("{} searches compared with the definition", searches));
}

/// Largest difference of actor parameters between PRDC with a huge beta and TD3+BC from the same seed, on states that
/// are unique.
double trajectory_difference(Measurement& m) {
  const auto& data = m.shared<Trainings>().set("pendulum", "random", 0).learning;
  PrdcSettings settings;
  settings.beta = 1e5;
  settings.td3.hidden = {64, 64};
  Prdc ours(data.transitions, settings, m.random("trajectory"));
  control::Td3 theirs(data.transitions.observation_size, data.transitions.action_size, settings.td3,
                      control::ActorLoss::td3_bc(settings.alpha), m.random("trajectory"));
  control::Batch batch;
  for (std::uint64_t step = 0; step < 300; ++step) {
    control::draw(data.transitions, 64, m.random("minibatch").split(step), batch);
    ours.update(batch);
    theirs.update(batch);
  }
  double largest = 0;
  for (std::size_t i = 0; i < theirs.actor().parameters().size(); ++i)
    largest =
        std::max(largest, static_cast<double>(std::abs(ours.actor().parameters()[i] - theirs.actor().parameters()[i])));
  return largest;
}

void becomes_td3_bc(Measurement& m) {
  const auto& trainings = on_all_kinds(m, 1000, "trainings: beta 1000 and TD3+BC");
  std::vector<std::vector<double>> own, differences;
  for (const auto& kind : kinds_compared(m)) {
    const auto arm = pendulum(kind, Method::prdc, 1000);
    own.push_back(members(trainings.of(arm), &Outcome::own_share));
    differences.push_back(trainings.scores(arm));
    const auto others = trainings.scores(pendulum(kind, Method::td3_bc));
    for (std::size_t i = 0; i < others.size(); ++i) differences.back()[i] -= others[i];
  }
  const auto least_own = [&](std::span<const std::size_t> drawn) {
    double least = 1;
    for (const auto& values : own) least = std::min(least, mean_at(values, drawn));
    return least;
  };
  const auto largest_difference = [&](std::span<const std::size_t> drawn) {
    double largest = 0;
    for (const auto& values : differences) largest = std::max(largest, std::abs(mean_at(values, drawn)));
    return largest;
  };
  m.check("P2.own_share", resampled(m.repetitions(), least_own, m.random("bootstrap own")));
  m.check("P2.difference", resampled(m.repetitions(), largest_difference, m.random("bootstrap difference")));
  m.check("P2.trajectory", exact(trajectory_difference(m)));
}

void beats_same_state(Measurement& m) {
  const auto& trainings = on_all_kinds(m, 2, "trainings: PRDC and TD3+BC");
  const auto kinds = kinds_compared(m);
  std::vector<double> gains(m.repetitions()), random_gains(m.repetitions());
  for (const auto& kind : kinds) {
    const auto ours = trainings.scores(pendulum(kind, Method::prdc, 2)),
               theirs = trainings.scores(pendulum(kind, Method::td3_bc));
    for (std::size_t seed = 0; seed < gains.size(); ++seed) {
      gains[seed] += ours[seed] - theirs[seed];
      if (kind == "random") random_gains[seed] = ours[seed] - theirs[seed];
    }
  }
  for (auto& gain : gains) gain /= static_cast<double>(kinds.size());
  m.check("P3.mean_gain", mean_of(gains));
  m.check("P3.random_gain", mean_of(random_gains));
}

void values_in_check(Measurement& m) {
  const auto prdc = pendulum("medium", Method::prdc, 2), td3 = pendulum("medium", Method::td3);
  auto& trainings = m.shared<Trainings>();
  trainings.need({prdc, td3}, "trainings: value gaps");
  double ratio = 0;
  for (std::size_t seed = 0; seed < m.repetitions(); ++seed) {
    const auto& outcome = trainings.of(prdc)[seed];
    const auto& learning = trainings.set("pendulum", "medium", seed).learning;
    const auto& transitions = learning.transitions;
    const NearestPairs pairs(transitions.observations, transitions.actions, transitions.observation_size,
                             transitions.action_size, 2);
    std::vector<std::size_t> rows(std::min<std::size_t>(transitions.size(), 10000));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i * transitions.size() / rows.size();
    const auto constraint = dataset_constraint(outcome.policy.actor, outcome.policy.head, transitions, pairs, rows);
    ratio = std::max(ratio, largest_lipschitz_ratio(outcome.critic, transitions, pairs, constraint));
    if (seed == 0) m.run.figure(phase_plane(learning, constraint));
  }
  const auto ours = members(trainings.of(prdc), &Outcome::value_gap),
             theirs = members(trainings.of(td3), &Outcome::value_gap);
  m.check("P5.gap_ratio", ratio_of_means(m, theirs, ours));
  m.check("P5.lipschitz", observed(ratio, m.repetitions()));
  m.run.note(fmt::format("value of start states less the discounted return on pendulum medium: TD3 {:.0f}, PRDC {:.0f}",
                         mean(theirs), mean(ours)));
  m.run.figure(value_figure({{Method::td3, &trainings.of(td3)[0]}, {Method::prdc, &trainings.of(prdc)[0]}}));
}

void td3_fails(Measurement& m) {
  const auto medium = pendulum("medium", Method::td3), expert = pendulum("expert", Method::td3);
  auto& trainings = m.shared<Trainings>();
  trainings.need({medium, expert}, "trainings: TD3 on narrow data");
  m.check("P6.pendulum_medium", mean_of(trainings.above_behaviour(medium)));
  m.check("P6.pendulum_expert", mean_of(trainings.above_behaviour(expert)));
}

void td3_fails_in_the_maze(Measurement& m) {
  auto& trainings = m.shared<Trainings>();
  trainings.need({umaze(Method::td3)}, "trainings: TD3 in the maze");
  m.check("P6.umaze", mean_of(trainings.above_behaviour(umaze(Method::td3))));
}

void best_beta(Measurement& m) {
  const auto betas =
      m.is_smoke() ? std::vector<double>{0.1, 2, 1000} : std::vector<double>{0.1, 0.5, 1, 2, 5, 20, 1000};
  std::vector<Arm> arms;
  for (const double beta : betas) arms.push_back(pendulum("medium", Method::prdc, beta));
  auto& trainings = m.shared<Trainings>();
  trainings.need(arms, "trainings: values of beta");
  const auto scores = [&](double beta) { return trainings.scores(pendulum("medium", Method::prdc, beta)); };
  double best = betas[0];
  for (const double beta : betas)
    if (mean(scores(beta)) > mean(scores(best))) best = beta;
  const auto gain_over = [&](double other) {
    auto gains = scores(best);
    const auto others = scores(other);
    for (std::size_t i = 0; i < gains.size(); ++i) gains[i] -= others[i];
    return mean_of(gains);
  };
  m.check("P4.best_beta", observed(best, m.repetitions()));
  m.check("P4.gain_over_small", gain_over(0.1));
  m.check("P4.gain_over_large", gain_over(1000));
  trainings.show("pendulum");
}

void borrows(Measurement& m) {
  const auto arm = [](const char* kind, Method method, double beta) { return Arm{"line-world", kind, method, beta}; };
  const std::vector<std::pair<Method, double>> arms{{Method::prdc, 0.1}, {Method::prdc, 2}, {Method::td3_bc, 0}};
  auto& trainings = m.shared<Trainings>();
  std::vector<Arm> all;
  for (const auto* kind : {"edge", "easy"})
    for (const auto& [method, beta] : arms) all.push_back(arm(kind, method, beta));
  trainings.need(all, "trainings in the line world");
  const auto successes = [&](const Arm& one) {
    const auto& outcomes = trainings.of(one);
    return static_cast<std::size_t>(std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
      return outcome.training.evaluations.back().return_mean > 0;
    }));
  };
  const char* names[]{"P9.edge_small_beta", "P9.edge_large_beta", "P9.edge_td3_bc"};
  auto fewest = m.repetitions();
  std::vector<std::pair<std::string, const Outcome*>> shown;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto& [method, beta] = arms[i];
    const auto edge = arm("edge", method, beta);
    m.check(names[i], share_of(successes(edge), m.repetitions()));
    fewest = std::min(fewest, successes(arm("easy", method, beta)));
    shown.emplace_back(method == Method::prdc ? fmt::format("PRDC, beta {}", beta) : "TD3+BC", &trainings.of(edge)[0]);
  }
  m.check("P9.easy", share_of(fewest, m.repetitions()));
  m.run.figure(line_world_figure(trainings.set("line-world", "edge", 0).learning, shown));
  trainings.show("line-world");
}

void stitches(Measurement& m) {
  const auto prdc = umaze(Method::prdc, 2), td3_bc = umaze(Method::td3_bc), bc = umaze(Method::bc),
             td3 = umaze(Method::td3);
  auto& trainings = m.shared<Trainings>();
  trainings.need({prdc, td3_bc, bc, td3}, "trainings in the maze");
  const auto without = trainings.returns(bc), unconstrained = trainings.returns(td3);
  const auto over_better = [&](const Arm& arm) {
    const auto values = trainings.returns(arm);
    const auto ratio = [&](std::span<const std::size_t> drawn) {
      return mean_at(values, drawn) / std::max({mean_at(without, drawn), mean_at(unconstrained, drawn), 1e-9});
    };
    return resampled(m.repetitions(), ratio, m.random("bootstrap maze"));
  };
  m.check("P10.prdc", over_better(prdc));
  m.check("P10.td3_bc", over_better(td3_bc));
  trainings.show("maze2d-umaze");
}

void locomotion(Measurement& m) {
  const auto arm = [](const std::string& kind, Method method, double beta = 0) {
    return Arm{"half-cheetah", kind, method, beta};
  };
  const std::vector<std::pair<std::string, std::string>> kinds{
      {"medium", "P7.medium"}, {"medium-replay", "P7.replay"}, {"random", "P7.random"}};
  std::vector<Arm> arms{arm("medium", Method::td3)};
  for (const auto& [kind, check] : kinds) {
    arms.push_back(arm(kind, Method::prdc, 2));
    arms.push_back(arm(kind, Method::td3_bc));
  }
  auto& trainings = m.shared<Trainings>();
  trainings.need(arms, "trainings on half-cheetah");
  for (const auto& [kind, check] : kinds) {
    m.check(check, ratio_of_means(m, trainings.returns(arm(kind, Method::prdc, 2)),
                                  trainings.returns(arm(kind, Method::td3_bc))));
    m.run.note(fmt::format("half-cheetah {}: the data's own policy earns {:.0f}", kind,
                           trainings.set("half-cheetah", kind, 0).behaviour_return));
  }
  m.check("P7.td3_medium", mean_of(trainings.above_behaviour(arm("medium", Method::td3))));
  trainings.show("half-cheetah");
}

}  // namespace

Verb reproduce() {
  const Repeats data_sets{1, 5, 10, "data sets and trainings"}, mazes{0, 3, 10, "data sets and trainings"};
  return reproduction({{"P1", search_is_exact},
                       {"P9", borrows, data_sets},
                       {"P2", becomes_td3_bc, data_sets},
                       {"P3", beats_same_state, data_sets},
                       {"P5", values_in_check, data_sets},
                       {"P6.pendulum_medium P6.pendulum_expert", td3_fails, data_sets},
                       {"P4", best_beta, data_sets},
                       {"P6.umaze", td3_fails_in_the_maze, mazes},
                       {"P10", stitches, mazes},
                       {"P7", locomotion, {0, 0, 3, "trainings"}}});
}

}  // namespace offprint::prdc
