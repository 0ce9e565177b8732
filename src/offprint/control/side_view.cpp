#include "offprint/control/side_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "offprint/base/text.hpp"

namespace offprint::control {

Recording record(const Policy& policy, const Task& task, Physics physics, Random random, int most_frames) {
  const auto env = make_env(task, physics);
  Recording recording;
  const int every =
      std::max(1, static_cast<int>(std::lround(0.04 / task.seconds_per_step)));  // 25 frames a second at most
  recording.seconds_per_frame = every * task.seconds_per_step;
  recording.follows = task.name == "half-cheetah" || task.name == "hopper" || task.name == "walker2d";
  env->reset(random);
  recording.scenery = env->scenery();
  Actor actor(policy);
  std::vector<float> action(static_cast<std::size_t>(task.actions));
  StepResult result;
  for (int step = 0; !result.terminal && !result.truncated; ++step) {
    if (step % every == 0 && static_cast<int>(recording.frames.size()) < most_frames)
      recording.frames.push_back(env->side_view());
    actor.act(env->observation().data(), 1, action.data());
    result = env->step(action);
    recording.episode_return += result.reward;
  }
  return recording;
}

namespace {

struct View {
  double left = 0, right = 0, bottom = 0, top = 0;
  void include(const Segment& s, double shift) {
    left = std::min({left, s.x1 - shift - s.radius, s.x2 - shift - s.radius});
    right = std::max({right, s.x1 - shift + s.radius, s.x2 - shift + s.radius});
    bottom = std::min({bottom, s.y1 - s.radius, s.y2 - s.radius});
    top = std::max({top, s.y1 + s.radius, s.y2 + s.radius});
  }
};

double camera(const Recording& recording, const std::vector<Segment>& frame) {
  return recording.follows && !frame.empty() ? (frame[0].x1 + frame[0].x2) / 2 : 0;
}

std::string number(double value) { return fmt::format("{:.5g}", std::round(value * 1000) / 1000); }

/// values="..." of an animation: one number a frame.
template <class Value>
std::string over_frames(const Recording& recording, const char* attribute, const Value& value) {
  std::string values;
  for (const auto& frame : recording.frames) values += (values.empty() ? "" : ";") + number(value(frame));
  return fmt::format(R"(<animate attributeName="{}" values="{}" dur="{:.3f}s" repeatCount="indefinite"/>)", attribute,
                     values, recording.seconds_per_frame * static_cast<double>(recording.frames.size()));
}

std::string still(const Segment& s, const char* style) {
  return fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke-width=\"{}\" {}/>\n", number(s.x1),
                     number(-s.y1), number(s.x2), number(-s.y2), number(std::max(0.02, 2 * s.radius)), style);
}

/// Marks on the ground that pass by under a camera that follows.
std::string ground_marks(const Recording& recording, const View& view) {
  double furthest = 0;
  for (const auto& frame : recording.frames) furthest = std::max(furthest, std::abs(camera(recording, frame)));
  std::string marks;
  for (double x = std::floor(-furthest + view.left); x <= furthest + view.right; x += 1)
    marks += fmt::format(R"(<line x1="{0}" y1="0" x2="{0}" y2="0.12" stroke="#888" stroke-width="0.03"/>)", number(x));
  std::string shifts;
  for (const auto& frame : recording.frames)
    shifts += (shifts.empty() ? "" : ";") + number(-camera(recording, frame)) + " 0";
  return fmt::format(R"(<g>{}<animateTransform attributeName="transform" type="translate" values="{}" )"
                     R"(dur="{:.3f}s" repeatCount="indefinite"/></g>)",
                     marks, shifts, recording.seconds_per_frame * static_cast<double>(recording.frames.size()));
}

}  // namespace

std::string animated_svg(const Recording& recording, const std::string& title) {
  View view;
  for (const auto& frame : recording.frames)
    for (const auto& segment : frame) view.include(segment, camera(recording, frame));
  if (!recording.follows)
    for (const auto& segment : recording.scenery) view.include(segment, 0);
  const double margin = 0.15, width = view.right - view.left + 2 * margin, height = view.top - view.bottom + 2 * margin;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{} {} {} {}\" width=\"720\">\n<title>{}</title>\n"
      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "fill=\"#f6f7f9\"/>\n",
      number(view.left - margin), number(-view.top - margin), number(width), number(height),
      replace_all(replace_all(title, "&", "&amp;"), "<", "&lt;"), number(view.left - margin),
      number(-view.top - margin), number(width), number(height));
  if (recording.follows) {
    svg += fmt::format("<line x1=\"{}\" y1=\"0\" x2=\"{}\" y2=\"0\" stroke=\"#888\" stroke-width=\"0.03\"/>\n",
                       number(view.left - margin), number(view.right + margin));
    svg += ground_marks(recording, view) + "\n";
  } else {
    for (const auto& segment : recording.scenery) svg += still(segment, "stroke=\"#b9bec7\" stroke-linecap=\"square\"");
  }
  const auto parts = recording.frames.empty() ? 0 : recording.frames[0].size();
  for (std::size_t i = 0; i < parts; ++i) {
    const auto at = [&](auto member, double sign, bool moves) {
      return [&recording, i, member, sign, moves](const std::vector<Segment>& frame) {
        return sign * frame[i].*member - (moves ? camera(recording, frame) : 0);
      };
    };
    svg += fmt::format("<line stroke=\"#2f77cc\" stroke-opacity=\"0.8\" stroke-linecap=\"round\" stroke-width=\"{}\">",
                       number(2 * recording.frames[0][i].radius));
    svg += over_frames(recording, "x1", at(&Segment::x1, 1, true)) +
           over_frames(recording, "y1", at(&Segment::y1, -1, false)) +
           over_frames(recording, "x2", at(&Segment::x2, 1, true)) +
           over_frames(recording, "y2", at(&Segment::y2, -1, false)) + "</line>\n";
  }
  return svg + "</svg>\n";
}

}  // namespace offprint::control
