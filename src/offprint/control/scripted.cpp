#include "offprint/control/scripted.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

namespace offprint::control {

std::vector<std::pair<int, int>> shortest_path(const Maze& maze, std::pair<int, int> from, std::pair<int, int> to) {
  std::map<std::pair<int, int>, std::pair<int, int>> reached_from{{from, from}};
  std::deque<std::pair<int, int>> frontier{from};
  while (!frontier.empty() && !reached_from.count(to)) {
    const auto [row, column] = frontier.front();
    frontier.pop_front();
    const std::pair<int, int> neighbours[]{{row + 1, column}, {row - 1, column}, {row, column + 1}, {row, column - 1}};
    for (const auto& next : neighbours)
      if (!maze.wall(next.first, next.second) && reached_from.emplace(next, std::make_pair(row, column)).second)
        frontier.push_back(next);
  }
  std::vector<std::pair<int, int>> path;
  if (!reached_from.count(to)) return path;
  for (auto cell = to;; cell = reached_from[cell]) {
    path.push_back(cell);
    if (cell == from) break;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

WaypointController::Cell WaypointController::cell_at(const std::vector<float>& observation) const {
  // Cells are centred 0.2 below their index.
  const double x = static_cast<double>(observation[0]) + 0.2, y = static_cast<double>(observation[1]) + 0.2;
  return *std::min_element(maze_.free.begin(), maze_.free.end(), [&](const Cell& a, const Cell& b) {
    return std::hypot(a.first - x, a.second - y) < std::hypot(b.first - x, b.second - y);
  });
}

void WaypointController::plan(Cell from, Random& random) {
  const auto target = maze_.free[random.below(maze_.free.size())];
  const auto path = shortest_path(maze_, from, target);
  waypoints_.clear();
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool between = i > 0 && i + 1 < path.size();
    const double x = path[i].first - (between ? random.uniform(0, 0.2) : 0),
                 y = path[i].second - (between ? random.uniform(0, 0.2) : 0);
    if (i > 0 || path.size() == 1) waypoints_.emplace_back(x, y);
  }
  std::reverse(waypoints_.begin(), waypoints_.end());
}

void WaypointController::act(const std::vector<float>& observation, Random& random, std::vector<float>& action) {
  const double x = static_cast<double>(observation[0]), y = static_cast<double>(observation[1]);
  // A jump is a new episode.
  const bool jumped =
      last_.empty() || std::hypot(x - static_cast<double>(last_[0]), y - static_cast<double>(last_[1])) > 0.3;
  last_ = observation;
  if (jumped) waypoints_.clear();
  while (!waypoints_.empty() && std::hypot(waypoints_.back().first - x, waypoints_.back().second - y) < 0.15)
    waypoints_.pop_back();
  for (int attempt = 0; waypoints_.empty() && attempt < 20; ++attempt) {
    plan(cell_at(observation), random);
    while (!waypoints_.empty() && std::hypot(waypoints_.back().first - x, waypoints_.back().second - y) < 0.15)
      waypoints_.pop_back();
  }
  const auto [goal_x, goal_y] = waypoints_.empty() ? std::make_pair(x, y) : waypoints_.back();
  const double pull_x = 10 * (goal_x - x) - static_cast<double>(observation[2]),
               pull_y = 10 * (goal_y - y) - static_cast<double>(observation[3]);
  action[0] = static_cast<float>(std::clamp(pull_x + 0.5 * random.normal(), -1.0, 1.0));
  action[1] = static_cast<float>(std::clamp(pull_y + 0.5 * random.normal(), -1.0, 1.0));
}

void line_world_steps(const Task& task, bool edge, std::size_t steps, Random random, OfflineDataset& data) {
  const auto env = make_env(task);
  for (std::size_t i = 0; i < steps; ++i) {
    const double place = random.uniform(0, 10);
    env->set_state(std::vector<double>{place}, std::vector<double>{0});
    const double towards = edge && place < 9 ? -0.8 : 0.8;
    const float action[]{static_cast<float>(std::clamp(towards + 0.1 * random.normal(), -1.0, 1.0))};
    data.observations.push_back(env->observation()[0]);
    const auto result = env->step(action);
    data.actions.push_back(action[0]);
    data.rewards.push_back(static_cast<float>(result.reward));
    data.terminals.push_back(result.terminal);
    data.timeouts.push_back(!result.terminal);
    data.next_observations.push_back(env->observation()[0]);
  }
}

}  // namespace offprint::control
