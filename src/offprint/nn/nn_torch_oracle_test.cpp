// The kernel against libtorch: the same networks, the same data, gradients by autograd.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "offprint/nn/mlp.hpp"

namespace offprint::nn {
namespace {

double relative_difference(const torch::Tensor& expected, const float* actual, double floor) {
  double worst = 0;
  const auto flat = expected.contiguous().view(-1);
  for (std::int64_t i = 0; i < flat.numel(); ++i)
    worst = std::max(worst, std::abs(flat[i].item<double>() - static_cast<double>(actual[i])) /
                                (floor + std::abs(flat[i].item<double>())));
  return worst;
}

torch::Tensor applied(const torch::Tensor& z, Activation activation) {
  switch (activation) {
    case Activation::relu:
      return torch::relu(z);
    case Activation::tanh:
      return torch::tanh(z);
    case Activation::swish:
      return z * torch::sigmoid(z);
    case Activation::identity:
      break;
  }
  return z;
}

class Oracle : public testing::TestWithParam<Activation> {};

TEST_P(Oracle, ForwardBackwardAndAdamAgree) {
  const int batch = 64, in = 23;
  const std::vector<int> sizes{in, 128, 128, 6};
  Mlp<float> net(sizes, GetParam(), Activation::tanh);
  net.initialise(Random(1));
  Random random(2);
  std::vector<float> input(static_cast<std::size_t>(in * batch)), weights(6 * batch);
  for (auto& x : input) x = static_cast<float>(random.normal());
  for (auto& x : weights) x = static_cast<float>(random.normal());

  std::vector<torch::Tensor> parameters;
  for (int layer = 0; layer < net.layers(); ++layer) {
    parameters.push_back(
        torch::from_blob(net.weights(layer).data(), {sizes[layer + 1], sizes[layer]}).clone().requires_grad_(true));
    parameters.push_back(torch::from_blob(net.biases(layer).data(), {sizes[layer + 1]}).clone().requires_grad_(true));
  }
  torch::optim::Adam optimiser(parameters, torch::optim::AdamOptions(1e-3));
  Adam<float> adam(net.parameters().size(), 1e-3);
  std::vector<float> gradient(net.parameters().size()), input_gradient(input.size());
  Pass<float> pass;
  for (int step = 0; step < 3; ++step) {
    auto x = torch::from_blob(input.data(), {in, batch}).t().clone().requires_grad_(true);
    auto y = x;
    for (int layer = 0; layer < net.layers(); ++layer)
      y = applied(torch::matmul(y, parameters[2 * layer].t()) + parameters[2 * layer + 1],
                  layer + 1 == net.layers() ? Activation::tanh : GetParam());
    optimiser.zero_grad();
    (y * torch::from_blob(weights.data(), {6, batch}).t()).sum().backward();

    const float* ours = net.forward(input.data(), batch, pass);
    net.backward(weights.data(), pass, gradient.data(), input_gradient.data());
    EXPECT_LT(relative_difference(y.t(), ours, 1e-2), 1e-4);
    EXPECT_LT(relative_difference(x.grad().t(), input_gradient.data(), 1e-1), 1e-4);
    for (int layer = 0; layer < net.layers(); ++layer) {
      const auto offset = net.weights(layer).data() - net.parameters().data();
      EXPECT_LT(relative_difference(parameters[2 * layer].grad(), gradient.data() + offset, 1), 1e-4)
          << "weights of layer " << layer;
      const auto bias_offset = net.biases(layer).data() - net.parameters().data();
      EXPECT_LT(relative_difference(parameters[2 * layer + 1].grad(), gradient.data() + bias_offset, 1), 1e-4)
          << "biases of layer " << layer;
    }
    optimiser.step();
    adam.update(net.parameters(), gradient);
    for (int layer = 0; layer < net.layers(); ++layer)
      EXPECT_LT(relative_difference(parameters[2 * layer].detach(), net.weights(layer).data(), 1e-1), 1e-4)
          << "after step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Activations, Oracle, testing::Values(Activation::relu, Activation::tanh, Activation::swish));

}  // namespace
}  // namespace offprint::nn
