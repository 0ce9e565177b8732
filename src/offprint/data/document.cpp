#include "offprint/data/document.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"

namespace offprint::data {

Document::Document(const Json& json, const DocumentKind& kind, std::string source)
    : json_(&json), kind_(&kind), source_(std::move(source)) {}

void Document::refuse(const std::string& key, const std::string& problem) const {
  throw BadInput(source_, "is a damaged " + kind_->what + ": '" + key + "' " + problem,
                 "give one written by " + kind_->maker);
}

const Json& Document::at(const std::string& key) const {
  const auto found = json_->find(key);
  if (found == json_->end()) refuse(key, "is missing");
  return *found;
}

double Document::number(const std::string& key) const {
  const auto& value = at(key);
  if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(key, "is no number");
  return value.get<double>();
}

std::int64_t Document::whole(const std::string& key) const {
  const auto& value = at(key);
  if (!value.is_number_integer()) refuse(key, "is no whole number");
  return value.get<std::int64_t>();
}

bool Document::truth(const std::string& key) const {
  const auto& value = at(key);
  if (!value.is_boolean()) refuse(key, "is neither true nor false");
  return value.get<bool>();
}

std::string Document::text(const std::string& key) const {
  const auto& value = at(key);
  if (!value.is_string()) refuse(key, "is no text");
  return value.get<std::string>();
}

std::vector<std::string> Document::texts(const std::string& key) const {
  std::vector<std::string> values;
  const auto& list = at(key);
  if (!list.is_array()) refuse(key, "is no list of texts");
  for (const auto& value : list) {
    if (!value.is_string()) refuse(key, "is no list of texts");
    values.push_back(value.get<std::string>());
  }
  return values;
}

std::vector<double> Document::numbers(const std::string& key) const {
  std::vector<double> values;
  const auto& list = at(key);
  if (!list.is_array()) refuse(key, "is no list of numbers");
  for (const auto& value : list) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(key, "is no list of numbers");
    values.push_back(value.get<double>());
  }
  return values;
}

std::vector<double> Document::numbers(const std::string& key, std::size_t count) const {
  auto values = numbers(key);
  if (values.size() != count)
    refuse(key, "has " + std::to_string(values.size()) + " numbers instead of " + std::to_string(count));
  return values;
}

std::vector<std::int64_t> Document::wholes(const std::string& key) const {
  std::vector<std::int64_t> values;
  const auto& list = at(key);
  if (!list.is_array()) refuse(key, "is no list of whole numbers");
  for (const auto& value : list) {
    if (!value.is_number_integer()) refuse(key, "is no list of whole numbers");
    values.push_back(value.get<std::int64_t>());
  }
  return values;
}

std::vector<double> Document::grid(const std::string& key, std::size_t rows, std::size_t columns) const {
  const auto& list = at(key);
  if (!list.is_array() || list.size() != rows) refuse(key, "is no list of " + std::to_string(rows) + " rows");
  std::vector<double> values;
  for (const auto& row : list) {
    if (!row.is_array() || row.size() != columns)
      refuse(key, "has a row that is no list of " + std::to_string(columns) + " numbers");
    for (const auto& value : row) {
      if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(key, "holds what is no number");
      values.push_back(value.get<double>());
    }
  }
  return values;
}

std::map<std::string, std::vector<std::string>> Document::lists(const std::string& key) const {
  const auto& object = at(key);
  if (!object.is_object()) refuse(key, "is no object");
  std::map<std::string, std::vector<std::string>> all;
  const Document inside(object, *kind_, source_);
  for (const auto& [name, list] : object.items()) all[name] = inside.texts(name);
  return all;
}

bool Document::has(const std::string& key) const { return json_->contains(key); }

Document Document::part(const std::string& key) const {
  const auto& value = at(key);
  if (!value.is_object()) refuse(key, "is no object");
  return {value, *kind_, source_};
}

std::vector<Document> Document::parts(const std::string& key) const {
  const auto& list = at(key);
  if (!list.is_array()) refuse(key, "is no list");
  std::vector<Document> all;
  for (const auto& value : list) {
    if (!value.is_object()) refuse(key, "is no list of objects");
    all.emplace_back(value, *kind_, source_);
  }
  return all;
}

StoredDocument::StoredDocument(const std::filesystem::path& file, const DocumentKind& kind)
    : json_(std::make_unique<Json>(Json::parse(read_file(file), nullptr, false))), root_(*json_, kind, file.string()) {
  if (!json_->is_object() || json_->value("format", Json()) != kind.format)
    throw BadInput(file.string(), "is no " + kind.what, "give one written by " + kind.maker);
}

StoredDocument::~StoredDocument() = default;

void write_document(const std::filesystem::path& file, const DocumentKind& kind, const Json& content) {
  Json json{{"format", kind.format}};
  json.update(content);
  write_file(file, json.dump(1) + "\n");
}

}  // namespace offprint::data
