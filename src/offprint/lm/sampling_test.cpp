#include "offprint/lm/sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "offprint/lm/ngram.hpp"
#include "offprint/lm/tokenizer.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::lm {
namespace {

const std::vector<float> logits{std::log(0.1f), std::log(0.4f), std::log(0.2f), std::log(0.25f), std::log(0.05f)};

std::vector<double> distribution(const Sampling& sampling) { return Sampler(sampling).distribution(logits); }

void expect_near(const std::vector<double>& got, const std::vector<double>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 1e-6) << i;
}

TEST(Sampling, CutsWhatItSays) {
  expect_near(distribution({}), {0.1, 0.4, 0.2, 0.25, 0.05});
  expect_near(distribution({.temperature = 0}), {0, 1, 0, 0, 0});
  expect_near(distribution({.temperature = 1e-45}), {0, 1, 0, 0, 0});
  expect_near(distribution({.top_k = 2}), {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0});
  expect_near(distribution({.top_p = 0.6}), {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0});
  expect_near(distribution({.top_p = 0.7}), {0, 0.4 / 0.85, 0.2 / 0.85, 0.25 / 0.85, 0});
  expect_near(distribution({.top_k = 3, .top_p = 0.5}),
              {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0});  // 0.4/0.85 < 0.5 <= 0.65/0.85
  const double sum = std::sqrt(0.1) + std::sqrt(0.4) + std::sqrt(0.2) + std::sqrt(0.25) + std::sqrt(0.05);
  expect_near(distribution({.temperature = 2}),
              {std::sqrt(0.1) / sum, std::sqrt(0.4) / sum, std::sqrt(0.2) / sum, 0.5 / sum, std::sqrt(0.05) / sum});
}

TEST(Sampling, DrawsFromTheDistribution) {
  Random random(1);
  Sampler sampler{Sampling{}};
  std::vector<double> counts(5);
  const int draws = 100000;
  for (int i = 0; i < draws; ++i) ++counts[static_cast<std::size_t>(sampler(logits, random))];
  const double expected[]{0.1, 0.4, 0.2, 0.25, 0.05};
  double chi_square = 0;
  for (std::size_t i = 0; i < 5; ++i)
    chi_square += std::pow(counts[i] - draws * expected[i], 2) / (draws * expected[i]);
  EXPECT_GT(chi_square_p_value(chi_square, 4), 1e-3);
}

TEST(Sampling, GenerationIsDeterministicAndStaysInTheText) {
  const ByteTokenizer bytes;
  const auto model = Ngram::train("abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc", 4);
  const auto prompt = bytes.encode("abc");
  EXPECT_EQ(generate(model, prompt, 50, {}, Random(5)), generate(model, prompt, 50, {}, Random(5)));
  const auto other = Ngram::train("acbbacbcabcacbbac", 2);
  EXPECT_NE(generate(other, prompt, 50, {}, Random(5)), generate(other, prompt, 50, {}, Random(6)));
  EXPECT_EQ(bytes.decode(generate(model, prompt, 9, {.temperature = 0}, Random(5))), "abcabcabc");
}

}  // namespace
}  // namespace offprint::lm
