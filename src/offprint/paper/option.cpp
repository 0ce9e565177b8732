#include "offprint/paper/option.hpp"

#include <array>
#include <cmath>
#include <cstring>

#include "offprint/base/text.hpp"

namespace offprint {

std::string_view kind_text(OptionKind kind) {
  constexpr std::array<std::string_view, 11> names{"flag",       "integer",     "number",     "text",
                                                   "choice",     "numbers",     "integers",   "texts",
                                                   "input_file", "input_files", "output_file"};
  return names[static_cast<std::size_t>(kind)];
}

std::vector<std::string> sources_of(const std::vector<InputFile>& files) {
  std::vector<std::string> sources;
  for (const auto& file : files) sources.push_back(file.source);
  return sources;
}

bool OptionDescription::is_list() const {
  return kind == OptionKind::input_files || kind == OptionKind::texts || kind == OptionKind::numbers ||
         kind == OptionKind::integers;
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

namespace {

/// The member at its place, read or written through its own type.
template <class T>
T& at(void* options, std::size_t offset) {
  return *reinterpret_cast<T*>(static_cast<char*>(options) + offset);
}
template <class T>
const T& at(const void* options, std::size_t offset) {
  return *reinterpret_cast<const T*>(static_cast<const char*>(options) + offset);
}

std::size_t choice_index(const OptionDescription& option, const std::string& text) {
  for (std::size_t i = 0; i < option.choices.size(); ++i)
    if (option.choices[i] == text) return i;
  refuse_choice(option, text);
}

/// `start:stop:count`, so many numbers evenly from one to the other, or a single number.
void add_numbers(const OptionDescription& option, const std::string& part, std::vector<double>& to) {
  const auto pieces = split(part, ':');
  if (pieces.size() == 1) {
    to.push_back(parse_option_number(option, part));
    return;
  }
  const auto count = pieces.size() == 3 ? parse_integer(pieces[2]) : std::nullopt;
  if (!count || *count < 2 || *count > 100000)
    refuse(option, part, "a range start:stop:count with a count of 2 to 100000");
  const double start = parse_option_number(option, pieces[0]), stop = parse_option_number(option, pieces[1]);
  for (std::int64_t i = 0; i < *count; ++i)
    to.push_back(i + 1 == *count ? stop
                                 : start + (stop - start) * static_cast<double>(i) / static_cast<double>(*count - 1));
}

template <class T, class Text>
std::string list_text(const std::vector<T>& values, const Text& text) {
  std::string all;
  for (const auto& value : values) all += (all.empty() ? "" : ",") + text(value);
  return all;
}

}  // namespace

void finish(Option& option, const void* defaults) {
  constexpr std::array<OptionKind, 12> kinds{OptionKind::flag,       OptionKind::integer,     OptionKind::integer,
                                             OptionKind::number,     OptionKind::text,        OptionKind::choice,
                                             OptionKind::input_file, OptionKind::output_file, OptionKind::numbers,
                                             OptionKind::integers,   OptionKind::texts,       OptionKind::input_files};
  option.kind = kinds[static_cast<std::size_t>(option.type)];
  if (option.kind == OptionKind::text && !option.choices.empty()) option.kind = OptionKind::choice;
  option.default_text = option.get(defaults);
}

}  // namespace detail

void Option::set(void* options, const std::string& text) const {
  using namespace detail;
  if (optional && text.empty()) {
    if (type == Type::real)
      at<std::optional<double>>(options, offset).reset();
    else
      at<std::optional<std::int64_t>>(options, offset).reset();
    return;
  }
  // A refused value leaves the member as it was.
  switch (type) {
    case Type::boolean:
      at<bool>(options, offset) = parse_option_flag(*this, text);
      break;
    case Type::whole: {
      const auto value = parse_option_integer(*this, text);
      if (value != static_cast<int>(value)) refuse(*this, text, "a whole number of at most 2147483647");
      at<int>(options, offset) = static_cast<int>(value);
      break;
    }
    case Type::long_whole: {
      const auto value = parse_option_integer(*this, text);
      if (optional)
        at<std::optional<std::int64_t>>(options, offset) = value;
      else
        at<std::int64_t>(options, offset) = value;
      break;
    }
    case Type::real: {
      const auto value = parse_option_number(*this, text);
      if (optional)
        at<std::optional<double>>(options, offset) = value;
      else
        at<double>(options, offset) = value;
      break;
    }
    case Type::text:
      if (!choices.empty()) choice_index(*this, text);
      at<std::string>(options, offset) = text;
      break;
    case Type::enumeration: {
      const int value = enumerators.at(choice_index(*this, text));
      std::memcpy(static_cast<char*>(options) + offset, &value, sizeof value);
      break;
    }
    case Type::input:
      at<InputFile>(options, offset).source = text;
      break;
    case Type::output:
      at<OutputFile>(options, offset).path = text;
      break;
    case Type::reals: {
      std::vector<double> values;
      for (const auto& part : parse_option_list(text)) add_numbers(*this, part, values);
      at<std::vector<double>>(options, offset) = std::move(values);
      break;
    }
    case Type::long_wholes: {
      std::vector<std::int64_t> values;
      for (const auto& part : parse_option_list(text)) values.push_back(parse_option_integer(*this, part));
      at<std::vector<std::int64_t>>(options, offset) = std::move(values);
      break;
    }
    case Type::texts: {
      auto values = parse_option_list(text);
      if (!choices.empty())
        for (const auto& value : values) choice_index(*this, value);
      at<std::vector<std::string>>(options, offset) = std::move(values);
      break;
    }
    case Type::inputs: {
      std::vector<InputFile> values;
      for (const auto& part : parse_option_list(text)) values.push_back({part});
      at<std::vector<InputFile>>(options, offset) = std::move(values);
      break;
    }
  }
}

std::string Option::get(const void* options) const {
  using namespace detail;
  const auto number = [](double value) { return exact_number(value); };
  switch (type) {
    case Type::boolean:
      return at<bool>(options, offset) ? "true" : "false";
    case Type::whole:
      return std::to_string(at<int>(options, offset));
    case Type::long_whole: {
      if (!optional) return std::to_string(at<std::int64_t>(options, offset));
      const auto& value = at<std::optional<std::int64_t>>(options, offset);
      return value ? std::to_string(*value) : "";
    }
    case Type::real: {
      if (!optional) return number(at<double>(options, offset));
      const auto& value = at<std::optional<double>>(options, offset);
      return value ? number(*value) : "";
    }
    case Type::text:
      return at<std::string>(options, offset);
    case Type::enumeration: {
      int value = 0;
      std::memcpy(&value, static_cast<const char*>(options) + offset, sizeof value);
      for (std::size_t i = 0; i < enumerators.size(); ++i)
        if (enumerators[i] == value) return choices[i];
      return "";
    }
    case Type::input:
      return at<InputFile>(options, offset).source;
    case Type::output:
      return at<OutputFile>(options, offset).path;
    case Type::reals:
      return list_text(at<std::vector<double>>(options, offset), number);
    case Type::long_wholes:
      return list_text(at<std::vector<std::int64_t>>(options, offset),
                       [](auto value) { return std::to_string(value); });
    case Type::texts:
      return join(at<std::vector<std::string>>(options, offset), ",");
    case Type::inputs:
      return join(sources_of(at<std::vector<InputFile>>(options, offset)), ",");
  }
  return "";
}

}  // namespace offprint
