#include "offprint/nn/mlp.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "offprint/nn/blas.hpp"

namespace offprint::nn {
namespace {

std::vector<double> normals(std::size_t count, Random random) {
  std::vector<double> values(count);
  for (auto& value : values) value = random.normal();
  return values;
}

/// A loss whose gradient with respect to the outputs is `weights`.
double weighted_sum(const Mlp<double>& net, const std::vector<double>& input, int batch, Members members, bool own,
                    const std::vector<double>& weights) {
  Pass<double> pass;
  const double* y = net.forward(input.data(), batch, pass, members, own);
  return std::inner_product(weights.begin(), weights.end(), y, 0.0);
}

struct Case {
  Activation hidden, output;
  int members;
  Members used;
  bool own;
};

class Gradients : public testing::TestWithParam<Case> {};

TEST_P(Gradients, AgreeWithFiniteDifferences) {
  const auto& [hidden, output, members, used, own] = GetParam();
  const int batch = 5;
  Mlp<double> net({3, 7, 6, 2}, hidden, output, members);
  net.initialise(Random(1));
  auto input = normals(static_cast<std::size_t>((own ? used.count : 1) * 3 * batch), Random(2));
  const auto weights = normals(static_cast<std::size_t>(used.count * 2 * batch), Random(3));

  Pass<double> pass;
  net.forward(input.data(), batch, pass, used, own);
  std::vector<double> gradient(net.parameters().size(), 0), input_gradient(input.size());
  net.backward(weights.data(), pass, gradient.data(), input_gradient.data(), own);

  const double h = 1e-6;
  const auto slope = [&](double& place) {
    const double kept = place;
    place = kept + h;
    const double above = weighted_sum(net, input, batch, used, own, weights);
    place = kept - h;
    const double below = weighted_sum(net, input, batch, used, own, weights);
    place = kept;
    return (above - below) / (2 * h);
  };
  for (std::size_t i = 0; i < gradient.size(); ++i)
    ASSERT_NEAR(gradient[i], slope(net.parameters()[i]), 1e-6) << "parameter " << i;
  for (std::size_t i = 0; i < input.size(); ++i) ASSERT_NEAR(input_gradient[i], slope(input[i]), 1e-6) << "input " << i;
}

INSTANTIATE_TEST_SUITE_P(Shapes, Gradients,
                         testing::Values(Case{Activation::relu, Activation::identity, 1, {0, 1}, false},
                                         Case{Activation::relu, Activation::tanh, 1, {0, 1}, false},
                                         Case{Activation::tanh, Activation::identity, 3, {0, 3}, false},
                                         Case{Activation::swish, Activation::tanh, 3, {1, 2}, false},
                                         Case{Activation::swish, Activation::identity, 4, {0, 4}, true},
                                         Case{Activation::relu, Activation::swish, 3, {2, 1}, true}));

/// The network written out as sums.
std::vector<double> by_hand(const Mlp<double>& net, int member, const std::vector<double>& x) {
  auto values = x;
  for (int layer = 0; layer < net.layers(); ++layer) {
    const auto w = net.weights(layer, member), b = net.biases(layer, member);
    std::vector<double> next(b.size());
    for (std::size_t o = 0; o < next.size(); ++o) {
      double z = b[o];
      for (std::size_t i = 0; i < values.size(); ++i) z += w[o * values.size() + i] * values[i];
      next[o] = layer + 1 == net.layers() ? std::tanh(z) : std::max(0.0, z);
    }
    values = next;
  }
  return values;
}

TEST(Mlp, MembersComputeWhatTheFormulaSays) {
  const int batch = 4;
  Mlp<double> net({3, 8, 5, 2}, Activation::relu, Activation::tanh, 3);
  net.initialise(Random(4));
  const auto input = normals(3 * batch, Random(5));
  Pass<double> pass;
  const double* y = net.forward(input.data(), batch, pass);
  for (int e = 0; e < 3; ++e)
    for (int b = 0; b < batch; ++b) {
      const auto expected = by_hand(net, e, {input[b], input[batch + b], input[2 * batch + b]});
      for (int o = 0; o < 2; ++o) EXPECT_NEAR(y[(e * 2 + o) * batch + b], expected[o], 1e-12);
    }
}

TEST(Mlp, AReusedPassGivesTheSameForSmallerBatches) {
  Mlp<float> net({4, 16, 3}, Activation::relu, Activation::identity);
  net.initialise(Random(6));
  std::vector<float> large(4 * 32, 0.3F), small(4 * 2, -0.7F);
  Pass<float> reused, fresh;
  net.forward(large.data(), 32, reused);
  const float* a = net.forward(small.data(), 2, reused);
  const float* b = net.forward(small.data(), 2, fresh);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(a[i], b[i]);
}

TEST(Mlp, ImpossibleShapesAreRefused) {
  EXPECT_THROW(Mlp<float>({3}, Activation::relu, Activation::identity), std::logic_error);
  EXPECT_THROW(Mlp<float>({3, 0, 1}, Activation::relu, Activation::identity), std::logic_error);
  Mlp<float> net({1, 1}, Activation::relu, Activation::identity);
  Pass<float> pass;
  const float x = 0;
  EXPECT_THROW(net.forward(&x, 0, pass), std::logic_error);
  EXPECT_THROW(net.forward(&x, 1, pass, {0, 2}), std::logic_error);
}

TEST(Adam, FollowsItsDefinition) {
  std::vector<double> p{1, -2, 0.5}, expected = p, m(3, 0), v(3, 0);
  Adam<double> adam(3, 0.01);
  for (int t = 1; t <= 50; ++t) {
    std::vector<double> g{std::sin(t * 0.3), -0.1 * t, 1e-9};
    adam.update(p, g);
    for (int i = 0; i < 3; ++i) {
      m[i] = 0.9 * m[i] + 0.1 * g[i];
      v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
      expected[i] -= 0.01 * (m[i] / (1 - std::pow(0.9, t))) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
      ASSERT_NEAR(p[i], expected[i], 1e-12);
    }
  }
}

TEST(Polyak, MovesAShareOfTheWay) {
  std::vector<float> target{0, 1}, source{1, 3};
  polyak<float>(target, source, 0.25);
  EXPECT_FLOAT_EQ(target[0], 0.25F);
  EXPECT_FLOAT_EQ(target[1], 1.5F);
}

TEST(TrainingThread, FlushesDenormalsAndRestores) {
  volatile float tiny = 1e-30F;
  const auto product = [&] { return tiny * 1e-10F; };
  EXPECT_GT(product(), 0);
  {
    const TrainingThread thread;
    EXPECT_EQ(product(), 0);
  }
  EXPECT_GT(product(), 0);
}

TEST(Blas, HasANameAndASpeed) {
  EXPECT_NE(blas_name().find("OpenBLAS"), std::string::npos) << blas_name();
  EXPECT_GT(blas_gigaflops(), 0);
}

}  // namespace
}  // namespace offprint::nn
