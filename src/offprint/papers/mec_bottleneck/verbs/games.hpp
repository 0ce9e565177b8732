// What the verbs of the coding game share: the protocol that all sides agree on, trajectories in files, many episodes,
// their figures.
#pragma once
#include "offprint/paper/verb.hpp"
#include "offprint/papers/mec_bottleneck/coding_game.hpp"

namespace offprint::mec_bottleneck {

/// What source, agent and receiver agree on beforehand.
struct Protocol {
  InputFile mdp;  ///< empty: the paper's grid world
  int messages = 512, sweeps = 100;
  double log_beta = -4, compression = 1;
  EncoderMethod encoder = EncoderMethod::greedy;
};
inline const Choices<EncoderMethod> game_encoders{
    {{"greedy", EncoderMethod::greedy}, {"quantiser", EncoderMethod::quantiser}}};
const OptionList<Protocol>& protocol_options();

mdp::FiniteMdp read_game(const InputFile& file);  ///< the grid world if empty
CodingGame make_game(const mdp::FiniteMdp& process, const Protocol& protocol);
/// Warns if soft Q iteration has not settled.
void check_settled(const CodingGame& game, const Protocol& protocol, Run& run);

/// JSON lines: a header with the protocol, then one line a step; neither the message nor the seed.
std::string trajectory_text(const Trajectory& trajectory, const mdp::FiniteMdp& process, const Protocol& protocol);
/// Reads it back; throws BadInput naming file and line, or if `process` is not the one that the header names.
Trajectory parse_trajectory(const std::string& bytes, const std::string& where, const mdp::FiniteMdp& process,
                            Protocol& protocol);

struct Outcome {
  double correct = 0, reward = 0, steps = 0;
  std::vector<double> truth_belief;  ///< by step
};
/// Episodes with messages drawn from the prior; each has its own stream, so that the result does not depend on the
/// threads.
std::vector<Outcome> play(const CodingGame& game, std::size_t episodes, const Random& random, std::string_view what,
                          Run& run);

/// Mean belief in the true message over the first hundred steps.
std::vector<double> mean_belief(const std::vector<Outcome>& episodes);
Figure belief_figure();
Figure policy_figure(const CodingGame& game);
Figure trajectory_figure(const CodingGame& game, const Trajectory& trajectory);
/// The actions, each coloured by the belief after it.
Figure replay_figure(const CodingGame& game, const Trajectory& trajectory, const std::vector<double>& belief);

}  // namespace offprint::mec_bottleneck
