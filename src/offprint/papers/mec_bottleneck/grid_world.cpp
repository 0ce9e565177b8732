#include "offprint/papers/mec_bottleneck/grid_world.hpp"

#include <algorithm>
#include <array>

namespace offprint::mec_bottleneck {

mdp::FiniteMdp grid_world(double noise) {
  constexpr int size = 8;
  constexpr std::array<std::array<int, 2>, 4> moves{{{-1, 0}, {0, 1}, {1, 0}, {0, -1}}};
  const auto is_obstacle = [](int row, int column) { return row == column && row >= 1; };
  mdp::FiniteMdp mdp;
  mdp.states = size * size;
  mdp.action_names = {"up", "right", "down", "left"};
  mdp.start = 5 * size + 4;
  mdp.discount = 0.95;
  mdp.columns = size;
  mdp.rewards.assign(size * size, 0);
  mdp.terminal.assign(size * size, 0);
  mdp.rewards[7] = 1;
  mdp.rewards[size + 7] = -1;
  mdp.terminal[7] = mdp.terminal[size + 7] = 1;
  mdp.transitions.resize(size * size * moves.size());
  for (int state = 0; state < mdp.states; ++state)
    for (std::size_t action = 0; action < moves.size() && !mdp.terminal[static_cast<std::size_t>(state)]; ++action) {
      auto& reached = mdp.transitions[mdp.pair(state, static_cast<int>(action))];
      for (const auto& [turn, probability] : {std::pair{std::size_t{0}, 1 - 2 * noise},
                                              std::pair{std::size_t{1}, noise}, std::pair{std::size_t{3}, noise}}) {
        const auto& move = moves[(action + turn) % 4];
        const int row = state / size + move[0], column = state % size + move[1];
        const bool stays = row < 0 || row >= size || column < 0 || column >= size || is_obstacle(row, column);
        const int to = stays ? state : row * size + column;
        const auto known = std::find_if(reached.begin(), reached.end(),
                                        [&](const auto& transition) { return transition.state == to; });
        if (known != reached.end())
          known->probability += probability;
        else if (probability > 0)
          reached.push_back({to, probability});
      }
    }
  return mdp;
}

}  // namespace offprint::mec_bottleneck
