#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/parallel.hpp"
#include "offprint/base/random.hpp"
#include "offprint/base/regular_file.hpp"
#include "offprint/base/text.hpp"

namespace offprint {
namespace {

namespace fs = std::filesystem;

TEST(Random, GivesTheSameNumbersEverywhere) {
  Random random(42);
  const Random again(42);
  EXPECT_EQ(random(), Random(42)());
  EXPECT_NE(again.split(0)(), again.split(1)());
  EXPECT_EQ(again.split("x")(), Random(42).split("x")());
}

TEST(Random, BelowIsUniform) {
  Random random(7);
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < 60000; ++i) ++counts[random.below(6)];
  double statistic = 0;
  for (const auto& [value, count] : counts) statistic += std::pow(count - 10000, 2) / 10000;
  EXPECT_EQ(counts.size(), 6u);
  EXPECT_LT(statistic, 20.5);  // chi-square, 5 degrees of freedom, p = 0.001
}

TEST(Random, MomentsOfDistributions) {
  Random random(3);
  double normal = 0, square = 0, exponential = 0, gamma = 0;
  constexpr int n = 200000;
  for (int i = 0; i < n; ++i) {
    const double z = random.normal();
    normal += z;
    square += z * z;
    exponential += random.exponential();
    gamma += random.gamma(0.3);
  }
  EXPECT_NEAR(normal / n, 0, 0.01);
  EXPECT_NEAR(square / n, 1, 0.02);
  EXPECT_NEAR(exponential / n, 1, 0.01);
  EXPECT_NEAR(gamma / n, 0.3, 0.01);
}

TEST(Random, CategoricalFollowsItsWeights) {
  Random random(5);
  const std::vector<double> weights{1, 0, 3};
  int last = 0;
  for (int i = 0; i < 40000; ++i) {
    const auto index = random.categorical(weights);
    ASSERT_NE(index, 1u);
    last += index == 2;
  }
  EXPECT_NEAR(last / 40000.0, 0.75, 0.01);
  EXPECT_THROW(random.categorical(std::vector<double>{0, 0}), BadInput);
}

TEST(Text, NumbersAreReadWhole) {
  EXPECT_EQ(parse_double(" 1.5e3 "), 1500.0);
  EXPECT_EQ(parse_double("+2"), 2.0);
  EXPECT_FALSE(parse_double("1,5"));
  EXPECT_FALSE(parse_double("1.5x"));
  EXPECT_FALSE(parse_double(""));
  EXPECT_FALSE(parse_double("+-1"));
  EXPECT_FALSE(parse_integer("1.5"));
  EXPECT_FALSE(parse_integer("99999999999999999999"));
}

TEST(Text, ExactNumbersReadBack) {
  for (const double value : {0.1, 1.0 / 3, 1e-300, 12345678.9}) EXPECT_EQ(parse_double(exact_number(value)), value);
}

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_TRUE(split("", ',').empty());
}

TEST(Text, NearestName) {
  const std::vector<std::string> names{"penalty", "response", "order"};
  EXPECT_EQ(nearest_name("respone", names), "response");
  EXPECT_EQ(nearest_name("xyz", names), "");
}

TEST(Text, Utf8) {
  EXPECT_TRUE(is_valid_utf8("caf\xc3\xa9"));
  EXPECT_FALSE(is_valid_utf8("\xc0\xaf"));
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(is_valid_utf8("\xe2\x82"));
}

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("offprint-base-" + std::to_string(::getpid()));
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }
  fs::path folder;
};

TEST_F(FileTest, UncommittedFilesLeaveNothing) {
  write_file(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    file.stream() << "new";
  }
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator{}), 1);
}

TEST_F(FileTest, RefusalsNameTheFile) {
  EXPECT_THROW(read_file(folder / "none"), BadInput);
  EXPECT_THROW(read_file(folder), BadInput);
  write_file(folder / "big", std::string(100, 'x'));
  EXPECT_THROW(read_file(folder / "big", 99), BadInput);
  EXPECT_THROW(write_file(folder / "no" / "such", "x"), IoError);
}

TEST_F(FileTest, HashesMatchThePublishedVector) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  write_file(folder / "abc", "abc");
  EXPECT_EQ(sha256_of_file(folder / "abc"), sha256("abc"));
}

TEST_F(FileTest, OnlyRegularFilesAreOpenedAndNothingIsWaitedFor) {
  write_file(folder / "real", "bytes");
  fs::create_directories(folder / "below");
  write_file(folder / "below" / "inner", "x");
  fs::create_symlink("real", folder / "link");
  fs::create_directory_symlink("below", folder / "linked");
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(RegularFile(folder / "real").read(100), "bytes");
  EXPECT_EQ(RegularFile(folder / "real").read(3), "byt");
  EXPECT_EQ(RegularFile(folder / "link", RegularFile::Links::followed).sha256(), sha256("bytes"));
  EXPECT_EQ(RegularFile(folder, "below/inner").read(9), "x");
  for (const char* bad : {"link", "fifo", "below", "none"}) EXPECT_THROW(RegularFile(folder / bad), Error) << bad;
  for (const char* bad : {"link", "fifo", "linked/inner", "../x", "below/../../x", "/etc/passwd", ""})
    EXPECT_THROW(RegularFile(folder, bad), Error) << bad;
  for (const char* device : {"/dev/zero", "/dev/null"}) EXPECT_THROW(sha256_of_file(device), BadInput) << device;
  EXPECT_THROW(sha256_of_file(folder / "fifo"), BadInput);
}

TEST(Parallel, VisitsAllAndPassesExceptionsOn) {
  std::vector<int> seen(1000);
  parallel_for(seen.size(), 2, [&](std::size_t i) { seen[i] = 1; });
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 1000);
  EXPECT_THROW(parallel_for(100, 2,
                            [](std::size_t i) {
                              if (i == 50) throw Cancelled();
                            }),
               Cancelled);
}

}  // namespace
}  // namespace offprint
