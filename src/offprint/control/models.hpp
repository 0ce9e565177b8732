// MuJoCo models of the tasks as XML texts.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "offprint/control/task.hpp"

namespace offprint::control {

/// Throws std::logic_error for a task without a model.
std::string model_xml(const Task& task);

/// A point maze: its walls and free cells by (row, column), and the goal.
struct Maze {
  std::vector<std::string> rows;
  std::vector<std::pair<int, int>> free;  ///< cells that are no wall, the goal among them, row by row
  std::pair<int, int> goal;
  bool wall(int row, int column) const {
    return rows[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] == '#';
  }
};
Maze maze_of(const Task& task);

}  // namespace offprint::control
