#include "offprint/control/classic.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace offprint::control {
namespace {

constexpr double pi = std::numbers::pi;

/// Gym's Pendulum-v1: angle 0 is upright, torque 2 a, g = 10, mass and length 1.
class Pendulum : public Env {
 public:
  explicit Pendulum(const Task& task) : Env(task) {}
  std::vector<double> positions() const override { return {angle_}; }
  std::vector<double> velocities() const override { return {velocity_}; }
  void set_observation(std::span<const float> observation) override {
    angle_ = std::atan2(static_cast<double>(observation[1]), static_cast<double>(observation[0]));
    velocity_ = static_cast<double>(observation[2]);
    restart();
  }
  std::vector<Segment> side_view() override { return {{0, 0, std::sin(angle_), std::cos(angle_), 0.08}}; }

 protected:
  void begin(Random& random) override {
    angle_ = random.uniform(-pi, pi);
    velocity_ = random.uniform(-1, 1);
  }
  StepResult advance(std::span<const double> action) override {
    const double torque = 2 * action[0], wrapped = std::remainder(angle_, 2 * pi);
    const double cost = wrapped * wrapped + 0.1 * velocity_ * velocity_ + 0.001 * torque * torque;
    velocity_ = std::clamp(velocity_ + (15 * std::sin(angle_) + 3 * torque) * 0.05, -8.0, 8.0);
    angle_ += velocity_ * 0.05;
    return {-cost, false, false};
  }
  void place(std::span<const double> positions, std::span<const double> velocities) override {
    angle_ = positions[0];
    velocity_ = velocities[0];
  }
  void observe(std::vector<float>& observation) const override {
    observation[0] = static_cast<float>(std::cos(angle_));
    observation[1] = static_cast<float>(std::sin(angle_));
    observation[2] = static_cast<float>(velocity_);
  }

 private:
  double angle_ = 0, velocity_ = 0;
};

/// Ours: walk from 0 to 10 on a line, -1 a step, +100 on arrival.
class LineWorld : public Env {
 public:
  explicit LineWorld(const Task& task) : Env(task) {}
  std::vector<double> positions() const override { return {place_}; }
  std::vector<double> velocities() const override { return {0}; }
  void set_observation(std::span<const float> observation) override {
    place_ = static_cast<double>(observation[0]);
    restart();
  }
  std::vector<Segment> side_view() override { return {{place_, 0.3, place_, 0.3, 0.3}}; }
  std::vector<Segment> scenery() const override { return {{0, 0, 10, 0, 0.02}}; }

 protected:
  void begin(Random&) override { place_ = 0; }
  StepResult advance(std::span<const double> action) override {
    place_ = std::clamp(place_ + action[0], 0.0, 10.0);
    const bool arrived = place_ >= 10;
    return {arrived ? 99.0 : -1.0, arrived, false};
  }
  void place(std::span<const double> positions, std::span<const double>) override { place_ = positions[0]; }
  void observe(std::vector<float>& observation) const override { observation[0] = static_cast<float>(place_); }

 private:
  double place_ = 0;
};

}  // namespace

std::unique_ptr<Env> make_pendulum(const Task& task) { return std::make_unique<Pendulum>(task); }
std::unique_ptr<Env> make_line_world(const Task& task) { return std::make_unique<LineWorld>(task); }

std::unique_ptr<Env> make_env(const Task& task, Physics physics) {
  if (task.name == "pendulum") return make_pendulum(task);
  if (task.name == "line-world") return make_line_world(task);
  return make_mujoco(task, physics);
}

}  // namespace offprint::control
