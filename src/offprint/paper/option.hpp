// Options of verbs: a plain struct's members, each described once by pointer-to-member. From the description come the
// command line, the page's form, the schema of the HTTP API and shell completion; they all set members through
// Option::set, so that one bad value gives one message everywhere.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "offprint/base/choices.hpp"
#include "offprint/base/error.hpp"
#include "offprint/paper/claim.hpp"

namespace offprint {

/// A file the user gives: a path, or `data:NAME` for a data set of the catalogue. Read it with data::open_table and its
/// siblings.
struct InputFile {
  std::string source;
  bool empty() const { return source.empty(); }
};

std::vector<std::string> sources_of(const std::vector<InputFile>& files);

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
  std::string example;                   ///< of an input file: a data set of the catalogue, or what a verb writes

  bool is_list() const;
  bool is_input() const { return kind == OptionKind::input_file || kind == OptionKind::input_files; }
};

/// An option of an options struct: its description, and where in the struct its value lies.
struct Option : OptionDescription {
  enum class Type {
    boolean,
    whole,
    long_whole,
    real,
    text,
    enumeration,
    input,
    output,
    reals,
    long_wholes,
    texts,
    inputs
  };
  Type type = Type::text;
  bool optional = false;         ///< the member is a std::optional of the type
  std::size_t offset = 0;        ///< of the member in the struct, in bytes
  std::vector<int> enumerators;  ///< of an enumeration, in the order of `choices`

  /// Parses `text`, checks it, stores it in the options struct; throws UsageError naming the option.
  void set(void* options, const std::string& text) const;
  /// The present value, as text that set() would read back.
  std::string get(const void* options) const;
};

/// Qualifiers of an option, given after the help text in any order; also a Range and Choices.
struct Unit {
  std::string text;
};
struct Required {};
struct Positional {};
struct Accepts {
  std::vector<std::string> endings;
};
/// Where a reader gets a file to try the option with: "data:fair", or "model.json" that another verb's example writes.
struct Example {
  std::string source;
};
struct SuggestedName {
  std::string name;
  bool required = true;  ///< on the command line; the page always fills it in
};
struct Suggestions {
  std::vector<std::string> values;
};

namespace detail {

double parse_option_number(const OptionDescription& option, const std::string& text);  ///< finite and in range
std::int64_t parse_option_integer(const OptionDescription& option, const std::string& text);
bool parse_option_flag(const OptionDescription& option, const std::string& text);
std::vector<std::string> parse_option_list(const std::string& text);  ///< comma-separated
[[noreturn]] void refuse_choice(const OptionDescription& option, const std::string& text);

template <class T>
constexpr Option::Type type_of() {
  using Type = Option::Type;
  if constexpr (std::is_same_v<T, bool>)
    return Type::boolean;
  else if constexpr (std::is_enum_v<T>)
    return Type::enumeration;
  else if constexpr (std::is_same_v<T, int>)
    return Type::whole;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return Type::long_whole;
  else if constexpr (std::is_same_v<T, double>)
    return Type::real;
  else if constexpr (std::is_same_v<T, std::string>)
    return Type::text;
  else if constexpr (std::is_same_v<T, InputFile>)
    return Type::input;
  else if constexpr (std::is_same_v<T, OutputFile>)
    return Type::output;
  else if constexpr (std::is_same_v<T, std::vector<double>>)
    return Type::reals;
  else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>)
    return Type::long_wholes;
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return Type::texts;
  else if constexpr (std::is_same_v<T, std::vector<InputFile>>)
    return Type::inputs;
  else
    static_assert(sizeof(T) == 0, "an option member is a bool, int, int64, double, enum, string, file or vector");
}

inline void qualify(Option& o, const Range& range) { o.range = range; }
inline void qualify(Option& o, const Unit& unit) { o.unit = unit.text; }
inline void qualify(Option& o, const Required&) { o.required = true; }
inline void qualify(Option& o, const Positional&) { o.positional = true; }
inline void qualify(Option& o, const Accepts& accepts) { o.accepts = accepts.endings; }
inline void qualify(Option& o, const Example& example) { o.example = example.source; }
inline void qualify(Option& o, const Suggestions& suggestions) { o.suggestions = suggestions.values; }
inline void qualify(Option& o, const SuggestedName& name) {
  o.suggested_name = name.name;
  o.required = name.required;
}
template <class Value>
void qualify(Option& o, const Choices<Value>& choices) {
  o.choices = choices.names();
  if constexpr (std::is_enum_v<Value>) {
    static_assert(sizeof(Value) == sizeof(int), "enumerations of options are as wide as int");
    for (const auto& [name, value] : choices.values) o.enumerators.push_back(static_cast<int>(value));
  }
}

/// Kind and default, once the qualifiers are known.
void finish(Option& option, const void* defaults);

}  // namespace detail

/// The option of `member`. `defaults` supplies the default value.
template <class Options, class Owner, class T, class... Qualifiers>
Option make_option(const Options& defaults, T Owner::*member, std::string name, std::string help,
                   const Qualifiers&... qualifiers) {
  Option option;
  option.name = std::move(name);
  option.help = std::move(help);
  if constexpr (std::is_same_v<T, std::optional<double>> || std::is_same_v<T, std::optional<std::int64_t>>) {
    option.type = detail::type_of<typename T::value_type>();
    option.optional = true;
  } else {
    option.type = detail::type_of<T>();
  }
  option.offset = static_cast<std::size_t>(reinterpret_cast<const char*>(&(defaults.*member)) -
                                           reinterpret_cast<const char*>(&defaults));
  (detail::qualify(option, qualifiers), ...);
  detail::finish(option, &defaults);
  return option;
}

}  // namespace offprint
