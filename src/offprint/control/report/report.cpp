#include "offprint/control/report/report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"

namespace offprint::control {

TrainingHooks report_training(Run& run, std::int64_t steps, const std::string& prefix) {
  TrainingHooks hooks;
  hooks.between = [&run, steps, prefix](std::int64_t done) {
    run.progress(static_cast<double>(done), static_cast<double>(steps), prefix + "updates");
  };
  hooks.evaluated = [&run, prefix](const Progress& progress) {
    const auto step = static_cast<double>(progress.step);
    if (std::isfinite(progress.return_mean)) run.metric(prefix + "return", step, progress.return_mean);
    if (std::isfinite(progress.predicted_value)) {
      run.metric(prefix + "predicted value", step, progress.predicted_value);
      run.metric(prefix + "discounted return", step, progress.discounted_return);
    }
    for (const auto& [name, value] : progress.metrics) run.metric(prefix + replace_all(name, "_", " "), step, value);
  };
  return hooks;
}

void show_policy(const Policy& policy, const Task& task, Physics physics, const std::filesystem::path& beside,
                 Run& run) {
  const auto recording = record(policy, task, physics, run.random("recording"));
  auto path = beside;
  path.replace_extension(".svg");
  write_file(path, animated_svg(recording, fmt::format("{}, return {:.1f}", task.name, recording.episode_return)));
  run.file(path, "One episode, drawn from the bodies' positions");
  Figure figure{"side-view", "What the policy does",
                fmt::format("Poses of one episode with return {:.1f}; the file {} moves.", recording.episode_return,
                            path.filename().string()),
                Axis("distance from the middle of the picture", "m"),
                Axis(task.family == "maze" ? "place" : "height", "m")};
  figure.equal_axes = true;
  constexpr std::size_t poses = 6;
  for (std::size_t pose = 0; pose < poses && !recording.frames.empty(); ++pose) {
    const auto at = pose * (recording.frames.size() - 1) / (poses - 1);
    const auto& frame = recording.frames[at];
    const auto panel = fmt::format("{:.2f} s", static_cast<double>(at) * recording.seconds_per_frame);
    const double middle = recording.follows ? (frame[0].x1 + frame[0].x2) / 2 : 0;
    if (recording.follows) figure.level("", -1.2, 1.2, 0).of(panel);
    if (!recording.follows)
      for (const auto& s : recording.scenery)
        figure.line("", {s.x1 - s.radius, s.x2 + s.radius}, {s.y1, s.y2}).of(panel).dash();
    for (const auto& s : frame)
      if (s.x1 == s.x2 && s.y1 == s.y2)
        figure.points("", {s.x1 - middle}, {s.y1}).of(panel);
      else
        figure.line("", {s.x1 - middle, s.x2 - middle}, {s.y1, s.y2}).of(panel);
  }
  run.figure(figure);
}

void show_training(const TrainingResult& result, const Task* task, Run& run) {
  if (!task || result.evaluations.empty()) return;
  ResultTable table{"evaluations",
                    "Evaluations along the way",
                    {"updates", "return", "deviation", "normalised", "predicted_value", "discounted_return"}};
  Figure returns{"return", "Return along the training",
                 "Mean over the evaluation's episodes, the band one standard deviation.", "updates", "return"};
  Figure values{"values", "Does the critic believe too much?",
                "The critic's value of start states and what the policy then earned, discounted.", "updates", "value"};
  auto &spread = returns.band(""), &curve = returns.line("return");
  auto &predicted = values.line("critic's prediction"), &discounted = values.line("discounted return");
  for (const auto& e : result.evaluations) {
    const auto step = static_cast<double>(e.step);
    table.row(e.step, e.return_mean, e.return_deviation, normalised_score(*task, e.return_mean), e.predicted_value,
              e.discounted_return);
    curve.add(step, e.return_mean);
    spread.span(step, e.return_mean - e.return_deviation, e.return_mean + e.return_deviation);
    if (!std::isfinite(e.predicted_value)) continue;
    predicted.add(step, e.predicted_value);
    discounted.add(step, e.discounted_return);
  }
  run.table(table);
  run.figure(returns);
  if (!predicted.x.empty()) run.figure(values);
}

}  // namespace offprint::control
