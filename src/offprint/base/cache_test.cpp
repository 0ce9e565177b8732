#include "offprint/base/cache.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"

namespace offprint {
namespace {

namespace fs = std::filesystem;

class Cache : public testing::Test {
 protected:
  Cache() : folder_(fs::temp_directory_path() / ("offprint-cache-" + std::to_string(::getpid()))) {
    ::setenv("OFFPRINT_CACHE", folder_.c_str(), 1);
  }
  ~Cache() override {
    ::unsetenv("OFFPRINT_CACHE");
    fs::remove_all(folder_);
  }
  fs::path get(const std::string& key, const std::string& content) {
    return kept(
        "things", key,
        [&](const fs::path& path) {
          ++made;
          write_file(path, content);
        },
        [&](const fs::path& path) {
          read = read_file(path);
          if (read == "damaged") throw BadInput(path.string(), "is damaged");
          return read != "old";
        });
  }
  fs::path folder_;
  int made = 0;
  std::string read;
};

TEST_F(Cache, MakesOnceAndKeeps) {
  const auto path = get("a-1", "one");
  EXPECT_EQ(path, folder_ / "things" / "a-1");
  EXPECT_EQ(get("a-1", "two"), path);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(read, "one") << "what lies there is read by valid";
  get("b-1", "three");
  EXPECT_EQ(made, 2);
}

TEST_F(Cache, WhatIsNotValidIsMadeAgain) {
  const auto path = get("a", "old");
  EXPECT_EQ(read_file(get("a", "damaged")), "damaged");
  EXPECT_EQ(read_file(get("a", "new")), "new");
  EXPECT_EQ(read_file(get("a", "other")), "new");
  EXPECT_EQ(made, 3);
}

TEST_F(Cache, AFailureLeavesNothingAndIsPassedOn) {
  const auto valid = [](const fs::path&) { return true; };
  EXPECT_THROW(kept(
                   "things", "a",
                   [](const fs::path& path) {
                     write_file(path, "half");
                     throw Cancelled();
                   },
                   valid),
               Cancelled);
  EXPECT_FALSE(fs::exists(folder_ / "things" / "a"));
  EXPECT_THROW(kept(
                   "things", "../a", [](const fs::path&) {}, valid),
               std::logic_error);
  write_file(folder_ / "things" / "file", "x");
  EXPECT_THROW(kept(
                   "things/file", "a", [](const fs::path&) {}, valid),
               IoError);
}

}  // namespace
}  // namespace offprint
