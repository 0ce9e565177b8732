// Cutting rows into folds for cross-validation.
#pragma once
#include <span>
#include <vector>

#include "offprint/base/random.hpp"

namespace offprint {

/// Fold of each row, 0..folds-1, stratified: the rows of each class 1..K are dealt round in random order, so that every
/// class of at least two rows is in every training part. Throws BadInput if a class has one row only.
std::vector<int> stratified_folds(std::span<const int> classes, int folds, Random random);

}  // namespace offprint
