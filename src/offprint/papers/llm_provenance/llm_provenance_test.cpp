#include "offprint/papers/llm_provenance/llm_provenance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "offprint/base/error.hpp"
#include "offprint/base/random.hpp"
#include "offprint/lm/ngram.hpp"
#include "offprint/lm/sampling.hpp"
#include "offprint/lm/tokenizer.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/llm_provenance/markov.hpp"
#include "offprint/papers/llm_provenance/scores.hpp"

namespace offprint::llm_provenance {
namespace {

double surprisal_variance(std::span<const double> p) {
  double mean = 0, second = 0;
  for (const double x : p)
    if (x > 0) {
      mean -= x * std::log(x);
      second += x * std::log(x) * std::log(x);
    }
  return second - mean * mean;
}

TEST(Bounds, GreatestVarianceOfTheSurprisal) {
  EXPECT_NEAR(surprisal_variance_bound(256), 8.638670, 1e-6);
  EXPECT_NEAR(surprisal_variance_bound(50257), 30.283600, 1e-6);
  for (const double k : {2.0, 3.0, 4.0, 5.0, 8.0, 16.0, 100.0, 256.0, 1000.0, 5000.0, 32000.0, 50257.0})
    EXPECT_LE(surprisal_variance_bound(k), 0.25 * std::pow(std::log(k - 1), 2) + 1) << k;
  // No distribution does better: random ones of all shapes, and hill climbing from them.
  Random random(1);
  for (const std::size_t k : {2u, 3u, 4u, 6u, 10u}) {
    double best = 0;
    for (int start = 0; start < 60; ++start) {
      auto p = random.dirichlet(k, std::pow(10.0, random.uniform(-1.5, 1)));
      double value = surprisal_variance(p);
      for (int step = 0; step < 3000; ++step) {
        auto q = p;
        const auto i = random.below(k), j = random.below(k);
        const double move = q[i] * random.uniform() * std::pow(10.0, -3 * random.uniform());
        q[i] -= move;
        q[j] += move;
        if (const double v = surprisal_variance(q); v > value) {
          value = v;
          p = q;
        }
      }
      best = std::max(best, value);
    }
    EXPECT_LE(best, surprisal_variance_bound(static_cast<double>(k)) + 1e-9) << k;
    EXPECT_GE(best, 0.98 * surprisal_variance_bound(static_cast<double>(k))) << k;
  }
}

TEST(Bounds, CumulantFunctionsStayBelowTheirBounds) {
  // The derivation's core: log E exp(l (surprisal - H)) <= V l^2 / (2 (1-l)) for 0 <= l < 1 and <= V l^2 / 2 for l < 0.
  Random random(2);
  for (int trial = 0; trial < 400; ++trial) {
    const std::size_t k = 2 + random.below(30);
    const auto p = random.dirichlet(k, std::pow(10.0, random.uniform(-1, 1)));
    const double bound = surprisal_variance_bound(static_cast<double>(k));
    double entropy = 0;
    for (const double x : p) entropy -= x > 0 ? x * std::log(x) : 0;
    for (const double l : {-3.0, -1.0, -0.2, 0.1, 0.5, 0.9}) {
      double moment = 0;
      for (const double x : p)
        if (x > 0) moment += std::pow(x, 1 - l);
      EXPECT_LE(std::log(moment) - l * entropy, (l < 0 ? bound * l * l / 2 : bound * l * l / (2 * (1 - l))) + 1e-9);
    }
  }
}

TEST(Bounds, ThresholdsInvertTails) {
  const auto model = assumptions(256, 20);
  for (const auto bound : {Bound::azuma, Bound::freedman, Bound::subgamma, Bound::studentised})
    for (const double n : {1.0, 30.0, 1000.0})
      for (const double delta : {0.2, 0.05, 1e-6})
        for (const double v : {0.01, 1.0, 8.0}) {
          const auto limits = thresholds(bound, n, delta, v, model);
          EXPECT_NEAR(p_value(bound, n, limits.upper, v, model), delta, 1e-9) << bound_names.name(bound);
          EXPECT_NEAR(p_value(bound, n, -limits.lower, v, model), delta, 1e-9) << bound_names.name(bound);
          const double t = std::max(limits.lower, limits.upper);
          EXPECT_NEAR(length_needed(bound, t, delta, v, model), n, 1) << bound_names.name(bound);
        }
  EXPECT_EQ(p_value(Bound::subgamma, 10, 0, 1, model), 1);
  EXPECT_TRUE(std::isinf(thresholds(Bound::freedman, 10, 0.05, 1, assumptions(256, HUGE_VAL)).upper));
}

const std::string& sample_text() {
  static const std::string text = [] {
    Random random(4);
    const std::vector<std::string> words{"the ",  "cat ",   "sat ",  "on ",    "a ",    "mat. ",
                                         "dogs ", "bark; ", "why? ", "never ", "again "};
    std::string all;
    for (int i = 0; i < 8000; ++i) all += words[random.below(1 + random.below(words.size()))];
    return all;
  }();
  return text;
}

TEST(Statistics, AgreeWithTheDefinitions) {
  const auto model = lm::Ngram::train(sample_text(), 4), other = lm::Ngram::train(sample_text().substr(0, 5000), 3);
  const auto text = lm::ByteTokenizer().encode("the dog never sat; zebra 12");
  const auto statistics = token_statistics(model, text, 2);
  const auto cross = cross_statistics(model, other, text, 2);
  ASSERT_EQ(statistics.size(), text.size() - 2);
  const auto state = model.start(), writer = other.start();
  for (std::size_t n = 0; n < text.size(); ++n) {
    if (n >= 2) {
      std::vector<double> p;
      for (const float l : state->logits()) p.push_back(std::exp(static_cast<double>(l)));
      double entropy = 0, rank = 1, cross_entropy = 0;
      for (std::size_t x = 0; x < 256; ++x) {
        entropy -= p[x] * std::log(p[x]);
        rank += p[x] > p[static_cast<std::size_t>(text[n])];
        cross_entropy -= std::exp(static_cast<double>(writer->logits()[x])) * std::log(p[x]);
      }
      EXPECT_NEAR(statistics.surprisal[n - 2], -std::log(p[static_cast<std::size_t>(text[n])]), 2e-6);
      EXPECT_NEAR(statistics.entropy[n - 2], entropy, 1e-5);
      EXPECT_NEAR(statistics.variance[n - 2], surprisal_variance(p), 1e-4);
      EXPECT_EQ(statistics.rank[n - 2], rank);
      EXPECT_NEAR(cross.surprisal[n - 2], statistics.surprisal[n - 2], 1e-5);
      EXPECT_NEAR(cross.cross_entropy[n - 2], cross_entropy, 1e-5);
    }
    state->append(text[n]);
    writer->append(text[n]);
  }
  const auto curve = prefix_curve(statistics);
  EXPECT_EQ(curve.size(), statistics.size());
  EXPECT_DOUBLE_EQ(curve.back().log_perplexity, mean(statistics.surprisal));
  EXPECT_DOUBLE_EQ(curve[4].entropy, mean(std::span(statistics.entropy).first(5)));
  const auto own = cross_statistics(model, model, text, 0);
  const auto all = token_statistics(model, text, 0);
  for (std::size_t i = 0; i < text.size(); ++i) EXPECT_NEAR(own.cross_entropy[i], all.entropy[i], 1e-5);
}

TEST(Statistics, RefuseWhatCannotBeScored) {
  const auto model = lm::Ngram::train(sample_text(), 3);
  const std::vector<Token> none, three{97, 98, 99}, outside{97, 300};
  EXPECT_THROW(token_statistics(model, none, 0), BadInput);
  EXPECT_THROW(token_statistics(model, three, 3), BadInput);
  EXPECT_THROW(token_statistics(model, outside, 0), BadInput);
  EXPECT_EQ(token_statistics(model, three, 2).size(), 1u);
}

TEST(Statistics, OfATableOfLogProbabilities) {
  const std::vector<double> half{std::log(0.5), std::log(0.25), std::log(0.25), 0, -HUGE_VAL, -HUGE_VAL};
  const auto statistics = statistics_of_table(half, 3, std::vector<Token>{1, 0});
  EXPECT_NEAR(statistics.surprisal[0], std::log(4), 1e-12);
  EXPECT_NEAR(statistics.entropy[0], 1.5 * std::numbers::ln2, 1e-12);
  EXPECT_EQ(statistics.rank[0], 2);
  EXPECT_NEAR(statistics.entropy[1], 0, 1e-12);
  const auto refused = [&](std::vector<double> table, std::vector<Token> text, const std::string& words) {
    try {
      statistics_of_table(table, 3, text);
      ADD_FAILURE() << words;
    } catch (const BadInput& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  };
  refused(half, {1, 1}, "row 2: gives its token probability 0");
  refused({-1, -1, -1, 0, -HUGE_VAL, -HUGE_VAL}, {0, 0}, "row 1: its probabilities sum to");
  refused({NAN, -1, -1, 0, -HUGE_VAL, -HUGE_VAL}, {0, 0}, "row 1");
  refused(half, {1}, "rows");
  refused(half, {1, 3}, "outside");
}

TEST(Statistics, EntropyBracketsHoldTheTruth) {
  Random random(5);
  for (int trial = 0; trial < 500; ++trial) {
    const std::size_t k = 2 + random.below(40);
    auto p = random.dirichlet(k, std::pow(10.0, random.uniform(-1, 1)));
    std::sort(p.rbegin(), p.rend());
    double entropy = 0;
    for (const double x : p) entropy -= x > 0 ? x * std::log(x) : 0;
    for (std::size_t top = 1; top <= k; ++top) {
      std::vector<double> logs;
      for (std::size_t i = 0; i < top; ++i) logs.push_back(std::log(p[i]));
      const auto bracket = entropy_bracket(logs, static_cast<int>(k));
      EXPECT_LE(bracket.lower, entropy + 1e-9);
      EXPECT_GE(bracket.upper, entropy - 1e-9);
      if (top == k) {
        EXPECT_NEAR(bracket.lower, bracket.upper, 1e-9);
      }
    }
  }
}

TEST(IdentityTest, HoldsItsLevelAndRejectsOthers) {
  const auto a = lm::Ngram::train(sample_text(), 4),
             b = lm::Ngram::train("zyxwvuts 0123456789 " + sample_text().substr(0, 200), 2);
  const auto model = assumptions(256, HUGE_VAL);
  int rejected = 0, foreign = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto own = lm::generate(a, {}, 400, {}, Random(i)), other = lm::generate(b, {}, 400, {}, Random(i));
    rejected += identity_test(summarise(token_statistics(a, own, 0)), 0.05, Bound::subgamma, model).decision ==
                Decision::rejected;
    foreign += identity_test(summarise(token_statistics(a, other, 0)), 0.05, Bound::subgamma, model).decision ==
               Decision::rejected;
  }
  EXPECT_LE(rejected, 10);
  EXPECT_GE(foreign, 190);
  const auto tiny = lm::generate(a, {}, 4, {}, Random(1));
  EXPECT_EQ(identity_test(summarise(token_statistics(a, tiny, 0)), 0.05, Bound::subgamma, model).decision,
            Decision::undecided);
}

TEST(Attribution, FindsTheWriterAndSaysNone) {
  const std::vector<lm::Ngram> models{lm::Ngram::train(sample_text(), 4),
                                      lm::Ngram::train("0123456789 zyx" + sample_text().substr(0, 100), 2)};
  const std::vector<Assumptions> facts(2, assumptions(256, HUGE_VAL));
  const auto judge = [&](const std::vector<Token>& text) {
    return attribute({summarise(token_statistics(models[0], text, 0)), summarise(token_statistics(models[1], text, 0))},
                     0.05, Bound::subgamma, facts);
  };
  for (std::uint64_t i = 0; i < 20; ++i)
    for (std::size_t m = 0; m < 2; ++m) {
      const auto result = judge(lm::generate(models[m], {}, 500, {}, Random(i)));
      EXPECT_EQ(result.likeliest, m);
      EXPECT_NE(result.verdicts[m].decision, Decision::rejected);
    }
  std::string noise;
  Random random(3);
  for (int i = 0; i < 2000; ++i) noise += static_cast<char>(128 + random.below(100));
  EXPECT_EQ(judge(lm::ByteTokenizer().encode(noise)).outcome, Outcome::none);
  EXPECT_EQ(judge(lm::ByteTokenizer().encode("the ")).outcome, Outcome::ambiguous);
}

TEST(Markov, AffinityAgreesWithEnumeration) {
  const MarkovSource a(3, 2, 0.5, Random(1)), b = a.blended(MarkovSource(3, 2, 0.5, Random(2)), 0.4);
  const auto affinity = bhattacharyya(a, b, 6);
  for (std::size_t length = 1; length <= 6; ++length) {
    double sum = 0, overlap = 0;
    const auto texts = static_cast<int>(std::pow(3, length));
    for (int code = 0; code < texts; ++code) {
      double log_a = 0, log_b = 0;
      std::size_t context = 0;
      int rest = code;
      for (std::size_t i = 0; i < length; ++i, rest /= 3) {
        log_a += a.log_probability(context, rest % 3);
        log_b += b.log_probability(context, rest % 3);
        context = a.next(context, rest % 3);
      }
      sum += std::exp((log_a + log_b) / 2);
      overlap += std::exp(std::min(log_a, log_b));
    }
    EXPECT_NEAR(affinity[length - 1], sum, 1e-10);
    EXPECT_LE(overlap, sum + 1e-12);  // the least possible sum of errors, 1 - TV
    EXPECT_GE(overlap, sum * sum / 2 - 1e-12);
  }
}

TEST(Scores, BinocularsOfAModelWithItselfIsTheRatio) {
  const auto model = lm::Ngram::train(sample_text(), 4);
  const auto text = lm::ByteTokenizer().encode("the cat never sat; why? dogs");
  EXPECT_NEAR(binoculars(cross_statistics(model, model, text, 1)),
              score_of(Score::ratio, summarise(token_statistics(model, text, 1))), 1e-5);
}

TEST(Scores, AreWhatTheySay) {
  const Summary summary{100, 2, 2.5, 4, 7, 1.5};
  EXPECT_DOUBLE_EQ(score_of(Score::liketropy, summary), 0.5);
  EXPECT_DOUBLE_EQ(score_of(Score::absolute_liketropy, {100, 3, 2.5, 4, 7, 1.5}), 0.5);
  EXPECT_DOUBLE_EQ(score_of(Score::likelihood, summary), -2);
  EXPECT_DOUBLE_EQ(score_of(Score::ratio, summary), -0.8);
  EXPECT_DOUBLE_EQ(score_of(Score::curvature, summary), 2.5);  // sqrt(100) * 0.5 / sqrt(4)
  EXPECT_DOUBLE_EQ(score_of(Score::rank, summary), -7);
  EXPECT_DOUBLE_EQ(score_of(Score::log_rank, summary), -1.5);
  EXPECT_DOUBLE_EQ(score_of(Score::entropy, summary), 2.5);
}

TEST(Markov, DrawsFromItsRows) {
  const MarkovSource source(5, 1, 0.7, Random(9));
  Random random(1);
  std::vector<double> counts(5);
  for (int i = 0; i < 50000; ++i) ++counts[static_cast<std::size_t>(source.draw(2, random))];
  double chi_square = 0;
  for (Token x = 0; x < 5; ++x)
    chi_square += std::pow(counts[static_cast<std::size_t>(x)] - 50000 * source.probability(2, x), 2) /
                  (50000 * source.probability(2, x));
  EXPECT_GT(chi_square_p_value(chi_square, 4), 1e-3);
}

}  // namespace
}  // namespace offprint::llm_provenance
