// A table's columns as numbers for a model: numeric columns as they are, categorical ones as a dummy for each level but
// the first. A coding is made from the training table and kept with the model, so that new rows are coded alike.
#pragma once
#include <map>

#include "offprint/data/document.hpp"
#include "offprint/data/table.hpp"

namespace offprint::data {

/// Which columns are features.
struct FeatureChoice {
  std::string response;                   ///< never a feature
  std::vector<std::string> columns = {};  ///< these only; empty: all
  std::vector<std::string> drop = {};     ///< not these
};

struct Coding {
  struct Feature {
    std::string column, level;  ///< level empty: the column's numbers
  };
  std::vector<Feature> features;
  std::map<std::string, std::vector<std::string>> levels;  ///< of each categorical column, the base level first

  /// "age", or "religion=2".
  std::string name_of(std::size_t feature) const;
};

/// Throws BadInput for an unknown column, a categorical one of more than 100 levels, or where no feature is left.
Coding code_features(const Table& table, const FeatureChoice& choice);
/// rows x features numbers, one feature after the other. Throws BadInput with file, line and column at a missing value
/// or a level that the coding does not know.
std::vector<double> features_of(const Table& table, const Coding& coding);

/// Under "features" and "levels".
void store(const Coding& coding, Json& in);
Coding coding_from(const Document& document);

}  // namespace offprint::data
