#include "offprint/lm/logits.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "offprint/base/each_cpu.hpp"
#include "offprint/lm/float_math.hpp"

namespace offprint::lm {
namespace {

constexpr std::size_t block = 1024;  ///< floats summed before a double takes over

OFFPRINT_FOR_EACH_CPU
float greatest(const float* values, std::size_t count) {
  float best = values[0];
#pragma omp simd reduction(max : best)
  for (std::size_t i = 0; i < count; ++i) best = values[i] > best ? values[i] : best;
  return best;
}

OFFPRINT_FOR_EACH_CPU
void surprisal_moments(const float* logits, std::size_t count, float top, double moments[3]) {
  moments[0] = moments[1] = moments[2] = 0;
  for (std::size_t from = 0; from < count; from += block) {
    const std::size_t to = std::min(count, from + block);
    float s0 = 0, s1 = 0, s2 = 0;
#pragma omp simd reduction(+ : s0, s1, s2)
    for (std::size_t i = from; i < to; ++i) {
      const float d = logits[i] - top, e = exponential(d), de = d * e;
      s0 += e;
      s1 += e > 0 ? de : 0;
      s2 += e > 0 ? d * de : 0;
    }
    moments[0] += static_cast<double>(s0);
    moments[1] += static_cast<double>(s1);
    moments[2] += static_cast<double>(s2);
  }
}

OFFPRINT_FOR_EACH_CPU
double sum_of_exponentials(const float* logits, std::size_t count, float top) {
  double sum = 0;
  for (std::size_t from = 0; from < count; from += block) {
    const std::size_t to = std::min(count, from + block);
    float part = 0;
#pragma omp simd reduction(+ : part)
    for (std::size_t i = from; i < to; ++i) part += exponential(logits[i] - top);
    sum += static_cast<double>(part);
  }
  return sum;
}

OFFPRINT_FOR_EACH_CPU
double fill_exponentials(const float* logits, std::size_t count, float top, float factor, float* weights) {
  double sum = 0;
  for (std::size_t from = 0; from < count; from += block) {
    const std::size_t to = std::min(count, from + block);
    float part = 0;
#pragma omp simd reduction(+ : part)
    for (std::size_t i = from; i < to; ++i) {
      weights[i] = exponential((logits[i] - top) * factor);
      part += weights[i];
    }
    sum += static_cast<double>(part);
  }
  return sum;
}

OFFPRINT_FOR_EACH_CPU
void weighted_sums(const float* weights, const float* values, std::size_t count, float top, double sums[2]) {
  sums[0] = sums[1] = 0;
  for (std::size_t from = 0; from < count; from += block) {
    const std::size_t to = std::min(count, from + block);
    float s0 = 0, s1 = 0;
#pragma omp simd reduction(+ : s0, s1)
    for (std::size_t i = from; i < to; ++i) {
      const float e = exponential(weights[i] - top);
      s0 += e;
      s1 += e > 0 ? e * values[i] : 0;
    }
    sums[0] += static_cast<double>(s0);
    sums[1] += static_cast<double>(s1);
  }
}

OFFPRINT_FOR_EACH_CPU
std::size_t greater(const float* values, std::size_t count, float value) {
  std::int32_t found = 0;
#pragma omp simd reduction(+ : found)
  for (std::size_t i = 0; i < count; ++i) found += values[i] > value ? 1 : 0;
  return static_cast<std::size_t>(found);
}

OFFPRINT_FOR_EACH_CPU
void fill_logarithms(const double* p, std::size_t count, float* out) {
#pragma omp simd
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(logarithm(p[i]));
}

}  // namespace

LogitSums logit_sums(std::span<const float> logits) {
  const float top = greatest(logits.data(), logits.size());
  double moments[3];
  surprisal_moments(logits.data(), logits.size(), top, moments);
  const double log_sum = std::log(moments[0]), mean = moments[1] / moments[0];
  return {static_cast<double>(top) + log_sum, std::max(0.0, log_sum - mean),
          std::max(0.0, moments[2] / moments[0] - mean * mean)};
}

double log_sum_exp(std::span<const float> logits) {
  const float top = greatest(logits.data(), logits.size());
  return static_cast<double>(top) + std::log(sum_of_exponentials(logits.data(), logits.size(), top));
}

std::size_t count_greater(std::span<const float> logits, float value) {
  return greater(logits.data(), logits.size(), value);
}

double expected_logit(std::span<const float> weights, std::span<const float> logits) {
  double sums[2];
  weighted_sums(weights.data(), logits.data(), weights.size(), greatest(weights.data(), weights.size()), sums);
  return sums[1] / sums[0];
}

double exponentials(std::span<const float> logits, float temperature, float* weights) {
  return fill_exponentials(logits.data(), logits.size(), greatest(logits.data(), logits.size()), 1 / temperature,
                           weights);
}

void logarithms(const double* p, std::size_t count, float* out) { fill_logarithms(p, count, out); }

}  // namespace offprint::lm
