// Finite decision processes and their maximum-entropy policies, the marginal policies of the coding game (Section 5).
#pragma once
#include <string>
#include <vector>

#include "offprint/base/random.hpp"

namespace offprint::mec_bottleneck {

struct Transition {
  int state = 0;
  double probability = 0;
};

/// Rewards belong to states and are collected on entering; episodes begin in `start` and end in a terminal state.
struct TabularMdp {
  int states = 0;
  std::vector<std::string> actions;  ///< names
  int start = 0;
  double discount = 1;          ///< in (0, 1]
  std::vector<double> rewards;  ///< one a state
  std::vector<char> terminal;   ///< one a state
  std::vector<std::vector<Transition>>
      transitions;  ///< of (state, action) at state * actions + action; of terminal states empty
  int columns = 0;  ///< if the states are the cells of a grid, row after row: its columns, else 0

  std::size_t pair(int state, int action) const {
    return static_cast<std::size_t>(state) * actions.size() + static_cast<std::size_t>(action);
  }
};

/// Throws BadInput beginning with `where` if sizes do not fit, an index or number is out of range, or probabilities of a pair do not sum to 1 within 1e-6.
void validate(const TabularMdp& mdp, const std::string& where);

/// The paper's 8 x 8 grid: goal (0,7) reward 1 and trap (1,7) reward -1, both terminal; obstacles (i,i), i = 1..7; start (5,4); actions up, right, down, left,
/// each rotated by -90 or +90 degrees with probability `noise`; moves off the grid or into an obstacle stay; discount 0.95. State = 8 row + column.
TabularMdp grid_world(double noise = 0.1);

struct SoftPolicy {
  std::vector<double> probabilities;  ///< pi(a|s), states x actions
  std::vector<double> action_values;  ///< Q(s,a)
  std::vector<double> values;         ///< V(s)
  double last_change = 0;             ///< sup norm of the last sweep's change of Q
};

/// Soft Q iteration from 0: Q(s,a) = r(s) + discount * sum_s' T(s'|s,a) V(s'), Q = r(s) in terminal states, V(s) = beta log sum_a exp(Q(s,a) / beta);
/// pi = softmax(Q / beta). beta = 0: hard maximum and a greedy policy, ties to the lowest action. BadInput if beta < 0 or sweeps < 1.
SoftPolicy soft_q(const TabularMdp& mdp, double beta, int sweeps = 100);

/// The state after `action` in `state`, which is not terminal.
int next_state(const TabularMdp& mdp, int state, int action, Random& random);

}  // namespace offprint::mec_bottleneck
