// Continuous-control tasks: MuJoCo bodies with Gym's definitions (v2 = v3 = v4), point mazes of D4RL, a pendulum and a
// line world. Observations, rewards and terminal states are those of Gym 0.26 and D4RL 1.1; the models are our own XML
// texts, compiled into the library.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "offprint/base/choices.hpp"
#include "offprint/base/random.hpp"

namespace offprint::control {

/// MuJoCo before 2.1.1 weighed a capsule as a cylinder of its length plus one radius. The data sets of D4RL and scores
/// published before 2022 stand on that; `legacy` gives bodies those masses and inertias.
enum class Physics { exact, legacy };
inline const Choices<Physics> physics_names{{{"exact", Physics::exact}, {"legacy", Physics::legacy}}};

/// The online agent that makes a task's data: TD3 with these sizes.
struct Recipe {
  std::vector<int> hidden;
  int batch = 64;
  double learning_rate = 1e-3;
  int steps = 10000;         ///< environment steps, one update each
  int warm_up = 1000;        ///< of them with uniform actions, at the start
  int evaluate_every = 500;  ///< steps between checkpoints
};

struct Task {
  std::string name;    ///< "half-cheetah"
  std::string family;  ///< "MuJoCo", "maze", "classic"
  int observations = 0, actions = 0;
  double seconds_per_step = 0;                 ///< simulated time of one action
  int max_steps = 0;                           ///< an episode is cut here: a truncation, never a terminal state
  double zero_score = 0, hundred_score = 100;  ///< returns with normalised scores 0 and 100
  std::vector<std::string> kinds;              ///< kinds of data sets, "random" first
  int data_steps = 20000;                      ///< transitions of a data set unless told otherwise
  Recipe recipe;                               ///< empty hidden: no agent is trained, a controller makes the data
  bool uses_mujoco() const { return family != "classic"; }
};

const std::vector<Task>& tasks();
std::vector<std::string> task_names();
/// By name; underscores count as hyphens. Throws BadInput with the nearest name and the list.
const Task& find_task(const std::string& name);

/// 100 (return - zero_score) / (hundred_score - zero_score).
double normalised_score(const Task& task, double episode_return);

struct StepResult {
  double reward = 0;
  bool terminal = false;   ///< the state has no future: nothing is bootstrapped from it
  bool truncated = false;  ///< the episode was cut by its time limit
};

/// A capsule in the plane a side view (from above for mazes) draws: ends and radius, in metres.
struct Segment {
  double x1, y1, x2, y2, radius;
};

class Env {
 public:
  virtual ~Env() = default;
  const Task& task() const { return *task_; }

  /// A random start state.
  void reset(Random& random);
  /// Takes an action of task().actions numbers, clipped to [-1, 1]. Throws NumericalFailure on NaN.
  StepResult step(std::span<const float> action);
  /// task().observations numbers of the present state.
  const std::vector<float>& observation() const { return observation_; }

  virtual std::vector<double> positions() const = 0;   ///< generalised positions; MuJoCo's qpos
  virtual std::vector<double> velocities() const = 0;  ///< MuJoCo's qvel
  /// Goes to a state and starts the episode's clock anew.
  void set_state(std::span<const double> positions, std::span<const double> velocities);
  /// The state an observation shows. Positions and velocities that it does not show are zero; clipped velocities stay
  /// clipped.
  virtual void set_observation(std::span<const float> observation) = 0;

  virtual std::vector<Segment> side_view() = 0;
  virtual std::vector<Segment> scenery() const { return {}; }  ///< what does not move: ground, walls

 protected:
  explicit Env(const Task& task) : task_(&task), observation_(static_cast<std::size_t>(task.observations)) {}
  virtual void begin(Random& random) = 0;
  virtual StepResult advance(std::span<const double> action) = 0;
  virtual void place(std::span<const double> positions, std::span<const double> velocities) = 0;
  virtual void observe(std::vector<float>& observation) const = 0;
  void restart();  ///< observes and starts the clock

 private:
  const Task* task_;
  int steps_ = 0;
  std::vector<float> observation_;
  std::vector<double> action_;
};

/// Environments of one task share its model; each holds its own state and belongs to one thread.
std::unique_ptr<Env> make_env(const Task& task, Physics physics = Physics::exact);

/// Masses of a MuJoCo task's bodies by name, as compiled: for checking. Empty for other tasks.
std::vector<std::pair<std::string, double>> body_masses(const Task& task, Physics physics);
std::string mujoco_version();

}  // namespace offprint::control
