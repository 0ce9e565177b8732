# page_store.py FOLDER: a store as an earlier version wrote it, with 20 long finished runs and one that runs on, for the page to take over.
import json, os, random, sqlite3, sys

SCHEMA = """
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
PRAGMA user_version = 1;
"""
os.makedirs(sys.argv[1])
store = sqlite3.connect(os.path.join(sys.argv[1], "offprint.db"))
store.executescript(SCHEMA)
draw = random.Random(1)
for run in range(1, 22):
    store.execute("INSERT INTO runs(slug, verb, options, seed, threads, device, state, created, started, ended, provenance, cache_key, owner) "
                  "VALUES('presto', 'simulate', '[]', ?, 1, 'cpu', ?, 1, 1, 2, '{}', '', ?)",
                  (run, "running" if run == 21 else "done", sys.argv[2] if run == 21 else ""))
    events = [(run, i + 1, 1.5, "metric", json.dumps({"name": f"loss {i % 8}", "step": i // 8, "value": draw.random()})) for i in range(30000 if run < 21 else 2000)]
    store.executemany("INSERT INTO events VALUES(?,?,?,?,?)", events)
    store.execute("INSERT INTO events VALUES(?,?,?,?,?)", (run, len(events) + 1, 1.6, "note", json.dumps({"text": "x" * 4000000})))
store.commit()
