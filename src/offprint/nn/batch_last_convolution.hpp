// Convolution followed by ReLU, and its gradients, on activations whose last, contiguous dimension is the batch. For
// the small networks of the papers this is several times faster than libtorch's kernels: every inner loop runs over
// images, without a gather, whatever kernel, stride and channels are.
// One thread; no libtorch.
#pragma once
#include <vector>

namespace offprint::nn {

inline constexpr long batch_multiple = 16;  ///< the batch must be a multiple of it

struct Convolution {
  long in_channels = 1, height = 0, width = 0;  ///< of the input, without padding
  long out_channels = 1, kernel = 4, stride = 2, padding = 1;

  long out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  long out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  long padded_values() const { return in_channels * (height + 2 * padding) * (width + 2 * padding); }  ///< of one image
  long out_values() const { return out_channels * out_height() * out_width(); }                        ///< of one image
};

/// `in`: channels x height x width x batch; `weight`: out x in x kernel x kernel; `padded` (padded_values() x batch)
/// receives the input with a border of zeros, which the gradient of the weights needs; `out`: out x out_height x
/// out_width x batch.
void convolve_relu(const Convolution& shape, long batch, const float* in, const float* weight, const float* bias,
                   float* padded, float* out);

/// `gradient`: of the output, `out` as convolve_relu left it. Fills whichever of the three results is not null.
void convolve_relu_backward(const Convolution& shape, long batch, const float* padded, const float* weight,
                            const float* out, const float* gradient, float* in_gradient, float* weight_gradient,
                            float* bias_gradient);

}  // namespace offprint::nn
