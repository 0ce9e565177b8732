// Undoing what hides machine-written text from a detector without changing what people see.
#pragma once
#include <string>
#include <string_view>

namespace offprint::lm {

/// Compatibility normal form (NFKC) without invisible characters, Cyrillic and Greek look-alikes as Latin letters,
/// blanks of any width as blanks.
/// Bytes that are no UTF-8 stay as they are. The look-alikes of a text that is mostly Cyrillic or Greek are left alone.
std::string clean_text(std::string_view text);

}  // namespace offprint::lm
