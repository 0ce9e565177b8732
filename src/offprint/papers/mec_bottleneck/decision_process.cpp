#include "offprint/papers/mec_bottleneck/decision_process.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"

namespace offprint::mec_bottleneck {

void validate(const TabularMdp& mdp, const std::string& where) {
  const auto refuse = [&](const std::string& problem, const std::string& mend) {
    throw BadInput(where, problem, mend);
  };
  const auto n = static_cast<std::size_t>(std::max(0, mdp.states));
  if (n == 0 || mdp.actions.empty()) refuse("has no states or no actions", "give at least one of each");
  if (mdp.rewards.size() != n || mdp.terminal.size() != n || mdp.transitions.size() != n * mdp.actions.size())
    refuse("sizes do not fit its " + std::to_string(n) + " states", "give one reward a state");
  if (!(mdp.discount > 0 && mdp.discount <= 1))
    refuse("discount is " + short_number(mdp.discount), "give a number above 0, at most 1");
  if (mdp.start < 0 || mdp.start >= mdp.states)
    refuse("start " + std::to_string(mdp.start) + " is no state", "states are 0 to " + std::to_string(n - 1));
  if (mdp.terminal[static_cast<std::size_t>(mdp.start)]) refuse("the start is terminal", "begin elsewhere");
  for (std::size_t s = 0; s < n; ++s) {
    if (!std::isfinite(mdp.rewards[s])) refuse("reward of state " + std::to_string(s) + " is not finite", "");
    for (std::size_t a = 0; a < mdp.actions.size() && !mdp.terminal[s]; ++a) {
      const auto pair = "state " + std::to_string(s) + " action " + mdp.actions[a];
      double sum = 0;
      for (const auto& [to, probability] : mdp.transitions[s * mdp.actions.size() + a]) {
        if (to < 0 || to >= mdp.states)
          refuse(pair + " leads to state " + std::to_string(to) + ", which is not there", "");
        if (!(probability >= 0 && probability <= 1))
          refuse(pair + " has the probability " + short_number(probability), "");
        sum += probability;
      }
      if (std::abs(sum - 1) > 1e-6)
        refuse(pair + ": probabilities sum to " + short_number(sum, 8), "they must sum to 1");
    }
  }
}

TabularMdp grid_world(double noise) {
  constexpr int size = 8;
  constexpr std::array<std::array<int, 2>, 4> moves{{{-1, 0}, {0, 1}, {1, 0}, {0, -1}}};
  const auto is_obstacle = [](int row, int column) { return row == column && row >= 1; };
  TabularMdp mdp;
  mdp.states = size * size;
  mdp.actions = {"up", "right", "down", "left"};
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
                                        [&](const Transition& transition) { return transition.state == to; });
        if (known != reached.end())
          known->probability += probability;
        else if (probability > 0)
          reached.push_back({to, probability});
      }
    }
  return mdp;
}

SoftPolicy soft_q(const TabularMdp& mdp, double beta, int sweeps) {
  if (!(beta >= 0) || !std::isfinite(beta))
    throw BadInput("the temperature", "is " + short_number(beta), "give a finite number, at least 0");
  if (sweeps < 1) throw BadInput("the sweeps", "are " + std::to_string(sweeps), "give at least 1");
  const auto n = static_cast<std::size_t>(mdp.states), actions = mdp.actions.size();
  SoftPolicy policy{std::vector<double>(n * actions), std::vector<double>(n * actions), std::vector<double>(n), 0};
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    policy.last_change = 0;
    for (std::size_t s = 0; s < n; ++s)
      for (std::size_t a = 0; a < actions; ++a) {
        double next = 0;
        for (const auto& [to, probability] : mdp.transitions[s * actions + a])
          next += probability * policy.values[static_cast<std::size_t>(to)];
        const double value = mdp.rewards[s] + (mdp.terminal[s] ? 0 : mdp.discount * next);
        policy.last_change = std::max(policy.last_change, std::abs(value - policy.action_values[s * actions + a]));
        policy.action_values[s * actions + a] = value;
      }
    for (std::size_t s = 0; s < n; ++s) {
      const double* q = policy.action_values.data() + s * actions;
      double* pi = policy.probabilities.data() + s * actions;
      const double most = *std::max_element(q, q + actions);
      double sum = 0;
      for (std::size_t a = 0; a < actions; ++a)
        sum += pi[a] = beta > 0 ? std::exp((q[a] - most) / beta) : (q[a] == most && sum == 0 ? 1 : 0);
      for (std::size_t a = 0; a < actions; ++a) pi[a] /= sum;
      policy.values[s] = most + (beta > 0 ? beta * std::log(sum) : 0);
    }
  }
  return policy;
}

int next_state(const TabularMdp& mdp, int state, int action, Random& random) {
  const auto& reached = mdp.transitions[mdp.pair(state, action)];
  double rest = random.uniform();
  for (const auto& [to, probability] : reached)
    if ((rest -= probability) < 0) return to;
  return reached.back().state;
}

}  // namespace offprint::mec_bottleneck
