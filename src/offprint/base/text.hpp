// Text: locale-free number parsing and printing, splitting, trimming, nearest name.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace offprint {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);  ///< "a,,b" gives three parts; "" gives none
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string to_lower(std::string_view text);  ///< ASCII only
std::string replace_all(std::string text, std::string_view from, std::string_view to);
bool is_valid_utf8(std::string_view text);
bool is_letter_or_digit(char c);  ///< ASCII only

/// The whole text as a number, or nothing. Accepts a leading '+', surrounding blanks, nan and inf; never a locale's
/// comma.
std::optional<double> parse_double(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);

/// Shortest text that reads back as the same double.
std::string exact_number(double value);
/// For people: `digits` significant digits, "0.00123", "1.2e-07".
std::string short_number(double value, int digits = 4);

/// Member of `names` nearest to `name` (edit distance at most a third of its length), for "did you mean"; empty if none
/// is near.
std::string nearest_name(std::string_view name, std::span<const std::string> names);

}  // namespace offprint
