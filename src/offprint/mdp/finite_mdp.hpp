// Finite decision processes: their tables, their maximum-entropy policies, and the JSON file that holds one.
#pragma once
#include <string>
#include <vector>

#include "offprint/base/random.hpp"

namespace offprint::mdp {

struct Transition {
  int state = 0;
  double probability = 0;
};

/// Rewards belong to states and are collected on entering; episodes begin in `start` and end in a terminal state.
struct FiniteMdp {
  int states = 0;
  std::vector<std::string> action_names;
  int start = 0;
  double discount = 1;          ///< in (0, 1]
  std::vector<double> rewards;  ///< one a state
  std::vector<char> terminal;   ///< one a state
  /// Of (state, action) at state * actions + action; of terminal states empty.
  std::vector<std::vector<Transition>> transitions;
  int columns = 0;  ///< if the states are the cells of a grid, row after row: its columns, else 0

  std::size_t actions() const { return action_names.size(); }
  std::size_t pair(int state, int action) const {
    return static_cast<std::size_t>(state) * actions() + static_cast<std::size_t>(action);
  }
};

/// Throws BadInput beginning with `where` if sizes do not fit, an index or number is out of range, or probabilities of
/// a pair do not sum to 1 within 1e-6.
void validate(const FiniteMdp& mdp, const std::string& where);

struct SoftPolicy {
  std::vector<double> probabilities;  ///< pi(a|s), states x actions
  std::vector<double> q;              ///< Q(s,a)
  std::vector<double> v;              ///< V(s)
  double last_change = 0;             ///< sup norm of the last sweep's change of Q
};

/// Soft Q iteration from 0: Q(s,a) = r(s) + discount * sum_s' T(s'|s,a) V(s'), Q = r(s) in terminal states,
/// V(s) = temperature log sum_a exp(Q(s,a) / temperature); pi = softmax(Q / temperature). Temperature 0: hard maximum
/// and a greedy policy, ties to the lowest action. BadInput if temperature < 0 or sweeps < 1.
SoftPolicy soft_solve(const FiniteMdp& mdp, double temperature, int sweeps = 100);

/// The state after `action` in `state`, which is not terminal.
int next_state(const FiniteMdp& mdp, int state, int action, Random& random);

/// {"states": 2, "actions": ["go", "stay"], "start": 0, "discount": 0.9, "rewards": [0, 1], "terminal": [1],
///  "transitions": [[state, action, next, probability], ...], "columns": 0}; states and actions count from 0, columns
/// may be left out. Throws BadInput beginning with `where` and naming the field or transition.
FiniteMdp parse_mdp(const std::string& bytes, const std::string& where);
/// Of a path or `data:NAME`.
FiniteMdp read_mdp(const std::string& source);
std::string mdp_text(const FiniteMdp& mdp);

}  // namespace offprint::mdp
