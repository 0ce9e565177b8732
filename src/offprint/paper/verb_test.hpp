// The fixture of tests of verbs: calls a verb as the command line does, in a folder of its own, and reads what it said.
//   class Verbs : public VerbTest { protected: Verbs() : VerbTest(paper()) {} };
//   TEST_F(Verbs, FitRefusesAHole) {
//     write("hole.csv", "y,x\n1,\n");
//     EXPECT_THAT(refusal("fit hole.csv --response y -o model.json"), HasSubstr("hole.csv line 2 column x"));
//   }
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "offprint/base/file.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint {

class VerbTest : public testing::Test {
 protected:
  explicit VerbTest(const Paper& paper) : paper_(paper), before_(std::filesystem::current_path()) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("offprint-" + paper.slug + "-" + std::to_string(::getpid()) + "-" + test->name());
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
  }
  ~VerbTest() override {
    std::filesystem::current_path(before_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void write(const std::string& name, std::string_view bytes) { write_file(folder_ / name, bytes); }
  std::string read(const std::string& name) const { return read_file(folder_ / name); }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

  /// Runs "fit table.csv --response y" and returns {"tables","figures","files","notes","warnings","metrics","claims"}.
  Json call(const std::string& line) {
    const auto words = shell_words(line);
    const auto* verb = paper_.find_verb(words.at(0));
    if (!verb) throw std::logic_error(paper_.slug + " has no verb " + words[0]);
    const auto invocation = parse_command_line(paper_, *verb, {words.begin() + 1, words.end()});
    JsonSink sink(invocation);
    offprint::Run run(invocation.settings, paper_.claims, sink);
    perform(invocation, run);
    return sink.result();
  }

  /// The line with which a call is refused. It must be one line of the house's errors, and leave no new file behind.
  std::string refusal(const std::string& line) {
    const auto files = listing();
    try {
      call(line);
    } catch (const Error& error) {
      EXPECT_EQ(listing(), files) << line << " left a file";
      EXPECT_GE(error.exit_code(), 2) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      return error.what();
    }
    ADD_FAILURE() << line << " was not refused";
    return "";
  }

 private:
  std::vector<std::string> listing() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      names.push_back(entry.path().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  const Paper& paper_;
  std::filesystem::path before_, folder_;
};

/// Whether any of the texts under "notes" or "warnings" holds these words.
inline bool says(const Json& result, const char* where, std::string_view words) {
  for (const auto& text : result.at(where))
    if (text.get_ref<const std::string&>().find(words) != std::string::npos) return true;
  return false;
}

}  // namespace offprint
