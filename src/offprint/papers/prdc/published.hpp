// Scores on D4RL's v2 data as the paper is said to report them (its text was not at hand: unconfirmed), and of TD3+BC
// as CORL reports them (four seeds, last evaluation).
#pragma once
#include <limits>
#include <string>
#include <vector>

namespace offprint::prdc {

struct PublishedScore {
  std::string task, data;
  double prdc;
  double td3_bc = std::numeric_limits<double>::quiet_NaN();
};

inline const std::vector<PublishedScore>& published_scores() {
  static const std::vector<PublishedScore> all{{"half-cheetah", "random", 26.9},
                                               {"half-cheetah", "medium", 63.5, 48.10},
                                               {"half-cheetah", "medium-replay", 55.0, 44.84},
                                               {"half-cheetah", "medium-expert", 94.5, 90.78},
                                               {"hopper", "random", 26.8},
                                               {"hopper", "medium", 100.3, 60.37},
                                               {"hopper", "medium-replay", 100.1, 64.42},
                                               {"hopper", "medium-expert", 109.2, 101.17},
                                               {"walker2d", "random", 5.0},
                                               {"walker2d", "medium", 85.2, 82.71},
                                               {"walker2d", "medium-replay", 92.0, 85.62},
                                               {"walker2d", "medium-expert", 111.2, 110.03}};
  return all;
}

}  // namespace offprint::prdc
