#include "offprint/papers/prdc/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "offprint/base/file.hpp"
#include "offprint/base/parallel.hpp"
#include "offprint/base/text.hpp"
#include "offprint/control/report.hpp"
#include "offprint/data/table.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/prdc/published.hpp"

namespace offprint::prdc {
namespace {

namespace fs = std::filesystem;
using control::Task;

const Task* task_or_none(const std::string& name) { return name.empty() ? nullptr : &control::find_task(name); }

struct Loaded {
  control::OfflineDataset dataset;
  control::LearningData learning;
};

Loaded load(const TrainingOptions& options, const Task* task, Run& run) {
  Loaded loaded{control::read_dataset(data::resolve(options.data.source), {task, false}), {}};
  loaded.learning = control::learning_data(loaded.dataset, options.batch);
  shape_rewards(loaded.learning.transitions, options.reward_scale, options.reward_shift);
  if (task && task->family == "MuJoCo" && loaded.dataset.physics != "exact")
    run.warning(
        "the data do not say that they were logged under exact physics, as evaluations are; D4RL's were logged under older ones");
  return loaded;
}

PrdcSettings settings_of(const TrainingOptions& options) {
  PrdcSettings settings;
  settings.alpha = options.alpha;
  settings.search = options.search;
  settings.td3.hidden.assign(options.hidden.begin(), options.hidden.end());
  settings.td3.learning_rate = options.learning_rate;
  settings.td3.discount = options.discount;
  return settings;
}

/// alpha, beta and sizes of the paper for a task (its code's README).
TrainOptions at_paper_scale(TrainOptions options) {
  options.steps = 1000000;
  options.batch = 256;
  options.hidden = {256, 256};
  options.evaluations = 1000;
  options.episodes = 50;
  options.beta = 2;
  options.alpha = options.task == "half-cheetah" || options.task == "half_cheetah" ? 40 : 2.5;
  return options;
}

void show_published(const std::string& task, double normalised, Run& run) {
  ResultTable table{"published",
                    "The paper's table beside this run",
                    {{"data", ""}, {"paper", ""}, {"td3_bc", ""}, {"this_run", ""}},
                    {}};
  for (const auto& row : published_scores())
    if (row.task == task)
      table.rows.push_back({row.data, row.prdc, std::isfinite(row.td3_bc) ? Cell(row.td3_bc) : Cell(), normalised});
  if (!table.rows.empty()) run.table(table);
}

void show_telemetry(const control::TrainingResult& result, Run& run) {
  Figure figure{
      "constraint",
      "Where the policy borrows",
      "Share of samples whose nearest pair is their own (at 1, PRDC is TD3+BC), and distances to the nearest pair.",
      {"updates", "", Scale::linear},
      {"", "", Scale::linear},
      {}};
  figure.y.label = "share or distance";
  const std::pair<const char*, const char*> curves[]{
      {"own_share", "own pair"}, {"pair_distance", "distance to the pair"}, {"state_distance", "distance of states"}};
  for (const auto& [key, name] : curves) {
    Mark line{.kind = MarkKind::line, .name = name};
    for (const auto& e : result.evaluations) {
      line.x.push_back(static_cast<double>(e.step));
      line.y.push_back(e.metrics.at(key));
    }
    figure.marks.push_back(std::move(line));
  }
  run.figure(figure);
}

}  // namespace

void train_verb(const TrainOptions& given, Run& run) {
  const auto options = given.paper_scale ? at_paper_scale(given) : given;
  const auto* task = task_or_none(options.task);
  const auto [dataset, learning] = load(options, task, run);
  if (options.beta == 0) run.warning("with beta 0 states do not count: the policy may take any logged action anywhere");
  auto settings = settings_of(options);
  settings.beta = options.beta;
  settings.k = options.k;
  Prdc learner(learning.transitions, settings, Random(run.seed()).split("learner"));
  const auto hash = sha256_of_file(data::resolve(options.data.source));
  control::TrainingSettings training;
  training.steps = options.steps;
  training.batch = options.batch;
  training.evaluations = options.evaluations;
  training.evaluation.episodes = options.episodes;
  training.evaluation.discount = options.discount;
  training.seed = run.seed();
  training.checkpoint = options.output.path + ".checkpoint";
  training.resume = options.resume;
  training.fingerprint = fmt::format(
      "PRDC {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", options.alpha, options.beta, options.k, options.steps,
      options.batch, fmt::join(options.hidden, "x"), options.learning_rate, options.discount, options.reward_scale,
      options.reward_shift, options.evaluations, options.episodes, options.task, run.seed(), hash);
  const auto result = control::train(learner, learning.transitions, learning.normaliser, task, training,
                                     control::report_training(run, options.steps));
  auto policy = control::policy_of(learner, learning.normaliser, task ? task->name : dataset.task);
  policy.provenance = {{"algorithm", "PRDC"},
                       {"alpha", exact_number(options.alpha)},
                       {"beta", exact_number(options.beta)},
                       {"k", std::to_string(options.k)},
                       {"updates", std::to_string(options.steps)},
                       {"seed", std::to_string(run.seed())},
                       {"data_sha256", hash}};
  control::write_policy(options.output.path, policy);
  fs::remove(training.checkpoint);
  const auto& metrics = result.evaluations.back().metrics;
  const double final = result.final_return();
  run.table({"result",
             "Result",
             {{"return", ""},
              {"normalised", ""},
              {"updates", ""},
              {"updates_per_second", ""},
              {"resumed_at", ""},
              {"own_share", ""},
              {"pair_distance", ""},
              {"lambda", ""}},
             {{task ? Cell(final) : Cell(), task ? Cell(control::normalised_score(*task, final)) : Cell(),
               std::int64_t{options.steps}, result.updates_per_second, result.resumed_at, metrics.at("own_share"),
               metrics.at("pair_distance"), metrics.at("lambda")}}});
  control::show_training(result, task, run);
  show_telemetry(result, run);
  if (metrics.at("own_share") > 0.95)
    run.note(
        "nearly every nearest pair is the sample's own: on these data PRDC is TD3+BC; a smaller beta, a larger alpha or more data would let it borrow");
  if (task && options.paper_scale) show_published(task->name, control::normalised_score(*task, final), run);
  run.file(options.output.path, "The policy");
  if (task) control::show_policy(policy, *task, control::Physics::exact, options.output.path, run);
}

void sweep_verb(const SweepOptions& options, Run& run) {
  if (options.task.empty()) throw UsageError("--task: a sweep compares returns; name the task");
  const auto& task = control::find_task(options.task);
  const auto [dataset, learning] = load(options, &task, run);
  struct Job {
    Method method;
    double beta;
    int seed;
  };
  std::vector<Job> jobs;
  for (int seed = 0; seed < options.seeds; ++seed) {
    for (const auto method : {Method::bc, Method::td3, Method::td3_bc}) jobs.push_back({method, 0, seed});
    for (const double beta : options.betas) jobs.push_back({Method::prdc, beta, seed});
  }
  std::vector<Outcome> outcomes(jobs.size());
  std::atomic<int> done{0};
  parallel_for(jobs.size(), run.threads(), [&](std::size_t i) {
    Experiment e{jobs[i].method,
                 settings_of(options),
                 options.steps,
                 options.batch,
                 options.evaluations,
                 options.episodes,
                 run.seed() + static_cast<std::uint64_t>(jobs[i].seed)};
    e.settings.beta = jobs[i].beta;
    control::TrainingHooks hooks;
    hooks.between = [&](std::int64_t) { run.check_cancelled(); };
    outcomes[i] = run_experiment(learning, &task, e, hooks);
    run.progress(++done, static_cast<double>(jobs.size()), "trainings");
  });
  ResultTable table{"sweep",
                    "Mean over seeds of the last five evaluations",
                    {{"method", ""},
                     {"beta", ""},
                     {"return", ""},
                     {"deviation", ""},
                     {"normalised", ""},
                     {"own_share", ""},
                     {"updates_per_second", ""}},
                    {}};
  Figure figure{"return-against-beta",
                "Return against beta",
                "To the left the constraint vanishes, to the right PRDC becomes TD3+BC.",
                {"beta", "", Scale::log},
                {"return", "", Scale::linear},
                {}};
  Mark curve{.kind = MarkKind::line, .name = "PRDC"}, band{.kind = MarkKind::band};
  const auto add = [&](Method method, double beta) {
    std::vector<double> returns, own, rates;
    for (std::size_t i = 0; i < jobs.size(); ++i)
      if (jobs[i].method == method && jobs[i].beta == beta) {
        returns.push_back(outcomes[i].final_return);
        own.push_back(outcomes[i].own_share);
        rates.push_back(outcomes[i].training.updates_per_second);
      }
    const double value = mean(returns), deviation = std::sqrt(variance(returns));
    table.rows.push_back({std::string(method_text(method)), method == Method::prdc ? Cell(beta) : Cell(), value,
                          deviation, control::normalised_score(task, value),
                          method == Method::prdc ? Cell(mean(own)) : Cell(), mean(rates)});
    if (method != Method::prdc) {
      const auto [low, high] = std::minmax_element(options.betas.begin(), options.betas.end());
      figure.marks.push_back({.kind = MarkKind::line,
                              .name = std::string(method_text(method)),
                              .x = {std::max(*low, 1e-3), *high},
                              .y = {value, value},
                              .dashed = true});
    } else if (beta > 0) {
      curve.x.push_back(beta);
      curve.y.push_back(value);
      band.x.push_back(beta);
      band.low.push_back(value - deviation);
      band.high.push_back(value + deviation);
    }
  };
  for (const auto method : {Method::bc, Method::td3, Method::td3_bc}) add(method, 0);
  auto betas = options.betas;
  std::sort(betas.begin(), betas.end());
  for (const double beta : betas) add(Method::prdc, beta);
  if (!curve.x.empty()) figure.marks.insert(figure.marks.end(), {band, curve});
  run.table(table);
  run.figure(figure);
}

void neighbours_verb(const NeighboursOptions& options, Run& run) {
  const auto policy = control::read_policy(data::resolve(options.policy.source));
  const auto dataset = control::read_dataset(data::resolve(options.data.source));
  if (dataset.observation_size != policy.observation_size() || dataset.action_size != policy.action_size())
    throw BadInput(options.data.source,
                   fmt::format("has {} observations and {} actions, the policy {} and {}", dataset.observation_size,
                               dataset.action_size, policy.observation_size(), policy.action_size()),
                   "give the data the policy is for");
  auto transitions = control::value_view(dataset);
  policy.normaliser.apply(transitions);
  const NearestPairs pairs(transitions.observations, transitions.actions, transitions.observation_size,
                           transitions.action_size, options.beta);
  const auto count = std::min<std::size_t>(static_cast<std::size_t>(options.rows), transitions.size());
  std::vector<std::size_t> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = i * transitions.size() / count;
  const auto constraint = dataset_constraint(policy.actor, policy.head, transitions, pairs, rows);
  AtomicFile file(options.output.path);
  file.stream() << "row,neighbour,distance,state_distance,action_distance,own\n";
  for (std::size_t i = 0; i < count; ++i)
    file.stream() << rows[i] << ',' << constraint.neighbours[i] << ','
                  << exact_number(static_cast<double>(constraint.distances[i])) << ','
                  << exact_number(static_cast<double>(constraint.state_distances[i])) << ','
                  << exact_number(static_cast<double>(constraint.action_distances[i])) << ','
                  << (constraint.own[i] ? 1 : 0) << '\n';
  file.commit();
  const std::vector<double> distances(constraint.distances.begin(), constraint.distances.end());
  run.table(
      {"constraint",
       "How far the policy is from the log",
       {{"rows", ""}, {"own_share", ""}, {"distance_median", ""}, {"distance_mean", ""}, {"distance_90", ""}},
       {{static_cast<std::int64_t>(count),
         static_cast<double>(std::count(constraint.own.begin(), constraint.own.end(), 1)) / static_cast<double>(count),
         median(distances), mean(distances), quantile(distances, 0.9)}}});
  run.figure({"distances",
              "Distance to the nearest pair",
              "Of the policy's action at logged states; far is where it leaves the data.",
              {"distance", "", Scale::linear},
              {"states", "", Scale::linear},
              {{.kind = MarkKind::histogram, .samples = {distances}}}});
  run.file(options.output.path, "Rows count the transitions of the value view: episode cuts left out");
}

void bench_verb(const BenchOptions& options, Run& run) {
  ResultTable table{"search",
                    "One search, CPU time of one thread",
                    {{"dimensions", ""},
                     {"pairs", ""},
                     {"build", "s"},
                     {"tree", "us"},
                     {"tree_without_hint", "us"},
                     {"brute_force", "us"},
                     {"touched", ""}},
                    {}};
  const auto n = static_cast<std::size_t>(options.pairs), queries = static_cast<std::size_t>(options.queries);
  const std::pair<int, int> sizes[]{{3, 1}, {4, 2}, {11, 3}, {17, 6}, {29, 8}};
  for (const auto& [o, a] : sizes) {
    run.progress(static_cast<double>(table.rows.size()), 5, "sizes");
    Random random = run.random("bench");
    // Correlated states, as trajectories have: a walk pulled to the middle.
    std::vector<float> states, actions;
    std::vector<double> x(static_cast<std::size_t>(o), 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (auto& value : x) {
        value = 0.95 * value + 0.3 * random.normal();
        states.push_back(static_cast<float>(value));
      }
      for (int f = 0; f < a; ++f) actions.push_back(static_cast<float>(random.uniform(-1, 1)));
    }
    double started = control::thread_seconds();
    const NearestPairs tree(states, actions, o, a, 2, SearchMethod::kd_tree);
    const double build = control::thread_seconds() - started;
    const NearestPairs brute(states, actions, o, a, 2, SearchMethod::brute_force);
    const auto dimensions = static_cast<std::size_t>(o) + static_cast<std::size_t>(a);
    std::vector<float> keys(queries * dimensions);
    std::vector<std::uint32_t> own(queries), none(queries, NearestPairs::none);
    for (std::size_t q = 0; q < queries; ++q) {
      own[q] = static_cast<std::uint32_t>(random.below(n));
      tree.make_key(states.data() + own[q] * static_cast<std::size_t>(o),
                    actions.data() + random.below(n) * static_cast<std::size_t>(a), keys.data() + q * dimensions);
    }
    std::vector<Neighbour> results(queries), others(queries);
    std::size_t touched = 0;
    for (std::size_t q = 0; q < queries; ++q)
      tree.nearest(keys.data() + q * dimensions, std::span(own).subspan(q, 1), &touched);
    const auto time = [&](const NearestPairs& pairs, const std::vector<std::uint32_t>& hints,
                          std::vector<Neighbour>& found) {
      started = control::thread_seconds();
      for (std::size_t from = 0; from < queries; from += 256) {
        const auto count = std::min<std::size_t>(256, queries - from);
        pairs.nearest(keys.data() + from * dimensions, count, std::span(hints).subspan(from, count), 1,
                      found.data() + from);
      }
      return 1e6 * (control::thread_seconds() - started) / static_cast<double>(queries);
    };
    const double hinted = time(tree, own, results), plain = time(tree, none, others), all = time(brute, own, others);
    for (std::size_t q = 0; q < queries; ++q)
      if (results[q].index != others[q].index)
        throw NumericalFailure("the tree and the products disagree", fmt::format("{} searches", q));
    table.rows.push_back({static_cast<std::int64_t>(dimensions), static_cast<std::int64_t>(n), build, hinted, plain,
                          all, static_cast<double>(touched) / static_cast<double>(queries)});
  }
  run.table(table);
}

}  // namespace offprint::prdc
