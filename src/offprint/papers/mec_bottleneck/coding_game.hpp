// The Markov coding game with rate limit (Section 5): an agent's actions carry a message to whoever watches, while each
// action still follows the agent's policy. Before each step everybody holds the same belief about the message. The
// source tells the agent the group T of the message under encoder(belief, rate); the agent acts by the minimum entropy
// coupling of T and pi(.|state); everybody updates the belief.
#pragma once
#include "offprint/mdp/finite_mdp.hpp"
#include "offprint/papers/mec_bottleneck/ebim.hpp"

namespace offprint::mec_bottleneck {

/// What the receiver sees: the state before each action, the action, and the last state.
struct Trajectory {
  std::vector<int> states, actions;
  int last_state = 0;
};

struct Episode {
  Trajectory trajectory;
  double reward = 0;                 ///< sum of discount^step * reward of the state entered, steps from 1
  std::vector<double> truth_belief;  ///< belief in the true message: before the first step and after each
  int answer = 0;                    ///< the receiver's message: the likeliest, ties to the lowest
};

class CodingGame {
 public:
  /// `rate` in bits holds for every step. Throws BadInput if the process is not valid, the policy does not fit it or
  /// the rate is negative.
  CodingGame(mdp::FiniteMdp process, mdp::SoftPolicy policy, Distribution prior, double rate, EncoderMethod encoder,
             int step_limit = 1000);

  const mdp::FiniteMdp& process() const { return process_; }
  const mdp::SoftPolicy& policy() const { return policy_; }
  std::size_t messages() const { return prior_.size(); }
  double rate() const { return rate_; }

  /// Plays until a terminal state or the step limit. BadInput if the message has no prior mass.
  Episode episode(int message, Random random) const;
  /// The posterior over messages from the trajectory alone: after each action, if `history` is given, the belief is
  /// appended to it. BadInput naming the step where states, actions or moves are impossible in this game.
  Distribution decode(const Trajectory& trajectory, std::vector<Distribution>* history = nullptr) const;

 private:
  struct Step {
    Partition groups;
    std::vector<double> conditional;  ///< p(a | t), groups x actions
  };
  Step prepare(const Distribution& belief, int state) const;
  bool update(Distribution& belief, const Step& step, int action) const;  ///< false if the action is impossible

  mdp::FiniteMdp process_;
  mdp::SoftPolicy policy_;
  Distribution prior_;
  double rate_;
  EncoderMethod encoder_;
  int step_limit_;
};

/// The likeliest symbol, ties to the lowest.
int likeliest(const Distribution& belief);

}  // namespace offprint::mec_bottleneck
