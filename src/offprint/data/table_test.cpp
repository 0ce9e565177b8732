// Tables as people really have them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/features.hpp"

namespace offprint::data {
namespace {

using testing::HasSubstr;

std::string refusal(const std::function<void()>& body) {
  try {
    body();
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

/// A column of 39 numbers and one other value, in line 7.
std::string nearly(const std::string& odd) {
  std::string text = "x;y\n";
  for (int i = 0; i < 40; ++i) text += (i == 5 ? odd : std::to_string(i) + ".5") + ";" + std::to_string(i % 3) + "\n";
  return text;
}

TEST(ColumnTypes, OneOddCellAmongNumbersIsRefusedWhereItIsUsed) {
  for (const std::string odd : {"N/A", "NULL", ".", "-", "?", "36,5", "1 234", "n.a.", "12%"}) {
    const auto table = parse_csv(nearly(odd), "t.csv");
    EXPECT_THAT(refusal([&] { table.numeric("x"); }), HasSubstr("t.csv line 7 column x: '" + odd + "' is no number"));
    EXPECT_THAT(refusal([&] { table.text("x"); }), HasSubstr("--text x"));
    EXPECT_THAT(refusal([&] { code_features(table, {.response = "y"}); }), HasSubstr("line 7"));
    EXPECT_EQ(code_features(parse_csv(nearly(odd), "t.csv"), {.response = "x"}).features.size(), 1u)
        << "a column that nobody uses spoils nothing";
  }
}

TEST(ColumnTypes, TheMendThatIsNamedMends) {
  EXPECT_THAT(refusal([] { parse_csv(nearly("?"), "t").numeric("x"); }), HasSubstr("--missing '?'"));
  const auto missing = parse_csv(nearly("?"), "t", {.missing = {"?"}});
  EXPECT_TRUE(missing.column("x").numeric);
  EXPECT_TRUE(missing.column("x").missing[5]);
  EXPECT_THAT(refusal([] { parse_csv(nearly("36,5"), "t").numeric("x"); }), HasSubstr("--decimal ,"));
  const auto commas = parse_csv("x;y\n36,5;1\n-0,25;2\n7;3\n", "t", {.decimal = ','});
  EXPECT_EQ(commas.numeric("x"), (std::vector<double>{36.5, -0.25, 7}));
  EXPECT_EQ(parse_csv(nearly("?"), "t", {.text_columns = {"x"}}).text("x")[5], "?");
}

TEST(ColumnTypes, AColumnOfDecimalCommasIsNoCategory) {
  const auto table = parse_csv("x;y\n36,5;1\n0,25;2\n7,1;3\n", "t");
  EXPECT_THAT(refusal([&] { code_features(table, {.response = "y"}); }), HasSubstr("--decimal ,"));
}

TEST(ColumnTypes, TextsStayTexts) {
  const auto table = parse_csv("a,b\nred,1a\nblue,2b\n3,3\n", "t");
  EXPECT_FALSE(table.column("a").numeric);
  EXPECT_EQ(table.text("b"), (std::vector<std::string>{"1a", "2b", "3"}));
}

TEST(ColumnTypes, CodesKeepTheirIdentity) {
  const auto table = parse_csv("code,big,plain\n007,9007199254740993,1.50\n7,9007199254740992,2\n", "t");
  EXPECT_EQ(table.column("code").levels, (std::vector<std::string>{"007", "7"}));
  EXPECT_EQ(table.column("big").levels.size(), 2u);
  EXPECT_EQ(table.text("plain"), (std::vector<std::string>{"1.50", "2"})) << "as written";
  EXPECT_EQ(table.numeric("code"), (std::vector<double>{7, 7})) << "who asks for numbers gets them";
  EXPECT_TRUE(parse_csv("x\n0\n0.5\n-0.25\n", "t").column("x").numeric);
}

TEST(ColumnTypes, NaIsMissingOnlyOutsideQuotes) {
  const auto csv = parse_csv("c,x\n\"NA\",1\nZA,NA\n\"\",3\n", "t");
  EXPECT_EQ(csv.column("c").missing, (std::vector<char>{0, 0, 1}));
  EXPECT_EQ(csv.column("x").missing, (std::vector<char>{0, 1, 0}));
  const auto json = parse_json_table("{\"c\": \"NA\"}\n{\"c\": null}\n{\"c\": \"\"}\n", "t");
  EXPECT_EQ(json.column("c").missing, (std::vector<char>{0, 1, 0}));
}

TEST(JsonTable, StringsAreTextsAndMixturesAreRefused) {
  const auto table =
      parse_json_table("{\"a\": \"1\", \"b\": 1, \"c\": 1}\n{\"a\": \"2\", \"b\": 2, \"c\": \"x\"}\n", "t.jsonl");
  EXPECT_EQ(table.column("a").levels, (std::vector<std::string>{"1", "2"}));
  EXPECT_TRUE(table.column("b").numeric);
  EXPECT_THAT(refusal([&] { table.text("c"); }),
              HasSubstr("t.jsonl line 2 column c: 'x' is a text, others are numbers"));
}

TEST(JsonTable, ArraysAreReadAndNotANumberIsNamed) {
  const auto table = parse_json_table("[\n {\"a\": 1.5},\n {\"a\": null}\n]\n", "t.json");
  EXPECT_EQ(table.rows(), 2u);
  EXPECT_THAT(refusal([&] { table.numeric("a"); }), HasSubstr("t.json row 2 column a: is missing"));
  EXPECT_THAT(refusal([] { parse_json_table("{\"a\": 1}\n{\"a\": NaN}\n", "t"); }),
              HasSubstr("t line 2 column a: NaN is no JSON; write null"));
  EXPECT_THAT(refusal([] { parse_json_table("[{\"a\": -Infinity}]", "t"); }),
              HasSubstr("column a: Infinity is no JSON"));
  EXPECT_EQ(parse_json_table("\xEF\xBB\xBF{\"a\": 1}\n", "t").rows(), 1u);
  EXPECT_THAT(refusal([] { parse_json_table("[1, 2]", "t"); }), HasSubstr("is not a JSON object"));
}

TEST(Csv, LinesMayEndInCarriageReturns) {
  EXPECT_EQ(parse_csv("a,b\r1,2\r3,4\r", "t").numeric("b"), (std::vector<double>{2, 4}));
  EXPECT_EQ(parse_csv("a,b\r\n1,2\r\n", "t").numeric("b"), (std::vector<double>{2}));
}

TEST(Csv, ATrailingSeparatorIsNoColumn) {
  EXPECT_EQ(parse_csv("a,b,\n1,2,\n3,4,\n", "t").names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse_csv("a,b\n1,2,\n3,4,\n", "t").numeric("b"), (std::vector<double>{2, 4}));
  EXPECT_EQ(parse_csv("a,b\n1,\n2,5\n", "t").column("b").missing, (std::vector<char>{1, 0}));
  EXPECT_THAT(refusal([] { parse_csv("a,b\n1,2,3\n", "t"); }), HasSubstr("line 2: has 3 fields"));
}

TEST(Csv, TheSeparatorCutsAllLinesAlike) {
  EXPECT_EQ(parse_csv("Age (years, at entry);Score (z, scaled);y\n1;2;3\n4;5;6\n", "t").columns.size(), 3u);
  EXPECT_EQ(parse_csv("\"Age, in years\";\"a, b, c\";y\n1;2;3\n", "t").columns.size(), 3u);
  EXPECT_EQ(parse_csv("sep=;\na;b\n1;2\n", "t").names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse_csv("a\tb\n1,5\t2\n", "t").columns.size(), 2u);
  EXPECT_EQ(parse_csv("only\n1\n2\n", "t").columns.size(), 1u);
}

TEST(Csv, SaysWhatIsOddAndHowToMendIt) {
  EXPECT_THAT(refusal([] { parse_csv("a,b\n1, \"x, y\"\n", "t"); }),
              HasSubstr("line 2 field 2: a blank stands before its quote"));
  EXPECT_THAT(refusal([] { parse_csv(",a\n0,1\n", "t"); }), HasSubstr("index=False"));
  EXPECT_THAT(refusal([] { parse_csv("# made by a tool\na,b\n1,2\n", "t"); }), HasSubstr("take comment lines out"));
  EXPECT_THAT(refusal([] { parse_csv("a,a\n1,2\n", "t"); }), HasSubstr("stands twice"));
  EXPECT_EQ(parse_csv("a,b\n\"two\nlines\",1\nx,2\n", "t").rows(), 2u);
}

class Containers : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }
  Table read(std::string_view bytes) {
    write_file(file_, bytes);
    return read_table(file_.string());
  }
  std::string refused(std::string_view bytes) {
    return refusal([&] { read(bytes); });
  }
  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("offprint-table-" + std::to_string(::getpid()) + ".csv");
};

TEST_F(Containers, AreKnownByTheirFirstBytes) {
  using namespace std::literals;
  EXPECT_THAT(refused("PK\x03\x04 ... xl/workbook.xml"), HasSubstr("is an Excel workbook"));
  EXPECT_THAT(refused("PK\x03\x04 ... other"), HasSubstr("is a zip archive"));
  EXPECT_THAT(refused("PAR1...."), HasSubstr("is a Parquet file"));
  EXPECT_THAT(refused("\x89HDF\r\n"), HasSubstr("is an HDF5 file"));
  EXPECT_THAT(refused("\xFF\xFE"
                      "a\0,\0b\0"sv),
              HasSubstr("is UTF-16"));
  EXPECT_THAT(refused("SQLite format 3\0"sv), HasSubstr("SQLite"));
  EXPECT_THAT(refused("caf\xe9,b\n1,2\n"), HasSubstr("not UTF-8"));
}

TEST_F(Containers, CompressedTablesAreReadWhateverTheyAreCalled) {
  const std::string text = "a,b\n1,x\n2,y\n";
  std::string packed(1000, 0);
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  EXPECT_EQ(read(packed).text("b"), (std::vector<std::string>{"x", "y"}));
  EXPECT_THAT(refused(packed.substr(0, packed.size() - 6)), HasSubstr("broken or truncated"));
  // `printf 'a,b\n1,x\n' | zstd`, made once.
  const std::string zstd("\x28\xb5\x2f\xfd\x04\x58\x41\x00\x00\x61\x2c\x62\x0a\x31\x2c\x78\x0a\x66\x03\x30\x1f", 21);
  EXPECT_EQ(read(zstd).text("b"), (std::vector<std::string>{"x"}));
  EXPECT_THAT(refused(zstd.substr(0, 12)), HasSubstr("broken or truncated"));
}

TEST_F(Containers, AJsonArrayIsReadUnderAnyName) {
  EXPECT_EQ(read("  [{\"a\": 1}, {\"a\": 2}]").numeric("a"), (std::vector<double>{1, 2}));
}

}  // namespace
}  // namespace offprint::data
