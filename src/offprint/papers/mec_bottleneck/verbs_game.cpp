#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "offprint/base/file.hpp"
#include "offprint/base/parallel.hpp"
#include "offprint/data/table.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/mec_bottleneck/verbs.hpp"

namespace offprint::mec_bottleneck {
namespace {

/// Values of states as rows of the grid, or as one column.
std::vector<std::vector<double>> as_grid(const TabularMdp& mdp, const std::vector<double>& values) {
  const auto width = static_cast<std::size_t>(mdp.columns > 0 ? mdp.columns : 1);
  std::vector<std::vector<double>> grid;
  for (std::size_t s = 0; s < values.size(); s += width)
    grid.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(s),
                      values.begin() + static_cast<std::ptrdiff_t>(s + width));
  return grid;
}

Axis across(const TabularMdp& mdp) { return {mdp.columns > 0 ? "column" : "all", "", Scale::linear}; }
Axis down(const TabularMdp& mdp) { return {mdp.columns > 0 ? "row" : "state", "", Scale::linear}; }

void warn_unsolved(const TabularMdp& mdp, const Protocol& protocol, Run& run) {
  const auto policy = soft_q(mdp, std::exp(protocol.log_beta), protocol.sweeps);
  if (policy.last_change > 0.01)
    run.warning(fmt::format("soft Q iteration still moves by {:.3g} after {} sweeps; --sweeps gives it more",
                            policy.last_change, protocol.sweeps));
}

}  // namespace

GameResult play(const CodingGame& game, std::size_t messages, std::size_t episodes, const Random& random, Run& run) {
  GameResult result{std::vector<double>(episodes), std::vector<double>(episodes), std::vector<double>(episodes),
                    std::vector<std::vector<double>>(episodes)};
  parallel_for(episodes, run.threads(), [&](std::size_t i) {
    run.check_cancelled();
    auto stream = random.split(i);
    const int message = static_cast<int>(stream.below(messages));
    auto episode = game.episode(message, stream.split("episode"));
    result.correct[i] = episode.answer == message;
    result.rewards[i] = episode.reward;
    result.steps[i] = static_cast<double>(episode.trajectory.actions.size());
    result.truth_belief[i] = std::move(episode.truth_belief);
  });
  return result;
}

Figure belief_figure(const std::vector<std::pair<std::string, const GameResult*>>& results, std::string id,
                     const std::vector<std::string>& facets) {
  Figure figure{std::move(id),
                "Belief in the true message",
                "Mean over episodes; an episode that has ended keeps its last belief.",
                {"step", "", Scale::linear},
                {"belief", "", Scale::linear},
                {}};
  for (std::size_t r = 0; r < results.size(); ++r) {
    Mark line{.kind = MarkKind::line, .name = results[r].first, .facet = facets.empty() ? "" : facets[r]};
    const auto& beliefs = results[r].second->truth_belief;
    for (std::size_t step = 0; step <= 100; ++step) {
      double sum = 0;
      for (const auto& belief : beliefs) sum += belief[std::min(step, belief.size() - 1)];
      line.x.push_back(static_cast<double>(step));
      line.y.push_back(sum / static_cast<double>(beliefs.size()));
    }
    figure.marks.push_back(std::move(line));
  }
  return figure;
}

Figure policy_figure(const CodingGame& game) {
  const auto& mdp = game.mdp();
  Figure figure{"policy",
                "The marginal policy",
                "Probability of each action in each state: what the actions follow, whatever the message.",
                across(mdp),
                down(mdp),
                {}};
  for (std::size_t a = 0; a < mdp.actions.size(); ++a) {
    std::vector<double> values;
    for (int s = 0; s < mdp.states; ++s)
      values.push_back(game.policy().probabilities[mdp.pair(s, static_cast<int>(a))]);
    figure.marks.push_back({.kind = MarkKind::heat_map, .grid = as_grid(mdp, values), .facet = mdp.actions[a]});
  }
  return figure;
}

Figure trajectory_figure(const CodingGame& game, const Trajectory& trajectory) {
  std::vector<double> last_visit(static_cast<std::size_t>(game.mdp().states), 0);
  for (std::size_t i = 0; i < trajectory.states.size(); ++i)
    last_visit[static_cast<std::size_t>(trajectory.states[i])] = static_cast<double>(i + 1);
  last_visit[static_cast<std::size_t>(trajectory.last_state)] = static_cast<double>(trajectory.states.size() + 1);
  return {
      "trajectory",       "A trajectory",   "Step of the last visit to each state; 0: never there.",
      across(game.mdp()), down(game.mdp()), {{.kind = MarkKind::heat_map, .grid = as_grid(game.mdp(), last_visit)}}};
}

Figure replay_figure(const CodingGame& game, const Trajectory& trajectory, const std::vector<double>& belief) {
  Mark tokens{.kind = MarkKind::tokens};
  for (std::size_t i = 0; i < trajectory.actions.size(); ++i) {
    tokens.labels.push_back(game.mdp().actions[static_cast<std::size_t>(trajectory.actions[i])] + " ");
    tokens.y.push_back(belief[i]);
  }
  return {"replay",
          "The actions and what they reveal",
          "Each action, coloured by the belief after it.",
          {"action", "", Scale::linear},
          {"belief", "", Scale::linear},
          {tokens}};
}

void game_verb(const GameOptions& options, Run& run) {
  const auto mdp = read_mdp(options.mdp);
  warn_unsolved(mdp, options, run);
  const auto game = make_game(mdp, options);
  GameResult result;
  const auto episodes = static_cast<std::size_t>(options.episodes);
  const auto batch = std::max<std::size_t>(1, episodes / 20);
  for (std::size_t done = 0; done < episodes;) {
    const auto part = play(game, static_cast<std::size_t>(options.messages), std::min(batch, episodes - done),
                           run.random("episodes").split(done), run);
    result.correct.insert(result.correct.end(), part.correct.begin(), part.correct.end());
    result.rewards.insert(result.rewards.end(), part.rewards.begin(), part.rewards.end());
    result.steps.insert(result.steps.end(), part.steps.begin(), part.steps.end());
    result.truth_belief.insert(result.truth_belief.end(), part.truth_belief.begin(), part.truth_belief.end());
    done = result.correct.size();
    run.progress(static_cast<double>(done), static_cast<double>(episodes), "episodes");
    run.metric("accuracy", static_cast<double>(done), mean(result.correct));
    run.metric("reward", static_cast<double>(done), mean(result.rewards));
  }
  const auto right = static_cast<std::uint64_t>(std::accumulate(result.correct.begin(), result.correct.end(), 0.0));
  const auto accuracy = proportion_interval(right, episodes), reward = mean_interval(result.rewards);
  run.table({"game",
             "The coding game",
             {{"rate", "bits"},
              {"episodes", ""},
              {"accuracy", ""},
              {"accuracy_low", ""},
              {"accuracy_high", ""},
              {"reward", ""},
              {"reward_low", ""},
              {"reward_high", ""},
              {"mean_steps", ""}},
             {{game.rate(), static_cast<std::int64_t>(episodes), accuracy.value, accuracy.low, accuracy.high,
               reward.value, reward.low, reward.high, mean(result.steps)}}});
  run.figure(belief_figure({{"mean", &result}}, "belief", {}));
  run.figure(policy_figure(game));
}

void encode_verb(const EncodeOptions& options, Run& run) {
  if (options.message >= options.messages)
    throw UsageError(fmt::format("--message: {} is not among {} messages; give 0 to {}", options.message,
                                 options.messages, options.messages - 1));
  const auto mdp = read_mdp(options.mdp);
  warn_unsolved(mdp, options, run);
  const auto game = make_game(mdp, options);
  const auto episode = game.episode(options.message, run.random("episode"));
  write_file(options.output.path, trajectory_text(episode.trajectory, mdp, options));
  run.table({"encoding",
             "The message in the actions",
             {{"message", ""}, {"steps", ""}, {"reward", ""}, {"final_belief", ""}, {"received", ""}},
             {{std::int64_t{options.message}, static_cast<std::int64_t>(episode.trajectory.actions.size()),
               episode.reward, episode.truth_belief.back(), std::int64_t{episode.answer}}}});
  run.figure(trajectory_figure(game, episode.trajectory));
  run.figure(replay_figure(game, episode.trajectory, {episode.truth_belief.begin() + 1, episode.truth_belief.end()}));
  run.figure(policy_figure(game));
  run.file(options.output.path, "The trajectory: one line a step, without the message");
}

void decode_verb(const DecodeOptions& options, Run& run) {
  const auto mdp = read_mdp(options.mdp);
  Protocol protocol;
  const auto trajectory =
      parse_trajectory(read_file(data::resolve(options.trajectory.source)), options.trajectory.source, mdp, protocol);
  const auto game = make_game(mdp, protocol);
  std::vector<Distribution> history;
  const auto posterior = game.decode(trajectory, &history);
  std::vector<double> most;
  for (std::size_t i = 0; i < history.size(); ++i) {
    most.push_back(history[i][static_cast<std::size_t>(likeliest(history[i]))]);
    run.metric("belief in the likeliest message", static_cast<double>(i + 1), most.back());
  }
  std::vector<std::size_t> order(posterior.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return posterior[a] > posterior[b]; });
  ResultTable table{"posterior", "The likeliest messages", {{"message", ""}, {"probability", ""}}, {}};
  Figure beliefs{"belief",
                 "Beliefs as the actions come in",
                 "The five likeliest messages at the end.",
                 {"step", "", Scale::linear},
                 {"belief", "", Scale::linear},
                 {}};
  for (std::size_t i = 0; i < std::min<std::size_t>(5, order.size()); ++i) {
    table.rows.push_back({static_cast<std::int64_t>(order[i]), posterior[order[i]]});
    Mark line{.kind = MarkKind::line, .name = fmt::format("message {}", order[i])};
    for (std::size_t step = 0; step < history.size(); ++step) {
      line.x.push_back(static_cast<double>(step + 1));
      line.y.push_back(history[step][order[i]]);
    }
    beliefs.marks.push_back(std::move(line));
  }
  run.table(table);
  run.note(fmt::format("{} steps leave {:.3g} of {:.3g} bits open", trajectory.actions.size(), posterior.entropy(),
                       std::log2(protocol.messages)));
  run.figure(beliefs);
  run.figure(replay_figure(game, trajectory, most));
  run.figure(trajectory_figure(game, trajectory));
}

}  // namespace offprint::mec_bottleneck
