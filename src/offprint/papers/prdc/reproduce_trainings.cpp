#include "offprint/papers/prdc/reproduce_trainings.hpp"

#include <fmt/format.h>

#include <cmath>

#include "offprint/base/text.hpp"
#include "offprint/control/collection.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::prdc {

const Set& Trainings::set(const std::string& task_name, const std::string& kind, std::size_t seed) {
  const auto key = fmt::format("{} {} {}", task_name, kind, seed);
  if (const auto found = sets_.find(key); found != sets_.end()) return found->second;
  const auto& task = control::find_task(task_name);
  control::CollectSettings settings;
  settings.kind = kind;
  settings.steps = static_cast<std::size_t>(task.data_steps);
  settings.seed = m_.run.seed() + (task_name == "half-cheetah" ? 0 : seed);
  const auto data = control::collect(task, settings, [&](int step, const control::Checkpoint*) {
    m_.run.progress(step, 0, "steps of data collection");
  });
  Set made{control::learning_data(data, 1), 0};
  if (const auto returns = control::episode_returns(data); !returns.empty()) made.behaviour_return = mean(returns);
  return sets_.emplace(key, std::move(made)).first->second;
}

Trial Trainings::trial(const Arm& arm, std::size_t seed) const {
  Trial trial;
  trial.method = arm.method;
  trial.settings.beta = arm.beta;
  trial.settings.td3.hidden = {64, 64};
  trial.settings.td3.learning_rate = 1e-3;
  auto& training = trial.training;
  training.batch = 64;
  training.steps = m_.by_budget(5000, 8000, 8000);
  training.evaluations = m_.by_budget(10, 20, 20);
  training.evaluation.episodes = m_.by_budget(5, 10, 20);
  training.evaluation.discount = trial.settings.td3.discount;
  training.seed = m_.run.seed() + seed;
  if (arm.task == "line-world") {
    training.steps = 4000;
    training.evaluation.episodes = 1;
  } else if (arm.task == "maze2d-umaze") {
    training.batch = 128;
    training.steps = 20000;
  } else if (arm.task == "half-cheetah") {
    trial.settings.td3.hidden = {128, 128};
    trial.settings.td3.learning_rate = 3e-4;
    training.batch = 256;
    training.steps = 20000;
  }
  return trial;
}

void Trainings::need(const std::vector<Arm>& arms, const char* what) {
  struct Job {
    Arm arm;
    std::size_t seed;
    const Set* set;
  };
  std::vector<Job> jobs;
  for (const auto& arm : arms)
    for (auto seed = outcomes_[arm].size(); seed < m_.repetitions(); ++seed)
      jobs.push_back({arm, seed, &set(arm.task, arm.kind, seed)});
  auto trained = repeat(m_.run, jobs.size(), what, [&](std::size_t i) {
    control::TrainingHooks hooks;
    hooks.between = [&](std::int64_t) { m_.run.check_cancelled(); };
    const auto& [arm, seed, data] = jobs[i];
    return run_trial(data->learning, &control::find_task(arm.task), trial(arm, seed), hooks);
  });
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& arm = jobs[i].arm;
    m_.run.metric(fmt::format("{} {} {}", arm.task, arm.kind, methods.name(arm.method)), arm.beta,
                  trained[i].final_return);
    outcomes_[arm].push_back(std::move(trained[i]));
  }
}

std::vector<double> Trainings::scores(const Arm& arm) const {
  auto values = returns(arm);
  for (auto& value : values) value = control::normalised_score(control::find_task(arm.task), value);
  return values;
}

std::vector<double> Trainings::above_behaviour(const Arm& arm) {
  auto values = returns(arm);
  for (std::size_t seed = 0; seed < values.size(); ++seed)
    values[seed] -= set(arm.task, arm.kind, seed).behaviour_return;
  return values;
}

void Trainings::show(const std::string& task) const {
  ResultTable table{"returns_" + replace_all(task, "-", "_"),
                    "Mean over seeds of the last five evaluations, " + task,
                    {"data", "method", "beta", "return", "deviation", "own_share", "seeds"}};
  std::vector<ReturnPoint> points;
  for (const auto& [arm, outcomes] : outcomes_) {
    if (arm.task != task) continue;
    const auto values = returns(arm);
    const double value = mean(values), deviation = std::sqrt(variance(values));
    const bool has_beta = arm.method == Method::prdc;
    table.row(arm.kind, methods.name(arm.method), has_beta ? Cell(arm.beta) : Cell(), value, deviation,
              has_beta ? Cell(mean(members(outcomes, &Outcome::own_share))) : Cell(), outcomes.size());
    points.push_back({arm.kind, arm.method, arm.beta, value, deviation});
  }
  m_.run.table(table);
  if (task == "pendulum")
    m_.run.figure(return_figure("Return against beta on the pendulum's data",
                                "The left end comes near TD3, the right end meets TD3+BC; in between actions are "
                                "borrowed. Expert data want a larger beta.",
                                points));
}

Figure phase_plane(const control::LearningData& data, const Constraint& constraint) {
  const auto& t = data.transitions;
  const auto raw = [&](std::size_t row, std::size_t f) {
    return static_cast<double>(t.observations[3 * row + f]) * static_cast<double>(data.normaliser.deviation[f]) +
           static_cast<double>(data.normaliser.mean[f]);
  };
  const auto angle = [&](std::size_t row) { return std::atan2(raw(row, 1), raw(row, 0)); };
  const auto velocity = [&](std::size_t row) { return raw(row, 2); };
  Figure figure{
      "phase-plane", "Whose actions the policy borrows",
      "Logged states of pendulum medium, and lines from states to those whose action is nearest to the policy's own.",
      Axis("angle", "rad"), Axis("angular velocity", "rad/s")};
  auto &logged = figure.points("logged"), &own = figure.points("own action nearest");
  const auto step = std::max<std::size_t>(1, constraint.rows.size() / 300);
  for (std::size_t i = 0; i < constraint.rows.size(); i += step)
    logged.add(angle(constraint.rows[i]), velocity(constraint.rows[i]));
  for (std::size_t i = 0; i < constraint.rows.size(); i += 3 * step) {
    const auto here = constraint.rows[i], there = static_cast<std::size_t>(constraint.neighbours[i]);
    if (constraint.own[i])
      own.add(angle(here), velocity(here));
    else if (std::abs(angle(here) - angle(there)) < 3)  // not around the back
      figure.line("borrowed from", {angle(here), angle(there)}, {velocity(here), velocity(there)}).as(Role::method);
  }
  return figure;
}

Figure value_figure(const std::vector<std::pair<Method, const Outcome*>>& outcomes) {
  Figure figure{"values", "What critics promise and policies earn",
                "Value of start states by the critic, and the discounted return from them (dashed), pendulum medium.",
                "updates", "value"};
  for (const auto& [method, outcome] : outcomes) {
    const auto role = method == Method::prdc ? Role::method : Role::baseline;
    auto& promised = figure.line(methods.name(method)).as(role);
    auto& earned = figure.line(methods.name(method)).as(role).dash();
    for (const auto& e : outcome->training.evaluations) {
      promised.add(static_cast<double>(e.step), e.predicted_value);
      earned.add(static_cast<double>(e.step), e.discounted_return);
    }
  }
  return figure;
}

Figure line_world_figure(const control::LearningData& data,
                         const std::vector<std::pair<std::string, const Outcome*>>& outcomes) {
  Figure figure{"line-world", "The line world: who walks to the right?",
                "Logged actions go right from place 9 on only. With a small beta the policy borrows them everywhere.",
                "place", "action"};
  auto& logged = figure.points("logged");
  const auto& t = data.transitions;
  for (std::size_t i = 0; i < t.size(); i += std::max<std::size_t>(1, t.size() / 250))
    logged.add(static_cast<double>(t.observations[i]) * static_cast<double>(data.normaliser.deviation[0]) +
                   static_cast<double>(data.normaliser.mean[0]),
               static_cast<double>(t.actions[i]));
  for (const auto& [name, outcome] : outcomes) {
    control::Actor actor(outcome->policy);
    auto& line = figure.line(name);
    for (double place = 0; place <= 10; place += 0.1) {
      const float observation[]{static_cast<float>(place)};
      float action[1];
      actor.act(observation, 1, action);
      line.add(place, static_cast<double>(action[0]));
    }
  }
  return figure;
}

}  // namespace offprint::prdc
