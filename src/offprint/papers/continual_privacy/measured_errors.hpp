// The paper's measure of error, the largest over all steps, on the streams of its bounds. Callbacks are called often
// and may throw.
#pragma once
#include "offprint/papers/continual_privacy/counters.hpp"
#include "offprint/papers/continual_privacy/streams.hpp"

namespace offprint::continual_privacy {

MechanismConfig configuration(Statistic statistic, MechanismKind kind, std::int64_t horizon,
                              const PrivacyBudget& budget, int dimension = 1);

/// The stream "noise" of these seeded numbers.
RandomBits seeded_noise(const Random& random);

/// Of a count or MaxSum on ones, whose every sum is the number of steps.
double error_on_ones(StreamMechanism& mechanism, const std::function<void()>& between_steps);
/// Of MaxSum on the reduction stream of `data`, with zeros up to the horizon; `released` takes what was released.
double error_on_reduction(StreamMechanism& max_sum, const BitMatrix& data, const std::function<void()>& between_steps,
                          std::vector<double>* released = nullptr);
/// Of a counter on ones, all at once.
double error_of_counting(const SquareRootCounter& counter, RandomBits bits);
/// Of the largest of `columns` private counts of ones.
double error_of_parallel_counters(std::int64_t length, const PrivacyBudget& budget, int columns, const Random& random,
                                  const std::function<void()>& between_columns);

}  // namespace offprint::continual_privacy
