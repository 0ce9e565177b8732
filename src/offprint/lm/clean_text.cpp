#include "offprint/lm/clean_text.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <unordered_map>

#include "offprint/base/text.hpp"

namespace offprint::lm {
namespace {

/// Letters of other alphabets that look like Latin ones.
const std::unordered_map<std::int32_t, char>& look_alikes() {
  static const std::unordered_map<std::int32_t, char> table{
      {0x0430, 'a'}, {0x0441, 'c'}, {0x0501, 'd'}, {0x0435, 'e'}, {0x04BB, 'h'}, {0x0456, 'i'}, {0x0458, 'j'},
      {0x043E, 'o'}, {0x0440, 'p'}, {0x051B, 'q'}, {0x0455, 's'}, {0x051D, 'w'}, {0x0445, 'x'}, {0x0443, 'y'},
      {0x0410, 'A'}, {0x0412, 'B'}, {0x0421, 'C'}, {0x0415, 'E'}, {0x041D, 'H'}, {0x0406, 'I'}, {0x0408, 'J'},
      {0x041A, 'K'}, {0x041C, 'M'}, {0x041E, 'O'}, {0x0420, 'P'}, {0x0405, 'S'}, {0x0422, 'T'}, {0x0425, 'X'},
      {0x04AE, 'Y'}, {0x03BF, 'o'}, {0x03B1, 'a'}, {0x03B9, 'i'}, {0x03BD, 'v'}, {0x03C1, 'p'}, {0x03BA, 'k'},
      {0x0391, 'A'}, {0x0392, 'B'}, {0x0395, 'E'}, {0x0396, 'Z'}, {0x0397, 'H'}, {0x0399, 'I'}, {0x039A, 'K'},
      {0x039C, 'M'}, {0x039D, 'N'}, {0x039F, 'O'}, {0x03A1, 'P'}, {0x03A4, 'T'}, {0x03A5, 'Y'}, {0x03A7, 'X'}};
  return table;
}

}  // namespace

std::string clean_text(std::string_view text) {
  if (!is_valid_utf8(text)) return std::string(text);
  utf8proc_uint8_t* mapped = nullptr;
  const auto length = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &mapped,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE));
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> guard(mapped, std::free);
  if (length < 0) return std::string(text);
  std::size_t latin = 0, other = 0;
  const auto each = [&](const auto& body) {
    for (utf8proc_ssize_t at = 0; at < length;) {
      utf8proc_int32_t code = 0;
      const auto size = utf8proc_iterate(mapped + at, length - at, &code);
      if (size <= 0) break;
      body(code, std::string_view(reinterpret_cast<const char*>(mapped + at), static_cast<std::size_t>(size)));
      at += size;
    }
  };
  each([&](std::int32_t code, std::string_view) {
    latin += (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
    other += code >= 0x0370 && code <= 0x052F;
  });
  std::string result;
  each([&](std::int32_t code, std::string_view bytes) {
    const auto found = look_alikes().find(code);
    if (found != look_alikes().end() && latin > other)
      result += found->second;
    else
      result += bytes;
  });
  return result;
}

}  // namespace offprint::lm
