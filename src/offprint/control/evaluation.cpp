#include "offprint/control/evaluation.hpp"

#include <algorithm>

namespace offprint::control {

std::vector<EpisodeResult> evaluate(const Policy& policy, const Task& task, const EvaluationSettings& settings,
                                    Random random, const std::function<void()>& between) {
  const auto episodes = static_cast<std::size_t>(settings.episodes), o = static_cast<std::size_t>(task.observations),
             a = static_cast<std::size_t>(task.actions);
  std::vector<EpisodeResult> results(episodes);
  std::vector<std::unique_ptr<Env>> envs;
  std::vector<std::size_t> running;
  std::vector<double> discounts(episodes, 1);
  for (std::size_t i = 0; i < episodes; ++i) {
    Random start = random.split(i);
    envs.push_back(make_env(task, settings.physics));
    envs[i]->reset(start);
    results[i].start = envs[i]->observation();
    running.push_back(i);
  }
  Actor actor(policy);
  std::vector<float> observations, actions;
  for (int step = 0; !running.empty(); ++step) {
    if (between && step % 50 == 0) between();
    observations.resize(running.size() * o);
    actions.resize(running.size() * a);
    for (std::size_t k = 0; k < running.size(); ++k)
      std::copy_n(envs[running[k]]->observation().begin(), o,
                  observations.begin() + static_cast<std::ptrdiff_t>(k * o));
    actor.act(observations.data(), static_cast<int>(running.size()), actions.data());
    std::vector<std::size_t> still;
    for (std::size_t k = 0; k < running.size(); ++k) {
      const auto i = running[k];
      auto& result = results[i];
      const auto [reward, terminal, truncated] = envs[i]->step(std::span(actions).subspan(k * a, a));
      result.episode_return += reward;
      result.discounted_return += discounts[i] * reward;
      discounts[i] *= settings.discount;
      ++result.steps;
      result.terminal = terminal;
      if (!terminal && !truncated) still.push_back(i);
    }
    running.swap(still);
  }
  return results;
}

std::vector<double> returns_of(const std::vector<EpisodeResult>& episodes) {
  std::vector<double> returns;
  for (const auto& episode : episodes) returns.push_back(episode.episode_return);
  return returns;
}

}  // namespace offprint::control
