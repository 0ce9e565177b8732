#include "offprint/data/rdata.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <climits>
#include <map>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/data/catalogue.hpp"

namespace offprint::data {
namespace {

std::string word(std::int32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

const std::string header = "X\n" + word(2) + word(0) + word(0);

std::string symbol(const std::string& name) { return word(1) + word(9) + word(static_cast<int>(name.size())) + name; }

TEST(RData, ReadsIntegersAndMissingOnes) {
  const auto value = parse_r_value(header + word(13) + word(3) + word(1) + word(-5) + word(INT32_MIN), "t");
  EXPECT_EQ(value.integers, (std::vector<int>{1, -5, INT32_MIN}));
}

TEST(RData, ExpandsCompactSequences) {
  const auto one = std::string("\x3f\xf0\0\0\0\0\0\0", 8), three = std::string("\x40\x08\0\0\0\0\0\0", 8);
  const auto info = word(2) + symbol("compact_intseq") + word(254);
  const auto value = parse_r_value(header + word(238) + info + word(14) + word(3) + three + one + one + word(254), "t");
  EXPECT_EQ(value.integers, (std::vector<int>{1, 2, 3}));
}

TEST(RData, RefusesHostileStreams) {
  const std::vector<std::string> hostile{"",
                                         "X",
                                         "X\n",
                                         header,
                                         header + word(13) + word(2000000000),
                                         header + word(13) + word(-1),
                                         header + word(255 | (7 << 8)),
                                         header + word(77),
                                         header + word(16) + word(1) + word(9) + word(-2)};
  for (const auto& bytes : hostile) EXPECT_THROW(parse_r_value(bytes, "t"), BadInput) << bytes.size();
  std::string deep = header;
  for (int i = 0; i < 100000; ++i) deep += word(19) + word(1);
  EXPECT_THROW(parse_r_value(deep, "t"), BadInput);
}

TEST(RData, SurvivesRandomDamage) {
  const auto base = header + word(0x200 | 19) + word(2) + word(13) + word(2) + word(1) + word(2) + word(16) + word(1) +
                    word(9) + word(2) + "ab" + word(0x402) + symbol("names") + word(16) + word(0) + word(254);
  Random random(1);
  for (int trial = 0; trial < 20000; ++trial) {
    auto bytes = base;
    for (int edit = 0; edit < 3; ++edit) bytes[random.below(bytes.size())] = static_cast<char>(random());
    try {
      parse_r_value(bytes, "t");
    } catch (const BadInput&) {
    }
  }
}

TEST(RData, RefusesBombsAndBrokenStreams) {
  EXPECT_THROW(decompress("\x1f\x8b\x08 broken", "t"), BadInput);
  EXPECT_THROW(decompress("", "t"), BadInput);
  EXPECT_THROW(decompress("BZh9 broken", "t"), BadInput);
  EXPECT_THROW(decompress("Z\x01\x02", "t"), BadInput);
}

const Table* real(const std::string& name) {
  static std::map<std::string, Table> tables;
  try {
    return &(tables[name] = read_data_set(name));
  } catch (const MissingData&) {
    return nullptr;
  }
}

TEST(RealData, SoupHasItsKnownCounts) {
  const auto* table = real("soup");
  if (!table) GTEST_SKIP() << "offprint data get soup";
  EXPECT_EQ(table->rows(), 1847u);
  const auto sureness = table->text("SURENESS");
  std::vector<long> counts;
  for (const char* level : {"1", "2", "3", "4", "5", "6"})
    counts.push_back(std::count(sureness.begin(), sureness.end(), level));
  EXPECT_EQ(counts, (std::vector<long>{228, 260, 115, 98, 277, 869}));
}

TEST(RealData, FairHasItsKnownCounts) {
  const auto* table = real("fair");
  if (!table) GTEST_SKIP() << "offprint data get fair";
  EXPECT_EQ(table->rows(), 6366u);
  const auto rate = table->numeric("rate_marriage");
  std::vector<long> counts;
  for (const double level : {5.0, 4.0, 3.0, 2.0, 1.0}) counts.push_back(std::count(rate.begin(), rate.end(), level));
  EXPECT_EQ(counts, (std::vector<long>{2684, 2242, 993, 348, 99}));
}

TEST(RealData, RowsOfTheOthers) {
  const std::map<std::string, std::size_t> rows{
      {"mpls_stops", 51920},   {"movielens", 100004}, {"us_contagious_diseases", 16065},
      {"trump_tweets", 20761}, {"collisions", 6867},  {"bundesliga", 14018},
      {"wvs", 5381},           {"wine", 72}};
  for (const auto& [name, count] : rows) {
    if (const auto* table = real(name)) {
      EXPECT_EQ(table->rows(), count) << name;
    }
  }
}

}  // namespace
}  // namespace offprint::data
