// The room's files: distributions, decision processes, trajectories.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"
#include "offprint/papers/mec_bottleneck/verbs.hpp"

namespace offprint::mec_bottleneck {
namespace {

constexpr const char* trajectory_format = "offprint mec-bottleneck trajectory 1";
constexpr const char* mdp_fields = "states, actions, start, discount, rewards, terminal, transitions";

std::string mass_column(const data::Table& table, const TableOptions& options) {
  if (!options.column.empty()) return table.column(options.column).name;
  std::vector<std::string> numeric;
  for (const auto& column : table.columns) {
    if (parse_double(column.name))
      throw BadInput(table.source + " line 1", "the header '" + column.name + "' is a number",
                     "name the columns in the first line, as in symbol,probability");
    if (column.numeric) numeric.push_back(column.name);
  }
  for (const char* name : {"probability", "mass", "count", "p"})
    if (table.has(name)) return name;
  if (numeric.size() == 1) return numeric[0];
  throw BadInput(
      table.source,
      numeric.empty() ? "has no column of numbers" : "has several columns of numbers: " + join(numeric, ", "),
      numeric.empty() ? "give one with the masses" : "choose with --column");
}

const char* encoder_name(EncoderMethod method) { return method == EncoderMethod::quantiser ? "quantiser" : "greedy"; }

}  // namespace

NamedDistribution read_distribution(const InputFile& file, const TableOptions& options) {
  const auto table = data::read_table(file.source);
  const auto name = mass_column(table, options);
  auto masses = table.numeric(name);
  for (std::size_t i = 0; i < masses.size(); ++i)
    if (masses[i] < 0)
      throw BadInput(table.place(i, name), "the mass " + short_number(masses[i]) + " is negative",
                     "masses are probabilities or counts");
  long double sum = 0;
  for (const double mass : masses) sum += mass;
  if (!options.normalise && sum > 0 && std::abs(sum - 1) > 1e-6L)
    throw BadInput(table.source + " column " + name, "sums to " + short_number(static_cast<double>(sum), 8) + ", not 1",
                   "give --normalise if these are counts");
  NamedDistribution result{Distribution(std::move(masses), options.normalise, table.source + " column " + name), {}};
  const auto names = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const data::Column& column) { return column.name != name; });
  for (std::size_t i = 0; i < table.rows(); ++i)
    result.names.push_back(names == table.columns.end() || names->missing[i] ? std::to_string(i + 1)
                           : names->numeric                                  ? exact_number(names->numbers[i])
                                                                             : names->texts[i]);
  return result;
}

TabularMdp parse_mdp(const std::string& bytes, const std::string& where) {
  const auto json = Json::parse(bytes, nullptr, false);
  if (!json.is_object())
    throw BadInput(where, "is not a JSON object", std::string("a decision process has the fields ") + mdp_fields);
  TabularMdp mdp;
  try {
    mdp.states = json.at("states").get<int>();
    if (mdp.states < 1 || mdp.states > 1000000)
      throw BadInput(where, "states is " + std::to_string(mdp.states), "give 1 to 1000000");
    mdp.actions = json.at("actions").get<std::vector<std::string>>();
    if (mdp.actions.empty() || mdp.actions.size() > 10000)
      throw BadInput(where, "has no actions or too many", "give 1 to 10000 names");
    mdp.start = json.at("start").get<int>();
    mdp.discount = json.at("discount").get<double>();
    mdp.columns = json.value("columns", 0);
    mdp.rewards = json.at("rewards").get<std::vector<double>>();
    mdp.terminal.assign(static_cast<std::size_t>(mdp.states), 0);
    for (const int state : json.at("terminal").get<std::vector<int>>()) {
      if (state < 0 || state >= mdp.states)
        throw BadInput(where, "terminal state " + std::to_string(state) + " is not there", "");
      mdp.terminal[static_cast<std::size_t>(state)] = 1;
    }
    mdp.transitions.resize(static_cast<std::size_t>(mdp.states) * mdp.actions.size());
    std::size_t row = 0;
    for (const auto& entry : json.at("transitions")) {
      ++row;
      const int state = entry.at(0).get<int>(), action = entry.at(1).get<int>();
      if (state < 0 || state >= mdp.states || action < 0 || static_cast<std::size_t>(action) >= mdp.actions.size())
        throw BadInput(where + " transition " + std::to_string(row), "names a state or action that is not there",
                       "both count from 0");
      mdp.transitions[mdp.pair(state, action)].push_back({entry.at(2).get<int>(), entry.at(3).get<double>()});
    }
  } catch (const nlohmann::json::exception&) {
    throw BadInput(where, "a field is missing or of the wrong kind",
                   std::string("a decision process has the fields ") + mdp_fields);
  }
  if (mdp.columns < 0 || (mdp.columns > 0 && mdp.states % mdp.columns != 0))
    throw BadInput(where, "columns does not divide the states", "leave it out if there is no grid");
  validate(mdp, where);
  return mdp;
}

std::string mdp_text(const TabularMdp& mdp) {
  Json terminal = Json::array(), transitions = Json::array();
  for (int s = 0; s < mdp.states; ++s) {
    if (mdp.terminal[static_cast<std::size_t>(s)]) terminal.push_back(s);
    for (std::size_t a = 0; a < mdp.actions.size(); ++a)
      for (const auto& [to, probability] : mdp.transitions[mdp.pair(s, static_cast<int>(a))])
        transitions.push_back({s, a, to, probability});
  }
  return Json{{"states", mdp.states},     {"actions", mdp.actions},    {"start", mdp.start},
              {"discount", mdp.discount}, {"rewards", mdp.rewards},    {"terminal", terminal},
              {"columns", mdp.columns},   {"transitions", transitions}}
             .dump() +
         "\n";
}

TabularMdp read_mdp(const InputFile& file) {
  return file.empty() ? grid_world() : parse_mdp(read_file(data::resolve(file.source)), file.source);
}

CodingGame make_game(const TabularMdp& mdp, const Protocol& protocol) {
  return {mdp, soft_q(mdp, std::exp(protocol.log_beta), protocol.sweeps),
          Distribution::uniform(static_cast<std::size_t>(protocol.messages)),
          std::log2(protocol.messages) / protocol.compression, protocol.encoder};
}

std::string trajectory_text(const Trajectory& trajectory, const TabularMdp& mdp, const Protocol& protocol) {
  std::string text = Json{{"format", trajectory_format},
                          {"game", sha256(mdp_text(mdp))},
                          {"messages", protocol.messages},
                          {"compression", protocol.compression},
                          {"log_beta", protocol.log_beta},
                          {"sweeps", protocol.sweeps},
                          {"encoder", encoder_name(protocol.encoder)}}
                         .dump() +
                     "\n";
  for (std::size_t i = 0; i < trajectory.states.size(); ++i) {
    const int next = i + 1 < trajectory.states.size() ? trajectory.states[i + 1] : trajectory.last_state;
    text += Json{{"state", trajectory.states[i]},
                 {"action", mdp.actions[static_cast<std::size_t>(trajectory.actions[i])]},
                 {"next", next}}
                .dump() +
            "\n";
  }
  return text;
}

Trajectory parse_trajectory(const std::string& bytes, const std::string& where, const TabularMdp& mdp,
                            Protocol& protocol) {
  auto lines = split(bytes, '\n');
  while (!lines.empty() && trim(lines.back()).empty()) lines.pop_back();
  const auto header = lines.empty() ? Json() : Json::parse(lines[0], nullptr, false);
  if (!header.is_object() || header.value("format", Json()) != trajectory_format)
    throw BadInput(where + " line 1", "is not the header of a trajectory",
                   "give a file written by offprint mec-bottleneck encode");
  Trajectory trajectory;
  std::size_t line = 1;
  try {
    if (header.at("game") != sha256(mdp_text(mdp)))
      throw BadInput(where, "was played in another decision process", "give the one it was encoded with as --mdp");
    protocol.messages = header.at("messages").get<int>();
    protocol.compression = header.at("compression").get<double>();
    protocol.log_beta = header.at("log_beta").get<double>();
    protocol.sweeps = header.at("sweeps").get<int>();
    const auto encoder = header.at("encoder").get<std::string>();
    protocol.encoder = encoder == "quantiser" ? EncoderMethod::quantiser : EncoderMethod::greedy;
    if (protocol.messages < 2 || protocol.messages > 16384 || !(protocol.compression >= 0.01) ||
        !(std::abs(protocol.log_beta) <= 20) || protocol.sweeps < 1 || protocol.sweeps > 100000 ||
        encoder != encoder_name(protocol.encoder))
      throw BadInput(where + " line 1", "a number or name of the header is out of range", "do not edit it");
    if (lines.size() < 2) throw BadInput(where, "has no steps", "encode a message first");
    for (; line < lines.size(); ++line) {
      const auto step = Json::parse(lines[line]);
      const auto name = step.at("action").get<std::string>();
      const auto action = std::find(mdp.actions.begin(), mdp.actions.end(), name);
      const int state = step.at("state").get<int>();
      if (action == mdp.actions.end())
        throw BadInput(fmt::format("{} line {}", where, line + 1), "there is no action '" + name + "'",
                       "they are " + join(mdp.actions, ", "));
      if (line > 1 && state != trajectory.last_state)
        throw BadInput(fmt::format("{} line {}", where, line + 1),
                       "the state is not the one that the line before leads to", "keep all lines in order");
      trajectory.states.push_back(state);
      trajectory.actions.push_back(static_cast<int>(action - mdp.actions.begin()));
      trajectory.last_state = step.at("next").get<int>();
    }
  } catch (const nlohmann::json::exception&) {
    throw BadInput(fmt::format("{} line {}", where, line == 1 ? 1 : line + 1), "is damaged",
                   "give a file written by offprint mec-bottleneck encode");
  }
  return trajectory;
}

}  // namespace offprint::mec_bottleneck
