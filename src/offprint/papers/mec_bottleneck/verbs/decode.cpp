#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "offprint/base/file.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/papers/mec_bottleneck/verbs/games.hpp"

namespace offprint::mec_bottleneck::verbs {
namespace {

struct DecodeOptions {
  InputFile trajectory, mdp;
};

void decode_trajectory(const DecodeOptions& options, Run& run) {
  const auto process = read_game(options.mdp);
  Protocol protocol;
  const auto& source = options.trajectory.source;
  const auto trajectory = parse_trajectory(read_file(data::resolve(source)), source, process, protocol);
  const auto game = make_game(process, protocol);
  std::vector<Distribution> history;
  const auto posterior = game.decode(trajectory, &history);
  std::vector<double> most;
  for (const auto& belief : history) {
    most.push_back(belief[static_cast<std::size_t>(likeliest(belief))]);
    run.metric("belief in the likeliest message", static_cast<double>(most.size()), most.back());
  }
  std::vector<std::size_t> order(posterior.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return posterior[a] > posterior[b]; });
  order.resize(std::min<std::size_t>(5, order.size()));
  ResultTable table{"posterior", "The likeliest messages", {"message", "probability"}};
  Figure beliefs{"belief", "Beliefs as the actions come in", "The five likeliest messages at the end.", "step",
                 "belief"};
  for (const auto message : order) {
    table.row(message, posterior[message]);
    auto& line = beliefs.line(fmt::format("message {}", message));
    for (const auto& belief : history) line.add(static_cast<double>(line.x.size() + 1), belief[message]);
  }
  run.table(table);
  run.note(fmt::format("{} steps leave {:.3g} of {:.3g} bits open", trajectory.actions.size(), posterior.entropy(),
                       std::log2(protocol.messages)));
  run.figure(beliefs);
  run.figure(replay_figure(game, trajectory, most));
  run.figure(trajectory_figure(game, trajectory));
}

}  // namespace

Verb decode() {
  return verb<DecodeOptions>("decode", "Read the message from a trajectory alone")
      .option(&DecodeOptions::trajectory, "trajectory", "Written by encode", Positional{}, Required{},
              Accepts{{"jsonl"}}, Example{"trajectory.jsonl"})
      .option(&DecodeOptions::mdp, "mdp", "Decision process it was played in; default: the paper's grid world",
              Accepts{{"json"}}, Example{"data:example-mec-maze"})
      .example("decode trajectory.jsonl")
      .instant()
      .runs(decode_trajectory);
}

}  // namespace offprint::mec_bottleneck::verbs
