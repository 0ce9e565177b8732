// The innermost loops of the search, compiled for several instruction sets and chosen when the program starts.
#pragma once
#include <cstddef>

namespace offprint::prdc {

constexpr int block_size = 16;

/// distances[j] = sum_d (key[d] - block[d][j])^2 for the 16 points of a block.
void block_distances(const float* block, const float* key, int dimensions, float* distances);

/// Squared distances of a key to two boxes [2][padded] (least, then greatest coordinates) that lie one after the other;
/// `padded` a multiple of 16.
void box_distances(const float* boxes, const float* key, int padded, float* distances);

/// The least of approximate squared distances key_norm + norms[j] - 2 products[j] - slack <= limit: their places, at
/// most `count` of them.
std::size_t candidates(const float* products, const float* norms, float key_norm, float limit, std::size_t count,
                       unsigned* places);

}  // namespace offprint::prdc
