// The tasks without MuJoCo.
#pragma once
#include "offprint/control/task.hpp"

namespace offprint::control {

std::unique_ptr<Env> make_pendulum(const Task& task);
std::unique_ptr<Env> make_line_world(const Task& task);
/// MuJoCo's tasks and mazes.
std::unique_ptr<Env> make_mujoco(const Task& task, Physics physics);

}  // namespace offprint::control
