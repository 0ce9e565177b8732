// The elementwise loops of a transformer's forward pass, compiled for the processor's vectors.
#pragma once
#include <cstddef>

#include "offprint/lm/transformer.hpp"

namespace offprint::lm {

/// out[row] = norm(x[row]); out may be x.
void normalise(Norm kind, const NormWeights& weights, double epsilon, const float* x, std::size_t rows,
               std::size_t width, float* out);
void activate(Activation activation, float* x, std::size_t count);
/// out[i] = activation(gate[i]) * up[i], rows of [gate | up].
void activate_gated(Activation activation, const float* gate_up, std::size_t rows, std::size_t hidden, float* out);
/// Softmax of the first `seen` of `columns` entries after scaling; the rest become 0.
void causal_softmax(float* row, std::size_t seen, std::size_t columns, float scale);
void add_bias(const float* bias, std::size_t rows, std::size_t columns, float* out);
void add(const float* from, std::size_t count, float* to);

}  // namespace offprint::lm
