#include "offprint/data/safetensors.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"

namespace offprint::data {
namespace {

namespace fs = std::filesystem;

class Safetensors : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("offprint-safetensors-" + std::to_string(getpid()));
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }
  fs::path folder;
};

/// A file with this header and so many bytes of values.
std::string file_of(const std::string& header, std::size_t values = 0) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(values, '\0');
}

std::string refusal(const std::string& bytes) {
  try {
    parse_safetensors(std::as_bytes(std::span(bytes)), "m.safetensors");
  } catch (const BadInput& error) {
    return error.what();
  }
  return "taken";
}

TEST_F(Safetensors, WhatIsWrittenIsRead) {
  const std::vector<float> weights{1.5F, -2.0F, 3.25F, 0.0F, 1e-38F, -7.0F};
  const std::vector<double> moments{0.1, 0.2};
  const std::vector<std::int64_t> step{1234567890123};
  const auto path = folder / "m.safetensors";
  write_safetensors(path,
                    {{"w", view_of(weights, {2, 3})},
                     {"m", view_of(moments, {2})},
                     {"step", view_of(step, {})},
                     {"none", view_of(std::span<const float>{}, {0, 4})}},
                    {{"config", "{\"a\": \"\xC3\xA9\"}"}});
  const auto read = read_safetensors(path);
  EXPECT_EQ(read.all().size(), 4u);
  EXPECT_EQ(read.metadata().at("config"), "{\"a\": \"\xC3\xA9\"}");
  EXPECT_EQ(read.at("w").floats(), weights);
  EXPECT_EQ(read.at("w", std::vector<std::size_t>{2, 3}).shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(read.at("m").floats(), (std::vector<float>{0.1F, 0.2F}));
  std::int64_t number = 0;
  std::memcpy(&number, read.at("step").bytes.data(), 8);
  EXPECT_EQ(number, step[0]);
  EXPECT_TRUE(read.at("none").floats().empty());
  EXPECT_THROW(read.at("w", std::vector<std::size_t>{3, 2}), BadInput);
  EXPECT_THROW(read.at("weight"), BadInput);
}

TEST_F(Safetensors, HalvesAreWidenedExactly) {
  // Every finite half is m 2^e: compared with ldexp of its own fields.
  std::string bytes;
  for (std::uint32_t bits = 0; bits < 65536; ++bits)
    bytes += {static_cast<char>(bits & 0xFF), static_cast<char>(bits >> 8)};
  TensorView halves{Dtype::f16, {65536}, std::as_bytes(std::span(bytes))};
  const auto values = halves.floats();
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 31), fraction = static_cast<int>(bits & 1023);
    const double sign = bits & 0x8000 ? -1.0 : 1.0;
    if (exponent == 31)
      EXPECT_TRUE(fraction ? std::isnan(values[bits])
                           : values[bits] == static_cast<float>(sign * std::numeric_limits<double>::infinity()))
          << bits;
    else
      EXPECT_EQ(values[bits], static_cast<float>(sign * (exponent ? std::ldexp(1024 + fraction, exponent - 25)
                                                                  : std::ldexp(fraction, -24))))
          << bits;
  }
  const TensorView brains{Dtype::bf16, {2}, std::as_bytes(std::span("\x80\x3F\x20\xC1", 4))};
  EXPECT_EQ(brains.floats(), (std::vector<float>{1.0F, -10.0F}));
}

TEST_F(Safetensors, ShardsAreReadThroughTheirIndex) {
  const std::vector<float> one{1.0F}, two{2.0F, 3.0F};
  write_safetensors(folder / "a.safetensors", {{"one", view_of(one, {1})}});
  write_safetensors(folder / "b.safetensors", {{"two", view_of(two, {2})}});
  const auto index = folder / "model.safetensors.index.json";
  write_file(index, R"({"weight_map": {"one": "a.safetensors", "two": "b.safetensors"}})");
  const auto all = read_safetensors(index);
  EXPECT_EQ(all.at("one").floats(), one);
  EXPECT_EQ(all.at("two").floats(), two);
  for (const char* hostile :
       {R"({"weight_map": {"one": "../a.safetensors"}})", R"({"weight_map": {"one": 5}})", R"({"weight_map": 5})", "[",
        "", R"({"weight_map": {"one": "/etc/passwd"}})", R"({"weight_map": {"one": "missing.safetensors"}})"}) {
    write_file(index, hostile);
    EXPECT_THROW(read_safetensors(index), BadInput) << hostile;
  }
}

TEST_F(Safetensors, HostileHeadersAreRefusedInOneLine) {
  const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_EQ(refusal(file_of(good, 8)), "taken");
  EXPECT_NE(refusal(file_of(good, 7)).find("'a'"), std::string::npos);
  std::string huge(16, '\0');
  const std::uint64_t length = 1'000'000'000'000;
  std::memcpy(huge.data(), &length, 8);
  EXPECT_NE(refusal(huge).find("1000000000000"), std::string::npos);
  const std::vector<std::string> headers{
      "",
      "[]",
      "{",
      "null",
      std::string(100000, '['),
      R"({"a":5})",
      R"({"a":{}})",
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})",
      R"({"a":{"dtype":"F4","shape":[2],"data_offsets":[0,8]}})",
      R"({"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}})",
      R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
      R"({"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})",
      R"({"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}})",
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})",
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}})",
      R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})",
      R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})",
      R"({"a":{"dtype":"F32","shape":[9007199254740992,9007199254740992,9007199254740992],"data_offsets":[0,8]}})",
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
      R"({"__metadata__":{"a":5}})",
      R"({"__metadata__":"a"})",
  };
  for (const auto& header : headers) {
    const auto said = refusal(file_of(header, 8));
    EXPECT_NE(said, "taken") << header.substr(0, 200);
    EXPECT_EQ(said.find('\n'), std::string::npos);
  }
  for (const std::string text : {"", "abc", "\x93NUMPY\x01"}) EXPECT_NE(refusal(text), "taken");
  EXPECT_THROW(read_safetensors(folder), BadInput);
  EXPECT_THROW(read_safetensors(folder / "missing"), BadInput);
}

TEST_F(Safetensors, DamagedFilesAreReadOrRefusedNeverMore) {
  const std::vector<float> weights(64, 1.0F);
  write_safetensors(
      folder / "m",
      {{"layer.0.weight", view_of(weights, {8, 8})}, {"layer.0.bias", view_of(std::span(weights).first(8), {8})}},
      {{"k", "v"}});
  const auto good = read_file(folder / "m");
  Random random(3);
  for (int trial = 0; trial < 3000; ++trial) {
    auto bytes = good;
    for (std::uint64_t i = random.below(4) + 1; i > 0; --i)
      bytes[random.below(std::min<std::size_t>(bytes.size(), 220))] = static_cast<char>(random.below(256));
    if (random.bernoulli(0.3)) bytes.resize(random.below(bytes.size()));
    try {
      const auto read = parse_safetensors(std::as_bytes(std::span(bytes)), "damaged");
      for (const auto& [name, tensor] : read.all()) EXPECT_EQ(tensor.floats().size(), tensor.size());
    } catch (const BadInput&) {
    }
  }
}

}  // namespace
}  // namespace offprint::data
