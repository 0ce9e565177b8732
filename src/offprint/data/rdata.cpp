#include "offprint/data/rdata.hpp"

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"

namespace offprint::data {
namespace {

constexpr int max_depth = 200;

/// Reads R's XDR serialisation. Every length is checked against the bytes that are left before anything is allocated.
class RReader {
 public:
  RReader(std::string_view bytes, const std::string& source) : rest_(bytes), source_(source) {}

  RValue stream() {
    if (take(2) != "X\n") refuse("is not in R's XDR form");
    const auto format = integer();
    integer();
    integer();
    if (format == 3)
      take(length());
    else if (format != 2)
      refuse("has an unknown serialisation version");
    return value(0);
  }

 private:
  struct Flags {
    int type;
    bool has_attributes, has_tag;
  };

  [[noreturn]] void refuse(const std::string& problem) const {
    throw BadInput(source_, problem, "reinstall its package or save it again from R");
  }

  std::string_view take(std::size_t count) {
    if (count > rest_.size()) refuse("is truncated");
    const auto part = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return part;
  }

  std::int32_t integer() {
    const auto bytes = take(4);
    std::uint32_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int32_t>(value);
  }

  double real() {
    const auto bytes = take(8);
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    double result;
    std::memcpy(&result, &value, 8);
    return result;
  }

  /// A vector's length; each element takes at least `width` bytes of what is left.
  std::size_t length(std::size_t width = 1) {
    const auto value = integer();
    if (value < 0 || static_cast<std::size_t>(value) > rest_.size() / width)
      refuse("has a vector longer than the file");
    return static_cast<std::size_t>(value);
  }

  std::string character() {
    const auto flags = integer();
    if ((flags & 0xFF) != 9) refuse("has a malformed text");
    const auto size = integer();
    if (size == -1) return "\x01NA";
    if (size < 0) refuse("has a text of negative length");
    return std::string(take(static_cast<std::size_t>(size)));
  }

  RValue value(int depth) {
    if (depth > max_depth) refuse("is nested too deeply");
    const auto flags = integer();
    return value_of({flags & 0xFF, (flags & 0x200) != 0, (flags & 0x400) != 0}, flags, depth);
  }

  RValue value_of(Flags flags, int raw, int depth) {
    RValue result;
    switch (flags.type) {
      case 254:
      case 253:
      case 252:
      case 251:
      case 250:
      case 242:
      case 241:
        return result;
      case 255:
        return reference(raw);
      case 1:
        result.kind = RValue::Kind::texts;
        result.texts = {character()};
        references_.push_back(result);
        return result;
      case 2:
      case 5:
      case 6:
        return pairs(flags, depth);
      case 4:
        return environment(depth);
      case 247:
      case 248:
      case 249:
        return persistent();
      case 238:
        return compact(depth);
      case 9:
        refuse("has a text outside a vector");
      case 10:
      case 13:
        result.kind = RValue::Kind::integers;
        for (auto count = length(4); count > 0; --count) result.integers.push_back(integer());
        break;
      case 14:
        result.kind = RValue::Kind::reals;
        for (auto count = length(8); count > 0; --count) result.reals.push_back(real());
        break;
      case 15:
        take(16 * length(16));
        result.kind = RValue::Kind::other;
        break;
      case 16:
        texts(result);
        break;
      case 19:
      case 20:
        result.kind = RValue::Kind::list;
        for (auto count = length(4); count > 0; --count) result.list.push_back(value(depth + 1));
        break;
      case 24:
        take(length());
        result.kind = RValue::Kind::other;
        break;
      default:
        refuse("holds an R value of type " + std::to_string(flags.type) + ", which no data set needs");
    }
    if (flags.has_attributes) result.attributes = named(value(depth + 1));
    return result;
  }

  void texts(RValue& result) {
    result.kind = RValue::Kind::texts;
    for (auto count = length(8); count > 0; --count) {
      auto text = character();
      result.absent.push_back(text == "\x01NA");
      result.texts.push_back(result.absent.back() ? "NA" : std::move(text));
    }
  }

  RValue reference(int raw) {
    const auto index = (raw >> 8) != 0 ? raw >> 8 : integer();
    if (index < 1 || static_cast<std::size_t>(index) > references_.size()) refuse("refers to a value it does not hold");
    return references_[static_cast<std::size_t>(index) - 1];
  }

  /// A pair list, walked in a loop: as a list whose attribute "names" holds the tags.
  RValue pairs(Flags flags, int depth) {
    RValue result;
    result.kind = RValue::Kind::list;
    RValue names;
    names.kind = RValue::Kind::texts;
    for (;;) {
      if (flags.has_attributes) value(depth + 1);
      const auto tag = flags.has_tag ? value(depth + 1) : RValue{};
      names.texts.push_back(tag.texts.empty() ? "" : tag.texts[0]);
      result.list.push_back(value(depth + 1));
      const auto next = integer();
      const int type = next & 0xFF;
      if (type != 2) {
        if (type != 254) value_of({type, (next & 0x200) != 0, (next & 0x400) != 0}, next, depth + 1);
        break;
      }
      flags = {type, (next & 0x200) != 0, (next & 0x400) != 0};
    }
    result.attributes["names"] = std::move(names);
    return result;
  }

  RValue environment(int depth) {
    integer();
    RValue result;
    result.kind = RValue::Kind::other;
    references_.push_back(result);
    for (int part = 0; part < 4; ++part) value(depth + 1);
    return result;
  }

  RValue persistent() {
    integer();
    for (auto count = length(8); count > 0; --count) character();
    RValue result;
    result.kind = RValue::Kind::other;
    references_.push_back(result);
    return result;
  }

  /// ALTREP: compact sequences are expanded, wrappers opened.
  RValue compact(int depth) {
    const auto info = value(depth + 1), state = value(depth + 1), attributes = value(depth + 1);
    const std::string name = info.list.empty() || info.list[0].texts.empty() ? "" : info.list[0].texts[0];
    RValue result;
    if (name.starts_with("wrap_")) {
      if (state.list.empty()) refuse("has a malformed wrapper");
      result = state.list[0];
    } else if ((name == "compact_intseq" || name == "compact_realseq") && state.reals.size() == 3) {
      const double count = state.reals[0];
      if (!(count >= 0 && count <= 1e8)) refuse("has a sequence too long");
      const bool whole = name == "compact_intseq";
      result.kind = whole ? RValue::Kind::integers : RValue::Kind::reals;
      for (double i = 0; i < count; ++i) {
        const double element = state.reals[1] + i * state.reals[2];
        if (whole && !(std::fabs(element) <= INT_MAX)) refuse("has a sequence outside the integers");
        if (whole)
          result.integers.push_back(static_cast<int>(element));
        else
          result.reals.push_back(element);
      }
    } else if (name == "deferred_string" && !state.list.empty()) {
      result = deferred(state.list[0]);
    } else {
      refuse("holds a compact value '" + name.substr(0, 40) + "' that is not known");
    }
    for (auto& [key, attribute] : named(attributes)) result.attributes[key] = attribute;
    return result;
  }

  /// Numbers that R would print as texts when asked.
  static RValue deferred(const RValue& numbers) {
    RValue result;
    result.kind = RValue::Kind::texts;
    for (const int number : numbers.integers) {
      result.absent.push_back(number == INT_MIN);
      result.texts.push_back(number == INT_MIN ? "NA" : std::to_string(number));
    }
    for (const double number : numbers.reals) {
      result.absent.push_back(std::isnan(number));
      result.texts.push_back(std::isnan(number) ? "NA" : std::to_string(number));
    }
    return result;
  }

  static std::map<std::string, RValue> named(RValue pair_list) {
    std::map<std::string, RValue> result;
    const auto names = pair_list.attributes.find("names");
    if (names == pair_list.attributes.end()) return result;
    for (std::size_t i = 0; i < std::min(pair_list.list.size(), names->second.texts.size()); ++i)
      result[names->second.texts[i]] = std::move(pair_list.list[i]);
    return result;
  }

  std::string_view rest_;
  const std::string& source_;
  std::vector<RValue> references_;
};

const std::vector<std::string>& names_of(const RValue& list) {
  static const std::vector<std::string> none;
  const auto found = list.attributes.find("names");
  return found == list.attributes.end() ? none : found->second.texts;
}

bool has_class(const RValue& value, const std::string& name) {
  const auto found = value.attributes.find("class");
  if (found == value.attributes.end()) return false;
  const auto& classes = found->second.texts;
  return std::find(classes.begin(), classes.end(), name) != classes.end();
}

Column column_of(const std::string& name, const RValue& value, std::size_t rows, const std::string& source) {
  Column column{name, value.kind != RValue::Kind::texts, {}, {}, {}, {}};
  if (has_class(value, "integer64"))  // 64-bit integers in the bits of doubles
    column.doubt = {0, "is of class integer64, which is not read", "convert it in R with as.numeric"};
  column.ordered = has_class(value, "ordered");
  const auto levels = value.attributes.find("levels");
  if (value.kind == RValue::Kind::integers && levels != value.attributes.end()) {
    column.numeric = false;
    column.levels = levels->second.texts;
    for (const int code : value.integers) {
      const bool missing = code == INT_MIN;
      if (!missing && (code < 1 || static_cast<std::size_t>(code) > column.levels.size()))
        throw BadInput(source, "column " + name + " has a level that it does not list");
      column.missing.push_back(missing);
      column.texts.push_back(missing ? "" : column.levels[static_cast<std::size_t>(code) - 1]);
    }
  } else if (value.kind == RValue::Kind::integers) {
    for (const int number : value.integers) {
      column.missing.push_back(number == INT_MIN);
      column.numbers.push_back(number == INT_MIN ? std::nan("") : number);
    }
  } else if (value.kind == RValue::Kind::reals) {
    column.numbers = value.reals;
    for (const double number : value.reals) column.missing.push_back(std::isnan(number));
  } else if (value.kind == RValue::Kind::texts) {
    column.texts = value.texts;
    column.missing = value.absent;
    column.missing.resize(column.texts.size());
    column.levels = value.texts;
    std::sort(column.levels.begin(), column.levels.end());
    column.levels.erase(std::unique(column.levels.begin(), column.levels.end()), column.levels.end());
  }
  if (column.missing.size() != rows)
    throw BadInput(source, "column " + name + " has " + std::to_string(column.missing.size()) +
                               " values where the table has " + std::to_string(rows) + " rows");
  return column;
}

std::size_t length_of(const RValue& value) {
  return std::max({value.integers.size(), value.reals.size(), value.texts.size()});
}

}  // namespace

RValue parse_r_value(std::string_view bytes, const std::string& source) { return RReader(bytes, source).stream(); }

std::map<std::string, RValue> parse_rda(std::string_view bytes, const std::string& source) {
  const auto plain = decompress(bytes, source);
  if (!plain.starts_with("RDX2\n") && !plain.starts_with("RDX3\n"))
    throw BadInput(source, "is not an .rda file", "save it from R with save()");
  const auto all = parse_r_value(std::string_view(plain).substr(5), source);
  std::map<std::string, RValue> objects;
  const auto& names = names_of(all);
  for (std::size_t i = 0; i < std::min(names.size(), all.list.size()); ++i) objects[names[i]] = all.list[i];
  return objects;
}

RValue read_lazy_load(const std::filesystem::path& base, const std::string& name) {
  const auto index_file = base.string() + ".rdx", data_file = base.string() + ".rdb";
  const auto index = parse_r_value(decompress(read_file(index_file), index_file), index_file);
  const auto& parts = names_of(index);
  const auto variables = std::find(parts.begin(), parts.end(), "variables");
  if (variables == parts.end()) throw BadInput(index_file, "lists no variables", "reinstall its package");
  const auto& list = index.list[static_cast<std::size_t>(variables - parts.begin())];
  const auto& names = names_of(list);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw BadInput(index_file, "holds no '" + name + "'", "reinstall its package");
  const auto& place = list.list.at(static_cast<std::size_t>(found - names.begin()));
  if (place.integers.size() != 2 || place.integers[0] < 0 || place.integers[1] < 4)
    throw BadInput(index_file, "has a malformed place of '" + name + "'", "reinstall its package");
  const auto data = read_file(data_file);
  const auto offset = static_cast<std::size_t>(place.integers[0]), size = static_cast<std::size_t>(place.integers[1]);
  if (offset + size > data.size()) throw BadInput(data_file, "is truncated", "reinstall its package");
  auto stored = std::string_view(data).substr(offset + 4, size - 4);
  if (stored.starts_with('2') || stored.starts_with('Z')) stored.remove_prefix(1);
  return parse_r_value(decompress(stored, data_file), data_file);
}

Table table_of(const RValue& frame, const std::string& source) {
  if (frame.kind != RValue::Kind::list || frame.list.empty())
    throw BadInput(source, "is not a data frame", "choose another data set");
  Table table{source, {}, {}};
  const auto& names = names_of(frame);
  if (names.size() != frame.list.size()) throw BadInput(source, "is not a data frame", "choose another data set");
  const auto rows = length_of(frame.list[0]);
  for (std::size_t j = 0; j < names.size(); ++j)
    table.columns.push_back(column_of(names[j], frame.list[j], rows, source));
  return table;
}

}  // namespace offprint::data
