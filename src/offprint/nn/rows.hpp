// The elementwise loops of the kernel, compiled for several instruction sets and chosen when the program starts.
#pragma once

#include "offprint/nn/mlp.hpp"

namespace offprint::nn::rows {

/// values[r][b] = activation(values[r][b] + bias[r]); where `before` is given it receives the argument of the
/// activation.
void activate(float* values, float* before, const float* bias, int rows, int batch, Activation activation);
void activate(double* values, double* before, const double* bias, int rows, int batch, Activation activation);

/// gradient[r][b] *= activation'(.), from the outputs (relu, tanh) or from the arguments (swish); bias_gradient[r] =
/// sum over b, if it is not null.
void deactivate(float* gradient, const float* outputs, const float* before, float* bias_gradient, int rows, int batch,
                Activation activation);
void deactivate(double* gradient, const double* outputs, const double* before, double* bias_gradient, int rows,
                int batch, Activation activation);

struct AdamStep {
  double rate;        ///< learning rate / (1 - beta1^t)
  double root_scale;  ///< 1 / sqrt(1 - beta2^t)
  double beta1, beta2, epsilon;
};
void adam(float* parameters, const float* gradient, float* first, float* second, std::size_t count,
          const AdamStep& step);
void adam(double* parameters, const double* gradient, double* first, double* second, std::size_t count,
          const AdamStep& step);

void blend(float* target, const float* source, std::size_t count, double rate);
void blend(double* target, const double* source, std::size_t count, double rate);

}  // namespace offprint::nn::rows
