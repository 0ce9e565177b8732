#include "offprint/nn/batch_last_convolution.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>

// Sanitizers start before the choice of the instruction set can be made; clang spells it differently.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define OFFPRINT_FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define OFFPRINT_FOR_EACH_CPU
#endif
#define OFFPRINT_INLINE [[gnu::always_inline]] inline

namespace offprint::nn {
namespace {

typedef float Lane __attribute__((vector_size(4 * batch_multiple)));

OFFPRINT_INLINE Lane load(const float* from) {
  Lane lane;
  std::memcpy(&lane, from, sizeof lane);
  return lane;
}
OFFPRINT_INLINE void store(float* to, const Lane& lane) { std::memcpy(to, &lane, sizeof lane); }

/// out[r][0..16V) = start[r] + sum over terms t of weights[t * rows + r] * in[offsets[t]][0..16V), for R rows from
/// `row` on.
template <int R, int V>
OFFPRINT_INLINE void weighted_sums(const float* in, const long* offsets, long terms, const float* weights, long rows,
                                   const float* start, float* out, long out_stride, bool relu) {
  Lane sums[R][V];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) sums[r][v] = Lane{} + (start ? start[r] : 0.0F);
  for (long t = 0; t < terms; ++t) {
    const float* at = in + offsets[t];
    const float* weight = weights + t * rows;
    for (int v = 0; v < V; ++v) {
      const Lane value = load(at + v * batch_multiple);
      for (int r = 0; r < R; ++r) sums[r][v] += weight[r] * value;
    }
  }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v)
      store(out + r * out_stride + v * batch_multiple, relu ? (sums[r][v] > Lane{} ? sums[r][v] : Lane{}) : sums[r][v]);
}

template <int R>
OFFPRINT_INLINE void whole_batch(const float* in, const long* offsets, long terms, const float* weights, long rows,
                                 const float* start, float* out, long out_stride, long batch, bool relu) {
  constexpr int lanes = R == 1 ? 4 : R == 2 ? 2 : 1;
  long n = 0;
  for (; n + lanes * batch_multiple <= batch; n += lanes * batch_multiple)
    weighted_sums<R, lanes>(in + n, offsets, terms, weights, rows, start, out + n, out_stride, relu);
  for (; n < batch; n += batch_multiple)
    weighted_sums<R, 1>(in + n, offsets, terms, weights, rows, start, out + n, out_stride, relu);
}

/// All rows in blocks of eight, four, two and one.
OFFPRINT_INLINE void all_rows(const float* in, const long* offsets, long terms, const float* weights, long rows,
                              const float* start, float* out, long out_stride, long batch, bool relu) {
  long r = 0;
  const auto block = [&](auto size) __attribute__((always_inline)) {
    constexpr int R = decltype(size)::value;
    for (; r + R <= rows; r += R)
      whole_batch<R>(in, offsets, terms, weights + r, rows, start ? start + r : nullptr, out + r * out_stride,
                     out_stride, batch, relu);
  };
  block(std::integral_constant<int, 8>{});
  block(std::integral_constant<int, 4>{});
  block(std::integral_constant<int, 2>{});
  block(std::integral_constant<int, 1>{});
}

/// sums[r][t] = sum over pixels and images of gradient[r] * in[offsets[t]].
template <int R, int T>
OFFPRINT_INLINE void products(const Convolution& shape, long batch, const float* padded, const long* offsets,
                              const float* gradient, float* out, long out_stride) {
  const long height = shape.out_height(), width = shape.out_width(), row = (shape.width + 2 * shape.padding) * batch;
  Lane sums[R][T] = {};
  for (long y = 0; y < height; ++y)
    for (long x = 0; x < width; ++x) {
      const float* in = padded + y * shape.stride * row + x * shape.stride * batch;
      const float* g = gradient + (y * width + x) * batch;
      for (long n = 0; n < batch; n += batch_multiple) {
        Lane values[T];
        for (int t = 0; t < T; ++t) values[t] = load(in + offsets[t] + n);
        for (int r = 0; r < R; ++r) {
          const Lane one = load(g + r * height * width * batch + n);
          for (int t = 0; t < T; ++t) sums[r][t] += one * values[t];
        }
      }
    }
  for (int r = 0; r < R; ++r)
    for (int t = 0; t < T; ++t) {
      float sum = 0;
      for (long i = 0; i < batch_multiple; ++i) sum += sums[r][t][i];
      out[r * out_stride + t] = sum;
    }
}

/// Where the inputs of an output pixel lie in the padded input, relative to its first; in the order of the weights.
std::vector<long> taps(const Convolution& shape, long batch) {
  std::vector<long> offsets;
  const long height = shape.height + 2 * shape.padding, width = shape.width + 2 * shape.padding;
  for (long c = 0; c < shape.in_channels; ++c)
    for (long y = 0; y < shape.kernel; ++y)
      for (long x = 0; x < shape.kernel; ++x) offsets.push_back(((c * height + y) * width + x) * batch);
  return offsets;
}

void pad(const Convolution& shape, long batch, const float* in, float* padded) {
  const long width = shape.width + 2 * shape.padding, border = shape.padding * width * batch,
             side = shape.padding * batch, row = shape.width * batch;
  for (long c = 0; c < shape.in_channels; ++c) {
    padded = std::fill_n(padded, border, 0.0F);
    for (long y = 0; y < shape.height; ++y) {
      padded = std::fill_n(padded, side, 0.0F);
      padded = std::copy_n(in, row, padded);
      padded = std::fill_n(padded, side, 0.0F);
      in += row;
    }
    padded = std::fill_n(padded, border, 0.0F);
  }
}

}  // namespace

OFFPRINT_FOR_EACH_CPU
void convolve_relu(const Convolution& shape, long batch, const float* in, const float* weight, const float* bias,
                   float* padded, float* out) {
  pad(shape, batch, in, padded);
  const auto offsets = taps(shape, batch);
  const long terms = static_cast<long>(offsets.size()), rows = shape.out_channels, height = shape.out_height(),
             width = shape.out_width();
  std::vector<float> packed(static_cast<std::size_t>(terms * rows));
  for (long r = 0; r < rows; ++r)
    for (long t = 0; t < terms; ++t) packed[static_cast<std::size_t>(t * rows + r)] = weight[r * terms + t];
  const long padded_row = (shape.width + 2 * shape.padding) * batch;
  for (long y = 0; y < height; ++y)
    for (long x = 0; x < width; ++x)
      all_rows(padded + y * shape.stride * padded_row + x * shape.stride * batch, offsets.data(), terms, packed.data(),
               rows, bias, out + (y * width + x) * batch, height * width * batch, batch, true);
}

namespace {

OFFPRINT_FOR_EACH_CPU
void input_gradient(const Convolution& shape, long batch, const float* weight, const float* gradient,
                    float* in_gradient) {
  const long height = shape.out_height(), width = shape.out_width(), k = shape.kernel, channels = shape.in_channels;
  std::vector<float> packed(static_cast<std::size_t>(shape.out_channels * k * k * channels));
  std::vector<long> offsets(packed.size());
  for (long iy = 0; iy < shape.height; ++iy)
    for (long ix = 0; ix < shape.width; ++ix) {
      long terms = 0;
      for (long ky = (iy + shape.padding) % shape.stride; ky < k; ky += shape.stride) {
        const long y = (iy + shape.padding - ky) / shape.stride;
        if (iy + shape.padding < ky || y >= height) continue;
        for (long kx = (ix + shape.padding) % shape.stride; kx < k; kx += shape.stride) {
          const long x = (ix + shape.padding - kx) / shape.stride;
          if (ix + shape.padding < kx || x >= width) continue;
          for (long o = 0; o < shape.out_channels; ++o, ++terms) {
            offsets[static_cast<std::size_t>(terms)] = ((o * height + y) * width + x) * batch;
            for (long c = 0; c < channels; ++c)
              packed[static_cast<std::size_t>(terms * channels + c)] = weight[((o * channels + c) * k + ky) * k + kx];
          }
        }
      }
      all_rows(gradient, offsets.data(), terms, packed.data(), channels, nullptr,
               in_gradient + (iy * shape.width + ix) * batch, shape.height * shape.width * batch, batch, false);
    }
}

OFFPRINT_FOR_EACH_CPU
void parameter_gradients(const Convolution& shape, long batch, const float* padded, const float* gradient,
                         float* weight_gradient, float* bias_gradient) {
  const auto offsets = taps(shape, batch);
  const long terms = static_cast<long>(offsets.size()), area = shape.out_height() * shape.out_width() * batch;
  const auto rows_of = [&](auto size, long row) __attribute__((always_inline)) {
    constexpr int R = decltype(size)::value;
    long t = 0;
    for (; t + 4 <= terms; t += 4)
      products<R, 4>(shape, batch, padded, offsets.data() + t, gradient + row * area, weight_gradient + row * terms + t,
                     terms);
    for (; t < terms; ++t)
      products<R, 1>(shape, batch, padded, offsets.data() + t, gradient + row * area, weight_gradient + row * terms + t,
                     terms);
  };
  long row = 0;
  for (; row + 4 <= shape.out_channels; row += 4) rows_of(std::integral_constant<int, 4>{}, row);
  for (; row < shape.out_channels; ++row) rows_of(std::integral_constant<int, 1>{}, row);
  for (long o = 0; o < shape.out_channels; ++o) {
    Lane sum = {};
    for (long i = 0; i < area; i += batch_multiple) sum += load(gradient + o * area + i);
    bias_gradient[o] = 0;
    for (long i = 0; i < batch_multiple; ++i) bias_gradient[o] += sum[i];
  }
}

OFFPRINT_FOR_EACH_CPU
void pass_where_positive(const float* gradient, const float* out, long count, float* passed) {
  for (long i = 0; i < count; i += batch_multiple)
    store(passed + i, load(out + i) > Lane{} ? load(gradient + i) : Lane{});
}

}  // namespace

void convolve_relu_backward(const Convolution& shape, long batch, const float* padded, const float* weight,
                            const float* out, const float* gradient, float* in_gradient, float* weight_gradient,
                            float* bias_gradient) {
  const long count = shape.out_values() * batch;
  const std::unique_ptr<float[]> passed(new float[static_cast<std::size_t>(count)]);
  pass_where_positive(gradient, out, count, passed.get());
  if (in_gradient) input_gradient(shape, batch, weight, passed.get(), in_gradient);
  if (weight_gradient) parameter_gradients(shape, batch, padded, passed.get(), weight_gradient, bias_gradient);
}

}  // namespace offprint::nn
