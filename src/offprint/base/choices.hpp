// The values of an enumeration with their names, once: for reading, for printing, for the choices of an option.
#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace offprint {

template <class Value>
struct Choices {
  std::vector<std::pair<std::string, Value>> values;

  /// The name of a value; std::logic_error if the table lacks it.
  const std::string& name(const Value& value) const {
    for (const auto& [text, one] : values)
      if (one == value) return text;
    throw std::logic_error("a table of choices lacks a value");
  }
  /// The value of a name, or nothing.
  std::optional<Value> find(std::string_view name) const {
    for (const auto& [text, one] : values)
      if (text == name) return one;
    return std::nullopt;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [text, value] : values) all.push_back(text);
    return all;
  }
  /// These of them.
  Choices some(const std::vector<Value>& wanted) const {
    Choices chosen;
    for (const auto& value : wanted) chosen.values.emplace_back(name(value), value);
    return chosen;
  }
};

}  // namespace offprint
