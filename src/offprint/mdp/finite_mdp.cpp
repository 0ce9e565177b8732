#include "offprint/mdp/finite_mdp.hpp"

#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"

namespace offprint::mdp {

void validate(const FiniteMdp& mdp, const std::string& where) {
  const auto refuse = [&](const std::string& problem, const std::string& mend) {
    throw BadInput(where, problem, mend);
  };
  const auto n = static_cast<std::size_t>(std::max(0, mdp.states));
  if (n == 0 || mdp.action_names.empty()) refuse("has no states or no actions", "give at least one of each");
  if (mdp.rewards.size() != n || mdp.terminal.size() != n || mdp.transitions.size() != n * mdp.actions())
    refuse("sizes do not fit its " + std::to_string(n) + " states", "give one reward a state");
  if (!(mdp.discount > 0 && mdp.discount <= 1))
    refuse("discount is " + short_number(mdp.discount), "give a number above 0, at most 1");
  if (mdp.start < 0 || mdp.start >= mdp.states)
    refuse("start " + std::to_string(mdp.start) + " is no state", "states are 0 to " + std::to_string(n - 1));
  if (mdp.terminal[static_cast<std::size_t>(mdp.start)]) refuse("the start is terminal", "begin elsewhere");
  for (std::size_t s = 0; s < n; ++s) {
    if (!std::isfinite(mdp.rewards[s])) refuse("reward of state " + std::to_string(s) + " is not finite", "");
    for (std::size_t a = 0; a < mdp.actions() && !mdp.terminal[s]; ++a) {
      const auto pair = "state " + std::to_string(s) + " action " + mdp.action_names[a];
      double sum = 0;
      for (const auto& [to, probability] : mdp.transitions[s * mdp.actions() + a]) {
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

SoftPolicy soft_solve(const FiniteMdp& mdp, double temperature, int sweeps) {
  if (!(temperature >= 0) || !std::isfinite(temperature))
    throw BadInput("the temperature", "is " + short_number(temperature), "give a finite number, at least 0");
  if (sweeps < 1) throw BadInput("the sweeps", "are " + std::to_string(sweeps), "give at least 1");
  const auto n = static_cast<std::size_t>(mdp.states), actions = mdp.actions();
  SoftPolicy policy{std::vector<double>(n * actions), std::vector<double>(n * actions), std::vector<double>(n), 0};
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    policy.last_change = 0;
    for (std::size_t s = 0; s < n; ++s)
      for (std::size_t a = 0; a < actions; ++a) {
        double next = 0;
        for (const auto& [to, probability] : mdp.transitions[s * actions + a])
          next += probability * policy.v[static_cast<std::size_t>(to)];
        const double value = mdp.rewards[s] + (mdp.terminal[s] ? 0 : mdp.discount * next);
        policy.last_change = std::max(policy.last_change, std::abs(value - policy.q[s * actions + a]));
        policy.q[s * actions + a] = value;
      }
    for (std::size_t s = 0; s < n; ++s) {
      const double* q = policy.q.data() + s * actions;
      double* pi = policy.probabilities.data() + s * actions;
      const double most = *std::max_element(q, q + actions);
      double sum = 0;
      for (std::size_t a = 0; a < actions; ++a)
        sum += pi[a] = temperature > 0 ? std::exp((q[a] - most) / temperature) : (q[a] == most && sum == 0 ? 1 : 0);
      for (std::size_t a = 0; a < actions; ++a) pi[a] /= sum;
      policy.v[s] = most + (temperature > 0 ? temperature * std::log(sum) : 0);
    }
  }
  return policy;
}

int next_state(const FiniteMdp& mdp, int state, int action, Random& random) {
  const auto& reached = mdp.transitions[mdp.pair(state, action)];
  double rest = random.uniform();
  for (const auto& [to, probability] : reached)
    if ((rest -= probability) < 0) return to;
  return reached.back().state;
}

}  // namespace offprint::mdp
