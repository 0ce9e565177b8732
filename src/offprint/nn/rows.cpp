#include "offprint/nn/rows.hpp"

#include <cmath>

#include "offprint/base/each_cpu.hpp"

#define OFFPRINT_INLINE [[gnu::always_inline]] inline

namespace offprint::nn::rows {
namespace {

template <class T>
OFFPRINT_INLINE void activate_rows(T* values, T* before, const T* bias, int rows, int batch, Activation activation) {
  for (int r = 0; r < rows; ++r) {
    T* const y = values + static_cast<std::ptrdiff_t>(r) * batch;
    const T b = bias[r];
    switch (activation) {
      case Activation::identity:
        for (int i = 0; i < batch; ++i) y[i] += b;
        break;
      case Activation::relu:
#pragma omp simd
        for (int i = 0; i < batch; ++i) {
          const T z = y[i] + b;
          y[i] = z > 0 ? z : 0;
        }
        break;
      case Activation::tanh:
        for (int i = 0; i < batch; ++i) y[i] = std::tanh(y[i] + b);
        break;
      case Activation::swish: {
        T* const z = before + static_cast<std::ptrdiff_t>(r) * batch;
        for (int i = 0; i < batch; ++i) {
          z[i] = y[i] + b;
          y[i] = z[i] / (1 + std::exp(-z[i]));
        }
        break;
      }
    }
  }
}

template <class T>
OFFPRINT_INLINE T sum_of(const T* g, int batch) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int i = 0; i < batch; ++i) sum += g[i];
  return sum;
}

template <class T>
OFFPRINT_INLINE T through_relu(T* g, const T* y, int batch) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int i = 0; i < batch; ++i) {
    g[i] = y[i] > 0 ? g[i] : 0;
    sum += g[i];
  }
  return sum;
}

template <class T>
OFFPRINT_INLINE T through_tanh(T* g, const T* y, int batch) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int i = 0; i < batch; ++i) {
    g[i] *= 1 - y[i] * y[i];
    sum += g[i];
  }
  return sum;
}

template <class T>
OFFPRINT_INLINE T through_swish(T* g, const T* y, const T* z, int batch) {
  T sum = 0;
  for (int i = 0; i < batch; ++i) {
    const T s = 1 / (1 + std::exp(-z[i]));
    g[i] *= s + y[i] * (1 - s);
    sum += g[i];
  }
  return sum;
}

template <class T>
OFFPRINT_INLINE void deactivate_rows(T* gradient, const T* outputs, const T* before, T* bias_gradient, int rows,
                                     int batch, Activation activation) {
  for (int r = 0; r < rows; ++r) {
    const auto offset = static_cast<std::ptrdiff_t>(r) * batch;
    T* const g = gradient + offset;
    const T* const y = outputs + offset;
    const T sum = activation == Activation::identity ? sum_of(g, batch)
                  : activation == Activation::relu   ? through_relu(g, y, batch)
                  : activation == Activation::tanh   ? through_tanh(g, y, batch)
                                                     : through_swish(g, y, before + offset, batch);
    if (bias_gradient) bias_gradient[r] = sum;
  }
}

template <class T>
OFFPRINT_INLINE void adam_all(T* __restrict p, const T* __restrict g, T* __restrict m, T* __restrict v,
                              std::size_t count, const AdamStep& step) {
  const T b1 = static_cast<T>(step.beta1), b2 = static_cast<T>(step.beta2), rate = static_cast<T>(step.rate),
          scale = static_cast<T>(step.root_scale), epsilon = static_cast<T>(step.epsilon);
#pragma omp simd
  for (std::size_t i = 0; i < count; ++i) {
    m[i] = b1 * m[i] + (1 - b1) * g[i];
    v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
    p[i] -= rate * m[i] / (std::sqrt(v[i]) * scale + epsilon);
  }
}

template <class T>
OFFPRINT_INLINE void blend_all(T* __restrict target, const T* __restrict source, std::size_t count, double rate) {
  const T r = static_cast<T>(rate);
#pragma omp simd
  for (std::size_t i = 0; i < count; ++i) target[i] += r * (source[i] - target[i]);
}

}  // namespace

OFFPRINT_FOR_EACH_CPU
void activate(float* values, float* before, const float* bias, int rows, int batch, Activation activation) {
  activate_rows(values, before, bias, rows, batch, activation);
}
OFFPRINT_FOR_EACH_CPU
void activate(double* values, double* before, const double* bias, int rows, int batch, Activation activation) {
  activate_rows(values, before, bias, rows, batch, activation);
}
OFFPRINT_FOR_EACH_CPU
void deactivate(float* gradient, const float* outputs, const float* before, float* bias_gradient, int rows, int batch,
                Activation activation) {
  deactivate_rows(gradient, outputs, before, bias_gradient, rows, batch, activation);
}
OFFPRINT_FOR_EACH_CPU
void deactivate(double* gradient, const double* outputs, const double* before, double* bias_gradient, int rows,
                int batch, Activation activation) {
  deactivate_rows(gradient, outputs, before, bias_gradient, rows, batch, activation);
}
OFFPRINT_FOR_EACH_CPU
void adam(float* parameters, const float* gradient, float* first, float* second, std::size_t count,
          const AdamStep& step) {
  adam_all(parameters, gradient, first, second, count, step);
}
OFFPRINT_FOR_EACH_CPU
void adam(double* parameters, const double* gradient, double* first, double* second, std::size_t count,
          const AdamStep& step) {
  adam_all(parameters, gradient, first, second, count, step);
}
OFFPRINT_FOR_EACH_CPU
void blend(float* target, const float* source, std::size_t count, double rate) {
  blend_all(target, source, count, rate);
}
OFFPRINT_FOR_EACH_CPU
void blend(double* target, const double* source, std::size_t count, double rate) {
  blend_all(target, source, count, rate);
}

}  // namespace offprint::nn::rows
