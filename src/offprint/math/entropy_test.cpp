#include "offprint/math/entropy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "offprint/base/random.hpp"

namespace offprint {
namespace {

TEST(Entropy, KnownValues) {
  EXPECT_EQ(entropy_bits(std::vector<double>{1}), 0);
  EXPECT_EQ(entropy_bits(std::vector<double>{}), 0);
  EXPECT_NEAR(entropy_bits(std::vector<double>(8, 0.125)), 3, 1e-15);
  EXPECT_NEAR(entropy_bits(std::vector<double>{0.4, 0.3, 0.2, 0.1}), 1.8464393446710154, 1e-14);
  EXPECT_NEAR(entropy_bits(std::vector<double>{0.5, 0, 0.5, 0}), 1, 1e-15);
  EXPECT_EQ(binary_entropy_bits(0), 0);
  EXPECT_EQ(binary_entropy_bits(0.5), 1);
  EXPECT_NEAR(binary_entropy_bits(0.11), 0.499915958164528, 1e-14);
}

TEST(Entropy, ManySmallMassesLoseNothing) {
  const std::size_t n = 1 << 20;
  EXPECT_NEAR(entropy_bits(std::vector<double>(n, 1.0 / static_cast<double>(n))), 20, 1e-12);
}

TEST(Entropy, MergeLossIsTheDifference) {
  Random random(1);
  for (int trial = 0; trial < 1000; ++trial) {
    const double a = random.uniform(), b = std::pow(10.0, -12 * random.uniform());
    EXPECT_NEAR(merge_loss_bits(a, b), entropy_term(a) + entropy_term(b) - entropy_term(a + b), 1e-14);
  }
  EXPECT_EQ(merge_loss_bits(0, 0.3), 0);
  EXPECT_EQ(merge_loss_bits(0.3, 0), 0);
}

TEST(Entropy, MutualInformationOfKnownJoints) {
  EXPECT_NEAR(mutual_information_bits(std::vector<double>{0.5, 0, 0, 0.5}, 2), 1, 1e-15);
  EXPECT_NEAR(mutual_information_bits(std::vector<double>{0.06, 0.24, 0.14, 0.56}, 2), 0, 1e-15);
  const double e = 0.11;  // binary symmetric channel, uniform input
  EXPECT_NEAR(mutual_information_bits(std::vector<double>{(1 - e) / 2, e / 2, e / 2, (1 - e) / 2}, 2),
              1 - binary_entropy_bits(e), 1e-14);
  EXPECT_THROW(mutual_information_bits(std::vector<double>(5), 2), std::invalid_argument);
}

}  // namespace
}  // namespace offprint
