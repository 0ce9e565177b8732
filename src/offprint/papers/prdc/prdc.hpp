// Policy Regularization with Dataset Constraint (Ran et al., ICML 2023): TD3 whose actor is drawn to the logged action
// of the nearest state-action pair of the whole data set instead of the one logged at the same state.
#pragma once
#include <array>

#include "offprint/control/td3.hpp"
#include "offprint/papers/prdc/nearest_pairs.hpp"

namespace offprint::prdc {

struct PrdcSettings {
  double alpha = 2.5;  ///< weight of values: lambda = alpha / mean |Q|; > 0
  double beta = 2;     ///< weight of states in the distance; 0: actions alone
  int k = 1;           ///< neighbours whose mean action is the target; more than one is ours
  SearchMethod search = SearchMethod::automatic;
  control::Td3Settings td3;
};

/// Rewards scale r + shift, as the paper does on AntMaze.
void shape_rewards(control::Transitions& transitions, double scale, double shift);

/// Equation (8) and Algorithm 1. Its metrics add, over the newest actor update: own_share, the share of samples whose
/// nearest pair is their own; pair_distance, the mean distance d_beta; state_distance, its part from states, unscaled
/// by beta.
class Prdc : public control::Learner {
 public:
  /// `transitions` hold normalised states; they must outlive the learner. Throws BadInput on alpha <= 0, beta < 0, k
  /// outside 1..n.
  Prdc(const control::Transitions& transitions, const PrdcSettings& settings, Random random);

  void update(const control::Batch& batch) override;
  control::Metrics metrics() const override;
  const nn::Mlp<float>& actor() const override { return td3_.actor(); }
  const nn::Mlp<float>& critic() const { return td3_.critic(); }
  const NearestPairs& pairs() const { return pairs_; }
  std::vector<float> values(const float* observations, int batch) override { return td3_.values(observations, batch); }
  std::map<std::string, std::span<float>> state() override { return td3_.state(); }
  void restored() override;

 private:
  void borrow(const control::Batch& batch, const float* actions, float* targets);
  void find_neighbours(const control::Batch& batch, const float* actions);
  bool found_among_near_states(std::uint32_t row, const float* key, Neighbour& best);

  const control::Transitions& transitions_;
  PrdcSettings settings_;
  NearestPairs pairs_, states_;      ///< states_: without actions
  std::vector<std::uint32_t> last_;  ///< the neighbour each sample had last time: a hint
  struct NearStates {
    std::array<std::uint32_t, 8> rows;
    float nearest =
        -1;  ///< squared distance, times beta squared, from the sample's state to the nearest other one; negative: not measured yet
    float beyond = 0;  ///< likewise to the nearest that is not among the rows
  };
  std::vector<NearStates> near_states_;
  std::vector<float> keys_, action_;  ///< keys_: of the samples that the tree is searched for
  std::vector<std::uint32_t> hints_;
  std::vector<std::size_t> searched_;  ///< those samples' places in the batch
  std::vector<Neighbour> found_;
  std::vector<Neighbour> neighbours_;  ///< [batch][k], nearest first
  std::vector<float> own_distances_;   ///< squared
  double own_share_ = 0, pair_distance_ = 0, state_distance_ = 0;
  control::Td3 td3_;
};

/// How far a policy is from a log.
struct Constraint {
  std::vector<std::size_t> rows;  ///< of the transitions
  std::vector<std::uint32_t> neighbours;
  std::vector<float> distances;        ///< d_beta(s, pi(s))
  std::vector<float> state_distances;  ///< between the normalised states, without beta
  std::vector<float> action_distances;
  std::vector<float> actions;  ///< pi(s), [rows][action_size]
  std::vector<char> own;       ///< the nearest pair is the state's own
};
/// For the states of `rows`, normalised, with the policy's network acting on them.
Constraint dataset_constraint(const nn::Mlp<float>& actor, control::Head head, const control::Transitions& transitions,
                              const NearestPairs& pairs, const std::vector<std::size_t>& rows);

/// A Lipschitz constant of one member of a network of ReLU layers: the product of the spectral norms of its weights.
double lipschitz_constant(const nn::Mlp<float>& network, int member);

/// |q(s, pi(s)) - q(s^, a^)| <= (L / min(beta, 1)) d_beta(s, pi(s)) for the nearest pair (s^, a^): the largest left
/// side over right side. beta > 0.
double largest_lipschitz_ratio(const nn::Mlp<float>& critic, const control::Transitions& transitions,
                               const NearestPairs& pairs, const Constraint& constraint);

}  // namespace offprint::prdc
