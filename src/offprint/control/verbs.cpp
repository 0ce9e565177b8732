#include "offprint/control/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "offprint/base/file.hpp"
#include "offprint/base/parallel.hpp"
#include "offprint/base/text.hpp"
#include "offprint/control/collection.hpp"
#include "offprint/control/report.hpp"
#include "offprint/control/sac.hpp"
#include "offprint/control/td3.hpp"
#include "offprint/data/table.hpp"

namespace offprint::control {
namespace {

const Task* task_or_none(const std::string& name) { return name.empty() ? nullptr : &find_task(name); }

void warn_about_physics(const OfflineDataset& data, const Task* task, Physics physics, Run& run) {
  if (!task || task->family != "MuJoCo") return;
  const auto logged = data.physics.empty() ? "legacy" : data.physics;
  const auto meant = physics == Physics::exact ? "exact" : "legacy";
  if (logged != meant)
    run.warning(fmt::format("{} was logged under {} physics{} and is evaluated under {}; --physics {} evaluates alike",
                            data.source, logged, data.physics.empty() ? " if it is D4RL's" : "", meant, logged));
}

ResultTable statistics_table(const OfflineDataset& data, const Task* task) {
  const auto s = statistics(data);
  ResultTable table{"statistics",
                    "The data set",
                    {{"transitions", ""},
                     {"episodes", ""},
                     {"return_mean", ""},
                     {"return_deviation", ""},
                     {"return_low", ""},
                     {"return_high", ""},
                     {"normalised", ""},
                     {"terminal_share", ""},
                     {"saturated_actions", ""}},
                    {}};
  table.rows.push_back({static_cast<std::int64_t>(s.transitions), static_cast<std::int64_t>(s.episodes), s.return_mean,
                        s.return_deviation, s.return_low, s.return_high,
                        task && s.episodes > 0 ? Cell(normalised_score(*task, s.return_mean)) : Cell(),
                        s.terminal_share, s.saturated_share});
  return table;
}

void show_dataset(const OfflineDataset& data, const Task* task, Run& run) {
  run.table(statistics_table(data, task));
  const auto returns = episode_returns(data);
  if (returns.size() > 1)
    run.figure({"returns",
                "Returns of the logged episodes",
                "Finished episodes only.",
                {"return", "", Scale::linear},
                {"episodes", "", Scale::linear},
                {{.kind = MarkKind::histogram, .samples = {returns}}}});
}

}  // namespace

void tasks_verb(const NoOptions&, Run& run) {
  ResultTable table{"tasks",
                    "Tasks",
                    {{"task", ""},
                     {"family", ""},
                     {"observations", ""},
                     {"actions", ""},
                     {"steps", ""},
                     {"score_0", ""},
                     {"score_100", ""},
                     {"kinds", ""}},
                    {}};
  for (const auto& task : tasks())
    table.rows.push_back({task.name, task.family, std::int64_t{task.observations}, std::int64_t{task.actions},
                          std::int64_t{task.max_steps}, task.zero_score, task.hundred_score, join(task.kinds, ", ")});
  run.table(table);
  run.note(
      "Returns of score_0 and score_100 have the normalised scores 0 and 100; those of half-cheetah, hopper, walker2d and the mazes are D4RL's");
}

void random_verb(const RandomOptions& options, Run& run) {
  const auto& task = find_task(options.task);
  const auto env = make_env(task, options.physics);
  std::vector<double> returns, steps;
  std::vector<float> action(static_cast<std::size_t>(task.actions));
  for (int episode = 0; episode < options.episodes; ++episode) {
    run.progress(episode, options.episodes, "episodes");
    Random random = run.random("random").split(static_cast<std::uint64_t>(episode));
    env->reset(random);
    double sum = 0;
    int count = 0;
    for (StepResult result; !result.terminal && !result.truncated; ++count) {
      for (auto& value : action) value = static_cast<float>(random.uniform(-1, 1));
      result = env->step(action);
      sum += result.reward;
    }
    returns.push_back(sum);
    steps.push_back(count);
  }
  const auto interval = mean_interval(returns);
  run.table(
      {"random",
       "Uniform actions",
       {{"task", ""}, {"episodes", ""}, {"return", ""}, {"low", ""}, {"high", ""}, {"normalised", ""}, {"steps", ""}},
       {{task.name, std::int64_t{options.episodes}, interval.value, interval.low, interval.high,
         normalised_score(task, interval.value), mean(steps)}}});
}

void collect_verb(const CollectOptions& options, Run& run) {
  const auto& task = find_task(options.task);
  CollectSettings settings;
  settings.kind = options.kind;
  settings.steps = static_cast<std::size_t>(options.steps > 0 ? options.steps : task.data_steps);
  settings.physics = options.physics;
  settings.seed = run.seed();
  settings.training_steps = options.training_steps;
  settings.cached = !options.anew;
  bool agent = false;
  const int training = options.training_steps > 0 ? options.training_steps : task.recipe.steps;
  const auto data = collect(task, settings, [&](int step, const Checkpoint* newest) {
    if (newest) {
      agent = true;
      run.metric("return of the agent", step, newest->episode_return);
    }
    run.progress(step, agent || newest ? training : static_cast<double>(settings.steps),
                 agent ? "steps of the agent" : "steps");
  });
  if (data.size() < settings.steps)
    run.note(fmt::format("the agent had seen {} transitions when it was of medium strength: all of them are written",
                         data.size()));
  write_dataset(options.output.path, data);
  show_dataset(data, &task, run);
  run.file(options.output.path, fmt::format("{} transitions of {} {}", data.size(), task.name, options.kind));
}

void info_verb(const InfoOptions& options, Run& run) {
  const auto* task = task_or_none(options.task);
  const auto data = read_dataset(data::resolve(options.data.source), {task, false});
  const auto or_unknown = [](const std::string& text) { return text.empty() ? std::string("unknown") : text; };
  run.table({"file",
             "The file",
             {{"observations", ""},
              {"actions", ""},
              {"next_observations", ""},
              {"simulator_state", ""},
              {"task", ""},
              {"kind", ""},
              {"algorithm", ""},
              {"physics", ""}},
             {{std::int64_t{data.observation_size}, std::int64_t{data.action_size}, !data.next_observations.empty(),
               !data.positions.empty(), or_unknown(data.task), or_unknown(data.kind), or_unknown(data.algorithm),
               or_unknown(data.physics)}}});
  show_dataset(data, task, run);
}

namespace {

std::unique_ptr<Learner> make_learner(const TrainOptions& options, const OfflineDataset& data, std::uint64_t seed) {
  const auto random = Random(seed).split("learner");
  const std::vector<int> hidden(options.hidden.begin(), options.hidden.end());
  if (options.algorithm == Algorithm::sac) {
    SacSettings settings;
    settings.hidden = hidden;
    settings.learning_rate = settings.actor_learning_rate = options.learning_rate;
    settings.discount = options.discount;
    return std::make_unique<Sac>(data.observation_size, data.action_size, settings, random);
  }
  Td3Settings settings;
  settings.hidden = hidden;
  settings.learning_rate = options.learning_rate;
  settings.discount = options.discount;
  const auto loss = options.algorithm == Algorithm::bc    ? ActorLoss::behaviour_cloning()
                    : options.algorithm == Algorithm::td3 ? ActorLoss::td3()
                                                          : ActorLoss::td3_bc(options.alpha);
  return std::make_unique<Td3>(data.observation_size, data.action_size, settings, loss, random);
}

constexpr const char* algorithm_names[]{"TD3+BC", "BC", "TD3", "SAC"};

}  // namespace

void train_verb(const TrainOptions& options, Run& run) {
  const auto* task = task_or_none(options.task);
  const auto path = data::resolve(options.data.source);
  const auto data = read_dataset(path, {task, false});
  warn_about_physics(data, task, options.physics, run);
  const auto learning = learning_data(data, options.batch, !options.raw_observations,
                                      options.logged_successors ? Successors::logged : Successors::next_row);
  const std::string algorithm = algorithm_names[static_cast<int>(options.algorithm)], hash = sha256_of_file(path);
  std::vector<TrainingResult> results(static_cast<std::size_t>(options.seeds));
  std::vector<Policy> policies(results.size());
  std::vector<std::filesystem::path> checkpoints(results.size());
  parallel_for(results.size(), run.threads(), [&](std::size_t i) {
    const auto learner = make_learner(options, data, run.seed() + i);
    TrainingSettings settings;
    settings.steps = options.steps;
    settings.batch = options.batch;
    settings.evaluations = options.evaluations;
    settings.evaluation = {options.episodes, options.discount, options.physics};
    settings.seed = run.seed() + i;
    checkpoints[i] =
        options.output.path + (options.seeds > 1 ? "." + std::to_string(settings.seed) : "") + ".checkpoint";
    settings.checkpoint = checkpoints[i];
    settings.resume = options.resume;
    settings.fingerprint = fmt::format(
        "{} {} {} {} {} {} {} {} {} {} {} {} {} {}", algorithm, options.alpha, options.steps, options.batch,
        fmt::join(options.hidden, "x"), options.learning_rate, options.discount, options.evaluations, options.episodes,
        options.raw_observations, options.logged_successors, options.task, settings.seed, hash);
    results[i] =
        train(*learner, learning.transitions, learning.normaliser, task, settings,
              report_training(run, options.steps, options.seeds > 1 ? fmt::format("seed {} ", settings.seed) : ""));
    policies[i] = policy_of(*learner, learning.normaliser, task ? task->name : data.task);
    policies[i].provenance = {{"algorithm", algorithm},
                              {"updates", std::to_string(options.steps)},
                              {"seed", std::to_string(settings.seed)},
                              {"data_sha256", hash}};
  });
  write_policy(options.output.path, policies[0]);
  for (const auto& checkpoint : checkpoints) std::filesystem::remove(checkpoint);
  ResultTable table{"result",
                    "Result",
                    {{"algorithm", ""},
                     {"seed", ""},
                     {"return", ""},
                     {"normalised", ""},
                     {"updates_per_second", ""},
                     {"resumed_at", ""}},
                    {}};
  std::vector<double> finals;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const double final = results[i].final_return();
    finals.push_back(final);
    table.rows.push_back({algorithm, static_cast<std::int64_t>(run.seed() + i), task ? Cell(final) : Cell(),
                          task ? Cell(normalised_score(*task, final)) : Cell(), results[i].updates_per_second,
                          results[i].resumed_at});
  }
  run.table(table);
  show_training(results[0], task, run);
  if (task && finals.size() > 1) {
    const auto middle = interquartile_mean(finals, run.seed());
    run.note(fmt::format("return {:.1f} +- {:.1f} over {} seeds; inter-quartile mean {:.1f} ({:.1f} to {:.1f})",
                         mean(finals), std::sqrt(variance(finals)), finals.size(), middle.value, middle.low,
                         middle.high));
  }
  run.file(options.output.path, "The policy");
  if (task) show_policy(policies[0], *task, options.physics, options.output.path, run);
}

void evaluate_verb(const EvaluateOptions& options, Run& run) {
  const auto path = data::resolve(options.policy.source);
  const auto policy = read_policy(path, task_or_none(options.task));
  if (options.task.empty() && policy.task.empty())
    throw UsageError("--task: the policy does not say which task it was trained for; name it");
  const auto& task = find_task(options.task.empty() ? policy.task : options.task);
  const auto episodes = evaluate(options.task.empty() ? read_policy(path, &task) : policy, task,
                                 {options.episodes, options.discount, options.physics}, run.random("evaluation"),
                                 [&] { run.check_cancelled(); });
  const auto returns = returns_of(episodes);
  const auto interval = mean_interval(returns);
  ResultTable table{"episodes",
                    "Episodes",
                    {{"episode", ""}, {"return", ""}, {"discounted_return", ""}, {"steps", ""}, {"terminal", ""}},
                    {}};
  for (std::size_t i = 0; i < episodes.size(); ++i)
    table.rows.push_back({static_cast<std::int64_t>(i), episodes[i].episode_return, episodes[i].discounted_return,
                          std::int64_t{episodes[i].steps}, episodes[i].terminal});
  run.table({"result",
             "Result",
             {{"task", ""},
              {"episodes", ""},
              {"return_mean", ""},
              {"return_deviation", ""},
              {"low", ""},
              {"high", ""},
              {"normalised", ""}},
             {{task.name, std::int64_t{options.episodes}, interval.value, std::sqrt(variance(returns)), interval.low,
               interval.high, normalised_score(task, interval.value)}}});
  run.table(table);
  if (!options.output.empty()) show_policy(policy, task, options.physics, options.output.path, run);
}

void import_verb(const ImportOptions& options, Run& run) {
  const ReadOptions reading{task_or_none(options.task), options.rescale};
  auto data = options.layout == Layout::csv      ? read_csv_dataset(options.data.source, reading)
              : options.layout == Layout::minari ? read_minari(data::resolve(options.data.source), reading)
                                                 : read_dataset(data::resolve(options.data.source), reading);
  if (reading.task) data.task = reading.task->name;
  write_dataset(options.output.path, data);
  show_dataset(data, reading.task, run);
  run.file(options.output.path, fmt::format("{} transitions", data.size()));
}

}  // namespace offprint::control
