// The verbs' options and bodies, and what they share with the reproduction.
#pragma once
#include "offprint/paper/verb.hpp"
#include "offprint/papers/mec_bottleneck/coding_game.hpp"
#include "offprint/papers/mec_bottleneck/mec_bottleneck.hpp"

namespace offprint::mec_bottleneck {

struct TableOptions {
  std::string column;      ///< of the masses; empty: found by name
  bool normalise = false;  ///< divide by the sum
};

struct CoupleOptions : TableOptions {
  InputFile px, py;
  double rate = 1;
  EncoderMethod encoder = EncoderMethod::greedy;
  bool fill = false, report = false;
  DecoderMethod decoder = DecoderMethod::max_seeking;
  OutputFile output;
};

struct EbimOptions : TableOptions {
  InputFile px;
  double rate = 1;
  EncoderMethod method = EncoderMethod::greedy;
  bool fill = false;
  OutputFile curve;
};

struct MecOptions : TableOptions {
  InputFile px, py;
  DecoderMethod method = DecoderMethod::max_seeking;
  OutputFile coupling;
};

/// What source, agent and receiver agree on beforehand.
struct Protocol {
  InputFile mdp;  ///< empty: the paper's grid world
  int messages = 512, sweeps = 100;
  double log_beta = -4, compression = 1;
  EncoderMethod encoder = EncoderMethod::greedy;
};

struct GameOptions : Protocol {
  int episodes = 200;
};

struct EncodeOptions : Protocol {
  int message = 0;
  OutputFile output;
};

struct DecodeOptions {
  InputFile trajectory, mdp;
};

void couple_verb(const CoupleOptions& options, Run& run);
void ebim_verb(const EbimOptions& options, Run& run);
void mec_verb(const MecOptions& options, Run& run);
void game_verb(const GameOptions& options, Run& run);
void encode_verb(const EncodeOptions& options, Run& run);
void decode_verb(const DecodeOptions& options, Run& run);
void reproduce(const ReproduceOptions& options, Run& run);
void reproduce_games(const ReproduceOptions& options, Run& run);  ///< its part that plays the coding game

/// A distribution of a table with the names of its symbols.
struct NamedDistribution {
  Distribution masses;
  std::vector<std::string> names;
};
NamedDistribution read_distribution(const InputFile& file, const TableOptions& options);

/// JSON: {"states", "actions", "start", "discount", "rewards", "terminal", "transitions": [[state, action, next, probability], ...], "columns"}; see the
/// README.
TabularMdp parse_mdp(const std::string& bytes, const std::string& where);
std::string mdp_text(const TabularMdp& mdp);
TabularMdp read_mdp(const InputFile& file);  ///< the grid world if empty

CodingGame make_game(const TabularMdp& mdp, const Protocol& protocol);

/// JSON lines: a header with the protocol, then one line a step; neither the message nor the seed.
std::string trajectory_text(const Trajectory& trajectory, const TabularMdp& mdp, const Protocol& protocol);
/// Reads it back; throws BadInput naming file and line, or if `mdp` is not the process that the header names.
Trajectory parse_trajectory(const std::string& bytes, const std::string& where, const TabularMdp& mdp,
                            Protocol& protocol);

/// Episodes with messages drawn from the prior; each has its own stream, so that the result does not depend on the threads.
struct GameResult {
  std::vector<double> correct, rewards, steps;    ///< one an episode
  std::vector<std::vector<double>> truth_belief;  ///< of each episode, by step
};
GameResult play(const CodingGame& game, std::size_t messages, std::size_t episodes, const Random& random, Run& run);

Figure information_rate_figure(const Distribution& p, std::optional<double> rate, std::string id, std::string title);
Mark coupling_heat_map(const SparseCoupling& coupling, std::string facet);
Figure belief_figure(const std::vector<std::pair<std::string, const GameResult*>>& results, std::string id,
                     const std::vector<std::string>& facets);
Figure policy_figure(const CodingGame& game);
Figure trajectory_figure(const CodingGame& game, const Trajectory& trajectory);
Figure replay_figure(const CodingGame& game, const Trajectory& trajectory, const std::vector<double>& belief);

}  // namespace offprint::mec_bottleneck
