// Tables of JSON objects, one a line or in an array.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"

namespace offprint::data {
namespace {

using Json = nlohmann::ordered_json;
using detail::Written;

/// NaN and infinities, as Python writes them, are no JSON: says so with their key.
void refuse_not_a_number(std::string_view text, const std::string& where) {
  for (const std::string_view token : {"NaN", "Infinity"}) {
    const auto at = text.find(token);
    if (at == std::string_view::npos) continue;
    const auto colon = text.rfind(':', at), close = text.rfind('"', colon), open = text.rfind('"', close - 1);
    if (open == std::string_view::npos || close <= open || colon == std::string_view::npos) continue;
    if (text.substr(colon + 1, at - colon - 1).find_first_not_of(" -") != std::string_view::npos) continue;
    throw BadInput(where + " column " + std::string(text.substr(open + 1, close - open - 1)),
                   std::string(token) + " is no JSON", "write null for a missing value");
  }
}

class Builder {
 public:
  explicit Builder(const std::string& source) { table_.source = source; }

  void add(const Json& object, const std::string& where, std::size_t line) {
    if (!object.is_object()) throw BadInput(where, "is not a JSON object", "write one object a row");
    const auto row = table_.lines.size();
    table_.lines.push_back(line);
    for (const auto& [key, value] : object.items()) {
      if (value.is_structured())
        throw BadInput(where + " column " + key, "is a list or an object", "give numbers, texts or true/false");
      const auto [found, is_new] = index_.try_emplace(key, table_.columns.size());
      if (is_new) {
        if (index_.size() > 100000) throw BadInput(where, "has too many columns", "give at most 100000");
        table_.columns.push_back({key, false, {}, {}, {}, {}});
        written_.emplace_back();
      }
      auto& texts = table_.columns[found->second].texts;
      auto& written = written_[found->second];
      texts.resize(row);
      written.resize(row);
      written.push_back(value.is_string() ? Written::json_text : Written::plain);
      texts.push_back(value.is_null()      ? ""
                      : value.is_string()  ? value.get<std::string>()
                      : value.is_boolean() ? (value.get<bool>() ? "1" : "0")
                                           : value.dump());
    }
  }

  Table finish(const TableReading& reading) {
    if (table_.lines.empty()) throw BadInput(table_.source, "is empty", "give at least one row");
    if (table_.columns.empty()) throw BadInput(table_.source, "has no columns", "give each object at least one key");
    for (std::size_t j = 0; j < table_.columns.size(); ++j) {
      table_.columns[j].texts.resize(table_.lines.size());
      written_[j].resize(table_.lines.size());
      detail::infer_type(table_.columns[j], written_[j], reading);
    }
    return std::move(table_);
  }

 private:
  Table table_;
  std::vector<std::vector<Written>> written_;
  std::map<std::string, std::size_t> index_;
};

}  // namespace

Table parse_json_table(std::string_view bytes, const std::string& source, const TableReading& reading) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  Builder builder(source);
  if (trim(bytes).starts_with('[')) {
    const auto json = Json::parse(bytes, nullptr, false);
    if (json.is_discarded()) {
      refuse_not_a_number(bytes, source);
      throw BadInput(source, "is no JSON array", "mend it, or write one object a line");
    }
    for (std::size_t i = 0; i < json.size(); ++i) builder.add(json[i], source + " row " + std::to_string(i + 1), i + 1);
    auto table = builder.finish(reading);
    table.lines.clear();  // rows of an array have no lines
    return table;
  }
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const auto end = std::min(bytes.find('\n', begin), bytes.size());
    const auto text = trim(bytes.substr(begin, end - begin));
    begin = end + 1;
    ++line;
    if (text.empty()) continue;
    const auto where = source + " line " + std::to_string(line);
    const auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) refuse_not_a_number(text, where);
    builder.add(json, where, line);
  }
  return builder.finish(reading);
}

}  // namespace offprint::data
