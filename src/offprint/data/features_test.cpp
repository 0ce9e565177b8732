#include "offprint/data/features.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"

namespace offprint::data {
namespace {

TEST(Features, DummiesLeaveOutTheFirstLevel) {
  const auto table = parse_csv("y,age,place\n1,30,b\n2,40,a\n3,50,c\n", "t.csv");
  const auto coding = code_features(table, {.response = "y"});
  ASSERT_EQ(coding.features.size(), 3u);
  EXPECT_EQ(coding.name_of(0), "age");
  EXPECT_EQ(coding.name_of(1), "place=b");
  EXPECT_EQ(features_of(table, coding), (std::vector<double>{30, 40, 50, 1, 0, 0, 0, 0, 1}));
  Json json;
  store(coding, json);
  const DocumentKind kind{"f", "w", "m"};
  const auto again = coding_from(Document(json, kind, "model.json"));
  EXPECT_EQ(again.levels, coding.levels);
  EXPECT_EQ(again.name_of(2), "place=c");
}

TEST(Features, ChooseAndRefuseByName) {
  const auto table = parse_csv("y,age,place\n1,30,b\n2,40,a\n", "t.csv");
  EXPECT_EQ(code_features(table, {"y", {"age"}, {}}).features.size(), 1u);
  EXPECT_EQ(code_features(table, {"y", {}, {"age"}}).features.size(), 1u);
  EXPECT_THROW(code_features(table, {"y", {"aeg"}, {}}), BadInput);
  EXPECT_THROW(code_features(table, {"y", {}, {"age", "place"}}), BadInput);
  const auto other = parse_csv("age,place\n1,z\n", "o.csv");
  try {
    features_of(other, code_features(table, {.response = "y"}));
    FAIL() << "an unknown level was taken";
  } catch (const BadInput& error) {
    EXPECT_EQ(std::string(error.what()),
              "o.csv line 2 column place: the model does not know the level 'z'; its levels are a, b");
  }
}

}  // namespace
}  // namespace offprint::data
