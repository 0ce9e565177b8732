#include "offprint/data/features.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"

namespace offprint::data {
namespace {

constexpr std::size_t most_levels = 100;

bool listed(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string Coding::name_of(std::size_t feature) const {
  const auto& [column, level] = features[feature];
  return level.empty() ? column : column + "=" + level;
}

Coding code_features(const Table& table, const FeatureChoice& choice) {
  for (const auto& name : choice.columns) table.column(name);
  for (const auto& name : choice.drop) table.column(name);
  Coding coding;
  for (const auto& column : table.columns) {
    const bool chosen = choice.columns.empty() || listed(choice.columns, column.name);
    if (column.name == choice.response || listed(choice.drop, column.name) || !chosen) continue;
    table.typed(column.name);
    if (column.numeric) {
      coding.features.push_back({column.name, ""});
      continue;
    }
    if (column.levels.size() > most_levels)
      throw BadInput(table.source + " column " + column.name, "has " + std::to_string(column.levels.size()) + " levels",
                     "leave it out with --drop " + column.name);
    coding.levels[column.name] = column.levels;
    for (std::size_t l = 1; l < column.levels.size(); ++l) coding.features.push_back({column.name, column.levels[l]});
  }
  if (coding.features.empty())
    throw BadInput(table.source, "has no feature beside the response", "choose other columns");
  return coding;
}

std::vector<double> features_of(const Table& table, const Coding& coding) {
  for (const auto& [column, levels] : coding.levels) {
    const auto values = table.text(column);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!listed(levels, values[i]))
        throw BadInput(table.place(i, column), "the model does not know the level '" + values[i] + "'",
                       "its levels are " + join(levels, ", "));
  }
  std::vector<double> all;
  all.reserve(table.rows() * coding.features.size());
  for (const auto& [column, level] : coding.features) {
    if (level.empty()) {
      const auto values = table.numeric(column);
      all.insert(all.end(), values.begin(), values.end());
    } else {
      for (const auto& value : table.text(column)) all.push_back(value == level ? 1 : 0);
    }
  }
  return all;
}

void store(const Coding& coding, Json& in) {
  in["features"] = Json::array();
  for (const auto& [column, level] : coding.features) in["features"].push_back({{"column", column}, {"level", level}});
  in["levels"] = coding.levels;
}

Coding coding_from(const Document& document) {
  Coding coding;
  for (const auto& feature : document.parts("features"))
    coding.features.push_back({feature.text("column"), feature.text("level")});
  coding.levels = document.lists("levels");
  return coding;
}

}  // namespace offprint::data
