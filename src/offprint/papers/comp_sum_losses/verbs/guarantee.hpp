// How verbs and experiments show a guarantee.
#pragma once
#include "offprint/paper/run.hpp"
#include "offprint/papers/comp_sum_losses/transform.hpp"

namespace offprint::comp_sum_losses {

/// Gamma against the surrogate's excess, from 0 to `largest_excess`.
Mark& add_guarantee(Figure& figure, const std::string& name, const Transform& transform, double largest_excess);

/// Notes whether the bound is attained.
void note_tightness(const Transform& transform, Run& run);

}  // namespace offprint::comp_sum_losses
