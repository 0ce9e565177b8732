// Data without an agent: a planner that wanders through a maze, single steps in the line world.
#pragma once
#include "offprint/control/dataset.hpp"
#include "offprint/control/models.hpp"

namespace offprint::control {

/// Walks from random free cell to random free cell along shortest paths with a noisy proportional-derivative rule, as
/// D4RL's maze data do.
class WaypointController {
 public:
  explicit WaypointController(const Task& task) : maze_(maze_of(task)) {}
  void act(const std::vector<float>& observation, Random& random, std::vector<float>& action);

 private:
  using Cell = std::pair<int, int>;
  void plan(Cell from, Random& random);
  Cell cell_at(const std::vector<float>& observation) const;

  Maze maze_;
  std::vector<std::pair<double, double>> waypoints_;  ///< the next one last
  std::vector<float> last_;
};

/// The shortest path between free cells, both ends included; empty if there is none.
std::vector<std::pair<int, int>> shortest_path(const Maze& maze, std::pair<int, int> from, std::pair<int, int> to);

/// Appends single steps from uniform places: actions 0.8 to the right, or if `edge` to the left before place 9, with
/// noise 0.1.
void line_world_steps(const Task& task, bool edge, std::size_t steps, Random random, OfflineDataset& data);

}  // namespace offprint::control
