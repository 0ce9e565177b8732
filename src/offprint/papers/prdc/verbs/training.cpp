#include "offprint/papers/prdc/verbs/training.hpp"

#include <algorithm>

namespace offprint::prdc {

const OptionList<TrainingOptions>& training_options() {
  static const auto list =
      options_of<TrainingOptions>()
          .with(control::learning_options())
          .option(&TrainingOptions::reward_scale, "reward-scale", "Rewards are multiplied by this (AntMaze: 10000)",
                  between(-1e9, 1e9))
          .option(&TrainingOptions::reward_shift, "reward-shift", "and this is added (AntMaze: -1)", between(-1e9, 1e9))
          .option(&TrainingOptions::search, "search", "How nearest pairs are found",
                  Choices<SearchMethod>{{{"auto", SearchMethod::automatic},
                                         {"tree", SearchMethod::kd_tree},
                                         {"brute-force", SearchMethod::brute_force}}});
  return list;
}

Loaded load(const TrainingOptions& options, const control::Task* task, Run& run) {
  const auto dataset = control::load_dataset(options.data, task);
  Loaded loaded{control::learning_data(dataset, options.batch), dataset.task};
  shape_rewards(loaded.learning.transitions, options.reward_scale, options.reward_shift);
  if (task && task->family == "MuJoCo" && dataset.physics != "exact")
    run.warning(
        "the data do not say that they were logged under exact physics, as evaluations are; D4RL's were logged under "
        "older ones");
  return loaded;
}

PrdcSettings settings_of(const TrainingOptions& options) {
  PrdcSettings settings;
  settings.alpha = options.alpha;
  settings.search = options.search;
  settings.td3 = control::td3_settings(options);
  return settings;
}

Figure return_figure(std::string title, std::string caption, std::vector<ReturnPoint> points) {
  Figure figure{"return-against-beta", std::move(title), std::move(caption), log_axis("beta"), "return"};
  std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.beta < b.beta; });
  double low = 1, high = 1;
  std::vector<std::string> panels;
  for (const auto& point : points) {
    if (std::find(panels.begin(), panels.end(), point.data) == panels.end()) panels.push_back(point.data);
    if (point.beta <= 0) continue;
    low = std::min(low, point.beta);
    high = std::max(high, point.beta);
  }
  std::sort(panels.begin(), panels.end());
  for (const auto& panel : panels) {
    auto& band = figure.band("").of(panel).as(Role::method);
    auto& curve = figure.line("PRDC").of(panel).as(Role::method);
    for (const auto& [data, method, beta, value, deviation] : points) {
      if (data != panel) continue;
      if (method != Method::prdc)
        figure.level(methods.name(method), low, high, value).of(panel).as(Role::baseline);
      else if (beta > 0) {
        curve.add(beta, value);
        band.span(beta, value - deviation, value + deviation);
      }
    }
  }
  return figure;
}

}  // namespace offprint::prdc
