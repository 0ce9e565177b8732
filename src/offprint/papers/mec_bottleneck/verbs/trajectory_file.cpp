#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/document.hpp"
#include "offprint/papers/mec_bottleneck/verbs/games.hpp"

namespace offprint::mec_bottleneck {
namespace {

using data::Json;

const data::DocumentKind kind{"offprint mec-bottleneck trajectory 1", "trajectory", "offprint mec-bottleneck encode"};

/// A number of the header or of a step; those of no sense are refused with the line.
template <class Number>
Number in_range(const data::Document& document, const char* key, double low, double high) {
  const auto value = std::is_same_v<Number, int> ? static_cast<double>(document.whole(key)) : document.number(key);
  if (!between(low, high).contains(value)) document.refuse(key, "is out of range");
  return static_cast<Number>(value);
}

Protocol protocol_of(const data::Document& header) {
  Protocol protocol;
  protocol.messages = in_range<int>(header, "messages", 2, 16384);
  protocol.compression = in_range<double>(header, "compression", 0.01, 1e6);
  protocol.log_beta = in_range<double>(header, "log_beta", -20, 20);
  protocol.sweeps = in_range<int>(header, "sweeps", 1, 100000);
  const auto encoder = game_encoders.find(header.text("encoder"));
  if (!encoder) header.refuse("encoder", "is not known");
  protocol.encoder = *encoder;
  return protocol;
}

}  // namespace

std::string trajectory_text(const Trajectory& trajectory, const mdp::FiniteMdp& process, const Protocol& protocol) {
  Json header;
  header["format"] = kind.format;
  header["game"] = sha256(mdp_text(process));
  header["messages"] = protocol.messages;
  header["compression"] = protocol.compression;
  header["log_beta"] = protocol.log_beta;
  header["sweeps"] = protocol.sweeps;
  header["encoder"] = game_encoders.name(protocol.encoder);
  auto text = header.dump() + "\n";
  for (std::size_t i = 0; i < trajectory.states.size(); ++i) {
    Json step;
    step["state"] = trajectory.states[i];
    step["action"] = process.action_names[static_cast<std::size_t>(trajectory.actions[i])];
    step["next"] = i + 1 < trajectory.states.size() ? trajectory.states[i + 1] : trajectory.last_state;
    text += step.dump() + "\n";
  }
  return text;
}

Trajectory parse_trajectory(const std::string& bytes, const std::string& where, const mdp::FiniteMdp& process,
                            Protocol& protocol) {
  auto lines = split(bytes, '\n');
  while (!lines.empty() && trim(lines.back()).empty()) lines.pop_back();
  const auto header = lines.empty() ? Json() : Json::parse(lines[0], nullptr, false);
  if (!header.is_object() || header.value("format", Json()) != kind.format)
    throw BadInput(where + " line 1", "is not the header of a trajectory", "give a file written by " + kind.maker);
  const data::Document head(header, kind, where + " line 1");
  if (head.text("game") != sha256(mdp_text(process)))
    throw BadInput(where, "was played in another decision process", "give the one it was encoded with as --mdp");
  protocol = protocol_of(head);
  if (lines.size() < 2) throw BadInput(where, "has no steps", "encode a message first");
  Trajectory trajectory;
  for (std::size_t line = 1; line < lines.size(); ++line) {
    const auto place = fmt::format("{} line {}", where, line + 1);
    const auto json = Json::parse(lines[line], nullptr, false);
    if (!json.is_object()) throw BadInput(place, "is no step", "give a file written by " + kind.maker);
    const data::Document step(json, kind, place);
    const auto& names = process.action_names;
    const auto action = std::find(names.begin(), names.end(), step.text("action"));
    if (action == names.end()) step.refuse("action", "is none of " + join(names, ", "));
    const int state = in_range<int>(step, "state", 0, process.states - 1);
    if (line > 1 && state != trajectory.last_state)
      throw BadInput(place, "the state is not the one that the line before leads to", "keep all lines in order");
    trajectory.states.push_back(state);
    trajectory.actions.push_back(static_cast<int>(action - names.begin()));
    trajectory.last_state = in_range<int>(step, "next", 0, process.states - 1);
  }
  return trajectory;
}

}  // namespace offprint::mec_bottleneck
