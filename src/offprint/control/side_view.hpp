// A policy to look at: its bodies drawn from the simulator's positions, no graphics needed.
#pragma once
#include "offprint/control/policy.hpp"

namespace offprint::control {

/// The first seconds of one episode.
struct Recording {
  double seconds_per_frame = 0;
  std::vector<std::vector<Segment>> frames;
  std::vector<Segment> scenery;
  bool follows = false;       ///< the camera goes with the body
  double episode_return = 0;  ///< of the whole episode
};

Recording record(const Policy& policy, const Task& task, Physics physics, Random random, int most_frames = 240);

/// An animated SVG picture in real time, which loops. Needs no script.
std::string animated_svg(const Recording& recording, const std::string& title);

}  // namespace offprint::control
