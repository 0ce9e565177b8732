#include "offprint/lm/transformer_loops.hpp"

#include <algorithm>
#include <cmath>

#include "offprint/base/each_cpu.hpp"
#include "offprint/lm/float_math.hpp"

namespace offprint::lm {
namespace {

OFFPRINT_FOR_EACH_CPU
void layer_norm(const float* x, const float* scale, const float* shift, double epsilon, bool centre, std::size_t width,
                float* out) {
  float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < width; ++i) sum += x[i];
  const float mean = centre ? sum / static_cast<float>(width) : 0.0f;
#pragma omp simd reduction(+ : squares)
  for (std::size_t i = 0; i < width; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const float factor = 1 / std::sqrt(squares / static_cast<float>(width) + static_cast<float>(epsilon));
  if (shift == nullptr)
    for (std::size_t i = 0; i < width; ++i) out[i] = (x[i] - mean) * factor * scale[i];
  else
    for (std::size_t i = 0; i < width; ++i) out[i] = (x[i] - mean) * factor * scale[i] + shift[i];
}

inline float gelu_tanh(float x) { return x * sigmoid(1.5957691216f * (x + 0.044715f * x * x * x)); }

OFFPRINT_FOR_EACH_CPU
void apply_gelu_tanh(float* x, std::size_t count) {
#pragma omp simd
  for (std::size_t i = 0; i < count; ++i) x[i] = gelu_tanh(x[i]);
}

OFFPRINT_FOR_EACH_CPU
void apply_silu(float* x, std::size_t count) {
#pragma omp simd
  for (std::size_t i = 0; i < count; ++i) x[i] *= sigmoid(x[i]);
}

OFFPRINT_FOR_EACH_CPU
void multiply(const float* a, const float* b, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = a[i] * b[i];
}

OFFPRINT_FOR_EACH_CPU
void softmax(float* row, std::size_t count, float scale) {
  float top = row[0], sum = 0;
#pragma omp simd reduction(max : top)
  for (std::size_t i = 0; i < count; ++i) top = row[i] > top ? row[i] : top;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < count; ++i) {
    row[i] = exponential((row[i] - top) * scale);
    sum += row[i];
  }
  const float factor = 1 / sum;
  for (std::size_t i = 0; i < count; ++i) row[i] *= factor;
}

}  // namespace

void normalise(Norm kind, const NormWeights& weights, double epsilon, const float* x, std::size_t rows,
               std::size_t width, float* out) {
  if (kind == Norm::none) {
    if (out != x) std::copy(x, x + rows * width, out);
    return;
  }
  for (std::size_t i = 0; i < rows; ++i)
    layer_norm(x + i * width, weights.scale.data(), weights.shift.empty() ? nullptr : weights.shift.data(), epsilon,
               kind == Norm::layer, width, out + i * width);
}

void activate(Activation activation, float* x, std::size_t count) {
  switch (activation) {
    case Activation::gelu_tanh:
      apply_gelu_tanh(x, count);
      break;
    case Activation::gelu:
      for (std::size_t i = 0; i < count; ++i) x[i] = 0.5f * x[i] * (1 + std::erf(x[i] * 0.70710678f));
      break;
    case Activation::relu:
      for (std::size_t i = 0; i < count; ++i) x[i] = x[i] > 0 ? x[i] : 0;
      break;
    case Activation::silu:
      apply_silu(x, count);
      break;
    case Activation::identity:
      break;
  }
}

void activate_gated(Activation activation, const float* gate_up, std::size_t rows, std::size_t hidden, float* out) {
  for (std::size_t i = 0; i < rows; ++i) {
    const float* gate = gate_up + 2 * i * hidden;
    float* row = out + i * hidden;
    std::copy(gate, gate + hidden, row);
    activate(activation, row, hidden);
    multiply(row, gate + hidden, hidden, row);
  }
}

void causal_softmax(float* row, std::size_t seen, std::size_t columns, float scale) {
  softmax(row, seen, scale);
  std::fill(row + seen, row + columns, 0.0f);
}

void add_bias(const float* bias, std::size_t rows, std::size_t columns, float* out) {
  for (std::size_t i = 0; i < rows; ++i) add(bias, columns, out + i * columns);
}

void add(const float* from, std::size_t count, float* to) {
  for (std::size_t i = 0; i < count; ++i) to[i] += from[i];
}

}  // namespace offprint::lm
