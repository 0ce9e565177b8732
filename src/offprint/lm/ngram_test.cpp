#include "offprint/lm/ngram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/lm/logits.hpp"
#include "offprint/lm/tokenizer.hpp"

namespace offprint::lm {
namespace {

/// The definition itself, by counting in the text.
double by_definition(const std::string& text, const std::string& context, char x, int order) {
  if (order == 0) return 1.0 / 256;
  const auto length = static_cast<std::size_t>(order - 1);
  if (context.size() < length) return by_definition(text, context, x, order - 1);
  const auto c = context.substr(context.size() - length);
  double followed = 0, with_x = 0;
  std::set<char> kinds;
  for (std::size_t i = 0; i + length < text.size(); ++i)
    if (text.compare(i, length, c) == 0) {
      ++followed;
      with_x += text[i + length] == x;
      kinds.insert(text[i + length]);
    }
  const double lower = by_definition(text, context, x, order - 1), t = static_cast<double>(kinds.size());
  return followed == 0 ? lower : (with_x + t * lower) / (followed + t);
}

TEST(Ngram, GivesTheProbabilitiesOfItsDefinition) {
  Random random(1);
  for (const auto& alphabet : std::vector<std::string>{"ab", "abcdefgh", std::string("\0\xff a", 4)})
    for (int order = 1; order <= 8; ++order)
      for (const std::size_t length : {1u, 3u, 8u, 60u, 300u}) {
        std::string text, probe;
        for (std::size_t i = 0; i < length; ++i) text += alphabet[random.below(alphabet.size())];
        for (int i = 0; i < 20; ++i) probe += alphabet[random.below(alphabet.size())];
        probe.insert(10, "z");
        probe +=
            text.substr(text.size() - std::min<std::size_t>(text.size(), 7));  // the text's end, which nothing follows
        const auto model = Ngram::train(text, order);
        const auto state = model.start();
        const double floor = -model.surprisal_bound();
        for (std::size_t n = 0; n < probe.size(); ++n) {
          const auto logits = state->logits();
          double sum = 0;
          for (int x = 0; x < 256; ++x) sum += std::exp(static_cast<double>(logits[static_cast<std::size_t>(x)]));
          ASSERT_NEAR(sum, 1, 1e-6);
          ASSERT_GE(static_cast<double>(*std::min_element(logits.begin(), logits.end())), floor - 1e-5);
          for (const char x : {probe[n], alphabet[0], 'z', 'q'})
            ASSERT_NEAR(static_cast<double>(logits[static_cast<std::uint8_t>(x)]),
                        std::log(by_definition(text, probe.substr(0, n), x, order)), 2e-6)
                << order << " " << length << " at " << n;
          state->append(static_cast<std::uint8_t>(probe[n]));
        }
      }
}

TEST(Ngram, SurvivesItsFileAndRefusesDamage) {
  Random random(2);
  std::string text;
  for (int i = 0; i < 400; ++i) text += static_cast<char>('a' + random.below(5));
  const auto path = std::filesystem::temp_directory_path() / ("offprint-ngram-" + std::to_string(::getpid()));
  const auto model = Ngram::train(text, 4);
  model.save(path);
  const auto bytes = read_file(path);
  std::filesystem::remove(path);
  const auto again = Ngram::parse(bytes, "m");
  const auto tokens = ByteTokenizer().encode(text);
  EXPECT_EQ(log_probabilities(model, tokens, 0), log_probabilities(again, tokens, 0));
  EXPECT_EQ(again.size(), model.size());
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7)
    EXPECT_THROW(Ngram::parse(bytes.substr(0, cut), "m"), BadInput) << cut;
  for (int trial = 0; trial < 2000; ++trial) {
    auto damaged = bytes;
    damaged[random.below(damaged.size())] ^= static_cast<char>(1 + random.below(255));
    EXPECT_THROW(Ngram::parse(damaged, "m"), BadInput);
    // With a right checksum, too, whatever loads is a set of distributions.
    const auto body = damaged.substr(0, bytes.size() - 64);
    try {
      const auto odd = Ngram::parse(body + sha256(body), "m");
      for (const double log_probability : log_probabilities(odd, tokens, 0))
        ASSERT_TRUE(std::isfinite(log_probability));
    } catch (const BadInput&) {
    }
  }
  std::string huge = bytes.substr(0, 16) + std::string(16, '\xff') + std::string(200, 'x');
  EXPECT_THROW(Ngram::parse(huge + sha256(huge), "m"), BadInput);
  EXPECT_THROW(Ngram::parse("", "m"), BadInput);
  EXPECT_THROW(Ngram::train("", 3), BadInput);
}

TEST(Logits, SumsAgreeWithDoubles) {
  Random random(3);
  for (const std::size_t count : {1u, 2u, 255u, 256u, 5000u, 50257u})
    for (const double spread : {0.0, 0.1, 3.0, 30.0}) {
      std::vector<float> logits(count), other(count);
      for (auto& l : logits) l = static_cast<float>(spread * random.normal() + 5);
      for (auto& l : other) l = static_cast<float>(random.normal());
      double top = -1e9, z = 0, h = 0, second = 0, cross = 0;
      for (const float l : logits) top = std::max(top, static_cast<double>(l));
      for (const float l : logits) z += std::exp(static_cast<double>(l) - top);
      const double log_z = top + std::log(z);
      std::size_t greater = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const double log_p = static_cast<double>(logits[i]) - log_z, p = std::exp(log_p);
        h -= p * log_p;
        second += p * log_p * log_p;
        cross += p * static_cast<double>(other[i]);
        greater += logits[i] > logits[0];
      }
      const auto sums = logit_sums(logits);
      EXPECT_NEAR(sums.log_normaliser, log_z, 2e-6);
      EXPECT_NEAR(log_sum_exp(logits), log_z, 2e-6);
      EXPECT_NEAR(sums.entropy, h, 1e-5);
      EXPECT_NEAR(sums.variance, second - h * h, 1e-4 * (1 + second));
      EXPECT_NEAR(expected_logit(logits, other), cross, 2e-6);
      EXPECT_EQ(count_greater(logits, logits[0]), greater);
    }
  const std::vector<float> masked{0, -std::numeric_limits<float>::infinity(), 0};
  EXPECT_NEAR(logit_sums(masked).entropy, std::log(2), 1e-6);
  EXPECT_NEAR(logit_sums(masked).variance, 0, 1e-6);
}

TEST(Logits, LogarithmsAreExact) {
  std::vector<double> p;
  for (double value = 1e-300; value < 1e10; value *= 1.37) p.push_back(value);
  std::vector<float> logs(p.size());
  logarithms(p.data(), p.size(), logs.data());
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_FLOAT_EQ(logs[i], static_cast<float>(std::log(p[i])));
}

TEST(LanguageModel, WindowsMoveByHalf) {
  for (const std::size_t length : {2u, 3u, 8u, 9u})
    for (std::size_t position = 1; position < 100; ++position) {
      const auto begin = window_begin(position, length);
      EXPECT_LE(position - begin, length);
      EXPECT_GE(position - begin, std::min(position, length - length / 2));
      EXPECT_EQ(begin % (length / 2), 0u);
      EXPECT_GE(window_begin(position + 1, length), begin);
    }
}

TEST(LanguageModel, RefusesTokensOutsideTheVocabulary) {
  const auto model = Ngram::train("hello", 3);
  const std::vector<Token> text{104, 256};
  try {
    log_probabilities(model, text, 0);
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("token 2: 256"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace offprint::lm
