// What the paper and its reference code printed.
#pragma once

namespace offprint::llm_provenance {

// Reference code, outputs of the attribution notebook: greatest type I error; mean type II errors on its two data sets.
inline constexpr double published_type_one = 0.0233, published_type_two_low = 0.034, published_type_two_high = 0.036;

// Reference code, outputs of the detection notebook: ROC areas of likelihood plus entropy, and how far the mean lies
// above that of likelihood, and that above that of entropy.
inline constexpr double published_mean_area = 0.994, published_least_area = 0.965, published_over_likelihood = 0.099,
                        published_over_entropy = 0.482;

}  // namespace offprint::llm_provenance
