// The store of runs: what was run, with what, on what, what it said and what came out. SQLite in WAL mode, one file in
// the data folder. Several processes share it: the page reads, the dispatcher and command lines write. Whatever a call
// has returned from is on disk.
#pragma once
#include <map>
#include <optional>
#include <set>

#include "offprint/base/file.hpp"
#include "offprint/base/regular_file.hpp"
#include "offprint/data/database.hpp"
#include "offprint/paper/command_line.hpp"
#include "offprint/paper/event.hpp"

namespace offprint::runs {

using data::Database;
using data::Statement;

using Values = std::vector<std::pair<std::string, std::string>>;  ///< option name and text, as given

/// What to run.
struct Request {
  std::string slug, verb;
  Values options;
  RunSettings settings;
};

struct RunRecord {
  std::int64_t id = 0;
  Request request;
  std::string state;  ///< queued, running, done, failed, cancelled or lost
  std::string error;  ///< one line, if it failed
  int exit_code = 0;
  double created = 0, started = 0, ended = 0;  ///< Unix seconds; 0: not yet
  Json provenance;                             ///< program (commit, sha256), machine, libraries, inputs (name, sha256)
  std::string cache_key;
  bool finished() const { return state != "queued" && state != "running"; }
};

struct StoredEvent {
  std::int64_t id;  ///< 1, 2, ... within the run
  double time;
  std::string kind;
  std::string payload;  ///< JSON text
};

struct Artifact {
  std::int64_t id;
  std::string name, description;
  std::filesystem::path path;
  std::int64_t bytes;
  std::string sha256;
};

using Curves = std::map<std::string, std::vector<std::pair<double, double>>>;

class Store {
 public:
  /// Opens or creates <folder>/offprint.db.
  explicit Store(std::filesystem::path folder = user_data_folder());

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path folder_of(std::int64_t run) const { return folder_ / "runs" / std::to_string(run); }

  std::int64_t add(const Request& request, const std::string& state, const Json& provenance,
                   const std::string& cache_key);
  std::optional<RunRecord> find(std::int64_t run);
  /// Newest first, ids below `before` (0: all), at most `limit`; empty texts match all.
  std::vector<RunRecord> list(std::size_t limit = 50, std::int64_t before = 0, const std::string& slug = "",
                              const std::string& state = "");
  std::optional<RunRecord> find_done(const std::string& cache_key);
  std::size_t count(const std::string& state);
  std::map<std::string, std::string> newest_states();  ///< by slug: the state of its newest run
  std::set<std::string> uploads_of_runs();             ///< the hashes of all uploads that runs name
  /// Grows with every write, by this process or another.
  std::int64_t revision();
  /// Grows when a run comes, goes or changes its state, by whichever process: lists made from the store are current
  /// while this stands.
  std::int64_t states_revision();

  void append(std::int64_t run, const std::vector<Event>& events);  ///< one transaction
  std::vector<StoredEvent> events_after(std::int64_t run, std::int64_t event, std::size_t limit = 10000,
                                        std::size_t bytes = SIZE_MAX);  ///< ends with the event that passes `bytes`
  std::vector<StoredEvent> events_of_kind(std::int64_t run, const std::string& kind, std::size_t limit = 1000000);
  /// Notes and warnings after an event, each cut to `length` bytes: its payload is the text, `cut` tells whether there
  /// was more.
  struct Note {
    std::int64_t id;
    std::string kind, text;
    bool cut;
  };
  std::vector<Note> notes_after(std::int64_t run, std::int64_t event, std::size_t limit, std::size_t length);
  std::int64_t last_event_id(std::int64_t run);
  std::optional<StoredEvent> last_event(std::int64_t run, const std::string& kind);
  std::int64_t add_artifact(std::int64_t run, const Artifact& artifact);
  std::vector<Artifact> artifacts(std::int64_t run);
  /// The file, if there is still one and it is no link and as long as it was; throws BadInput or IoError.
  RegularFile open(std::int64_t run, const Artifact& artifact) const;
  /// The file's SHA-256, remembered while its identity stands.
  std::string hash_of(const RegularFile& file);
  /// True if that is one of the store's own files. Nothing but SQLite may open those: whoever closes them drops
  /// SQLite's locks.
  bool owns(const std::filesystem::path& path) const;
  /// Files that runs wrote, with the runs' numbers, newest first; only of runs that are done.
  std::vector<std::pair<std::int64_t, Artifact>> newest_artifacts(std::size_t limit);

  /// queued -> running for the oldest queued run, owned by this process; nothing if none is queued.
  std::optional<RunRecord> claim_next();
  void finish(std::int64_t run, const std::string& state, int exit_code, const std::string& error);
  bool request_cancel(
      std::int64_t run);  ///< a queued run ends at once, a running one is asked to; false if it had ended
  std::vector<std::int64_t> to_cancel();  ///< running runs that were asked to end
  bool remove(std::int64_t run);          ///< with its files; false while it is queued or running
  /// Running runs whose owner is gone become lost. Call at every start.
  std::size_t mark_orphans();

  /// Every event is chained to the one before by a hash, and a run's end seals the last link with all that the page
  /// shows: settings, files, curves and all events but metrics and progress. What is no longer as it was recorded, on
  /// one line; empty if all is. `every_event` follows the whole chain.
  std::string changed_since_recorded(std::int64_t run, bool every_event = false);

  /// Curves by metric name, thinned to at most 1,000 points (first, last, least and greatest of each bucket).
  Curves curves(std::int64_t run);
  std::map<std::string, std::map<std::string, Estimate>> estimates(std::int64_t run);

 private:
  void migrate(std::int64_t version);
  void end(std::int64_t run, const std::string& state, int exit_code,
           const std::string& error);  ///< within a transaction
  Curves curves_from_events(std::int64_t run);
  std::string seal_of(std::int64_t run);
  std::filesystem::path folder_;
  Database database_;
  std::int64_t seen_version_ = -1, states_ = 0;  ///< of states_revision()
};

Json to_json(const RunRecord& run);

/// "pid:start time" of a process: the same number of a later process differs. Empty if there is none.
std::string process_identity(pid_t pid);

}  // namespace offprint::runs
