#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/papers/prdc/figures.hpp"

namespace offprint::prdc {

Figure return_figure(const std::vector<ReturnPoint>& points) {
  Figure figure{
      "return-against-beta",
      "Return against beta on the pendulum's data",
      "The left end comes near TD3, the right end meets TD3+BC; in between actions are borrowed. Expert data want a larger beta.",
      {"beta", "", Scale::log},
      {"return", "", Scale::linear},
      {}};
  double low = 1, high = 1;
  for (const auto& point : points)
    if (point.method == Method::prdc && point.beta > 0) {
      low = std::min(low, point.beta);
      high = std::max(high, point.beta);
    }
  std::vector<std::string> kinds;
  for (const auto& point : points)
    if (std::find(kinds.begin(), kinds.end(), point.kind) == kinds.end()) kinds.push_back(point.kind);
  for (const auto& kind : kinds) {
    Mark curve{.kind = MarkKind::line, .name = "PRDC", .facet = kind},
        band{.kind = MarkKind::band, .name = "PRDC", .facet = kind};
    std::vector<ReturnPoint> own;
    for (const auto& point : points)
      if (point.kind == kind) own.push_back(point);
    std::sort(own.begin(), own.end(), [](const auto& a, const auto& b) { return a.beta < b.beta; });
    for (const auto& point : own) {
      if (point.method != Method::prdc) {
        figure.marks.push_back({.kind = MarkKind::line,
                                .name = std::string(method_text(point.method)),
                                .x = {low, high},
                                .y = {point.value, point.value},
                                .facet = kind,
                                .dashed = true});
        continue;
      }
      curve.x.push_back(point.beta);
      curve.y.push_back(point.value);
      band.x.push_back(point.beta);
      band.low.push_back(point.value - point.deviation);
      band.high.push_back(point.value + point.deviation);
    }
    if (!curve.x.empty()) figure.marks.insert(figure.marks.end(), {band, curve});
  }
  return figure;
}

Figure phase_plane(const control::LearningData& data, const Constraint& constraint) {
  const auto& t = data.transitions;
  const auto raw = [&](std::size_t row, std::size_t f) {
    return static_cast<double>(t.observations[3 * row + f]) * static_cast<double>(data.normaliser.deviation[f]) +
           static_cast<double>(data.normaliser.mean[f]);
  };
  const auto angle = [&](std::size_t row) { return std::atan2(raw(row, 1), raw(row, 0)); };
  const auto velocity = [&](std::size_t row) { return raw(row, 2); };
  Figure figure{
      "phase-plane",
      "Whose actions the policy borrows",
      "Logged states of pendulum medium, and lines from states to those whose action is nearest to the policy's own.",
      {"angle", "rad", Scale::linear},
      {"angular velocity", "rad/s", Scale::linear},
      {}};
  Mark logged{.kind = MarkKind::points, .name = "logged"}, own{.kind = MarkKind::points, .name = "own action nearest"};
  const auto step = std::max<std::size_t>(1, constraint.rows.size() / 300);
  for (std::size_t i = 0; i < constraint.rows.size(); i += step) {
    logged.x.push_back(angle(constraint.rows[i]));
    logged.y.push_back(velocity(constraint.rows[i]));
  }
  figure.marks.push_back(logged);
  for (std::size_t i = 0; i < constraint.rows.size(); i += 3 * step) {
    const auto here = constraint.rows[i], there = static_cast<std::size_t>(constraint.neighbours[i]);
    if (constraint.own[i]) {
      own.x.push_back(angle(here));
      own.y.push_back(velocity(here));
    } else if (std::abs(angle(here) - angle(there)) < 3) {  // not around the back
      figure.marks.push_back({.kind = MarkKind::line,
                              .name = "borrowed from",
                              .x = {angle(here), angle(there)},
                              .y = {velocity(here), velocity(there)}});
    }
  }
  if (!own.x.empty()) figure.marks.push_back(own);
  return figure;
}

Figure value_figure(const std::vector<std::pair<std::string, const control::TrainingResult*>>& trainings) {
  Figure figure{"values",
                "What critics promise and policies earn",
                "Value of start states by the critic, and the discounted return from them (dashed), pendulum medium.",
                {"updates", "", Scale::linear},
                {"value", "", Scale::linear},
                {}};
  for (const auto& [name, training] : trainings) {
    Mark promised{.kind = MarkKind::line, .name = name}, earned{.kind = MarkKind::line, .name = name, .dashed = true};
    for (const auto& e : training->evaluations) {
      promised.x.push_back(static_cast<double>(e.step));
      promised.y.push_back(e.predicted_value);
      earned.x.push_back(static_cast<double>(e.step));
      earned.y.push_back(e.discounted_return);
    }
    figure.marks.insert(figure.marks.end(), {promised, earned});
  }
  return figure;
}

Figure line_world_figure(const control::LearningData& data,
                         const std::vector<std::pair<std::string, const control::Policy*>>& policies) {
  Figure figure{"line-world",
                "The line world: who walks to the right?",
                "Logged actions go right from place 9 on only. With a small beta the policy borrows them everywhere.",
                {"place", "", Scale::linear},
                {"action", "", Scale::linear},
                {}};
  Mark logged{.kind = MarkKind::points, .name = "logged"};
  const auto& t = data.transitions;
  for (std::size_t i = 0; i < t.size(); i += std::max<std::size_t>(1, t.size() / 250)) {
    logged.x.push_back(static_cast<double>(t.observations[i]) * static_cast<double>(data.normaliser.deviation[0]) +
                       static_cast<double>(data.normaliser.mean[0]));
    logged.y.push_back(static_cast<double>(t.actions[i]));
  }
  figure.marks.push_back(logged);
  for (const auto& [name, policy] : policies) {
    control::Actor actor(*policy);
    Mark line{.kind = MarkKind::line, .name = name};
    for (double place = 0; place <= 10; place += 0.1) {
      const float observation[]{static_cast<float>(place)};
      float action[1];
      actor.act(observation, 1, action);
      line.x.push_back(place);
      line.y.push_back(static_cast<double>(action[0]));
    }
    figure.marks.push_back(std::move(line));
  }
  return figure;
}

}  // namespace offprint::prdc
