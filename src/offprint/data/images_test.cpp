#include "offprint/data/images.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/idx.hpp"
#include "offprint/data/npy.hpp"
#include "offprint/data/table.hpp"

namespace offprint::data {
namespace {

namespace fs = std::filesystem;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

std::string idx(unsigned char type, const std::vector<std::uint32_t>& shape, const std::string& values) {
  std::string bytes{0, 0, static_cast<char>(type), static_cast<char>(shape.size())};
  for (const auto extent : shape) bytes += big_endian(extent);
  return bytes + values;
}

template <class Body>
std::string refusal(const Body& body) {
  try {
    body();
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}
std::string idx_refusal(const std::string& bytes) {
  return refusal([&] { parse_idx(bytes, "t.idx"); });
}

TEST(Idx, ReadsEveryTypeBigEndian) {
  EXPECT_EQ(parse_idx(idx(0x08, {2, 2}, std::string("\x01\xff\x00\x07", 4)), "t").values,
            (std::vector<float>{1, 255, 0, 7}));
  EXPECT_TRUE(parse_idx(idx(0x08, {1}, "\x01"), "t").bytes);
  EXPECT_EQ(parse_idx(idx(0x09, {2}, "\xff\x02"), "t").values, (std::vector<float>{-1, 2}));
  EXPECT_EQ(parse_idx(idx(0x0B, {1}, "\xff\xfe"), "t").values, (std::vector<float>{-2}));
  EXPECT_EQ(parse_idx(idx(0x0C, {1}, big_endian(70000)), "t").values, (std::vector<float>{70000}));
  EXPECT_EQ(parse_idx(idx(0x0D, {1}, big_endian(0x3fc00000)), "t").values, (std::vector<float>{1.5}));
  EXPECT_EQ(parse_idx(idx(0x0E, {1}, big_endian(0xc0040000) + big_endian(0)), "t").values, (std::vector<float>{-2.5}));
}

TEST(Idx, StopsAfterTheFirstItems) {
  const auto array = parse_idx(idx(0x08, {3, 2}, "\x01\x02\x03\x04\x05\x06"), "t", 2);
  EXPECT_EQ(array.shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(array.values, (std::vector<float>{1, 2, 3, 4}));
}

TEST(Idx, RefusesWhatIsNoWholeArray) {
  EXPECT_NE(idx_refusal("").find("is not an IDX file"), std::string::npos);
  EXPECT_NE(idx_refusal("\x89PNG....").find("is not an IDX file"), std::string::npos);
  EXPECT_NE(idx_refusal(idx(0x0A, {1}, "x")).find("unknown IDX type 0x0a"), std::string::npos);
  EXPECT_NE(idx_refusal(idx(0x08, {}, "")).find("has 0 dimensions"), std::string::npos);
  EXPECT_NE(idx_refusal(std::string{0, 0, 8, 3, 0, 0}).find("truncated"), std::string::npos);
  EXPECT_NE(idx_refusal(idx(0x08, {0, 28}, "")).find("is empty"), std::string::npos);
  EXPECT_NE(idx_refusal(idx(0x08, {5}, "abc")).find("holds 3 bytes of values where its header says 5"),
            std::string::npos);
  EXPECT_NE(idx_refusal(idx(0x08, {2}, "abc")).find("holds 3 bytes"), std::string::npos);
  const std::vector<std::uint32_t> huge(8, 0xffffffff);
  EXPECT_NE(idx_refusal(idx(0x0E, huge, "abc")).find("too large"), std::string::npos);
  EXPECT_NE(idx_refusal(idx(0x08, {0xffffffff}, "abc")).find("holds 3 bytes"), std::string::npos);
}

TEST(Idx, RandomBytesNeverCrash) {
  Random random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(random.below(40), 0);
    for (auto& c : bytes) c = static_cast<char>(random.below(random.bernoulli(0.7) ? 15 : 256));
    refusal([&] { parse_idx(bytes, "t"); });
  }
}

class ImageFiles : public testing::Test {
 protected:
  ImageFiles() : folder_(fs::temp_directory_path() / ("offprint-images-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~ImageFiles() override { fs::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& bytes) {
    write_file(folder_ / name, bytes);
    return (folder_ / name).string();
  }
  std::string array(const std::string& name, const Array& values) {
    write_npy(folder_ / name, values);
    return (folder_ / name).string();
  }
  fs::path folder_;
};

TEST_F(ImageFiles, IdxPairsAreFoundByNameAndScaled) {
  const auto images =
      write("own-images-idx3-ubyte", idx(0x08, {2, 1 + 1, 2}, std::string("\x00\xff\x33\x00\x00\x00\x00\xff", 8)));
  EXPECT_NE(refusal([&] { read_images(images); }).find("--labels"), std::string::npos);
  write("own-labels-idx1-ubyte", idx(0x08, {2}, std::string("\x00\x02", 2)));
  const auto read = read_images(images);
  EXPECT_EQ(read.count(), 2u);
  EXPECT_EQ(read.classes, 3u);
  EXPECT_EQ(read.height, 2u);
  EXPECT_FLOAT_EQ(read.pixels[1], 1);
  EXPECT_FLOAT_EQ(read.pixels[2], 0.2f);
  EXPECT_EQ(read.labels, (std::vector<std::int64_t>{0, 2}));
}

TEST_F(ImageFiles, NpyArraysOfImagesAndOfFeatures) {
  const auto labels = array("y.npy", {{3}, {0, 1, 1}});
  const auto small = read_images(array("x.npy", {{3, 2, 2, 2}, std::vector<double>(24, 0.5)}), labels);
  EXPECT_EQ(small.channels, 2u);
  EXPECT_FLOAT_EQ(small.pixels[0], 0.5f);
  const auto bytes = read_images(array("x.npy", {{3, 2, 2}, std::vector<double>(12, 51)}), labels);
  EXPECT_FLOAT_EQ(bytes.pixels[0], 0.2f);
  const auto features = read_images(array("x.npy", {{3, 4}, std::vector<double>(12, 51)}), labels);
  EXPECT_FALSE(features.are_images());
  EXPECT_FLOAT_EQ(features.pixels[0], 51);
  EXPECT_EQ(read_images(array("x.npy", {{3, 4}, std::vector<double>(12, 51)}), labels, Part::train, 2).count(), 2u);
}

TEST_F(ImageFiles, TablesHaveAColumnOfLabels) {
  const auto read = read_images(write("t.csv", "a,label,b\n1,0,2\n3,1,4\n"));
  EXPECT_EQ(read.width, 2u);
  EXPECT_EQ(read.pixels, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_NE(refusal([&] { read_images(write("t.csv", "a,b\n1,0\n3,1\n")); }).find("has no column 'label'"),
            std::string::npos);
  EXPECT_NE(refusal([&] { read_images(write("t.csv", "a,label\n1,0\nnan,1\n")); }).find("line 3 column a"),
            std::string::npos);
}

TEST_F(ImageFiles, RefusalsNameFileAndItem) {
  const auto x = array("x.npy", {{2, 2, 2}, std::vector<double>(8, 0.5)});
  const auto with = [&](const Array& labels) {
    const auto y = array("y.npy", labels);
    return refusal([&] { read_images(x, y); });
  };
  EXPECT_NE(with({{3}, {0, 1, 0}}).find("has 3 labels where"), std::string::npos);
  EXPECT_NE(with({{2, 1}, {0, 1}}).find("has 2 dimensions"), std::string::npos);
  EXPECT_NE(with({{2}, {0, 0.5}}).find("item 2: the label 0.5"), std::string::npos);
  EXPECT_NE(with({{2}, {0, -1}}).find("item 2"), std::string::npos);
  EXPECT_NE(with({{2}, {0, std::nan("")}}).find("item 2"), std::string::npos);
  EXPECT_NE(with({{2}, {0, 0}}).find("one class only"), std::string::npos);
  array("y.npy", {{2}, {0, 1}});
  const auto pixels = [&](const Array& values) {
    const auto file = array("x.npy", values);
    return refusal([&] { read_images(file, (folder_ / "y.npy").string()); });
  };
  EXPECT_NE(pixels({{2, 1, 1}, {0, std::nan("")}}).find("item 2: holds a value that is not finite"), std::string::npos);
  EXPECT_NE(pixels({{2, 2, 1}, {0, -3, 0, 1}}).find("range from -3"), std::string::npos);
  EXPECT_NE(pixels({{2}, {0, 1}}).find("has 1 dimensions"), std::string::npos);
  EXPECT_NE(pixels({{0, 2, 2}, {}}).find("is empty"), std::string::npos);
  EXPECT_NE(refusal([&] { read_images((folder_ / "none.npy").string()); }).find("no such file"), std::string::npos);
  const auto cut = write("cut.gz", std::string("\x1f\x8b\x08\x00\x00\x00", 6));
  EXPECT_NE(refusal([&] { read_images(cut, cut); }).find("broken or truncated"), std::string::npos);
}

TEST(Images, FashionMnistIsWhatItIs) {
  try {
    find("fashion-mnist");
  } catch (const MissingData&) {
    GTEST_SKIP() << "the package dataset-fashion-mnist is not installed";
  }
  const auto train = read_images("data:fashion-mnist", "", Part::train, 1000),
             test = read_images("data:fashion-mnist", "", Part::test);
  EXPECT_EQ(train.count(), 1000u);
  EXPECT_EQ(test.count(), 10000u);
  EXPECT_EQ(test.classes, 10u);
  EXPECT_EQ(train.labels[0], 9);  // an ankle boot
  EXPECT_EQ(train.size(), 784u);
  std::vector<int> counts(10);
  for (const auto label : test.labels) ++counts[static_cast<std::size_t>(label)];
  EXPECT_EQ(counts, std::vector<int>(10, 1000));
  EXPECT_THROW(read_table("data:fashion-mnist"), BadInput);
}

}  // namespace
}  // namespace offprint::data
