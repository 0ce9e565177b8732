#include <fmt/format.h>

#include <algorithm>

#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"
#include "offprint/page/views.hpp"
#include "offprint/paper/catalogue.hpp"

namespace offprint::page {
namespace {

struct Row {
  std::string name;
  std::vector<std::string> values;  ///< one a run, empty where it has none
  bool differs() const {
    return std::any_of(values.begin(), values.end(), [&](const auto& value) { return value != values[0]; });
  }
};

/// What a check is called for people, if the paper is still known.
std::string check_text(const runs::RunRecord& run, const std::string& claim_id, const std::string& name) {
  if (const auto* paper = find_paper(run.request.slug))
    for (const auto& claim : paper->claims)
      for (const auto& check : claim.checks)
        if (claim.id == claim_id && check.name == name) return check.description;
  return name;
}

/// Settings, then claims, then metrics; within each what differs first. `exact`: full precision, one row a number.
std::vector<Row> comparison(runs::Store& store, const std::vector<runs::RunRecord>& chosen,
                            const std::vector<runs::Curves>& curves, bool exact) {
  std::map<std::string, Row> groups[3];
  const auto number = [&](double value) { return exact ? exact_number(value) : short_number(value); };
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& run = chosen[i];
    const auto set = [&](int group, const std::string& key, const std::string& name, const std::string& value) {
      auto& row = groups[group].try_emplace(key, Row{name, std::vector<std::string>(chosen.size())}).first->second;
      row.values[i] = value;
    };
    for (const auto& [name, value] :
         {std::pair{"paper", command_name(run.request.slug)}, std::pair{"verb", run.request.verb},
          std::pair{"state", run.state}, std::pair{"seed", std::to_string(run.request.settings.seed)}})
      set(0, std::string(" ") + name, name, value);
    for (const auto& [name, text] : run.request.options) set(0, name, name, shown_value(text));
    for (const auto& [claim, checks] : store.estimates(run.id))
      for (const auto& [check, estimate] : checks)
        set(1, claim + "/" + check, claim + ": " + check_text(run, claim, check), number(estimate.value));
    for (const auto& [name, curve] : curves[i]) {
      if (curve.empty()) continue;
      const auto [low, high] = std::minmax_element(curve.begin(), curve.end(),
                                                   [](const auto& a, const auto& b) { return a.second < b.second; });
      if (exact) {
        set(2, name + " 1", name + ", last", number(curve.back().second));
        set(2, name + " 2", name + ", least", number(low->second));
        set(2, name + " 3", name + ", greatest", number(high->second));
      } else {
        set(2, name, name,
            fmt::format("{} (from {} to {})", number(curve.back().second), number(low->second), number(high->second)));
      }
    }
  }
  std::vector<Row> rows;
  for (auto& group : groups)
    for (const bool differing : {true, false})
      for (auto& [key, row] : group)
        if (row.differs() == differing) rows.push_back(row);
  return rows;
}

}  // namespace

namespace {

std::vector<runs::Curves> curves_of(runs::Store& store, const std::vector<runs::RunRecord>& chosen) {
  std::vector<runs::Curves> all;
  for (const auto& run : chosen) all.push_back(store.curves(run.id));
  return all;
}

/// Every k-th point: for drawing many curves in one picture.
Json drawn(const std::vector<std::pair<double, double>>& curve, std::size_t most) {
  if (curve.size() <= most) return curve;
  Json points = Json::array();
  for (std::size_t i = 0; i < most; ++i) points.push_back(curve[i * (curve.size() - 1) / (most - 1)]);
  return points;
}

}  // namespace

Html compare_view(runs::Store& store, const std::vector<runs::RunRecord>& chosen) {
  const auto curves = curves_of(store, chosen);
  Json series = Json::array();
  Html head = element("th", {{"scope", "col"}}, "what");
  std::string query;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& run = chosen[i];
    const bool unverified = !store.changed_since_recorded(run.id).empty();
    head += element("th", {{"scope", "col"}},
                    link(run_link(run.id), "Run " + std::to_string(run.id)) +
                        (unverified ? chip("unverified", "unverified") : Html()));
    query += (query.empty() ? "?run=" : "&run=") + std::to_string(run.id);
    Json own = Json::object();
    for (const auto& [name, curve] : curves[i]) own[name] = drawn(curve, 1000 / chosen.size());
    series.push_back({{"run", run.id}, {"curves", own}});
  }
  Html body;
  for (const auto& row : comparison(store, chosen, curves, false)) {
    Html cells = element("th", {{"scope", "row"}}, row.name);
    for (const auto& value : row.values) cells += element("td", shorten(value, 120));
    body += element("tr", {{"class", row.differs() ? "differs" : "same"}}, cells);
  }
  return element("h1", "Compare runs") +
         element("p", {{"class", "help"}},
                 Html("Settings, claims, metrics; what differs comes first. ") +
                     element("a", {{"href", "/compare.csv" + query}, {"download", present}}, "All numbers as CSV")) +
         element(
             "div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "comparison"}},
             element("table", {{"class", "facts"}}, element("thead", element("tr", head)) + element("tbody", body))) +
         element("section", {{"id", "curves"}, {"aria-label", "curves"}}) + data_script("compare-data", series.dump());
}

std::string compare_csv(runs::Store& store, const std::vector<runs::RunRecord>& chosen) {
  std::string text = "what";
  for (const auto& run : chosen) text += ",run " + std::to_string(run.id);
  text += '\n';
  for (const auto& row : comparison(store, chosen, curves_of(store, chosen), true)) {
    text += data::csv_field(row.name);
    for (const auto& value : row.values) text += "," + data::csv_field(value);
    text += '\n';
  }
  return text;
}

}  // namespace offprint::page
