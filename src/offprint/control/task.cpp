#include "offprint/control/task.hpp"

#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"

namespace offprint::control {
namespace {

const std::vector<std::string> agent_kinds{"random", "medium", "medium-replay", "expert", "medium-expert"};

Task locomotion(std::string name, int observations, int actions, double seconds, double zero, double hundred,
                int steps) {
  return {std::move(name),
          "MuJoCo",
          observations,
          actions,
          seconds,
          1000,
          zero,
          hundred,
          agent_kinds,
          50000,
          {{128, 128}, 128, 1e-3, steps, 5000, 2500}};
}

Task maze(std::string name, int max_steps, double zero, double hundred) {
  return {std::move(name), "maze", 4, 2, 0.01, max_steps, zero, hundred, {"random", "waypoint"}, 100000, {}};
}

}  // namespace

const std::vector<Task>& tasks() {
  // Scores: D4RL's reference returns; ours where D4RL has none (pendulums, line world: measured random and good
  // returns).
  static const std::vector<Task> all{
      locomotion("half-cheetah", 17, 6, 0.05, -280.178953, 12135.0, 85000),
      locomotion("hopper", 11, 3, 0.008, -20.272305, 3234.3, 100000),
      locomotion("walker2d", 17, 6, 0.008, 1.629008, 4592.3, 120000),
      {"inverted-pendulum",
       "MuJoCo",
       4,
       1,
       0.04,
       1000,
       6.06,
       1000,
       agent_kinds,
       20000,
       {{64, 64}, 64, 1e-3, 20000, 1000, 1000}},
      {"inverted-double-pendulum",
       "MuJoCo",
       11,
       1,
       0.05,
       1000,
       0,
       9350,
       agent_kinds,
       20000,
       {{64, 64}, 64, 1e-3, 30000, 1000, 1000}},
      {"pendulum", "classic", 3, 1, 0.05, 200, -1225, -150, agent_kinds, 20000, {{64, 64}, 64, 1e-3, 10000, 1000, 500}},
      maze("maze2d-umaze", 300, 23.85, 161.86),
      maze("maze2d-medium", 600, 13.13, 277.39),
      maze("maze2d-large", 800, 6.7, 273.99),
      maze("maze2d-umaze-dense", 300, 68.537689, 193.66285642),
      maze("maze2d-medium-dense", 600, 44.264742, 297.45525478),
      maze("maze2d-large-dense", 800, 30.569041, 303.48573827),
      {"line-world", "classic", 1, 1, 0.2, 50, -50, 90, {"random", "easy", "edge"}, 10000, {}},
  };
  return all;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const auto& task : tasks()) names.push_back(task.name);
  return names;
}

const Task& find_task(const std::string& name) {
  const auto wanted = replace_all(name, "_", "-");
  for (const auto& task : tasks())
    if (task.name == wanted) return task;
  const auto names = task_names();
  const auto near = nearest_name(wanted, names);
  throw BadInput("--task", "no task '" + name + "'" + (near.empty() ? "" : "; did you mean " + near + "?"),
                 "the tasks are " + join(names, ", "));
}

double normalised_score(const Task& task, double episode_return) {
  return 100 * (episode_return - task.zero_score) / (task.hundred_score - task.zero_score);
}

void Env::restart() {
  steps_ = 0;
  observe(observation_);
}

void Env::reset(Random& random) {
  begin(random);
  restart();
}

void Env::set_state(std::span<const double> positions, std::span<const double> velocities) {
  place(positions, velocities);
  restart();
}

StepResult Env::step(std::span<const float> action) {
  if (action.size() != static_cast<std::size_t>(task_->actions))
    throw std::logic_error(task_->name + ": an action has another size");
  action_.resize(action.size());
  for (std::size_t i = 0; i < action.size(); ++i) {
    if (std::isnan(action[i]))
      throw NumericalFailure(task_->name + ": the policy's action is not a number",
                             std::to_string(steps_) + " steps of the episode");
    action_[i] = std::clamp(static_cast<double>(action[i]), -1.0, 1.0);
  }
  auto result = advance(action_);
  observe(observation_);
  result.truncated = ++steps_ >= task_->max_steps && !result.terminal;
  return result;
}

}  // namespace offprint::control
