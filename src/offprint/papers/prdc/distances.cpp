#include "offprint/papers/prdc/distances.hpp"

#include "offprint/base/each_cpu.hpp"

namespace offprint::prdc {

OFFPRINT_FOR_EACH_CPU
void block_distances(const float* block, const float* key, int dimensions, float* distances) {
  float sums[block_size] = {};
  for (int d = 0; d < dimensions; ++d) {
    const float k = key[d];
    const float* const row = block + d * block_size;
#pragma omp simd
    for (int j = 0; j < block_size; ++j) {
      const float difference = k - row[j];
      sums[j] += difference * difference;
    }
  }
  for (int j = 0; j < block_size; ++j) distances[j] = sums[j];
}

OFFPRINT_FOR_EACH_CPU
void box_distances(const float* boxes, const float* key, int padded, float* distances) {
  for (int box = 0; box < 2; ++box) {
    const float *low = boxes + 2 * box * padded, *high = low + padded;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int d = 0; d < padded; ++d) {
      const float below = low[d] - key[d], above = key[d] - high[d];
      const float outside = below > above ? below : above;
      const float gap = outside > 0 ? outside : 0;
      sum += gap * gap;
    }
    distances[box] = sum;
  }
}

OFFPRINT_FOR_EACH_CPU
std::size_t candidates(const float* products, const float* norms, float key_norm, float limit, std::size_t count,
                       unsigned* places) {
  std::size_t found = 0;
  constexpr std::size_t chunk = 64;
  for (std::size_t from = 0; from < count; from += chunk) {
    const std::size_t to = from + chunk < count ? from + chunk : count;
    float least = limit + 1;
#pragma omp simd reduction(min : least)
    for (std::size_t j = from; j < to; ++j) {
      const float value = key_norm + norms[j] - 2 * products[j];
      least = value < least ? value : least;
    }
    if (least > limit) continue;
    for (std::size_t j = from; j < to; ++j)
      if (key_norm + norms[j] - 2 * products[j] <= limit) places[found++] = static_cast<unsigned>(j);
  }
  return found;
}

}  // namespace offprint::prdc
