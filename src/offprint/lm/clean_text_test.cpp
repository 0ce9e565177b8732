#include "offprint/lm/clean_text.hpp"

#include <gtest/gtest.h>

namespace offprint::lm {
namespace {

TEST(CleanText, UndoesWhatHidesAText) {
  EXPECT_EQ(clean_text("p\u0430ssw\u043Erd"), "password");            // Cyrillic a and o
  EXPECT_EQ(clean_text("in\u200Bvis\u00ADible\uFEFF"), "invisible");  // zero width, soft hyphen, byte order mark
  EXPECT_EQ(clean_text("\uFF21\uFB01\u00A0x"), "Afi x");              // full width, ligature, hard blank
  EXPECT_EQ(clean_text("\u043C\u0430\u043C\u0430"), "\u043C\u0430\u043C\u0430");  // Russian stays Russian
  EXPECT_EQ(clean_text("\xff\xfe"), "\xff\xfe");
  EXPECT_EQ(clean_text(""), "");
}

}  // namespace
}  // namespace offprint::lm
