#include "offprint/data/document.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"

namespace offprint::data {
namespace {

const DocumentKind kind{"offprint test model 1", "test model", "offprint test fit"};

class Documents : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }
  std::string refusal(const std::function<void(const Document&)>& read) {
    try {
      const StoredDocument document(file_, kind);
      read(*document);
    } catch (const BadInput& error) {
      return std::string(error.what()).substr(file_.string().size());
    }
    return "";
  }
  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("offprint-document-" + std::to_string(::getpid()));
};

TEST_F(Documents, AreReadAsTheyWereWritten) {
  write_document(file_, kind,
                 {{"n", 3}, {"x", 0.1}, {"names", {"a", "b"}}, {"grid", {{1, 2}, {3, 4}}}, {"part", {{"t", true}}}});
  const StoredDocument document(file_, kind);
  EXPECT_EQ(document->whole("n"), 3);
  EXPECT_EQ(document->number("x"), 0.1);
  EXPECT_EQ(document->texts("names"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(document->grid("grid", 2, 2), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_TRUE(document->part("part").truth("t"));
  EXPECT_FALSE(document->has("other"));
}

TEST_F(Documents, SayWhatIsWrongWithThem) {
  for (const char* text : {"", "{", "[]", "{}", "{\"format\": 3}", "{\"format\": \"offprint other model 1\"}"}) {
    write_file(file_, text);
    EXPECT_EQ(refusal([](const auto&) {}), ": is no test model; give one written by offprint test fit") << text;
  }
  write_document(file_, kind, {{"a", {1, 2, "x"}}, {"b", {1, 2}}, {"c", 1.5}, {"d", {{1, 2}, {3}}}});
  const auto damaged = [&](const char* what) {
    return ": is a damaged test model: " + std::string(what) + "; give one written by offprint test fit";
  };
  EXPECT_EQ(refusal([](const auto& d) { d.number("z"); }), damaged("'z' is missing"));
  EXPECT_EQ(refusal([](const auto& d) { d.numbers("a"); }), damaged("'a' is no list of numbers"));
  EXPECT_EQ(refusal([](const auto& d) { d.numbers("b", 3); }), damaged("'b' has 2 numbers instead of 3"));
  EXPECT_EQ(refusal([](const auto& d) { d.whole("c"); }), damaged("'c' is no whole number"));
  EXPECT_EQ(refusal([](const auto& d) { d.grid("d", 2, 2); }), damaged("'d' has a row that is no list of 2 numbers"));
  EXPECT_EQ(refusal([](const auto& d) { d.text("b"); }), damaged("'b' is no text"));
}

}  // namespace
}  // namespace offprint::data
