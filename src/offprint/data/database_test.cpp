#include "offprint/data/database.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <limits>
#include <stdexcept>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"

namespace offprint::data {
namespace {

using testing::HasSubstr;

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() : file_(std::filesystem::temp_directory_path() / ("offprint-database-" + std::to_string(getpid()))) {
    clear();
  }
  ~DatabaseTest() override { clear(); }
  void clear() {
    for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + ending);
  }
  std::filesystem::path file_;
};

TEST_F(DatabaseTest, KeepsNumbersAndTextsAsTheyWere) {
  Database database(file_);
  database.execute("CREATE TABLE t (a INTEGER, b REAL, c TEXT)");
  const std::string text("zero\0inside, 'quotes' and \xc3\xa4", 28);
  const auto big = std::numeric_limits<std::int64_t>::min();
  database.prepare("INSERT INTO t VALUES (?, ?, ?)").bind(big).bind(0.1).bind(text).run();
  EXPECT_EQ(database.last_id(), 1);
  database.prepare("INSERT INTO t VALUES (?, ?, ?)").bind(7).bind(1e300).bind("").run();
  EXPECT_EQ(database.changes(), 1);
  EXPECT_EQ(database.total_changes(), 2);
  Database again(file_);
  auto rows = again.prepare("SELECT a, b, c FROM t ORDER BY rowid");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.integer(0), big);
  EXPECT_EQ(rows.real(1), 0.1);
  EXPECT_EQ(rows.text(2), text);
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(2), "");
  EXPECT_FALSE(rows.step());
  EXPECT_EQ(again.total_changes(), 0);
}

TEST_F(DatabaseTest, AFailedTransactionLeavesNothing) {
  Database database(file_);
  database.execute("CREATE TABLE t (a)");
  EXPECT_THROW(database.transaction([&] {
    database.execute("INSERT INTO t VALUES (1)");
    throw std::runtime_error("no");
  }),
               std::runtime_error);
  database.transaction([&] { database.execute("INSERT INTO t VALUES (2)"); });
  auto rows = database.prepare("SELECT a FROM t");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.integer(0), 2);
  EXPECT_FALSE(rows.step());
}

TEST_F(DatabaseTest, FaultsNameTheFile) {
  const auto fault = [](const auto& act) {
    try {
      act();
    } catch (const IoError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  Database database(file_);
  EXPECT_THAT(fault([&] { database.execute("NO SUCH THING"); }), HasSubstr(file_.string()));
  EXPECT_THAT(fault([&] { database.prepare("SELECT x FROM nowhere"); }), HasSubstr("no such table"));
  EXPECT_THAT(fault([] { Database("/no/such/folder/x.db"); }), HasSubstr("/no/such/folder/x.db"));
  EXPECT_THAT(fault([] { Database(":memory:").execute("NO"); }), HasSubstr("in memory"));
  write_file(file_.string() + ".txt", std::string(5000, 'x'));
  EXPECT_THAT(fault([&] { Database(file_.string() + ".txt"); }), HasSubstr(".txt"));
  std::filesystem::remove(file_.string() + ".txt");
}

}  // namespace
}  // namespace offprint::data
