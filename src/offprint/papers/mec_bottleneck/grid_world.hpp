// The world of the paper's coding game (Section 5).
#pragma once
#include "offprint/mdp/finite_mdp.hpp"

namespace offprint::mec_bottleneck {

/// The paper's 8 x 8 grid: goal (0,7) reward 1 and trap (1,7) reward -1, both terminal; obstacles (i,i), i = 1..7;
/// start (5,4); actions up, right, down, left, each rotated by -90 or +90 degrees with probability `noise`; moves off
/// the grid or into an obstacle stay; discount 0.95. State = 8 row + column.
mdp::FiniteMdp grid_world(double noise = 0.1);

}  // namespace offprint::mec_bottleneck
