// JSON documents of ours: a model or a state in a file, known by its format's name. What is wrong with one is said in
// one way: "model.json: is no PRESTO model; ..." or "model.json: is a damaged PRESTO model: 'beta' has 3 numbers
// instead of 4; ...".
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace offprint::data {

using Json = nlohmann::ordered_json;

/// What a kind of document is called.
struct DocumentKind {
  std::string format;  ///< in the file: "offprint presto model 1"
  std::string what;    ///< to people: "PRESTO model"
  std::string maker;   ///< what writes one: "offprint presto fit"
};

/// A part of a document, with accessors that throw BadInput where the part does not fit.
class Document {
 public:
  Document(const Json& json, const DocumentKind& kind, std::string source);

  double number(const std::string& key) const;  ///< finite
  std::int64_t whole(const std::string& key) const;
  bool truth(const std::string& key) const;
  std::string text(const std::string& key) const;
  std::vector<std::string> texts(const std::string& key) const;
  std::vector<double> numbers(const std::string& key) const;  ///< finite, any number of them
  std::vector<double> numbers(const std::string& key, std::size_t count) const;
  std::vector<std::int64_t> wholes(const std::string& key) const;
  /// One array of `columns` numbers for each of `rows`, all in one vector, row by row.
  std::vector<double> grid(const std::string& key, std::size_t rows, std::size_t columns) const;
  std::map<std::string, std::vector<std::string>> lists(const std::string& key) const;
  bool has(const std::string& key) const;
  Document part(const std::string& key) const;                ///< an object
  std::vector<Document> parts(const std::string& key) const;  ///< an array of objects

  const Json& json() const { return *json_; }  ///< for what reads JSON itself

  /// "is a damaged ...: 'key' problem".
  [[noreturn]] void refuse(const std::string& key, const std::string& problem) const;

 private:
  const Json& at(const std::string& key) const;
  const Json* json_;
  const DocumentKind* kind_;
  std::string source_;
};

/// A document with the JSON it reads.
class StoredDocument {
 public:
  /// Reads and checks the format; `kind` must outlive it. Throws BadInput.
  StoredDocument(const std::filesystem::path& file, const DocumentKind& kind);
  ~StoredDocument();
  StoredDocument(const StoredDocument&) = delete;
  StoredDocument& operator=(const StoredDocument&) = delete;
  const Document* operator->() const { return &root_; }
  const Document& operator*() const { return root_; }

 private:
  std::unique_ptr<Json> json_;
  Document root_;
};

/// Writes {"format": ..., ...}; the file appears whole or not at all.
void write_document(const std::filesystem::path& file, const DocumentKind& kind, const Json& content);

}  // namespace offprint::data
