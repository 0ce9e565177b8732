#include "offprint/nn/mlp.hpp"

#include <cblas.h>

#include <cmath>
#include <stdexcept>

#include "offprint/nn/rows.hpp"

namespace offprint::nn {
namespace {

/// c[m][n] = a b (+ c): a is [m][k] or, transposed, [k][m]; b is [k][n] or, transposed, [n][k]; all row-major.
void multiply(bool transpose_a, bool transpose_b, int m, int n, int k, const float* a, const float* b, float* c,
              float keep = 0) {
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n, k,
              1, a, transpose_a ? m : k, b, transpose_b ? k : n, keep, c, n);
}
void multiply(bool transpose_a, bool transpose_b, int m, int n, int k, const double* a, const double* b, double* c,
              double keep = 0) {
  cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n, k,
              1, a, transpose_a ? m : k, b, transpose_b ? k : n, keep, c, n);
}

std::size_t area(int rows, int columns) { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }

}  // namespace

template <class Scalar>
Mlp<Scalar>::Mlp(std::vector<int> sizes, Activation hidden, Activation output, int members)
    : sizes_(std::move(sizes)), hidden_(hidden), output_(output), members_(members) {
  if (sizes_.size() < 2 || members < 1) throw std::logic_error("a network has inputs, outputs and at least one member");
  std::size_t total = 0;
  for (int layer = 0; layer < layers(); ++layer) {
    if (sizes_[layer] < 1 || sizes_[layer + 1] < 1)
      throw std::logic_error("every layer of a network has at least one unit");
    offsets_.push_back(total);
    total += static_cast<std::size_t>(members) *
             (area(sizes_[layer + 1], sizes_[layer]) + static_cast<std::size_t>(sizes_[layer + 1]));
  }
  parameters_.assign(total, 0);
}

template <class Scalar>
std::size_t Mlp<Scalar>::weight_offset(int layer, int member) const {
  return offsets_[layer] + static_cast<std::size_t>(member) * area(sizes_[layer + 1], sizes_[layer]);
}

template <class Scalar>
std::size_t Mlp<Scalar>::bias_offset(int layer, int member) const {
  return weight_offset(layer, members_) +
         static_cast<std::size_t>(member) * static_cast<std::size_t>(sizes_[layer + 1]);
}

template <class Scalar>
std::span<const Scalar> Mlp<Scalar>::weights(int layer, int member) const {
  return parameters().subspan(weight_offset(layer, member), area(sizes_[layer + 1], sizes_[layer]));
}
template <class Scalar>
std::span<const Scalar> Mlp<Scalar>::biases(int layer, int member) const {
  return parameters().subspan(bias_offset(layer, member), static_cast<std::size_t>(sizes_[layer + 1]));
}
template <class Scalar>
std::span<Scalar> Mlp<Scalar>::weights(int layer, int member) {
  return parameters().subspan(weight_offset(layer, member), area(sizes_[layer + 1], sizes_[layer]));
}
template <class Scalar>
std::span<Scalar> Mlp<Scalar>::biases(int layer, int member) {
  return parameters().subspan(bias_offset(layer, member), static_cast<std::size_t>(sizes_[layer + 1]));
}

template <class Scalar>
void Mlp<Scalar>::initialise(Random random) {
  for (int layer = 0; layer < layers(); ++layer) {
    const double bound = 1 / std::sqrt(static_cast<double>(sizes_[layer]));
    const auto end = layer + 1 < layers() ? offsets_[layer + 1] : parameters_.size();
    for (auto i = offsets_[layer]; i < end; ++i) parameters_[i] = static_cast<Scalar>(random.uniform(-bound, bound));
  }
}

template <class Scalar>
void Mlp<Scalar>::apply(int layer, Pass<Scalar>& pass) const {
  const auto activation = layer + 1 == layers() ? output_ : hidden_;
  auto& values = pass.outputs[layer];
  if (activation == Activation::swish && pass.before[layer].size() < values.size())
    pass.before[layer].resize(values.size());
  rows::activate(values.data(), pass.before[layer].data(), parameters_.data() + bias_offset(layer, pass.members.first),
                 pass.members.count * sizes_[layer + 1], pass.batch, activation);
}

template <class Scalar>
const Scalar* Mlp<Scalar>::forward(const Scalar* input, int batch, Pass<Scalar>& pass, Members members,
                                   bool own_inputs) const {
  if (members.first < 0 || members.count < 1 || members.first + members.count > members_ || batch < 1)
    throw std::logic_error("no such members or batch");
  pass.batch = batch;
  pass.members = members;
  pass.input = input;
  pass.outputs.resize(static_cast<std::size_t>(layers()));
  pass.before.resize(static_cast<std::size_t>(layers()));
  for (int layer = 0; layer < layers(); ++layer) {
    const int in = sizes_[layer], out = sizes_[layer + 1];
    auto& values = pass.outputs[layer];
    if (values.size() < area(members.count * out, batch)) values.resize(area(members.count * out, batch));
    const Scalar* const w = parameters_.data() + weight_offset(layer, members.first);
    if (layer == 0 && !own_inputs)
      multiply(false, false, members.count * out, batch, in, w, input, values.data());
    else
      for (int e = 0; e < members.count; ++e) {
        const Scalar* const below = layer == 0 ? input : pass.outputs[layer - 1].data();
        multiply(false, false, out, batch, in, w + area(e * out, in), below + area(e * in, batch),
                 values.data() + area(e * out, batch));
      }
    apply(layer, pass);
  }
  return pass.outputs.back().data();
}

template <class Scalar>
void Mlp<Scalar>::backward(const Scalar* output_gradient, Pass<Scalar>& pass, Scalar* parameter_gradient,
                           Scalar* input_gradient, bool own_inputs) const {
  const auto [first, count] = pass.members;
  const int batch = pass.batch;
  pass.gradient.assign(output_gradient, output_gradient + area(count * outputs(), batch));
  for (int layer = layers() - 1; layer >= 0; --layer) {
    const int in = sizes_[layer], out = sizes_[layer + 1];
    rows::deactivate(pass.gradient.data(), pass.outputs[layer].data(), pass.before[layer].data(),
                     parameter_gradient ? parameter_gradient + bias_offset(layer, first) : nullptr, count * out, batch,
                     layer + 1 == layers() ? output_ : hidden_);
    const bool shared = layer == 0 && !own_inputs;
    const Scalar* const below = layer == 0 ? pass.input : pass.outputs[layer - 1].data();
    if (parameter_gradient) {
      Scalar* const dw = parameter_gradient + weight_offset(layer, first);
      if (shared)
        multiply(false, true, count * out, in, batch, pass.gradient.data(), below, dw);
      else
        for (int e = 0; e < count; ++e)
          multiply(false, true, out, in, batch, pass.gradient.data() + area(e * out, batch),
                   below + area(e * in, batch), dw + area(e * out, in));
    }
    if (layer == 0 && !input_gradient) return;
    const Scalar* const w = parameters_.data() + weight_offset(layer, first);
    if (shared) {
      multiply(true, false, in, batch, count * out, w, pass.gradient.data(), input_gradient);
      return;
    }
    if (layer > 0) pass.gradient_of_inputs.resize(area(count * in, batch));
    Scalar* const target = layer == 0 ? input_gradient : pass.gradient_of_inputs.data();
    for (int e = 0; e < count; ++e)
      multiply(true, false, in, batch, out, w + area(e * out, in), pass.gradient.data() + area(e * out, batch),
               target + area(e * in, batch));
    if (layer > 0) pass.gradient.swap(pass.gradient_of_inputs);
  }
}

template <class Scalar>
Adam<Scalar>::Adam(std::size_t parameters, double learning_rate, double beta1, double beta2, double epsilon)
    : first_(parameters, 0),
      second_(parameters, 0),
      learning_rate_(learning_rate),
      beta1_(beta1),
      beta2_(beta2),
      epsilon_(epsilon) {}

template <class Scalar>
void Adam<Scalar>::update(std::span<Scalar> parameters, std::span<const Scalar> gradient) {
  if (parameters.size() != first_.size() || gradient.size() != first_.size())
    throw std::logic_error("Adam got another number of parameters");
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const rows::AdamStep step{learning_rate_ / (1 - std::pow(beta1_, t)), 1 / std::sqrt(1 - std::pow(beta2_, t)), beta1_,
                            beta2_, epsilon_};
  rows::adam(parameters.data(), gradient.data(), first_.data(), second_.data(), first_.size(), step);
}

template <class Scalar>
void polyak(std::span<Scalar> target, std::span<const Scalar> source, double rate) {
  if (target.size() != source.size()) throw std::logic_error("networks of different sizes cannot be blended");
  rows::blend(target.data(), source.data(), target.size(), rate);
}

template class Mlp<float>;
template class Mlp<double>;
template class Adam<float>;
template class Adam<double>;
template void polyak<float>(std::span<float>, std::span<const float>, double);
template void polyak<double>(std::span<double>, std::span<const double>, double);

}  // namespace offprint::nn
