#include "offprint/runs/store.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

constexpr int schema_version = 1;
constexpr auto schema = R"sql(
CREATE TABLE runs(
  id INTEGER PRIMARY KEY AUTOINCREMENT, slug TEXT NOT NULL, verb TEXT NOT NULL, options TEXT NOT NULL,
  seed INTEGER NOT NULL, threads INTEGER NOT NULL, device TEXT NOT NULL, state TEXT NOT NULL, error TEXT NOT NULL DEFAULT '',
  exit_code INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, started REAL NOT NULL DEFAULT 0, ended REAL NOT NULL DEFAULT 0,
  provenance TEXT NOT NULL, cache_key TEXT NOT NULL, owner TEXT NOT NULL DEFAULT '', cancel INTEGER NOT NULL DEFAULT 0);
CREATE INDEX runs_by_state ON runs(state, id);
CREATE INDEX runs_by_slug ON runs(slug, id);
CREATE INDEX runs_by_key ON runs(cache_key);
CREATE TABLE events(
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, id INTEGER NOT NULL, time REAL NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
  PRIMARY KEY(run, id)) WITHOUT ROWID;
CREATE TABLE artifacts(
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, id INTEGER NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, path TEXT NOT NULL,
  bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY(run, id)) WITHOUT ROWID;
)sql";

constexpr std::string_view run_columns =
    "SELECT id, slug, verb, options, seed, threads, device, state, error, exit_code, created, started, ended, provenance, cache_key FROM runs ";

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

RunRecord record_from(const Statement& row) {
  RunRecord run;
  run.id = row.integer(0);
  run.request = {row.text(1),
                 row.text(2),
                 {},
                 {static_cast<std::uint64_t>(row.integer(4)), static_cast<int>(row.integer(5)), row.text(6)}};
  for (const auto& pair : Json::parse(row.text(3))) run.request.options.emplace_back(pair[0], pair[1]);
  run.state = row.text(7);
  run.error = row.text(8);
  run.exit_code = static_cast<int>(row.integer(9));
  run.created = row.real(10);
  run.started = row.real(11);
  run.ended = row.real(12);
  run.provenance = Json::parse(row.text(13));
  run.cache_key = row.text(14);
  return run;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

fs::path made(fs::path folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw IoError(folder.string(), "cannot be made: " + error.message());
  return folder;
}

}  // namespace

std::string process_identity(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(in, line);
  const auto close = line.rfind(')');
  if (close == std::string::npos) return "";
  const auto fields = split(line.substr(close + 2), ' ');
  return fields.size() < 20 || fields[0] == "Z" ? "" : std::to_string(pid) + ":" + fields[19];
}

Store::Store(fs::path folder) : folder_(made(std::move(folder))), database_(folder_ / "offprint.db") {
  const auto version = [&] {
    auto statement = database_.prepare("PRAGMA user_version");
    statement.step();
    return statement.integer(0);
  };
  if (version() == schema_version) return;
  database_.transaction([&] {
    if (version() == 0)
      database_.execute(std::string(schema) + "PRAGMA user_version = " + std::to_string(schema_version));
    else if (version() != schema_version)
      throw BadInput((folder_ / "offprint.db").string(), "was written by a newer Offprint",
                     "update Offprint or give another --data");
  });
}

std::int64_t Store::add(const Request& request, const std::string& state, const Json& provenance,
                        const std::string& cache_key) {
  Json options = Json::array();
  for (const auto& [name, text] : request.options) options.push_back({name, text});
  database_
      .prepare(
          "INSERT INTO runs(slug, verb, options, seed, threads, device, state, created, started, provenance, cache_key, owner) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)")
      .bind(request.slug)
      .bind(request.verb)
      .bind(dump(options))
      .bind(static_cast<std::int64_t>(request.settings.seed))
      .bind(request.settings.threads)
      .bind(request.settings.device)
      .bind(state)
      .bind(now())
      .bind(state == "running" ? now() : 0.0)
      .bind(dump(provenance))
      .bind(cache_key)
      .bind(state == "running" ? process_identity(getpid()) : "")
      .run();
  return database_.last_id();
}

std::optional<RunRecord> Store::find(std::int64_t run) {
  auto statement = database_.prepare(std::string(run_columns) + "WHERE id = ?");
  statement.bind(run);
  return statement.step() ? std::optional(record_from(statement)) : std::nullopt;
}

std::vector<RunRecord> Store::list(std::size_t limit, std::int64_t before, const std::string& slug,
                                   const std::string& state) {
  auto statement = database_.prepare(
      std::string(run_columns) +
      "WHERE (?1 = 0 OR id < ?1) AND (?2 = '' OR slug = ?2) AND (?3 = '' OR state = ?3) ORDER BY id DESC LIMIT ?4");
  statement.bind(before).bind(slug).bind(state).bind(static_cast<std::int64_t>(limit));
  std::vector<RunRecord> result;
  while (statement.step()) result.push_back(record_from(statement));
  return result;
}

std::optional<RunRecord> Store::find_done(const std::string& cache_key) {
  auto statement =
      database_.prepare(std::string(run_columns) + "WHERE cache_key = ? AND state = 'done' ORDER BY id DESC LIMIT 1");
  statement.bind(cache_key);
  return statement.step() ? std::optional(record_from(statement)) : std::nullopt;
}

std::size_t Store::count(const std::string& state) {
  auto statement = database_.prepare("SELECT count(*) FROM runs WHERE state = ?");
  statement.bind(state).step();
  return static_cast<std::size_t>(statement.integer(0));
}

std::int64_t Store::revision() {
  auto others = database_.prepare("PRAGMA data_version");
  others.step();
  return others.integer(0) + database_.total_changes();
}

void Store::append(std::int64_t run, const std::vector<Event>& events) {
  if (events.empty()) return;
  database_.transaction([&] {
    auto last = database_.prepare("SELECT coalesce(max(id), 0) FROM events WHERE run = ?");
    last.bind(run).step();
    auto id = last.integer(0);
    for (const auto& event : events)
      database_.prepare("INSERT INTO events VALUES(?,?,?,?,?)")
          .bind(run)
          .bind(++id)
          .bind(now())
          .bind(event.kind)
          .bind(dump(event.payload))
          .run();
  });
}

std::vector<StoredEvent> Store::events_after(std::int64_t run, std::int64_t event, std::size_t limit) {
  auto statement =
      database_.prepare("SELECT id, time, kind, payload FROM events WHERE run = ? AND id > ? ORDER BY id LIMIT ?");
  statement.bind(run).bind(event).bind(static_cast<std::int64_t>(limit));
  std::vector<StoredEvent> result;
  while (statement.step())
    result.push_back({statement.integer(0), statement.real(1), statement.text(2), statement.text(3)});
  return result;
}

std::vector<StoredEvent> Store::events_of_kind(std::int64_t run, const std::string& kind) {
  auto statement =
      database_.prepare("SELECT id, time, kind, payload FROM events WHERE run = ? AND kind = ? ORDER BY id");
  statement.bind(run).bind(kind);
  std::vector<StoredEvent> result;
  while (statement.step())
    result.push_back({statement.integer(0), statement.real(1), statement.text(2), statement.text(3)});
  return result;
}

std::optional<StoredEvent> Store::last_event(std::int64_t run, const std::string& kind) {
  auto statement = database_.prepare(
      "SELECT id, time, kind, payload FROM events WHERE run = ? AND kind = ? ORDER BY id DESC LIMIT 1");
  statement.bind(run).bind(kind);
  if (!statement.step()) return std::nullopt;
  return StoredEvent{statement.integer(0), statement.real(1), statement.text(2), statement.text(3)};
}

std::int64_t Store::add_artifact(std::int64_t run, const Artifact& artifact) {
  std::int64_t id = 0;
  database_.transaction([&] {
    auto last = database_.prepare("SELECT coalesce(max(id), 0) FROM artifacts WHERE run = ?");
    last.bind(run).step();
    id = last.integer(0) + 1;
    database_.prepare("INSERT INTO artifacts VALUES(?,?,?,?,?,?,?)")
        .bind(run)
        .bind(id)
        .bind(artifact.name)
        .bind(artifact.description)
        .bind(artifact.path.string())
        .bind(artifact.bytes)
        .bind(artifact.sha256)
        .run();
  });
  return id;
}

std::vector<Artifact> Store::artifacts(std::int64_t run) {
  auto statement =
      database_.prepare("SELECT id, name, description, path, bytes, sha256 FROM artifacts WHERE run = ? ORDER BY id");
  statement.bind(run);
  std::vector<Artifact> result;
  while (statement.step())
    result.push_back({statement.integer(0), statement.text(1), statement.text(2), statement.text(3),
                      statement.integer(4), statement.text(5)});
  return result;
}

std::vector<std::pair<std::int64_t, Artifact>> Store::newest_artifacts(std::size_t limit) {
  auto statement = database_.prepare(
      "SELECT run, a.id, name, description, path, bytes, sha256 FROM artifacts a JOIN runs ON runs.id = run WHERE state = 'done' "
      "ORDER BY run DESC, a.id LIMIT ?");
  statement.bind(static_cast<std::int64_t>(limit));
  std::vector<std::pair<std::int64_t, Artifact>> result;
  while (statement.step())
    result.emplace_back(statement.integer(0), Artifact{statement.integer(1), statement.text(2), statement.text(3),
                                                       statement.text(4), statement.integer(5), statement.text(6)});
  return result;
}

std::optional<RunRecord> Store::claim_next() {
  std::optional<RunRecord> claimed;
  database_.transaction([&] {
    auto next = database_.prepare("SELECT id FROM runs WHERE state = 'queued' ORDER BY id LIMIT 1");
    if (!next.step()) return;
    const auto run = next.integer(0);
    database_.prepare("UPDATE runs SET state = 'running', started = ?, owner = ? WHERE id = ?")
        .bind(now())
        .bind(process_identity(getpid()))
        .bind(run)
        .run();
    claimed = find(run);
  });
  return claimed;
}

void Store::finish(std::int64_t run, const std::string& state, int exit_code, const std::string& error) {
  database_.prepare("UPDATE runs SET state = ?, exit_code = ?, error = ?, ended = ?, owner = '' WHERE id = ?")
      .bind(state)
      .bind(exit_code)
      .bind(error)
      .bind(now())
      .bind(run)
      .run();
}

bool Store::request_cancel(std::int64_t run) {
  database_.prepare("UPDATE runs SET state = 'cancelled', exit_code = 130, ended = ? WHERE id = ? AND state = 'queued'")
      .bind(now())
      .bind(run)
      .run();
  if (database_.changes() > 0) return true;
  database_.prepare("UPDATE runs SET cancel = 1 WHERE id = ? AND state = 'running'").bind(run).run();
  return database_.changes() > 0;
}

std::vector<std::int64_t> Store::to_cancel() {
  auto statement = database_.prepare("SELECT id FROM runs WHERE state = 'running' AND cancel = 1");
  std::vector<std::int64_t> result;
  while (statement.step()) result.push_back(statement.integer(0));
  return result;
}

bool Store::remove(std::int64_t run) {
  database_.prepare("DELETE FROM runs WHERE id = ? AND state NOT IN ('queued', 'running')").bind(run).run();
  if (database_.changes() == 0) return false;
  std::error_code ignored;
  fs::remove_all(folder_of(run), ignored);
  return true;
}

std::size_t Store::mark_orphans() {
  auto statement = database_.prepare("SELECT id, owner FROM runs WHERE state = 'running'");
  std::vector<std::int64_t> orphans;
  while (statement.step()) {
    const auto owner = statement.text(1);
    const auto pid = parse_integer(owner.substr(0, owner.find(':')));
    if (!pid || process_identity(static_cast<pid_t>(*pid)) != owner) orphans.push_back(statement.integer(0));
  }
  std::size_t lost = 0;
  for (const auto run : orphans) {
    // Its process may have ended it well since it was looked at.
    database_
        .prepare(
            "UPDATE runs SET state = 'lost', exit_code = 1, error = 'the process that ran it is gone; run it again', ended = ?, owner = '' "
            "WHERE id = ? AND state = 'running'")
        .bind(now())
        .bind(run)
        .run();
    lost += static_cast<std::size_t>(database_.changes());
  }
  return lost;
}

std::map<std::string, std::vector<std::pair<double, double>>> Store::curves(std::int64_t run, std::size_t points) {
  std::map<std::string, std::vector<std::pair<double, double>>> all;
  for (const auto& event : events_of_kind(run, "metric")) {
    const auto json = Json::parse(event.payload);
    if (json["value"].is_number()) all[json["name"]].emplace_back(json["step"], json["value"]);
  }
  for (auto& [name, curve] : all) {
    if (curve.size() <= points) continue;
    const std::size_t buckets = points / 2;
    std::vector<std::pair<double, double>> thin;
    for (std::size_t b = 0; b < buckets; ++b) {
      const auto begin = curve.begin() + static_cast<std::ptrdiff_t>(b * curve.size() / buckets),
                 end = curve.begin() + static_cast<std::ptrdiff_t>((b + 1) * curve.size() / buckets);
      auto [low, high] =
          std::minmax_element(begin, end, [](const auto& a, const auto& c) { return a.second < c.second; });
      if (high < low) std::swap(low, high);
      thin.push_back(*low);
      if (low != high) thin.push_back(*high);
    }
    curve = std::move(thin);
  }
  return all;
}

std::map<std::string, std::map<std::string, Estimate>> Store::estimates(std::int64_t run) {
  std::map<std::string, std::map<std::string, Estimate>> all;
  for (const auto& event : events_of_kind(run, "claim")) {
    const auto json = Json::parse(event.payload);
    all[json["claim"]][json["check"]] = estimate_from_json(json);
  }
  return all;
}

Json to_json(const RunRecord& run) {
  Json options = Json::object();
  for (const auto& [name, text] : run.request.options) options[name] = text;
  return {{"id", run.id},
          {"paper", run.request.slug},
          {"verb", run.request.verb},
          {"options", options},
          {"seed", run.request.settings.seed},
          {"threads", run.request.settings.threads},
          {"device", run.request.settings.device},
          {"state", run.state},
          {"error", run.error},
          {"exit_code", run.exit_code},
          {"created", run.created},
          {"started", run.started},
          {"ended", run.ended},
          {"provenance", run.provenance}};
}

}  // namespace offprint::runs
