#include "offprint/math/statistics.hpp"
#include "offprint/paper/repeat.hpp"
#include "offprint/papers/mec_bottleneck/verbs/games.hpp"

namespace offprint::mec_bottleneck::verbs {
namespace {

struct GameOptions : Protocol {
  int episodes = 200;
};

void play_game(const GameOptions& options, Run& run) {
  const auto game = make_game(read_game(options.mdp), options);
  check_settled(game, options, run);
  const auto episodes = static_cast<std::size_t>(options.episodes);
  const auto batch = std::max<std::size_t>(1, episodes / 20);  // for the live curves
  std::vector<Outcome> played;
  while (played.size() < episodes) {
    const auto done = played.size();
    run.stage(static_cast<int>(done / batch + 1), static_cast<int>((episodes + batch - 1) / batch));
    const auto more = play(game, std::min(batch, episodes - done), run.random("episodes").split(done), "episodes", run);
    played.insert(played.end(), more.begin(), more.end());
    const auto so_far = static_cast<double>(played.size());
    run.metric("accuracy", so_far, mean(members(played, &Outcome::correct)));
    run.metric("reward", so_far, mean(members(played, &Outcome::reward)));
  }
  double right = 0;
  for (const auto& outcome : played) right += outcome.correct;
  const auto accuracy = proportion_interval(static_cast<std::uint64_t>(right), episodes),
             reward = mean_interval(members(played, &Outcome::reward));
  run.table(ResultTable{"game",
                        "The coding game",
                        {{"rate", "bits"},
                         "episodes",
                         "accuracy",
                         "accuracy_low",
                         "accuracy_high",
                         "reward",
                         "reward_low",
                         "reward_high",
                         "mean_steps"}}
                .row(game.rate(), episodes, accuracy.value, accuracy.low, accuracy.high, reward.value, reward.low,
                     reward.high, mean(members(played, &Outcome::steps))));
  auto beliefs = belief_figure();
  auto& line = beliefs.line("").as(Role::method);
  for (const double belief : mean_belief(played)) line.add(static_cast<double>(line.x.size()), belief);
  run.figure(beliefs);
  run.figure(policy_figure(game));
}

}  // namespace

Verb game() {
  return verb<GameOptions>("game", "Play the coding game and measure reward and accuracy")
      .with(protocol_options())
      .option(&GameOptions::episodes, "episodes", "Episodes to play", between(1, 1e6))
      .example("game --messages 512 --log-beta -4 --compression 4 --episodes 200 --encoder greedy")
      .example("game --mdp data:example-mec-maze --messages 16 --log-beta -3 --episodes 100")
      .runs(play_game);
}

}  // namespace offprint::mec_bottleneck::verbs
