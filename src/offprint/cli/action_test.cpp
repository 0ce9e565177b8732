#include "offprint/cli/action.hpp"

#include <gmock/gmock.h>

#include <iostream>

#include "offprint/base/error.hpp"

namespace offprint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct CopyOptions : JsonOption {
  std::vector<std::string> names;
  std::int64_t limit = 50;
  std::string to = "here";
};
CopyOptions copied;

int copy_them(const CopyOptions& options) {
  copied = options;
  return 7;
}

struct MoveOptions {
  std::int64_t run = 0;
  std::string to;
};
MoveOptions moved;

int move_one(const MoveOptions& options) {
  moved = options;
  return 0;
}

std::vector<Action> actions() {
  return {action("copy", "Copy them",
                 options_of<CopyOptions>()
                     .option(&CopyOptions::names, "names", "Which", Positional{}, Required{})
                     .option(&CopyOptions::limit, "limit", "How many", between(1, 100))
                     .option(&CopyOptions::to, "to", "Where")
                     .with(json_option),
                 copy_them),
          action("move", "Move one",
                 options_of<MoveOptions>()
                     .option(&MoveOptions::run, "run", "Its number", Positional{}, Required{}, at_least(1))
                     .option(&MoveOptions::to, "to", "Where", Positional{}, Required{}),
                 move_one)};
}

int say(const JsonOption& options) { return options.json ? 1 : 0; }

std::vector<Action> single() { return {action("", "Say something", json_option, say)}; }

const Command things{"things", "Handle things", actions}, talk{"talk", "Talk", single};

std::string refusal(const Command& command, const std::vector<std::string>& words) {
  try {
    perform(command, words);
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "not refused";
}

std::string printed(const Command& command, const std::vector<std::string>& words) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(perform(command, words), 0);
  return testing::internal::GetCapturedStdout();
}

TEST(Actions, OptionsAreReadByNameAndByPlace) {
  EXPECT_EQ(perform(things, {"copy", "a", "b", "--limit", "3", "--json", "c"}), 7);
  EXPECT_THAT(copied.names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(copied.limit, 3);
  EXPECT_TRUE(copied.json);
  EXPECT_EQ(copied.to, "here");
  EXPECT_EQ(perform(things, {"copy", "--to=there", "--names", "x,y"}), 7);
  EXPECT_THAT(copied.names, ElementsAre("x", "y"));
  EXPECT_FALSE(copied.json);
  EXPECT_EQ(copied.to, "there");
  EXPECT_EQ(perform(things, {"copy", "--", "--to"}), 7);
  EXPECT_THAT(copied.names, ElementsAre("--to"));
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"move", "5", "folder"}, {"move", "5", "--to", "folder"}, {"move", "--to", "folder", "5"}}) {
    moved = {};
    EXPECT_EQ(perform(things, words), 0);
    EXPECT_EQ(moved.run, 5);
    EXPECT_EQ(moved.to, "folder");
  }
  EXPECT_EQ(perform(talk, {}), 0);
  EXPECT_EQ(perform(talk, {"--json"}), 1);
}

TEST(Actions, RefusalsNameTheOptionAndTheNearestRightOne) {
  EXPECT_THAT(refusal(things, {}), HasSubstr("things: a subcommand is needed"));
  EXPECT_THAT(refusal(things, {"coyp"}), HasSubstr("did you mean copy?"));
  EXPECT_THAT(refusal(things, {"frobnicate"}), HasSubstr("has the subcommands copy, move"));
  EXPECT_THAT(refusal(things, {"copy"}), HasSubstr("--names: is needed; Which"));
  EXPECT_THAT(refusal(things, {"copy", "a", "--limti", "3"}),
              HasSubstr("--limti: things copy has no such option; did you mean --limit?"));
  EXPECT_THAT(refusal(things, {"copy", "a", "--limit"}), HasSubstr("--limit: a value is missing"));
  EXPECT_THAT(refusal(things, {"copy", "a", "--limit", "0"}), HasSubstr("--limit: '0' is not a whole number"));
  EXPECT_THAT(refusal(things, {"copy", "a", "--limit", "1", "--limit", "2"}), HasSubstr("given twice"));
  EXPECT_THAT(refusal(things, {"copy", "a", "-x"}), HasSubstr("no such short option"));
  EXPECT_THAT(refusal(things, {"move", "abc", "folder"}), HasSubstr("--run: 'abc'"));
  EXPECT_THAT(refusal(things, {"move", "5"}), HasSubstr("--to: is needed"));
  EXPECT_THAT(refusal(things, {"move", "5", "folder", "more"}), HasSubstr("'more': things move takes no further"));
  EXPECT_THAT(refusal(talk, {"loudly"}), HasSubstr("'loudly': talk takes no further argument"));
}

TEST(Actions, HelpIsPrintedFromTheDescription) {
  EXPECT_THAT(printed(things, {"--help"}), HasSubstr("copy          Copy them"));
  for (const auto* flag : {"--help", "-h"}) {
    const auto help = printed(things, {"copy", flag});
    EXPECT_THAT(help, HasSubstr("usage: offprint things copy names [options]"));
    EXPECT_THAT(help, HasSubstr("--limit N"));
    EXPECT_THAT(help, HasSubstr("(default here)"));
  }
  EXPECT_THAT(printed(talk, {"--help"}), HasSubstr("usage: offprint talk [options]"));
}

}  // namespace
}  // namespace offprint
