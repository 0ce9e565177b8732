#include <fmt/format.h>

#include "offprint/base/file.hpp"
#include "offprint/papers/mec_bottleneck/verbs/games.hpp"

namespace offprint::mec_bottleneck::verbs {
namespace {

struct EncodeOptions : Protocol {
  int message = 0;
  OutputFile output;
};

void encode_message(const EncodeOptions& options, Run& run) {
  if (options.message >= options.messages)
    throw UsageError(fmt::format("--message: {} is not among {} messages; give 0 to {}", options.message,
                                 options.messages, options.messages - 1));
  const auto game = make_game(read_game(options.mdp), options);
  check_settled(game, options, run);
  const auto [trajectory, reward, belief, answer] = game.episode(options.message, run.random("episode"));
  write_file(options.output.path, trajectory_text(trajectory, game.process(), options));
  run.table(
      ResultTable{"encoding", "The message in the actions", {"message", "steps", "reward", "final_belief", "received"}}
          .row(options.message, trajectory.actions.size(), reward, belief.back(), answer));
  run.figure(trajectory_figure(game, trajectory));
  run.figure(replay_figure(game, trajectory, {belief.begin() + 1, belief.end()}));
  run.figure(policy_figure(game));
  run.file(options.output.path, "The trajectory: one line a step, without the message");
}

}  // namespace

Verb encode() {
  return verb<EncodeOptions>("encode", "Hide a message in an agent's actions")
      .option(&EncodeOptions::message, "message", "The message, from 0", Required{}, between(0, 16383))
      .with(protocol_options())
      .output(&EncodeOptions::output, "trajectory.jsonl", "Where to write the trajectory")
      .example("encode --message 17 --seed 3 -o trajectory.jsonl")
      .runs(encode_message);
}

}  // namespace offprint::mec_bottleneck::verbs
