// SQLite, held by its resources' lifetimes.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace offprint::data {

class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);
  Statement& bind(std::int64_t value);
  Statement& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
  Statement& bind(double value);
  Statement& bind(std::string_view text);
  bool step();  ///< true while there is a row
  void run();   ///< steps to the end
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;

 private:
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
  int next_ = 1;
};

/// One connection to a file, which is made if need be; several processes may hold one each. Throws IoError with the
/// file and SQLite's message.
class Database {
 public:
  explicit Database(const std::filesystem::path& file);
  Statement prepare(std::string_view sql) { return {database_.get(), sql}; }
  void execute(const std::string& sql);
  void transaction(const std::function<void()>& body);  ///< BEGIN IMMEDIATE, COMMIT; rolled back if body throws
  std::int64_t last_id() const { return sqlite3_last_insert_rowid(database_.get()); }
  int changes() const { return sqlite3_changes(database_.get()); }
  /// Rows changed by this connection.
  std::int64_t total_changes() const { return sqlite3_total_changes64(database_.get()); }

 private:
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
};

}  // namespace offprint::data
