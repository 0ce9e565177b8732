#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "offprint/base/parallel.hpp"
#include "offprint/control/collection.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/prdc/figures.hpp"
#include "offprint/papers/prdc/verbs.hpp"

namespace offprint::prdc {
namespace {

using control::LearningData;
using control::Task;

const std::vector<double> all_betas{0.1, 0.5, 1, 2, 5, 20, 1000};

/// A data set ready to learn from, and how good its own policy was.
struct Set {
  LearningData learning;
  double behaviour_return = 0;
};

/// What tells one training from another.
struct Job {
  std::string task, kind;
  Method method;
  double beta;  ///< of PRDC
  int seed;
  auto operator<=>(const Job&) const = default;
};

class Reproduction {
 public:
  Reproduction(const ReproduceOptions& options, Run& run)
      : options_(options),
        run_(run),
        seeds_(options.seeds > 0 ? options.seeds : options.by_budget(1, 5, 10)),
        updates_(options.by_budget(5000, 8000, 8000)) {}

  void search_is_exact();
  void becomes_td3_bc();
  void beats_same_state();
  void best_beta();
  void values_in_check();
  void td3_fails();
  void locomotion();
  void borrows();
  void stitches();
  void show_returns();

 private:
  const Set& set(const std::string& task, const std::string& kind, int seed);
  void need(const std::vector<Job>& jobs, const char* what);
  const Outcome& outcome(const Job& job) const { return outcomes_.at(job); }
  Experiment experiment(const Job& job) const;
  /// Final returns over the seeds, normalised if asked.
  std::vector<double> finals(const std::string& task, const std::string& kind, Method method, double beta,
                             bool normalised) const;
  std::vector<Job> jobs(const std::string& task, const std::vector<std::string>& kinds, Method method, double beta,
                        int seeds) const;
  void append(std::vector<Job>& to, const std::vector<Job>& more) const {
    to.insert(to.end(), more.begin(), more.end());
  }
  double trajectory_difference();
  int maze_seeds() const {
    return std::min(seeds_, options_.by_budget(0, 3, 10));
  }  ///< none at the smoke budget: a maze takes 20 000 updates

  const ReproduceOptions& options_;
  Run& run_;
  int seeds_, updates_;
  const std::vector<std::string> sets_compared_ =
      options_.budget == Budget::smoke ? std::vector<std::string>{"random", "medium"}
                                       : std::vector<std::string>{"random", "medium", "medium-replay", "medium-expert"};
  std::map<std::string, Set> sets_;
  std::map<Job, Outcome> outcomes_;
};

/// Each seed has data of its own, from an online agent with that seed; on half-cheetah, where an agent costs a minute, all seeds share the first one's.
const Set& Reproduction::set(const std::string& task_name, const std::string& kind, int seed) {
  const auto key = fmt::format("{} {} {}", task_name, kind, seed);
  if (const auto found = sets_.find(key); found != sets_.end()) return found->second;
  const auto& task = control::find_task(task_name);
  control::CollectSettings settings;
  settings.kind = kind;
  settings.steps = static_cast<std::size_t>(task.data_steps);
  settings.seed = run_.seed() + static_cast<std::uint64_t>(task_name == "half-cheetah" ? 0 : seed);
  const auto data = control::collect(task, settings, [&](int step, const control::Checkpoint*) {
    run_.progress(step, 0, "steps of data collection");
  });
  Set made{control::learning_data(data, 1), 0};
  if (const auto returns = control::episode_returns(data); !returns.empty()) made.behaviour_return = mean(returns);
  return sets_.emplace(key, std::move(made)).first->second;
}

Experiment Reproduction::experiment(const Job& job) const {
  Experiment e;
  e.method = job.method;
  e.settings.beta = job.beta;
  e.settings.td3.hidden = {64, 64};
  e.settings.td3.learning_rate = 1e-3;
  e.steps = updates_;
  e.evaluations = options_.by_budget(10, 20, 20);
  e.episodes = options_.by_budget(5, 10, 20);
  e.seed = run_.seed() + static_cast<std::uint64_t>(job.seed);
  if (job.task == "line-world") {
    e.steps = 4000;
    e.episodes = 1;
  } else if (job.task == "maze2d-umaze") {
    e.batch = 128;
    e.steps = 20000;
  } else if (job.task == "half-cheetah") {
    e.settings.td3.hidden = {128, 128};
    e.settings.td3.learning_rate = 3e-4;
    e.batch = 256;
    e.steps = 20000;
  }
  return e;
}

void Reproduction::need(const std::vector<Job>& jobs, const char* what) {
  std::set<Job> missing;
  for (const auto& job : jobs)
    if (!outcomes_.count(job)) missing.insert(job);
  for (const auto& job : missing) set(job.task, job.kind, job.seed);
  const std::vector<Job> list(missing.begin(), missing.end());
  std::vector<Outcome> results(list.size());
  std::atomic<int> done{0};
  parallel_for(list.size(), run_.threads(), [&](std::size_t i) {
    control::TrainingHooks hooks;
    hooks.between = [&](std::int64_t) { run_.check_cancelled(); };
    const auto& data = sets_.at(fmt::format("{} {} {}", list[i].task, list[i].kind, list[i].seed)).learning;
    results[i] = run_experiment(data, &control::find_task(list[i].task), experiment(list[i]), hooks);
    run_.progress(++done, static_cast<double>(list.size()), what);
  });
  for (std::size_t i = 0; i < list.size(); ++i) {
    run_.metric(fmt::format("{} {} {}", list[i].task, list[i].kind, method_text(list[i].method)),
                list[i].method == Method::prdc ? list[i].beta : 0, results[i].final_return);
    outcomes_.emplace(list[i], std::move(results[i]));
  }
}

std::vector<Job> Reproduction::jobs(const std::string& task, const std::vector<std::string>& kinds, Method method,
                                    double beta, int seeds) const {
  std::vector<Job> result;
  for (const auto& kind : kinds)
    for (int seed = 0; seed < seeds; ++seed) result.push_back({task, kind, method, beta, seed});
  return result;
}

std::vector<double> Reproduction::finals(const std::string& task, const std::string& kind, Method method, double beta,
                                         bool normalised) const {
  std::vector<double> values;
  for (const auto& [job, result] : outcomes_)
    if (job.task == task && job.kind == kind && job.method == method && job.beta == beta)
      values.push_back(normalised ? control::normalised_score(control::find_task(task), result.final_return)
                                  : result.final_return);
  return values;
}

void Reproduction::search_is_exact() {
  int mismatches = 0, searches = 0;
  double worst = 0;
  const int per_size = options_.by_budget(40, 400, 1500);
  for (const int dimensions : {2, 4, 6, 14, 23, 40})
    for (const std::size_t n : {std::size_t{1}, std::size_t{20}, std::size_t{3000}})
      for (const int grid : {0, 2}) {  // with a grid: duplicates and ties
        Random random = run_.random("search")
                            .split(static_cast<std::uint64_t>(dimensions))
                            .split(n + static_cast<std::size_t>(grid));
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
          Neighbour found[2];
          const std::uint32_t hint[]{static_cast<std::uint32_t>(random.below(n))};
          tree.nearest(key.data(), 1, hint, 1, &found[0]);
          products.nearest(key.data(), 1, hint, 1, &found[1]);
          for (const auto& one : found) {
            ++searches;
            // Another index is right only if it is as near.
            const bool as_near =
                std::abs(one.squared_distance - truth.squared_distance) <= 1e-6F * truth.squared_distance;
            mismatches += one.index != truth.index && !as_near;
            if (truth.squared_distance > 0)
              worst = std::max(worst, std::abs(static_cast<double>(one.squared_distance) /
                                                   static_cast<double>(truth.squared_distance) -
                                               1));
          }
        }
        run_.check_cancelled();
      }
  run_.claim("P1", "mismatches", {static_cast<double>(mismatches)});
  run_.claim("P1", "relative_error", {worst});
  run_.note(fmt::format("{} searches compared with the definition", searches));
}

/// PRDC with a huge beta and TD3+BC from the same seed, on states that are unique.
double Reproduction::trajectory_difference() {
  const auto& data = set("pendulum", "random", 0).learning;
  PrdcSettings settings;
  settings.beta = 1e5;
  settings.td3.hidden = {64, 64};
  Prdc ours(data.transitions, settings, run_.random("trajectory"));
  control::Td3 theirs(data.transitions.observation_size, data.transitions.action_size, settings.td3,
                      control::ActorLoss::td3_bc(settings.alpha), run_.random("trajectory"));
  control::Batch batch;
  for (std::uint64_t step = 0; step < 300; ++step) {
    control::draw(data.transitions, 64, run_.random("minibatch").split(step), batch);
    ours.update(batch);
    theirs.update(batch);
  }
  double largest = 0;
  for (std::size_t i = 0; i < theirs.actor().parameters().size(); ++i)
    largest =
        std::max(largest, static_cast<double>(std::abs(ours.actor().parameters()[i] - theirs.actor().parameters()[i])));
  return largest;
}

void Reproduction::becomes_td3_bc() {
  auto list = jobs("pendulum", sets_compared_, Method::prdc, 1000, seeds_);
  append(list, jobs("pendulum", sets_compared_, Method::td3_bc, 0, seeds_));
  need(list, "trainings: beta 1000 and TD3+BC");
  double least_own = 1;
  Estimate largest{0, 0, 0, seeds_};
  for (const auto& kind : sets_compared_) {
    std::vector<double> own;
    for (int seed = 0; seed < seeds_; ++seed)
      own.push_back(outcome({"pendulum", kind, Method::prdc, 1000, seed}).own_share);
    least_own = std::min(least_own, mean(own));
    const auto a = finals("pendulum", kind, Method::prdc, 1000, true),
               b = finals("pendulum", kind, Method::td3_bc, 0, true);
    largest.value = std::max(largest.value, std::abs(mean(a) - mean(b)));
  }
  run_.claim("P2", "own_share", {least_own});
  run_.claim("P2", "difference", {largest.value, std::nan(""), std::nan(""), seeds_});
  run_.claim("P2", "trajectory", {trajectory_difference()});
}

void Reproduction::beats_same_state() {
  auto list = jobs("pendulum", sets_compared_, Method::prdc, 2, seeds_);
  append(list, jobs("pendulum", sets_compared_, Method::td3_bc, 0, seeds_));
  need(list, "trainings: PRDC and TD3+BC");
  std::vector<double> gains, random_gains;
  for (int seed = 0; seed < seeds_; ++seed) {
    double sum = 0;
    for (const auto& kind : sets_compared_) {
      const auto& task = control::find_task("pendulum");
      const double gain =
          control::normalised_score(task, outcome({"pendulum", kind, Method::prdc, 2, seed}).final_return) -
          control::normalised_score(task, outcome({"pendulum", kind, Method::td3_bc, 0, seed}).final_return);
      sum += gain;
      if (kind == "random") random_gains.push_back(gain);
    }
    gains.push_back(sum / static_cast<double>(sets_compared_.size()));
  }
  run_.claim("P3", "mean_gain", estimate_of(mean_interval(gains), gains.size()));
  run_.claim("P3", "random_gain", estimate_of(mean_interval(random_gains), gains.size()));
}

void Reproduction::best_beta() {
  const auto betas = options_.budget == Budget::smoke ? std::vector<double>{0.1, 2, 1000} : all_betas;
  std::vector<Job> list;
  for (const double beta : betas) append(list, jobs("pendulum", {"medium"}, Method::prdc, beta, seeds_));
  need(list, "trainings: values of beta");
  double best = betas[0];
  const auto score = [&](double beta) { return mean(finals("pendulum", "medium", Method::prdc, beta, true)); };
  for (const double beta : betas)
    if (score(beta) > score(best)) best = beta;
  const auto gain_over = [&](double other) {
    const auto a = finals("pendulum", "medium", Method::prdc, best, true),
               b = finals("pendulum", "medium", Method::prdc, other, true);
    std::vector<double> differences;
    for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
    return estimate_of(mean_interval(differences), differences.size());
  };
  run_.claim("P4", "best_beta", {best, std::nan(""), std::nan(""), seeds_});
  run_.claim("P4", "gain_over_small", gain_over(0.1));
  run_.claim("P4", "gain_over_large", gain_over(1000));
}

void Reproduction::values_in_check() {
  auto list = jobs("pendulum", {"medium"}, Method::prdc, 2, seeds_);
  append(list, jobs("pendulum", {"medium"}, Method::td3, 0, seeds_));
  need(list, "trainings: value gaps");
  std::vector<double> ours, theirs;
  double ratio = 0;
  for (int seed = 0; seed < seeds_; ++seed) {
    const auto& prdc = outcome({"pendulum", "medium", Method::prdc, 2, seed});
    ours.push_back(prdc.value_gap);
    theirs.push_back(outcome({"pendulum", "medium", Method::td3, 0, seed}).value_gap);
    const auto& transitions = set("pendulum", "medium", seed).learning.transitions;
    const NearestPairs pairs(transitions.observations, transitions.actions, transitions.observation_size,
                             transitions.action_size, 2);
    std::vector<std::size_t> rows(std::min<std::size_t>(transitions.size(), 10000));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i * transitions.size() / rows.size();
    const auto constraint = dataset_constraint(prdc.policy.actor, prdc.policy.head, transitions, pairs, rows);
    ratio = std::max(ratio, largest_lipschitz_ratio(prdc.critic, transitions, pairs, constraint));
    if (seed == 0) run_.figure(phase_plane(set("pendulum", "medium", 0).learning, constraint));
  }
  run_.claim("P5", "gap_ratio", {mean(theirs) / mean(ours), std::nan(""), std::nan(""), seeds_});
  run_.claim("P5", "lipschitz", {ratio, std::nan(""), std::nan(""), seeds_});
  run_.note(fmt::format("value of start states less the discounted return on pendulum medium: TD3 {:.0f}, PRDC {:.0f}",
                        mean(theirs), mean(ours)));
  run_.figure(value_figure({{"TD3", &outcome({"pendulum", "medium", Method::td3, 0, 0}).training},
                            {"PRDC, beta 2", &outcome({"pendulum", "medium", Method::prdc, 2, 0}).training}}));
}

void Reproduction::td3_fails() {
  auto list = jobs("pendulum", {"medium", "expert"}, Method::td3, 0, seeds_);
  const int mazes = maze_seeds();
  append(list, jobs("maze2d-umaze", {"waypoint"}, Method::td3, 0, mazes));
  need(list, "trainings: TD3 on narrow data");
  const auto against_behaviour = [&](const char* task, const char* kind, int seeds) {
    std::vector<double> differences;
    for (int seed = 0; seed < seeds; ++seed)
      differences.push_back(outcome({task, kind, Method::td3, 0, seed}).final_return -
                            set(task, kind, seed).behaviour_return);
    return estimate_of(mean_interval(differences), differences.size());
  };
  run_.claim("P6", "pendulum_medium", against_behaviour("pendulum", "medium", seeds_));
  run_.claim("P6", "pendulum_expert", against_behaviour("pendulum", "expert", seeds_));
  if (mazes > 0) run_.claim("P6", "umaze", against_behaviour("maze2d-umaze", "waypoint", mazes));
}

void Reproduction::locomotion() {
  if (options_.budget != Budget::full) {
    run_.note("P7 is measured at --budget full only: its data and trainings take about ten CPU minutes");
    return;
  }
  const int seeds = options_.seeds > 0 ? options_.seeds : 3;
  const std::vector<std::string> kinds{"medium", "medium-replay", "random"};
  auto list = jobs("half-cheetah", kinds, Method::prdc, 2, seeds);
  append(list, jobs("half-cheetah", kinds, Method::td3_bc, 0, seeds));
  append(list, jobs("half-cheetah", {"medium"}, Method::td3, 0, seeds));
  need(list, "trainings on half-cheetah");
  const char* checks[]{"medium", "replay", "random"};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto ours = finals("half-cheetah", kinds[i], Method::prdc, 2, false),
               theirs = finals("half-cheetah", kinds[i], Method::td3_bc, 0, false);
    run_.claim("P7", checks[i], {mean(ours) / mean(theirs), std::nan(""), std::nan(""), seeds});
    run_.note(fmt::format("half-cheetah {}: PRDC {:.0f}, TD3+BC {:.0f}, the data's own policy {:.0f}", kinds[i],
                          mean(ours), mean(theirs), set("half-cheetah", kinds[i], 0).behaviour_return));
  }
  std::vector<double> below;
  for (int seed = 0; seed < seeds; ++seed)
    below.push_back(outcome({"half-cheetah", "medium", Method::td3, 0, seed}).final_return -
                    set("half-cheetah", "medium", seed).behaviour_return);
  run_.claim("P7", "td3_medium", estimate_of(mean_interval(below), below.size()));
}

void Reproduction::borrows() {
  const std::vector<std::string> kinds{"edge", "easy"};
  const auto configurations =
      std::vector<std::pair<Method, double>>{{Method::prdc, 0.1}, {Method::prdc, 2}, {Method::td3_bc, 0}};
  const int seeds = seeds_;
  std::vector<Job> list;
  for (const auto& [method, beta] : configurations) append(list, jobs("line-world", kinds, method, beta, seeds));
  need(list, "trainings in the line world");
  const auto successes = [&](const std::string& kind, Method method, double beta) {
    int count = 0;
    for (int seed = 0; seed < seeds; ++seed)
      count += outcome({"line-world", kind, method, beta, seed}).training.evaluations.back().return_mean > 0;
    return Estimate{static_cast<double>(count) / seeds, std::nan(""), std::nan(""), seeds};
  };
  run_.claim("P9", "edge_small_beta", successes("edge", Method::prdc, 0.1));
  run_.claim("P9", "edge_large_beta", successes("edge", Method::prdc, 2));
  run_.claim("P9", "edge_td3_bc", successes("edge", Method::td3_bc, 0));
  Estimate easy{1, std::nan(""), std::nan(""), seeds};
  for (const auto& [method, beta] : configurations)
    easy.value = std::min(easy.value, successes("easy", method, beta).value);
  run_.claim("P9", "easy", easy);
  run_.figure(line_world_figure(set("line-world", "edge", 0).learning,
                                {{"PRDC, beta 0.1", &outcome({"line-world", "edge", Method::prdc, 0.1, 0}).policy},
                                 {"PRDC, beta 2", &outcome({"line-world", "edge", Method::prdc, 2, 0}).policy},
                                 {"TD3+BC", &outcome({"line-world", "edge", Method::td3_bc, 0, 0}).policy}}));
}

void Reproduction::stitches() {
  const int seeds = maze_seeds();
  if (seeds == 0) return;
  std::vector<Job> list;
  for (const auto& [method, beta] : std::vector<std::pair<Method, double>>{
           {Method::prdc, 2}, {Method::td3_bc, 0}, {Method::bc, 0}, {Method::td3, 0}})
    append(list, jobs("maze2d-umaze", {"waypoint"}, method, beta, seeds));
  need(list, "trainings in the maze");
  const auto value = [&](Method method, double beta) {
    return mean(finals("maze2d-umaze", "waypoint", method, beta, false));
  };
  const double worse = std::max({value(Method::bc, 0), value(Method::td3, 0), 1e-9});
  run_.claim("P10", "prdc", {value(Method::prdc, 2) / worse, std::nan(""), std::nan(""), seeds});
  run_.claim("P10", "td3_bc", {value(Method::td3_bc, 0) / worse, std::nan(""), std::nan(""), seeds});
  run_.note(fmt::format("rewarded steps of 300 in umaze: PRDC {:.0f}, TD3+BC {:.0f}, BC {:.0f}, TD3 {:.0f}",
                        value(Method::prdc, 2), value(Method::td3_bc, 0), value(Method::bc, 0), value(Method::td3, 0)));
}

/// Everything trained on the pendulum: as a table, and against beta.
void Reproduction::show_returns() {
  std::map<std::tuple<std::string, std::string, Method, double>, std::vector<const Outcome*>> groups;
  for (const auto& [job, result] : outcomes_) groups[{job.task, job.kind, job.method, job.beta}].push_back(&result);
  ResultTable table{"returns",
                    "Mean over seeds of the last five evaluations",
                    {{"task", ""},
                     {"data", ""},
                     {"method", ""},
                     {"beta", ""},
                     {"return", ""},
                     {"deviation", ""},
                     {"own_share", ""},
                     {"seeds", ""}},
                    {}};
  std::vector<ReturnPoint> points;
  for (const auto& [key, group] : groups) {
    const auto& [task, kind, method, beta] = key;
    std::vector<double> returns, own;
    for (const auto* one : group) {
      returns.push_back(one->final_return);
      own.push_back(one->own_share);
    }
    const bool has_beta = method == Method::prdc;
    table.rows.push_back({task, kind, std::string(method_text(method)), has_beta ? Cell(beta) : Cell(), mean(returns),
                          std::sqrt(variance(returns)), has_beta ? Cell(mean(own)) : Cell(),
                          static_cast<std::int64_t>(group.size())});
    if (task == "pendulum") points.push_back({kind, method, beta, mean(returns), std::sqrt(variance(returns))});
  }
  if (table.rows.empty()) return;
  run_.table(table);
  if (!points.empty()) run_.figure(return_figure(points));
}

}  // namespace

void reproduce(const ReproduceOptions& options, Run& run) {
  Reproduction reproduction(options, run);
  const std::pair<const char*, void (Reproduction::*)()> parts[]{
      {"P1", &Reproduction::search_is_exact},  {"P9", &Reproduction::borrows},   {"P2", &Reproduction::becomes_td3_bc},
      {"P3", &Reproduction::beats_same_state}, {"P4", &Reproduction::best_beta}, {"P5", &Reproduction::values_in_check},
      {"P6", &Reproduction::td3_fails},        {"P10", &Reproduction::stitches}, {"P7", &Reproduction::locomotion}};
  for (const auto& [claim, measure] : parts)
    if (options.wants(claim)) (reproduction.*measure)();
  reproduction.show_returns();
}

}  // namespace offprint::prdc
