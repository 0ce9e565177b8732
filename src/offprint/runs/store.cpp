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

constexpr int schema_version = 2;
constexpr auto schema = R"sql(
CREATE TABLE runs(
  id INTEGER PRIMARY KEY AUTOINCREMENT, slug TEXT NOT NULL, verb TEXT NOT NULL, options TEXT NOT NULL,
  seed INTEGER NOT NULL, threads INTEGER NOT NULL, device TEXT NOT NULL, state TEXT NOT NULL, error TEXT NOT NULL
    DEFAULT '',
  exit_code INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, started REAL NOT NULL DEFAULT 0, ended REAL NOT NULL
    DEFAULT 0,
  provenance TEXT NOT NULL, cache_key TEXT NOT NULL, owner TEXT NOT NULL DEFAULT '', cancel INTEGER NOT NULL DEFAULT 0);
CREATE INDEX runs_by_state ON runs(state, id);
CREATE INDEX runs_by_slug ON runs(slug, id);
CREATE INDEX runs_by_key ON runs(cache_key);
CREATE TABLE events(
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, id INTEGER NOT NULL, time REAL NOT NULL, kind TEXT NOT
    NULL, payload TEXT NOT NULL,
  PRIMARY KEY(run, id)) WITHOUT ROWID;
CREATE TABLE artifacts(
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, id INTEGER NOT NULL, name TEXT NOT NULL, description
    TEXT NOT NULL, path TEXT NOT NULL,
  bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY(run, id)) WITHOUT ROWID;
)sql";
/// Events lie in a table with row numbers: without, SQLite would read all of a large event to compare its number.
constexpr auto second_schema = R"sql(
ALTER TABLE runs ADD COLUMN seal TEXT NOT NULL DEFAULT '';
ALTER TABLE events RENAME TO first_events;
CREATE TABLE events(
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, id INTEGER NOT NULL, time REAL NOT NULL, kind TEXT NOT
    NULL, payload TEXT NOT NULL,
  link TEXT NOT NULL, PRIMARY KEY(run, id));
CREATE TABLE curves(
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, name TEXT NOT NULL, points TEXT NOT NULL, PRIMARY
    KEY(run, name));
CREATE TABLE hashes(
  device INTEGER NOT NULL, inode INTEGER NOT NULL, bytes INTEGER NOT NULL, modified INTEGER NOT NULL, changed INTEGER
    NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY(device, inode)) WITHOUT ROWID;
CREATE INDEX events_by_kind ON events(run, kind, id);
CREATE TABLE states(revision INTEGER NOT NULL);
INSERT INTO states VALUES(0);
CREATE TRIGGER run_came AFTER INSERT ON runs BEGIN UPDATE states SET revision = revision + 1; END;
CREATE TRIGGER run_went AFTER DELETE ON runs BEGIN UPDATE states SET revision = revision + 1; END;
CREATE TRIGGER run_changed AFTER UPDATE OF state ON runs BEGIN UPDATE states SET revision = revision + 1; END;
)sql";

constexpr std::string_view run_columns =
    "SELECT id, slug, verb, options, seed, threads, device, state, error, exit_code, created, started, ended, "
    "provenance, cache_key FROM runs ";

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

/// The hash that chains an event to the one before it, whose own is `link`.
std::string next_link(const std::string& link, std::int64_t run, std::int64_t id, double time, const std::string& kind,
                      const std::string& payload) {
  return sha256(link + '\n' + std::to_string(run) + '\n' + std::to_string(id) + '\n' + exact_number(time) + '\n' +
                kind + '\n' + payload)
      .substr(0, 32);
}

std::int64_t as_integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// Points of a curve as they come, halved in number by their extremes whenever they are too many.
class ThinCurve {
 public:
  void add(double step, double value) {
    points_.emplace_back(step, value);
    if (points_.size() >= 20 * kept_points) points_ = thinned(std::move(points_), 10 * kept_points);
  }
  std::vector<std::pair<double, double>> points() && { return thinned(std::move(points_), kept_points); }

 private:
  using Points = std::vector<std::pair<double, double>>;
  static constexpr std::size_t kept_points = 1000;
  static Points thinned(Points points, std::size_t most) {
    if (points.size() <= most) return points;
    const std::size_t buckets = (most - 2) / 2, inner = points.size() - 2;
    Points thin{points.front()};
    for (std::size_t b = 0; b < buckets; ++b) {
      const auto begin = points.begin() + 1 + static_cast<std::ptrdiff_t>(b * inner / buckets),
                 end = points.begin() + 1 + static_cast<std::ptrdiff_t>((b + 1) * inner / buckets);
      auto [low, high] =
          std::minmax_element(begin, end, [](const auto& a, const auto& c) { return a.second < c.second; });
      if (high < low) std::swap(low, high);
      thin.push_back(*low);
      if (low != high) thin.push_back(*high);
    }
    thin.push_back(points.back());
    return thin;
  }
  Points points_;
};

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
    if (version() > schema_version)
      throw BadInput((folder_ / "offprint.db").string(), "was written by a newer Offprint",
                     "update Offprint or give another --data");
    if (version() < schema_version) migrate(version());
  });
}

/// What was recorded before events were chained is chained as it stands.
void Store::migrate(std::int64_t version) {
  if (version == 0) database_.execute(schema);
  database_.execute(second_schema);
  std::vector<std::int64_t> all;
  auto runs = database_.prepare("SELECT id FROM runs ORDER BY id");
  while (runs.step()) all.push_back(runs.integer(0));
  for (const auto run : all) {
    std::string link;
    auto events = database_.prepare("SELECT id, time, kind, payload FROM first_events WHERE run = ? ORDER BY id");
    events.bind(run);
    while (events.step()) {
      link = next_link(link, run, events.integer(0), events.real(1), events.text(2), events.text(3));
      database_.prepare("INSERT INTO events VALUES(?,?,?,?,?,?)")
          .bind(run)
          .bind(events.integer(0))
          .bind(events.real(1))
          .bind(events.text(2))
          .bind(events.text(3))
          .bind(link)
          .run();
    }
    if (const auto record = find(run); record->finished()) end(run, record->state, record->exit_code, record->error);
  }
  database_.execute("DROP TABLE first_events; PRAGMA user_version = " + std::to_string(schema_version));
}

std::int64_t Store::add(const Request& request, const std::string& state, const Json& provenance,
                        const std::string& cache_key) {
  Json options = Json::array();
  for (const auto& [name, text] : request.options) options.push_back({name, text});
  database_
      .prepare(
          "INSERT INTO runs(slug, verb, options, seed, threads, device, state, created, started, provenance, "
          "cache_key, owner) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)")
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

std::int64_t Store::states_revision() {
  auto version = database_.prepare("PRAGMA data_version");  // changes with every commit of another connection
  version.step();
  const auto seen = version.integer(0) + database_.total_changes();
  if (seen == seen_version_) return states_;
  auto states = database_.prepare("SELECT revision FROM states");
  states.step();
  seen_version_ = seen;
  return states_ = states.integer(0);
}

void Store::append(std::int64_t run, const std::vector<Event>& events) {
  if (events.empty()) return;
  database_.transaction([&] {
    auto last = database_.prepare("SELECT id, link FROM events WHERE run = ? ORDER BY id DESC LIMIT 1");
    last.bind(run);
    const bool first = !last.step();
    auto id = first ? 0 : last.integer(0);
    auto link = first ? std::string() : last.text(1);
    const double time = now();
    for (const auto& event : events) {
      const auto payload = dump(event.payload);
      link = next_link(link, run, ++id, time, event.kind, payload);
      database_.prepare("INSERT INTO events(run, id, time, kind, payload, link) VALUES(?,?,?,?,?,?)")
          .bind(run)
          .bind(id)
          .bind(time)
          .bind(event.kind)
          .bind(payload)
          .bind(link)
          .run();
    }
  });
}

std::vector<StoredEvent> Store::events_after(std::int64_t run, std::int64_t event, std::size_t limit,
                                             std::size_t bytes) {
  auto statement =
      database_.prepare("SELECT id, time, kind, payload FROM events WHERE run = ? AND id > ? ORDER BY id LIMIT ?");
  statement.bind(run).bind(event).bind(static_cast<std::int64_t>(limit));
  std::vector<StoredEvent> result;
  for (std::size_t taken = 0; taken <= bytes && statement.step(); taken += result.back().payload.size())
    result.push_back({statement.integer(0), statement.real(1), statement.text(2), statement.text(3)});
  return result;
}

std::vector<StoredEvent> Store::events_of_kind(std::int64_t run, const std::string& kind, std::size_t limit) {
  auto statement =
      database_.prepare("SELECT id, time, kind, payload FROM events WHERE run = ? AND kind = ? ORDER BY id LIMIT ?");
  statement.bind(run).bind(kind).bind(static_cast<std::int64_t>(limit));
  std::vector<StoredEvent> result;
  while (statement.step())
    result.push_back({statement.integer(0), statement.real(1), statement.text(2), statement.text(3)});
  return result;
}

std::vector<Store::Note> Store::notes_after(std::int64_t run, std::int64_t event, std::size_t limit,
                                            std::size_t length) {
  auto statement = database_.prepare(
      "SELECT id, kind, substr(json_extract(payload, '$.text'), 1, ?4), length(json_extract(payload, '$.text')) > "
      "?4 FROM events "
      "WHERE run = ?1 AND kind IN ('note', 'warning') AND id > ?2 ORDER BY id LIMIT ?3");
  statement.bind(run).bind(event).bind(static_cast<std::int64_t>(limit)).bind(static_cast<std::int64_t>(length));
  std::vector<Note> result;
  while (statement.step())
    result.push_back({statement.integer(0), statement.text(1), statement.text(2), statement.integer(3) != 0});
  return result;
}

std::int64_t Store::last_event_id(std::int64_t run) {
  auto statement = database_.prepare("SELECT coalesce(max(id), 0) FROM events WHERE run = ?");
  statement.bind(run).step();
  return statement.integer(0);
}

std::map<std::string, std::string> Store::newest_states() {
  auto statement =
      database_.prepare("SELECT slug, state FROM runs WHERE id IN (SELECT max(id) FROM runs GROUP BY slug)");
  std::map<std::string, std::string> states;
  while (statement.step()) states[statement.text(0)] = statement.text(1);
  return states;
}

std::set<std::string> Store::uploads_of_runs() {
  auto statement = database_.prepare("SELECT options FROM runs WHERE options LIKE '%upload:%'");
  std::set<std::string> hashes;
  while (statement.step()) {
    const auto options = statement.text(0);
    constexpr std::string_view mark = "upload:";
    for (auto at = options.find(mark); at != std::string::npos; at = options.find(mark, at + 1))
      hashes.insert(options.substr(at + mark.size(), 64));
  }
  return hashes;
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
      "SELECT run, a.id, name, description, path, bytes, sha256 FROM artifacts a JOIN runs ON runs.id = run WHERE "
      "state = 'done' "
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
  database_.transaction([&] {
    const double time = now();
    database_.prepare("UPDATE runs SET ended = ? WHERE id = ?").bind(time).bind(run).run();
    end(run, state, exit_code, error);
  });
}

void Store::end(std::int64_t run, const std::string& state, int exit_code, const std::string& error) {
  database_.prepare("UPDATE runs SET state = ?, exit_code = ?, error = ?, owner = '' WHERE id = ?")
      .bind(state)
      .bind(exit_code)
      .bind(error)
      .bind(run)
      .run();
  database_.prepare("DELETE FROM curves WHERE run = ?").bind(run).run();
  for (const auto& [name, points] : curves_from_events(run))
    database_.prepare("INSERT INTO curves VALUES(?,?,?)").bind(run).bind(name).bind(Json(points).dump()).run();
  database_.prepare("UPDATE runs SET seal = ? WHERE id = ?").bind(seal_of(run)).bind(run).run();
}

std::string Store::seal_of(std::int64_t run) {
  const auto record = find(run);
  if (!record) return "";
  auto seal = sha256(dump(to_json(*record)) + record->cache_key);
  for (const auto& artifact : artifacts(run))
    seal = sha256(seal + artifact.name + '\n' + artifact.description + '\n' + artifact.path.string() + '\n' +
                  std::to_string(artifact.bytes) + '\n' + artifact.sha256);
  auto curves = database_.prepare("SELECT name, points FROM curves WHERE run = ? ORDER BY name");
  curves.bind(run);
  while (curves.step()) seal = sha256(seal + curves.text(0) + '\n' + curves.text(1));
  for (const char* kind : {"claim", "table", "figure", "file", "note", "warning"}) {
    auto events = database_.prepare("SELECT id, payload FROM events WHERE run = ? AND kind = ? ORDER BY id");
    events.bind(run).bind(kind);
    while (events.step()) seal = sha256(seal + kind + std::to_string(events.integer(0)) + '\n' + events.text(1));
  }
  auto last = database_.prepare("SELECT id, link FROM events WHERE run = ? ORDER BY id DESC LIMIT 1");
  last.bind(run);
  return sha256(seal + (last.step() ? std::to_string(last.integer(0)) + last.text(1) : ""));
}

std::string Store::changed_since_recorded(std::int64_t run, bool every_event) {
  if (every_event) {
    auto events = database_.prepare("SELECT id, time, kind, payload, link FROM events WHERE run = ? ORDER BY id");
    events.bind(run);
    std::string link;
    std::int64_t id = 0;
    while (events.step()) {
      if (events.integer(0) != ++id) return "event " + std::to_string(id) + " is missing";
      link = next_link(link, run, id, events.real(1), events.text(2), events.text(3));
      if (link != events.text(4))
        return "event " + std::to_string(id) + " (" + events.text(2) + ") was changed after it was recorded";
    }
  }
  auto sealed = database_.prepare("SELECT seal, state FROM runs WHERE id = ?");
  sealed.bind(run);
  if (!sealed.step() || sealed.text(1) == "queued" || sealed.text(1) == "running") return "";
  return sealed.text(0) == seal_of(run) ? "" : "its settings, files, curves or events were changed after it ended";
}

RegularFile Store::open(std::int64_t run, const Artifact& artifact) const {
  const auto below = artifact.path.lexically_relative(fs::absolute(folder_of(run)));
  auto file = below.empty() || *below.begin() == ".." ? RegularFile(artifact.path)
                                                      : RegularFile(fs::absolute(folder_of(run)), below);
  if (file.identity().bytes != static_cast<std::uint64_t>(artifact.bytes))
    throw BadInput(artifact.name, "was changed since run " + std::to_string(run) + " wrote it", "run it again");
  return file;
}

std::string Store::hash_of(const RegularFile& file) {
  const auto& is = file.identity();
  auto known = database_.prepare(
      "SELECT sha256 FROM hashes WHERE device = ? AND inode = ? AND bytes = ? AND modified = ? AND changed = ?");
  known.bind(as_integer(is.device))
      .bind(as_integer(is.inode))
      .bind(as_integer(is.bytes))
      .bind(is.modified)
      .bind(is.changed);
  if (known.step()) return known.text(0);
  auto hash = file.sha256();
  // A file that was changed a moment ago may be changed again within one tick of the clock: its hash is not remembered.
  if (now() - 1e-9 * static_cast<double>(std::max(is.changed, is.modified)) > 2)
    database_.prepare("INSERT OR REPLACE INTO hashes VALUES(?,?,?,?,?,?)")
        .bind(as_integer(is.device))
        .bind(as_integer(is.inode))
        .bind(as_integer(is.bytes))
        .bind(is.modified)
        .bind(is.changed)
        .bind(hash)
        .run();
  return hash;
}

bool Store::owns(const fs::path& path) const {
  for (const char* ending : {"", "-wal", "-shm", "-journal"}) {
    std::error_code error;
    if (fs::equivalent(path, folder_ / (std::string("offprint.db") + ending), error) && !error) return true;
  }
  return false;
}

bool Store::request_cancel(std::int64_t run) {
  bool asked = false;
  database_.transaction([&] {
    database_.prepare("UPDATE runs SET ended = ? WHERE id = ? AND state = 'queued'").bind(now()).bind(run).run();
    asked = database_.changes() > 0;
    if (asked) return end(run, "cancelled", 130, "");
    database_.prepare("UPDATE runs SET cancel = 1 WHERE id = ? AND state = 'running'").bind(run).run();
    asked = database_.changes() > 0;
  });
  return asked;
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
  for (const auto run : orphans)
    database_.transaction([&] {
      // Its process may have ended it well since it was looked at.
      database_.prepare("UPDATE runs SET ended = ? WHERE id = ? AND state = 'running'").bind(now()).bind(run).run();
      if (database_.changes() == 0) return;
      end(run, "lost", 1, "the process that ran it is gone; run it again");
      ++lost;
    });
  return lost;
}

Curves Store::curves_from_events(std::int64_t run) {
  auto metrics = database_.prepare("SELECT payload FROM events WHERE run = ? AND kind = 'metric' ORDER BY id");
  metrics.bind(run);
  std::map<std::string, ThinCurve> thin;
  while (metrics.step()) {
    const auto json = Json::parse(metrics.text(0));
    if (json["value"].is_number()) thin[json["name"]].add(json["step"], json["value"]);
  }
  Curves all;
  for (auto& [name, curve] : thin) all[name] = std::move(curve).points();
  return all;
}

Curves Store::curves(std::int64_t run) {
  const auto record = find(run);
  if (!record || !record->finished()) return curves_from_events(run);
  auto stored = database_.prepare("SELECT name, points FROM curves WHERE run = ?");
  stored.bind(run);
  Curves all;
  while (stored.step()) all[stored.text(0)] = Json::parse(stored.text(1)).get<std::vector<std::pair<double, double>>>();
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
