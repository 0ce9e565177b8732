// For tests: a site with a data folder of its own, asked without sockets.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "offprint/page/site.hpp"

namespace offprint::page {

class SiteTest : public testing::Test {
 protected:
  SiteTest()
      : folder(std::filesystem::temp_directory_path() / ("offprint-page-" + std::to_string(getpid()))),
        site(folder, {}) {}
  ~SiteTest() override { std::filesystem::remove_all(folder); }
  Response get(const std::string& target) { return site.answer({"GET", target, {{"host", "127.0.0.1:8080"}}, ""}); }
  Response post(const std::string& target, std::map<std::string, std::string> headers, const std::string& body) {
    headers.try_emplace("host", "127.0.0.1:8080");
    headers.try_emplace("content-type", "application/x-www-form-urlencoded");
    return site.answer({"POST", target, headers, body});
  }
  std::filesystem::path folder;
  Site site;
};

}  // namespace offprint::page
