#include <cmath>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/document.hpp"
#include "offprint/mdp/finite_mdp.hpp"

namespace offprint::mdp {
namespace {

const data::DocumentKind kind{"", "decision process",
                              "its schema: states, actions, start, discount, rewards, terminal, transitions"};

int whole(const data::Document& document, const std::string& key, std::int64_t low, std::int64_t high) {
  const auto value = document.whole(key);
  if (value < low || value > high)
    document.refuse(
        key, "is " + std::to_string(value) + ", not from " + std::to_string(low) + " to " + std::to_string(high));
  return static_cast<int>(value);
}

/// An index below `count`, or -1.
int index_of(double value, std::size_t count) {
  return value >= 0 && value < static_cast<double>(count) && value == std::floor(value) ? static_cast<int>(value) : -1;
}

}  // namespace

FiniteMdp parse_mdp(const std::string& bytes, const std::string& where) {
  const auto json = data::Json::parse(bytes, nullptr, false);
  if (!json.is_object()) throw BadInput(where, "is not a JSON object", "a decision process has " + kind.maker);
  const data::Document document(json, kind, where);
  FiniteMdp mdp;
  mdp.states = whole(document, "states", 1, 1000000);
  const auto n = static_cast<std::size_t>(mdp.states);
  mdp.action_names = document.texts("actions");
  if (mdp.action_names.empty() || mdp.action_names.size() > 10000) document.refuse("actions", "needs 1 to 10000 names");
  if (n * mdp.actions() > 20000000) document.refuse("states", "times actions is above 20000000");
  mdp.start = whole(document, "start", 0, mdp.states - 1);
  mdp.discount = document.number("discount");
  mdp.columns = document.has("columns") ? whole(document, "columns", 0, mdp.states) : 0;
  if (mdp.columns > 0 && mdp.states % mdp.columns != 0) document.refuse("columns", "does not divide the states");
  mdp.rewards = document.numbers("rewards", n);
  mdp.terminal.assign(n, 0);
  for (const auto state : document.wholes("terminal")) {
    if (state < 0 || state >= mdp.states) document.refuse("terminal", "names state " + std::to_string(state));
    mdp.terminal[static_cast<std::size_t>(state)] = 1;
  }
  mdp.transitions.resize(n * mdp.actions());
  const auto rows = document.grid("transitions", json.value("transitions", data::Json::array()).size(), 4);
  for (std::size_t i = 0; i < rows.size(); i += 4) {
    const int state = index_of(rows[i], n), action = index_of(rows[i + 1], mdp.actions()),
              to = index_of(rows[i + 2], n);
    if (state < 0 || action < 0 || to < 0)
      throw BadInput(where + " transition " + std::to_string(i / 4 + 1), "names a state or action that is not there",
                     "both count from 0");
    mdp.transitions[mdp.pair(state, action)].push_back({to, rows[i + 3]});
  }
  validate(mdp, where);
  return mdp;
}

FiniteMdp read_mdp(const std::string& source) { return parse_mdp(read_file(data::resolve(source)), source); }

std::string mdp_text(const FiniteMdp& mdp) {
  auto terminal = data::Json::array(), transitions = data::Json::array();
  for (int s = 0; s < mdp.states; ++s) {
    if (mdp.terminal[static_cast<std::size_t>(s)]) terminal.push_back(s);
    for (std::size_t a = 0; a < mdp.actions(); ++a)
      for (const auto& [to, probability] : mdp.transitions[mdp.pair(s, static_cast<int>(a))])
        transitions.push_back({s, a, to, probability});
  }
  const data::Json json{{"states", mdp.states},     {"actions", mdp.action_names}, {"start", mdp.start},
                        {"discount", mdp.discount}, {"rewards", mdp.rewards},      {"terminal", terminal},
                        {"columns", mdp.columns},   {"transitions", transitions}};
  return json.dump() + "\n";
}

}  // namespace offprint::mdp
