#include "offprint/papers/mec_bottleneck/verbs/games.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/paper/repeat.hpp"
#include "offprint/papers/mec_bottleneck/grid_world.hpp"

namespace offprint::mec_bottleneck {
namespace {

/// Values of states as rows of the grid, or as one column.
std::vector<std::vector<double>> as_grid(const mdp::FiniteMdp& process, const std::vector<double>& values) {
  const auto width = process.columns > 0 ? process.columns : 1;
  std::vector<std::vector<double>> grid;
  for (auto row = values.begin(); row != values.end(); row += width) grid.emplace_back(row, row + width);
  return grid;
}

Figure map_of(const mdp::FiniteMdp& process, std::string id, std::string title, std::string caption) {
  return {std::move(id), std::move(title), std::move(caption), process.columns > 0 ? "column" : "all",
          process.columns > 0 ? "row" : "state"};
}

}  // namespace

const OptionList<Protocol>& protocol_options() {
  static const auto list =
      options_of<Protocol>()
          .option(&Protocol::mdp, "mdp", "Decision process to play in; default: the paper's grid world",
                  Accepts{{"json"}}, Example{"data:example-mec-maze"})
          .option(&Protocol::messages, "messages", "Number of messages, all equally likely", between(2, 16384))
          .option(&Protocol::log_beta, "log-beta", "Natural logarithm of the policy's temperature", between(-20, 20))
          .option(&Protocol::sweeps, "sweeps", "Sweeps of soft Q iteration", between(1, 100000))
          .option(&Protocol::compression, "compression", "Entropy of the message over the rate of a step",
                  between(0.01, 1000))
          .option(&Protocol::encoder, "encoder", "How messages are grouped each step", game_encoders);
  return list;
}

mdp::FiniteMdp read_game(const InputFile& file) { return file.empty() ? grid_world() : mdp::read_mdp(file.source); }

CodingGame make_game(const mdp::FiniteMdp& process, const Protocol& protocol) {
  return {process, mdp::soft_solve(process, std::exp(protocol.log_beta), protocol.sweeps),
          Distribution::uniform(static_cast<std::size_t>(protocol.messages)),
          std::log2(protocol.messages) / protocol.compression, protocol.encoder};
}

void check_settled(const CodingGame& game, const Protocol& protocol, Run& run) {
  if (game.policy().last_change > 0.01)
    run.warning(fmt::format("soft Q iteration still moves by {:.3g} after {} sweeps; --sweeps gives it more",
                            game.policy().last_change, protocol.sweeps));
}

std::vector<Outcome> play(const CodingGame& game, std::size_t episodes, const Random& random, std::string_view what,
                          Run& run) {
  return repeat(run, episodes, what, [&](std::size_t i) {
    auto stream = random.split(i);
    const int message = static_cast<int>(stream.below(game.messages()));
    auto episode = game.episode(message, stream.split("episode"));
    return Outcome{episode.answer == message ? 1.0 : 0.0, episode.reward,
                   static_cast<double>(episode.trajectory.actions.size()), std::move(episode.truth_belief)};
  });
}

std::vector<double> mean_belief(const std::vector<Outcome>& episodes) {
  std::vector<double> means;
  for (std::size_t step = 0; step <= 100; ++step) {
    double sum = 0;
    for (const auto& episode : episodes) sum += episode.truth_belief[std::min(step, episode.truth_belief.size() - 1)];
    means.push_back(sum / static_cast<double>(episodes.size()));
  }
  return means;
}

Figure belief_figure() {
  return {"belief", "Belief in the true message",
          "Mean over episodes; an episode that has ended keeps its last belief.", "step", "belief"};
}

Figure policy_figure(const CodingGame& game) {
  const auto& process = game.process();
  auto figure = map_of(process, "policy", "The marginal policy",
                       "Probability of each action in each state: what the actions follow, whatever the message.");
  for (std::size_t a = 0; a < process.actions(); ++a) {
    std::vector<double> values;
    for (int s = 0; s < process.states; ++s)
      values.push_back(game.policy().probabilities[process.pair(s, static_cast<int>(a))]);
    figure.heat_map(as_grid(process, values)).of(process.action_names[a]);
  }
  return figure;
}

Figure trajectory_figure(const CodingGame& game, const Trajectory& trajectory) {
  std::vector<double> last_visit(static_cast<std::size_t>(game.process().states), 0);
  double step = 0;
  for (const int state : trajectory.states) last_visit[static_cast<std::size_t>(state)] = ++step;
  last_visit[static_cast<std::size_t>(trajectory.last_state)] = ++step;
  auto figure =
      map_of(game.process(), "trajectory", "A trajectory", "Step of the last visit to each state; 0: never there.");
  figure.heat_map(as_grid(game.process(), last_visit));
  return figure;
}

Figure replay_figure(const CodingGame& game, const Trajectory& trajectory, const std::vector<double>& belief) {
  Figure figure{"replay", "The actions and what they reveal", "Each action, coloured by the belief after it.", "action",
                "belief"};
  std::vector<std::string> pieces;
  for (const int action : trajectory.actions)
    pieces.push_back(game.process().action_names[static_cast<std::size_t>(action)] + " ");
  figure.tokens(pieces, belief);
  return figure;
}

}  // namespace offprint::mec_bottleneck
