// Choosing lambda by cross-validation (Section 4): the path of all rows is used in every fold, the score is the
// multiclass Brier score, the largest lambda that attains the least mean score wins.
#pragma once
#include "offprint/base/random.hpp"
#include "offprint/papers/presto/presto.hpp"

namespace offprint::presto {

struct Tuned {
  std::vector<double> lambdas;
  std::vector<double> scores;  ///< mean over folds, one a lambda
  std::vector<Model> path;     ///< on all rows
  std::size_t chosen = 0;
  const Model& model() const { return path[chosen]; }
};

OrdinalData rows_of(const OrdinalData& data, const std::vector<std::size_t>& rows);

Tuned tune(const OrdinalData& data, const Options& options, Random random);

}  // namespace offprint::presto
