// Audit: the paper's game played many times by an adaptive adversary, and the privacy loss that its winnings prove.
#pragma once
#include <functional>

#include "offprint/papers/continual_privacy/continual_privacy.hpp"

namespace offprint::continual_privacy {

struct AuditResult {
  double epsilon_lower_bound = 0;  ///< at `delta`, true with the level asked for; 0 if nothing is proved
  double true_positive_rate = 0, false_positive_rate = 0;  ///< of the test that proves it, on games kept apart
  std::size_t games = 0;                                   ///< a side
};

/// Plays `games` games a side against mechanisms of this configuration, whose horizon must be at most 64, after half
/// as many for training. The adversary picks
/// each row from the releases so far, and at a random step hands over a pair of admissible rows of which the
/// mechanism gets one. The training games make a
/// linear test for each challenge step and choose its threshold; Clopper and Pearson's bounds at `level` on the
/// others give the bound on epsilon at `delta`,
/// of both directions. `after_games` is called often and may throw.
AuditResult audit(const MechanismConfig& config, std::size_t games, double delta, double level, const Random& random,
                  int threads, const std::function<void()>& after_games);

/// The same mechanism with noise of half the standard deviation (an exponential mechanism with twice the epsilon): an
/// audit must find it out.
MechanismConfig with_half_the_noise(MechanismConfig config);

}  // namespace offprint::continual_privacy
