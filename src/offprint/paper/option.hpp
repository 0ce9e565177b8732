// Options of verbs: a plain struct's members, each described once by pointer-to-member. From the description come the command line, the page's
// form, the schema of the HTTP API and shell completion; they all set members through Option::set, so that one bad value gives one message everywhere.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "offprint/base/error.hpp"
#include "offprint/paper/claim.hpp"

namespace offprint {

/// A file the user gives: a path, or `data:NAME` for a data set of the catalogue. Read it with data::open_table and its siblings.
struct InputFile {
  std::string source;
  bool empty() const { return source.empty(); }
};

inline std::vector<std::string> sources_of(const std::vector<InputFile>& files) {
  std::vector<std::string> sources;
  for (const auto& file : files) sources.push_back(file.source);
  return sources;
}

/// A file the verb writes. The command line requires a path (-o); the page fills in the suggested name.
struct OutputFile {
  std::string path;
  bool empty() const { return path.empty(); }
};

enum class OptionKind {
  flag,
  integer,
  number,
  text,
  choice,
  numbers,
  integers,
  texts,
  input_file,
  input_files,
  output_file
};
std::string_view kind_text(OptionKind kind);

/// The description of one option, free of types.
struct OptionDescription {
  std::string name;  ///< "response", long form --response
  std::string help;  ///< one line
  OptionKind kind = OptionKind::text;
  std::string unit;
  Range range;                       ///< of numbers, and of each of a list
  std::vector<std::string> choices;  ///< of a choice; first to last as shown
  std::string default_text;          ///< as the command line would give it; empty: none
  bool required = false;
  bool positional = false;               ///< also taken by place, in order of description
  std::string suggested_name;            ///< of an output file: "model.json"
  std::vector<std::string> accepts;      ///< of an input file: endings, "csv", "npy"
  std::vector<std::string> suggestions;  ///< of a text: values that are known to work; others may
};

struct Option : OptionDescription {
  /// Parses `text`, checks it, stores it in the options struct; throws UsageError naming the option.
  std::function<void(void* options, const std::string& text)> set;
  /// The present value, as text that set() would read back.
  std::function<std::string(const void* options)> get;
};

/// Qualifiers of an option, given after the help text in any order.
struct Unit {
  std::string text;
};
struct Required {};
struct Positional {};
struct Accepts {
  std::vector<std::string> endings;
};
struct SuggestedName {
  std::string name;
  bool required = true;  ///< on the command line; the page always fills it in
};
struct Suggestions {
  std::vector<std::string> values;
};
template <class Enum>
struct Choices {
  std::vector<std::pair<std::string, Enum>> values;
};

namespace detail {

double parse_option_number(const OptionDescription& option, const std::string& text);  ///< finite and in range
std::int64_t parse_option_integer(const OptionDescription& option, const std::string& text);
bool parse_option_flag(const OptionDescription& option, const std::string& text);
std::vector<std::string> parse_option_list(const std::string& text);  ///< comma-separated
[[noreturn]] void refuse_choice(const OptionDescription& option, const std::string& text);

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {
  using inner = T;
};

template <class T>
constexpr OptionKind kind_of() {
  if constexpr (is_optional<T>::value)
    return kind_of<typename is_optional<T>::inner>();
  else if constexpr (std::is_same_v<T, bool>)
    return OptionKind::flag;
  else if constexpr (std::is_enum_v<T>)
    return OptionKind::choice;
  else if constexpr (std::is_integral_v<T>)
    return OptionKind::integer;
  else if constexpr (std::is_floating_point_v<T>)
    return OptionKind::number;
  else if constexpr (std::is_same_v<T, std::string>)
    return OptionKind::text;
  else if constexpr (std::is_same_v<T, InputFile>)
    return OptionKind::input_file;
  else if constexpr (std::is_same_v<T, OutputFile>)
    return OptionKind::output_file;
  else if constexpr (std::is_same_v<T, std::vector<InputFile>>)
    return OptionKind::input_files;
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return OptionKind::texts;
  else if constexpr (std::is_same_v<T, std::vector<double>>)
    return OptionKind::numbers;
  else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>)
    return OptionKind::integers;
  else
    static_assert(sizeof(T) == 0,
                  "an option member is a bool, number, enum, string, file, an optional of one, or a vector");
}

std::string number_text(double value);

template <class T, class Enum>
void parse_into(T& member, const OptionDescription& option, const std::vector<std::pair<std::string, Enum>>& choices,
                const std::string& text) {
  if constexpr (is_optional<T>::value) {
    if (text.empty()) {
      member.reset();
      return;
    }
    parse_into(member.emplace(), option, choices, text);
  } else if constexpr (std::is_same_v<T, bool>)
    member = parse_option_flag(option, text);
  else if constexpr (std::is_enum_v<T>) {
    for (const auto& [name, value] : choices)
      if (name == text) {
        member = value;
        return;
      }
    refuse_choice(option, text);
  } else if constexpr (std::is_integral_v<T>)
    member = static_cast<T>(parse_option_integer(option, text));
  else if constexpr (std::is_floating_point_v<T>)
    member = parse_option_number(option, text);
  else if constexpr (std::is_same_v<T, std::string>) {
    if (!option.choices.empty()) {
      for (const auto& choice : option.choices)
        if (choice == text) {
          member = text;
          return;
        }
      refuse_choice(option, text);
    }
    member = text;
  } else if constexpr (std::is_same_v<T, InputFile>)
    member.source = text;
  else if constexpr (std::is_same_v<T, OutputFile>)
    member.path = text;
  else {
    member.clear();
    for (const auto& part : parse_option_list(text)) {
      if constexpr (std::is_same_v<T, std::vector<InputFile>>)
        member.push_back({part});
      else if constexpr (std::is_same_v<T, std::vector<std::string>>)
        member.push_back(part);
      else if constexpr (std::is_same_v<T, std::vector<double>>)
        member.push_back(parse_option_number(option, part));
      else
        member.push_back(parse_option_integer(option, part));
    }
  }
}

template <class T, class Enum>
std::string text_of(const T& member, const std::vector<std::pair<std::string, Enum>>& choices) {
  if constexpr (is_optional<T>::value)
    return member ? text_of(*member, choices) : "";
  else if constexpr (std::is_same_v<T, bool>)
    return member ? "true" : "false";
  else if constexpr (std::is_enum_v<T>) {
    for (const auto& [name, value] : choices)
      if (value == member) return name;
    return "";
  } else if constexpr (std::is_integral_v<T>)
    return std::to_string(member);
  else if constexpr (std::is_floating_point_v<T>)
    return number_text(member);
  else if constexpr (std::is_same_v<T, std::string>)
    return member;
  else if constexpr (std::is_same_v<T, InputFile>)
    return member.source;
  else if constexpr (std::is_same_v<T, OutputFile>)
    return member.path;
  else {
    std::string text;
    for (const auto& part : member) {
      if (!text.empty()) text += ',';
      if constexpr (std::is_same_v<T, std::vector<InputFile>>)
        text += part.source;
      else if constexpr (std::is_same_v<T, std::vector<std::string>>)
        text += part;
      else
        text += number_text(static_cast<double>(part));
    }
    return text;
  }
}

struct NoEnum {};
template <class T>
struct enum_in {
  using type = std::conditional_t<std::is_enum_v<T>, T, NoEnum>;
};
template <class T>
struct enum_in<std::optional<T>> {
  using type = typename enum_in<T>::type;
};

inline void qualify(OptionDescription& o, const Range& range) { o.range = range; }
inline void qualify(OptionDescription& o, const Unit& unit) { o.unit = unit.text; }
inline void qualify(OptionDescription& o, const Required&) { o.required = true; }
inline void qualify(OptionDescription& o, const Positional&) { o.positional = true; }
inline void qualify(OptionDescription& o, const Accepts& accepts) { o.accepts = accepts.endings; }
inline void qualify(OptionDescription& o, const Suggestions& suggestions) { o.suggestions = suggestions.values; }
inline void qualify(OptionDescription& o, const SuggestedName& name) {
  o.suggested_name = name.name;
  o.required = name.required;
}
inline void qualify(OptionDescription& o, const Choices<std::string>& c) {
  for (const auto& [name, value] : c.values) o.choices.push_back(name);
}
template <class Enum>
void qualify(OptionDescription& o, const Choices<Enum>& c) {
  for (const auto& [name, value] : c.values) o.choices.push_back(name);
}

template <class Enum, class Q>
void collect(std::vector<std::pair<std::string, Enum>>& choices, const Q& qualifier) {
  if constexpr (std::is_same_v<Q, Choices<Enum>>) choices = qualifier.values;
}

}  // namespace detail

/// The option of `member`. `defaults` supplies the default value.
template <class Options, class Owner, class T, class... Qualifiers>
Option make_option(const Options& defaults, T Owner::*member, std::string name, std::string help,
                   const Qualifiers&... qualifiers) {
  using Enum = typename detail::enum_in<T>::type;
  Option option;
  option.name = std::move(name);
  option.help = std::move(help);
  option.kind = detail::kind_of<T>();
  std::vector<std::pair<std::string, Enum>> choices;
  (detail::qualify(option, qualifiers), ...);
  (detail::collect(choices, qualifiers), ...);
  option.default_text = detail::text_of(defaults.*member, choices);
  if (option.kind == OptionKind::text && !option.choices.empty()) option.kind = OptionKind::choice;
  const OptionDescription description = option;
  option.set = [description, member, choices](void* options, const std::string& text) {
    detail::parse_into(static_cast<Options*>(options)->*member, description, choices, text);
  };
  option.get = [member, choices](const void* options) {
    return detail::text_of(static_cast<const Options*>(options)->*member, choices);
  };
  return option;
}

}  // namespace offprint
