#include "offprint/control/report.hpp"

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
  Figure figure{"side-view",
                "What the policy does",
                fmt::format("Poses of one episode with return {:.1f}; the file {} moves.", recording.episode_return,
                            path.filename().string()),
                {"distance from the middle of the picture", "m", Scale::linear},
                {task.family == "maze" ? "place" : "height", "m", Scale::linear},
                {},
                true};
  constexpr std::size_t poses = 6;
  for (std::size_t pose = 0; pose < poses && !recording.frames.empty(); ++pose) {
    const auto at = pose * (recording.frames.size() - 1) / (poses - 1);
    const auto& frame = recording.frames[at];
    const auto facet = fmt::format("{:.2f} s", static_cast<double>(at) * recording.seconds_per_frame);
    const double middle = recording.follows ? (frame[0].x1 + frame[0].x2) / 2 : 0;
    if (recording.follows)
      figure.marks.push_back({.kind = MarkKind::line, .x = {-1.2, 1.2}, .y = {0, 0}, .facet = facet, .dashed = true});
    else
      for (const auto& s : recording.scenery)
        figure.marks.push_back({.kind = MarkKind::line,
                                .x = {s.x1 - s.radius, s.x2 + s.radius},
                                .y = {s.y1, s.y2},
                                .facet = facet,
                                .dashed = true});
    for (const auto& s : frame) {
      const bool dot = s.x1 == s.x2 && s.y1 == s.y2;
      if (dot)
        figure.marks.push_back({.kind = MarkKind::points, .x = {s.x1 - middle}, .y = {s.y1}, .facet = facet});
      else
        figure.marks.push_back(
            {.kind = MarkKind::line, .x = {s.x1 - middle, s.x2 - middle}, .y = {s.y1, s.y2}, .facet = facet});
    }
  }
  run.figure(figure);
}

void show_training(const TrainingResult& result, const Task* task, Run& run) {
  ResultTable table{"evaluations",
                    "Evaluations along the way",
                    {{"updates", ""},
                     {"return", ""},
                     {"deviation", ""},
                     {"normalised", ""},
                     {"predicted_value", ""},
                     {"discounted_return", ""}},
                    {}};
  Mark returns{.kind = MarkKind::line, .name = "return"}, spread{.kind = MarkKind::band},
      predicted{.kind = MarkKind::line, .name = "critic's prediction"},
      discounted{.kind = MarkKind::line, .name = "discounted return"};
  for (const auto& e : result.evaluations) {
    const auto step = static_cast<double>(e.step);
    if (!task) continue;
    table.rows.push_back({e.step, e.return_mean, e.return_deviation, normalised_score(*task, e.return_mean),
                          e.predicted_value, e.discounted_return});
    returns.x.push_back(step);
    returns.y.push_back(e.return_mean);
    spread.x.push_back(step);
    spread.low.push_back(e.return_mean - e.return_deviation);
    spread.high.push_back(e.return_mean + e.return_deviation);
    if (!std::isfinite(e.predicted_value)) continue;
    predicted.x.push_back(step);
    predicted.y.push_back(e.predicted_value);
    discounted.x.push_back(step);
    discounted.y.push_back(e.discounted_return);
  }
  if (!task || table.rows.empty()) return;
  run.table(table);
  run.figure({"return",
              "Return along the training",
              "Mean over the evaluation's episodes, the band one standard deviation.",
              {"updates", "", Scale::linear},
              {"return", "", Scale::linear},
              {spread, returns}});
  if (!predicted.x.empty())
    run.figure({"values",
                "Does the critic believe too much?",
                "The critic's value of start states and what the policy then earned, discounted.",
                {"updates", "", Scale::linear},
                {"value", "", Scale::linear},
                {predicted, discounted}});
}

}  // namespace offprint::control
