#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/runs/dispatcher.hpp"

namespace offprint {

const std::vector<const Paper*>& tools() {
  static const std::vector<const Paper*> none;
  return none;
}

const std::vector<std::string>& being_built() {
  static const std::vector<std::string> none;
  return none;
}

const std::vector<const Paper*>& rooms() {
  static const std::vector<const Paper*> none;
  return none;
}

}  // namespace offprint

namespace offprint::runs {
namespace {

namespace fs = std::filesystem;

class RunsTest : public testing::Test {
 protected:
  void SetUp() override {
    static int serial = 0;
    folder = fs::temp_directory_path() / ("offprint-runs-" + std::to_string(getpid()) + "-" + std::to_string(serial++));
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  std::int64_t add(const std::string& state = "queued") {
    return Store(folder).add({"a", "b", {{"x", "1"}}, {}}, state, Json::object(), "key");
  }
  static ChildJob shell(const std::string& script) {
    return [script](Store&, const RunRecord&) { return Job{{"/bin/sh", "-c", script}, {}, {}, false}; };
  }
  static Limits quick() {
    Limits limits;
    limits.idle_seconds = 0.2;
    return limits;
  }
  fs::path folder;
};

const std::string speaks = R"(echo '{"kind":"note","payload":{"text":"hello"}}'; )";

TEST_F(RunsTest, StoresWhatAChildSays) {
  const auto id = add();
  dispatch(
      folder, quick(),
      shell(speaks +
            "echo garbage; echo data > out.csv; echo "
            "'{\"kind\":\"file\",\"payload\":{\"path\":\"out.csv\",\"name\":\"out.csv\",\"description\":\"d\"}}'"));
  Store store(folder);
  EXPECT_EQ(store.find(id)->state, "done");
  EXPECT_EQ(store.events_after(id, 0).size(), 2u);
  ASSERT_EQ(store.artifacts(id).size(), 1u);
  EXPECT_EQ(store.artifacts(id)[0].sha256, sha256("data\n"));
}

TEST_F(RunsTest, FilesOutsideTheRunAreNotFiled) {
  const auto id = add();
  dispatch(
      folder, quick(),
      shell("echo '{\"kind\":\"file\",\"payload\":{\"path\":\"/etc/passwd\",\"name\":\"x\",\"description\":\"d\"}}'; "
            "echo "
            "'{\"kind\":\"file\",\"payload\":{\"path\":\"../../offprint.db\",\"name\":\"x\",\"description\":\"d\"}}'"));
  EXPECT_TRUE(Store(folder).artifacts(id).empty());
}

TEST_F(RunsTest, AFailureKeepsItsOneLine) {
  const auto id = add();
  dispatch(folder, quick(), shell("echo noise >&2; echo 'offprint: t.csv line 2: is wrong' >&2; exit 3"));
  const auto run = *Store(folder).find(id);
  EXPECT_EQ(run.state, "failed");
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.error, "t.csv line 2: is wrong");
}

TEST_F(RunsTest, AKilledRunIsSaidToBe) {
  const auto id = add();
  dispatch(folder, quick(), shell(speaks + "kill -KILL $$"));
  const auto run = *Store(folder).find(id);
  EXPECT_EQ(run.state, "failed");
  EXPECT_EQ(run.exit_code, 137);
  EXPECT_EQ(run.error, "it was killed: Killed");
  EXPECT_EQ(Store(folder).events_after(id, 0).size(), 1u);
}

TEST_F(RunsTest, LimitsAreEnforced) {
  auto limits = quick();
  limits.wall_seconds = 0.3;
  const auto slow = add();
  dispatch(folder, limits, shell("sleep 60"));
  limits = quick();
  limits.event_bytes = 1 << 16;
  const auto loud = add();
  dispatch(folder, limits, shell("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done"));
  limits = quick();
  limits.tasks = 8;
  const auto many = add();
  dispatch(folder, limits, shell("for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait"));
  limits = quick();
  limits.folder_bytes = 1 << 20;
  const auto large = add();
  dispatch(folder, limits, shell("for i in 1 2 3; do head -c 500000 /dev/zero > f$i; done; sleep 60"));
  Store store(folder);
  EXPECT_NE(store.find(slow)->error.find("ran longer"), std::string::npos);
  EXPECT_NE(store.find(loud)->error.find("said more"), std::string::npos);
  EXPECT_NE(store.find(many)->error.find("more than 8 processes and threads"), std::string::npos);
  EXPECT_NE(store.find(large)->error.find("larger than 1 MiB"), std::string::npos);
}

TEST_F(RunsTest, CancelWorksWithinASecondEvenOnTheDeaf) {
  const auto id = add();
  std::thread worker([&] { dispatch(folder, quick(), shell("trap '' TERM; " + speaks + "sleep 60")); });
  Store store(folder);
  while (store.events_after(id, 0).empty()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(store.request_cancel(id));
  const auto asked = std::chrono::steady_clock::now();
  worker.join();
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::milliseconds(2500));
  EXPECT_EQ(store.find(id)->state, "cancelled");
  EXPECT_FALSE(store.request_cancel(id));
}

TEST_F(RunsTest, OnlyOneDispatcherWorksOnAFolder) {
  for (int i = 0; i < 4; ++i) add();
  std::thread first([&] { dispatch(folder, quick(), shell(speaks)); }),
      second([&] { dispatch(folder, quick(), shell(speaks)); });
  first.join();
  second.join();
  EXPECT_EQ(Store(folder).count("done"), 4u);
  for (const auto& run : Store(folder).list())
    EXPECT_EQ(Store(folder).events_after(run.id, 0).size(), 1u)
        << run.state << " " << run.exit_code << " " << run.error;
}

TEST_F(RunsTest, TheQueueIsWorkedToItsEndHoweverShortThePatience) {
  for (int i = 0; i < 3; ++i) add();
  auto limits = quick();
  limits.slots = 1;
  limits.idle_seconds = 0;
  dispatch(folder, limits, shell("sleep 0.1"));
  EXPECT_EQ(Store(folder).count("done"), 3u);
}

/// A dispatcher killed at any moment: what was stored stays, the store is whole, the run is lost and can be queued
/// again.
TEST_F(RunsTest, KillingTheDispatcherLosesNothingThatWasStored) {
  Random random(1);
  for (int round = 0; round < 20; ++round) {
    const auto id = add();
    const pid_t worker = fork();
    if (worker == 0) {
      dispatch(folder, quick(),
               shell("i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "
                     "'{\"kind\":\"metric\",\"payload\":{\"name\":\"m\",\"step\":'$i',\"value\":1}}'; sleep "
                     "0.005; done"));
      _exit(0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random.below(250)));
    std::size_t seen = Store(folder).events_after(id, 0).size();
    kill(worker, SIGKILL);
    waitpid(worker, nullptr, 0);
    Store store(folder);
    store.mark_orphans();
    const auto events = store.events_after(id, 0);
    EXPECT_GE(events.size(), seen);
    for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(Json::parse(events[i].payload)["step"], i + 1);
    const auto state = store.find(id)->state;
    EXPECT_TRUE(state == "lost" || state == "queued") << state;
    Database database(folder / "offprint.db");
    auto check = database.prepare("PRAGMA integrity_check");
    check.step();
    EXPECT_EQ(check.text(0), "ok");
    EXPECT_EQ(store.find(id)->finished(), state == "lost");
    for (const auto& run : store.list()) store.request_cancel(run.id);
  }
}

TEST_F(RunsTest, CurvesAreThinnedToTheirExtremes) {
  const auto id = add("running");
  std::vector<Event> events;
  for (int i = 0; i < 20000; ++i)
    events.push_back({"metric", {{"name", "m"}, {"step", i}, {"value", i == 7777 ? 100.0 : 0.0}}});
  Store store(folder);
  store.append(id, events);
  const auto curve = store.curves(id).at("m");
  EXPECT_LE(curve.size(), 1000u);
  EXPECT_TRUE(std::any_of(curve.begin(), curve.end(), [](const auto& point) { return point.second == 100; }));
}

TEST_F(RunsTest, ResultsAreFoundByTheirKey) {
  Store store(folder);
  const auto id = add("running");
  EXPECT_FALSE(store.find_done("key"));
  store.finish(id, "done", 0, "");
  EXPECT_EQ(store.find_done("key")->id, id);
  EXPECT_TRUE(store.remove(id));
  EXPECT_FALSE(store.find(id));
}

TEST_F(RunsTest, ARunsEventsAreChainedAndItsEndIsSealed) {
  Store store(folder);
  const auto id = add("running");
  for (int i = 0; i < 50; ++i)
    store.append(id, {{"metric", {{"name", "m"}, {"step", i}, {"value", i}}}, {"note", {{"text", std::to_string(i)}}}});
  EXPECT_EQ(store.changed_since_recorded(id, true), "");
  store.finish(id, "done", 0, "");
  EXPECT_EQ(store.changed_since_recorded(id, true), "");
  Database other(folder / "offprint.db");
  const auto attempt = [&](const std::string& change, const std::string& back) {
    other.execute(change);
    const auto found = store.changed_since_recorded(id, true);
    other.execute(back);
    EXPECT_EQ(store.changed_since_recorded(id, true), "") << "after " << back;
    return found;
  };
  EXPECT_NE(attempt("UPDATE events SET payload = replace(payload, '7', '8') WHERE id = 15",
                    "UPDATE events SET payload = replace(payload, '8', '7') WHERE id = 15")
                .find("event 15 (metric)"),
            std::string::npos);
  EXPECT_NE(attempt("UPDATE events SET time = time + 1 WHERE id = 3", "UPDATE events SET time = time - 1 WHERE id = 3"),
            "");
  EXPECT_NE(attempt("UPDATE events SET id = 1000 WHERE id = 20", "UPDATE events SET id = 20 WHERE id = 1000")
                .find("event 20 is missing"),
            std::string::npos);
  EXPECT_NE(attempt("UPDATE runs SET exit_code = 1", "UPDATE runs SET exit_code = 0"), "");
  EXPECT_NE(attempt("UPDATE runs SET options = '[[\"x\",\"2\"]]'", "UPDATE runs SET options = '[[\"x\",\"1\"]]'"), "");
}

/// A store of the first version is taken over whole: its events are chained as they stand, its curves are there.
TEST_F(RunsTest, AStoreOfTheFirstVersionIsTakenOver) {
  {
    Store store(folder);
    const auto id = add("running");
    store.append(id, {{"metric", {{"name", "m"}, {"step", 1}, {"value", 2}}}});
    store.finish(id, "done", 0, "");
    add("running");
  }
  Database(folder / "offprint.db")
      .execute(
          "DROP TRIGGER run_came; DROP TRIGGER run_went; DROP TRIGGER run_changed; DROP TABLE states; DROP TABLE "
          "hashes; DROP TABLE curves; DROP INDEX events_by_kind; "
          "ALTER TABLE runs DROP COLUMN seal; ALTER TABLE events DROP COLUMN link; PRAGMA user_version = 1");
  Store store(folder);
  EXPECT_EQ(store.changed_since_recorded(1, true), "");
  EXPECT_EQ(store.curves(1).at("m").size(), 1u);
  EXPECT_EQ(store.find(2)->state, "running");
  store.append(2, {{"note", {{"text", "on"}}}});
  store.finish(2, "done", 0, "");
  EXPECT_EQ(store.changed_since_recorded(2, true), "");
}

TEST_F(RunsTest, HashesAreRememberedOnlyWhileTheFileStands) {
  Store store(folder);
  const auto file = folder / "f";
  write_file(file, "one");
  EXPECT_EQ(store.hash_of(RegularFile(file)), sha256("one"));
  write_file(file, "two");  // in the same tick of the clock, and as long
  EXPECT_EQ(store.hash_of(RegularFile(file)), sha256("two"));
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(file, long_ago);
  std::this_thread::sleep_for(std::chrono::milliseconds(2200));
  EXPECT_EQ(store.hash_of(RegularFile(file)), sha256("two"));
  EXPECT_EQ(store.hash_of(RegularFile(file)), sha256("two"));
  { std::ofstream(file) << "six"; }
  fs::last_write_time(file, long_ago);  // its time set back: the time of the change itself cannot be
  EXPECT_EQ(store.hash_of(RegularFile(file)), sha256("six"));
}

TEST_F(RunsTest, StatesAreCountedWhoeverChangesThemAndEventsAreNot) {
  Store store(folder), other(folder);
  const auto at_first = store.states_revision();
  const auto id = add("running");
  const auto added = store.states_revision();
  EXPECT_GT(added, at_first);
  other.append(id, {{"note", {{"text", "x"}}}});
  EXPECT_EQ(store.states_revision(), added);
  other.finish(id, "done", 0, "");
  EXPECT_GT(store.states_revision(), added);
}

TEST_F(RunsTest, DataOfANewerProgramAreLeftAlone) {
  { Store store(folder); }
  Database(folder / "offprint.db").execute("PRAGMA user_version = 99");
  EXPECT_THROW(Store store(folder), BadInput);
}

}  // namespace
}  // namespace offprint::runs
