// Multilayer perceptrons over CBLAS, alone or as an ensemble of equal shapes whose members are computed together.
// Matrices are feature-major: a batch of B vectors with n features is n rows of B numbers, so that every row is
// contiguous over the batch.
// All parameters of a network lie in one vector: for each layer the weights [members][outputs][inputs], then the biases
// [members][outputs].
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "offprint/base/random.hpp"

namespace offprint::nn {

enum class Activation { identity, relu, tanh, swish };

/// Some members of an ensemble, in order.
struct Members {
  int first = 0;
  int count = 1;
};

/// What one forward pass leaves for its backward pass. Reused between passes, it allocates nothing once it has seen the
/// largest batch.
template <class Scalar>
struct Pass {
  int batch = 0;
  Members members;
  const Scalar* input = nullptr;
  std::vector<std::vector<Scalar>> outputs;          ///< of each layer: [members.count][layer's size][batch]
  std::vector<std::vector<Scalar>> before;           ///< before the activation; filled for swish only
  std::vector<Scalar> gradient, gradient_of_inputs;  ///< scratch of the backward pass
};

/// float for training; double for checking it.
template <class Scalar>
class Mlp {
 public:
  Mlp() = default;
  /// `sizes`: inputs, hidden layers, outputs; at least two, all >= 1. Parameters are zero. Throws std::logic_error on
  /// other sizes.
  Mlp(std::vector<int> sizes, Activation hidden, Activation output, int members = 1);

  /// Weights and biases uniform in +-1/sqrt(inputs of the layer).
  void initialise(Random random);

  const std::vector<int>& sizes() const { return sizes_; }
  int inputs() const { return sizes_.front(); }
  int outputs() const { return sizes_.back(); }
  int members() const { return members_; }
  int layers() const { return static_cast<int>(sizes_.size()) - 1; }
  Activation hidden_activation() const { return hidden_; }
  Activation output_activation() const { return output_; }
  std::span<Scalar> parameters() { return parameters_; }
  std::span<const Scalar> parameters() const { return parameters_; }
  /// [outputs][inputs] of one member's layer, row-major; its biases.
  std::span<const Scalar> weights(int layer, int member = 0) const;
  std::span<const Scalar> biases(int layer, int member = 0) const;
  std::span<Scalar> weights(int layer, int member = 0);
  std::span<Scalar> biases(int layer, int member = 0);

  /// Outputs [members.count][outputs][batch], which live in `pass`. `input` is [inputs][batch], shared by all members,
  /// or with
  /// `own_inputs` [members.count][inputs][batch]; it must outlive the backward pass. batch >= 1.
  const Scalar* forward(const Scalar* input, int batch, Pass<Scalar>& pass, Members members,
                        bool own_inputs = false) const;
  const Scalar* forward(const Scalar* input, int batch, Pass<Scalar>& pass) const {
    return forward(input, batch, pass, {0, members_});
  }

  /// Gradients of a loss whose gradient with respect to the outputs of that forward pass is `output_gradient` (same
  /// layout).
  /// `parameter_gradient` (all parameters; only those of the pass's members are written) and `input_gradient` (layout
  /// of the input; summed over members that share it) may be null.
  void backward(const Scalar* output_gradient, Pass<Scalar>& pass, Scalar* parameter_gradient, Scalar* input_gradient,
                bool own_inputs = false) const;

 private:
  std::size_t weight_offset(int layer, int member) const;
  std::size_t bias_offset(int layer, int member) const;
  void apply(int layer, Pass<Scalar>& pass) const;

  std::vector<int> sizes_;
  Activation hidden_ = Activation::relu, output_ = Activation::identity;
  int members_ = 1;
  std::vector<std::size_t> offsets_;  ///< of each layer's parameters
  std::vector<Scalar> parameters_;
};

/// Adam (Kingma and Ba 2015), epsilon outside the square root. One pass over parameters, gradients and moments.
template <class Scalar>
class Adam {
 public:
  Adam() = default;
  Adam(std::size_t parameters, double learning_rate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8);
  void update(std::span<Scalar> parameters, std::span<const Scalar> gradient);

  /// What a checkpoint must hold.
  std::span<Scalar> first_moments() { return first_; }
  std::span<Scalar> second_moments() { return second_; }
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  std::vector<Scalar> first_, second_;
  double learning_rate_ = 0, beta1_ = 0, beta2_ = 0, epsilon_ = 0;
  std::int64_t steps_ = 0;
};

/// target += rate (source - target).
template <class Scalar>
void polyak(std::span<Scalar> target, std::span<const Scalar> source, double rate);

extern template class Mlp<float>;
extern template class Mlp<double>;
extern template class Adam<float>;
extern template class Adam<double>;
extern template void polyak<float>(std::span<float>, std::span<const float>, double);
extern template void polyak<double>(std::span<double>, std::span<const double>, double);

}  // namespace offprint::nn
