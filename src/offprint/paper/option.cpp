#include "offprint/paper/option.hpp"

#include <array>
#include <cmath>

#include "offprint/base/text.hpp"

namespace offprint {

std::string_view kind_text(OptionKind kind) {
  constexpr std::array<std::string_view, 11> names{"flag",       "integer",     "number",     "text",
                                                   "choice",     "numbers",     "integers",   "texts",
                                                   "input_file", "input_files", "output_file"};
  return names[static_cast<std::size_t>(kind)];
}

namespace detail {
namespace {

[[noreturn]] void refuse(const OptionDescription& option, const std::string& text, const std::string& wanted) {
  const std::string shown = text.size() > 60 ? text.substr(0, 60) + "..." : text;
  throw UsageError("--" + option.name + ": '" + shown + "' is not " + wanted);
}

std::string wanted(const OptionDescription& option, const std::string& what) {
  const auto range = range_text(option.range);
  return range == "any" ? what : what + " " + range;
}

}  // namespace

double parse_option_number(const OptionDescription& option, const std::string& text) {
  const auto value = parse_double(text);
  if (!value || !std::isfinite(*value) || !option.range.contains(*value))
    refuse(option, text, wanted(option, "a number"));
  return *value;
}

std::int64_t parse_option_integer(const OptionDescription& option, const std::string& text) {
  const auto value = parse_integer(text);
  if (!value || !option.range.contains(static_cast<double>(*value)))
    refuse(option, text, wanted(option, "a whole number"));
  return *value;
}

bool parse_option_flag(const OptionDescription& option, const std::string& text) {
  if (text == "true" || text == "on" || text == "yes" || text == "1") return true;
  if (text == "false" || text == "off" || text == "no" || text == "0" || text.empty()) return false;
  refuse(option, text, "true or false");
}

std::vector<std::string> parse_option_list(const std::string& text) {
  std::vector<std::string> parts = split(text, ',');
  for (auto& part : parts) part = std::string(trim(part));
  return parts;
}

void refuse_choice(const OptionDescription& option, const std::string& text) {
  const auto near = nearest_name(text, option.choices);
  refuse(option, text, "one of " + join(option.choices, ", ") + (near.empty() ? "" : "; did you mean " + near + "?"));
}

std::string number_text(double value) { return exact_number(value); }

}  // namespace detail
}  // namespace offprint
