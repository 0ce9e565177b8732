#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/npy.hpp"
#include "offprint/data/table.hpp"

namespace offprint::data {
namespace {

namespace fs = std::filesystem;

std::string refusal(std::string_view bytes) {
  try {
    parse_csv(bytes, "t.csv");
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

TEST(Csv, ReadsQuotesLineEndsAndByteOrderMarks) {
  const auto table = parse_csv(
      "\xEF\xBB\xBF"
      "a,\"b,c\"\r\n1,\"x \"\"y\"\"\nz\"\r\n\r\n2,w",
      "t.csv");
  EXPECT_EQ(table.names(), (std::vector<std::string>{"a", "b,c"}));
  EXPECT_EQ(table.numeric("a"), (std::vector<double>{1, 2}));
  EXPECT_EQ(table.text("b,c"), (std::vector<std::string>{"x \"y\"\nz", "w"}));
  EXPECT_EQ(table.lines, (std::vector<std::size_t>{2, 5}));
}

TEST(Csv, GuessesSeparatorsAndTypes) {
  const auto table = parse_csv("a;b;c\n1;x;\n2.5;NA;3\n", "t.csv");
  EXPECT_TRUE(table.column("a").numeric);
  EXPECT_FALSE(table.column("b").numeric);
  EXPECT_TRUE(table.column("c").numeric);
  EXPECT_EQ(table.column("b").missing, (std::vector<char>{0, 1}));
  EXPECT_TRUE(std::isnan(table.column("c").numbers[0]));
}

TEST(Csv, RefusalsNameThePlace) {
  EXPECT_NE(refusal("").find("is empty"), std::string::npos);
  EXPECT_NE(refusal("a,b\n").find("no rows"), std::string::npos);
  EXPECT_NE(refusal("a,b\n1\n").find("t.csv line 2: has 1 fields where the header has 2"), std::string::npos);
  EXPECT_NE(refusal("a,a\n1,2\n").find("stands twice"), std::string::npos);
  EXPECT_NE(refusal("a,,c\n1,2,3\n").find("line 1 field 2"), std::string::npos);
  EXPECT_NE(refusal("a\n\"x\n").find("line 2 field 1: its quote is never closed"), std::string::npos);
  EXPECT_NE(refusal("a\n\"x\"y\n").find("follows its closing quote"), std::string::npos);
  EXPECT_NE(refusal(std::string_view("a\n\0\n", 4)).find("NUL"), std::string::npos);
  EXPECT_NE(refusal("a\n\xff\n").find("UTF-8"), std::string::npos);
}

TEST(Table, ValuesNameTheirPlace) {
  const auto table = parse_csv("age,name\n1,x\n,y\ninf,z\n", "t.csv");
  const auto message = [&](const std::string& column) {
    try {
      table.numeric(column);
    } catch (const BadInput& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message("age").find("t.csv line 3 column age: is missing"), std::string::npos);
  EXPECT_NE(message("name").find("'x' is not a number"), std::string::npos);
  EXPECT_NE(message("nmae").find("did you mean 'name'?"), std::string::npos);
}

TEST(Csv, RoundTrip) {
  const auto folder = fs::temp_directory_path() / ("offprint-data-test-" + std::to_string(getpid()));
  fs::create_directories(folder);
  const auto table = parse_csv("a,b\n0.1,\"x,\"\"y\"\"\"\n,z\n", "t.csv");
  write_csv(folder / "t.csv", table);
  const auto again = read_table((folder / "t.csv").string());
  EXPECT_EQ(again.column("a").numbers[0], 0.1);
  EXPECT_EQ(again.column("a").missing[1], 1);
  EXPECT_EQ(again.text("b"), table.text("b"));
  write_npy(folder / "t.npy", {{2, 3}, {1, 2, 3, 4, 5, 6.5}});
  EXPECT_EQ(read_table((folder / "t.npy").string()).numeric("x3"), (std::vector<double>{3, 6.5}));
  fs::remove_all(folder);
}

TEST(JsonLines, KeysMayBeAbsent) {
  const auto table = parse_json_table("{\"a\": 1, \"b\": \"x\"}\n\n{\"a\": 2.5, \"c\": true}\n", "t.jsonl");
  EXPECT_EQ(table.numeric("a"), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(table.column("b").missing, (std::vector<char>{0, 1}));
  EXPECT_EQ(table.column("c").missing, (std::vector<char>{1, 0}));
  for (const auto* bad : {"", "[1]", "{\"a\": [1]}", "{\"a\": ", "{}"})
    EXPECT_THROW(parse_json_table(bad, "t"), BadInput) << bad;
}

std::string npy(const std::string& dictionary, const std::string& body, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  bytes += static_cast<char>(dictionary.size() & 0xFF);
  bytes += static_cast<char>(dictionary.size() >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + dictionary + body;
}

TEST(Npy, FortranOrderAndByteOrder) {
  const auto array = parse_npy(
      npy("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }", std::string("\0\1\0\3\0\2\0\4", 8), 2), "t");
  EXPECT_EQ(array.values, (std::vector<double>{1, 2, 3, 4}));
}

TEST(Npy, RefusesWhatIsNotAWholeArrayOfNumbers) {
  const std::string good = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", eight(8, '\0');
  EXPECT_EQ(parse_npy(npy(good, eight), "t").values, std::vector<double>{0});
  EXPECT_THROW(parse_npy("", "t"), BadInput);
  EXPECT_THROW(parse_npy(npy(good, "short"), "t"), BadInput);
  EXPECT_THROW(parse_npy(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", eight), "t"), BadInput);
  EXPECT_THROW(parse_npy(npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", eight), "t"),
               BadInput);
  EXPECT_THROW(parse_npy(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", eight), "t"), BadInput);
  EXPECT_THROW(
      parse_npy(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", eight), "t"),
      BadInput);
  EXPECT_THROW(parse_npy(npy("{'descr': '<f8'}", eight), "t"), BadInput);
  EXPECT_THROW(parse_npy(npy("{'descr': '", eight), "t"), BadInput);
  EXPECT_THROW(parse_npy(npy(good, eight).substr(0, 40), "t"), BadInput);
}

TEST(Parsers, SurviveRandomDamage) {
  Random random(1);
  const std::string csv = "a,b\n1,\"x\"\n2,y\n",
                    array = npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", std::string(16, 'x'));
  for (int trial = 0; trial < 20000; ++trial) {
    for (const auto* base : {&csv, &array}) {
      auto bytes = *base;
      for (int edit = 0; edit < 3; ++edit) bytes[random.below(bytes.size())] = static_cast<char>(random());
      try {
        if (base == &csv)
          parse_csv(bytes, "t");
        else
          parse_npy(bytes, "t");
      } catch (const BadInput&) {
      }
    }
  }
}

TEST(Catalogue, NamesAreForgiving) {
  EXPECT_THROW(find("no-such-set"), BadInput);
  try {
    find("fiar");
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean data:fair?"), std::string::npos);
  }
}

TEST(Catalogue, EveryDataSetHasTheEndingOfItsKind) {
  const std::map<std::string, std::string> expected{
      {"fair", "csv"},   {"soup", "csv"},   {"letters", "csv"},       {"jargon", "txt"},
      {"austen", "txt"}, {"python", "txt"}, {"digits", "idx3-ubyte"}, {"fashion_mnist", "idx3-ubyte"}};
  std::size_t seen = 0;
  for (const auto& set : list())
    if (const auto found = expected.find(set.name); found != expected.end()) {
      EXPECT_EQ(set.ending(), found->second) << set.name;
      ++seen;
    }
  EXPECT_EQ(seen, expected.size());
}

TEST(Texts, AreReadPlainOrUnpackedAndNeverEmpty) {
  const auto path = std::filesystem::temp_directory_path() / ("offprint-text-" + std::to_string(::getpid()));
  write_file(path, "plain\n");
  EXPECT_EQ(read_text(path.string()), "plain\n");
  write_file(path, std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\xc8\xe4\x02\0\x7a\x7a\x6f\xed\x03\0\0\0",
                               23));  // gzip of "hi\n"
  EXPECT_EQ(read_text(path.string()), "hi\n");
  write_file(path, "");
  EXPECT_THROW(read_text(path.string()), BadInput);
  std::filesystem::remove(path);
  EXPECT_THROW(read_text(path.string()), BadInput);
  EXPECT_THROW(read_text("data:fair"), BadInput);
  EXPECT_THROW(read_table("data:foldoc"), BadInput);
}

TEST(Texts, OfPackagesAreWhole) {
  for (const auto& set : list()) {
    if (!set.present || set.reader != Reader::text) continue;
    const auto text = read_text("data:" + set.name);
    EXPECT_GT(text.size(), 300000u) << set.name;
  }
}

TEST(Catalogue, ExamplesThatRoomsShipAreFoundAndReadByTheirEnding) {
  const auto share = std::filesystem::temp_directory_path() / ("offprint-share-" + std::to_string(::getpid()));
  std::filesystem::create_directories(share / "examples");
  write_file(share / "examples" / "two_rows.csv", "a,b\n1,x\n2,y\n");
  write_file(share / "examples" / "essay.txt", "some text");
  ::setenv("OFFPRINT_SHARE", share.c_str(), 1);
  EXPECT_EQ(read_table("data:example-two-rows").numeric("a"), (std::vector<double>{1, 2}));
  EXPECT_EQ(read_table("data:example-two-rows").source, "data:example-two_rows");
  EXPECT_EQ(read_text("data:example-essay"), "some text");
  EXPECT_THROW(read_table("data:example-three-rows"), BadInput);
  std::filesystem::remove_all(share);
  ::unsetenv("OFFPRINT_SHARE");
}

}  // namespace
}  // namespace offprint::data
