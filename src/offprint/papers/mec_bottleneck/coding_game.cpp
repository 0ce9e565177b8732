#include "offprint/papers/mec_bottleneck/coding_game.hpp"

#include <algorithm>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/papers/mec_bottleneck/coupling.hpp"

namespace offprint::mec_bottleneck {

int likeliest(const Distribution& belief) {
  return static_cast<int>(std::max_element(belief.masses().begin(), belief.masses().end()) - belief.masses().begin());
}

CodingGame::CodingGame(mdp::FiniteMdp process, mdp::SoftPolicy policy, Distribution prior, double rate,
                       EncoderMethod encoder, int step_limit)
    : process_(std::move(process)),
      policy_(std::move(policy)),
      prior_(std::move(prior)),
      rate_(rate),
      encoder_(encoder),
      step_limit_(step_limit) {
  validate(process_, "the game");
  if (policy_.probabilities.size() != static_cast<std::size_t>(process_.states) * process_.actions())
    throw BadInput("the policy", "does not have one row a state and one column an action", "solve it for this game");
  if (!(rate_ >= 0)) throw BadInput("the rate", "is " + short_number(rate_), "give bits, at least 0");
}

CodingGame::Step CodingGame::prepare(const Distribution& belief, int state) const {
  const auto actions = process_.actions();
  const auto row = policy_.probabilities.begin() + static_cast<std::ptrdiff_t>(process_.pair(state, 0));
  Step step{encode(encoder_, belief, rate_), {}};
  const auto coupling = mec_max_seeking(Distribution::trusted(step.groups.masses),
                                        Distribution::trusted({row, row + static_cast<std::ptrdiff_t>(actions)}));
  const auto sums = coupling.row_marginal();
  step.conditional.assign(step.groups.masses.size() * actions, 0);
  for (std::size_t c = 0; c < coupling.mass.size(); ++c)
    step.conditional[coupling.rows[c] * actions + coupling.columns[c]] += coupling.mass[c] / sums[coupling.rows[c]];
  return step;
}

bool CodingGame::update(Distribution& belief, const Step& step, int action) const {
  const auto actions = process_.actions();
  std::vector<double> masses(belief.size());
  double sum = 0;
  for (std::size_t m = 0; m < masses.size(); ++m)
    if (const int group = step.groups.labels[m]; group >= 0)
      sum += masses[m] =
          belief[m] * step.conditional[static_cast<std::size_t>(group) * actions + static_cast<std::size_t>(action)];
  if (!(sum > 0)) return false;
  for (auto& mass : masses) mass /= sum;
  belief = Distribution::trusted(std::move(masses));
  return true;
}

Episode CodingGame::episode(int message, Random random) const {
  if (message < 0 || static_cast<std::size_t>(message) >= prior_.size() ||
      prior_[static_cast<std::size_t>(message)] <= 0)
    throw BadInput("the message", std::to_string(message) + " is not among those of the game",
                   "give one of 0 to " + std::to_string(prior_.size() - 1));
  const auto truth = static_cast<std::size_t>(message);
  const auto actions = process_.actions();
  Episode episode;
  Distribution belief = prior_;
  int state = process_.start;
  double weight = 1;
  episode.truth_belief.push_back(belief[truth]);
  for (int i = 0; i < step_limit_ && !process_.terminal[static_cast<std::size_t>(state)]; ++i) {
    const auto step = prepare(belief, state);
    const double* conditional = step.conditional.data() + static_cast<std::size_t>(step.groups.labels[truth]) * actions;
    const int action = static_cast<int>(random.categorical({conditional, actions}));
    update(belief, step, action);
    episode.trajectory.states.push_back(state);
    episode.trajectory.actions.push_back(action);
    episode.truth_belief.push_back(belief[truth]);
    state = next_state(process_, state, action, random);
    weight *= process_.discount;
    episode.reward += weight * process_.rewards[static_cast<std::size_t>(state)];
  }
  episode.trajectory.last_state = state;
  episode.answer = likeliest(belief);
  return episode;
}

Distribution CodingGame::decode(const Trajectory& trajectory, std::vector<Distribution>* history) const {
  const auto refuse = [](std::size_t i, const std::string& problem) {
    throw BadInput("step " + std::to_string(i + 1), problem, "the trajectory is damaged or belongs to another game");
  };
  if (trajectory.states.size() != trajectory.actions.size())
    throw BadInput("the trajectory", "has not one action a state", "");
  Distribution belief = prior_;
  for (std::size_t i = 0; i < trajectory.states.size(); ++i) {
    const int state = trajectory.states[i], action = trajectory.actions[i];
    const int next = i + 1 < trajectory.states.size() ? trajectory.states[i + 1] : trajectory.last_state;
    if (state < 0 || state >= process_.states || process_.terminal[static_cast<std::size_t>(state)] ||
        (i == 0 && state != process_.start))
      refuse(i, "nobody acts in state " + std::to_string(state) + " then");
    if (action < 0 || static_cast<std::size_t>(action) >= process_.actions())
      refuse(i, "action " + std::to_string(action) + " is not there");
    const auto& reached = process_.transitions[process_.pair(state, action)];
    if (std::none_of(reached.begin(), reached.end(),
                     [&](const mdp::Transition& t) { return t.state == next && t.probability > 0; }))
      refuse(i, "action " + process_.action_names[static_cast<std::size_t>(action)] + " never leads from state " +
                    std::to_string(state) + " to " + std::to_string(next));
    if (!update(belief, prepare(belief, state), action))
      refuse(i, "no message lets the agent take action " + process_.action_names[static_cast<std::size_t>(action)]);
    if (history) history->push_back(belief);
  }
  return belief;
}

}  // namespace offprint::mec_bottleneck
