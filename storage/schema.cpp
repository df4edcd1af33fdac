#include "storage/schema.h"

#include <fmt/format.h>

#include <array>

#include "storage/journal_tables.h"
#include "storage/sqlite.h"

namespace storage {
namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE endpoint (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  name TEXT UNIQUE,           -- NULL: never closed a scan, or its name now means another endpoint
  api TEXT, product TEXT, is_host INTEGER);

CREATE TABLE scan (
  id INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL REFERENCES endpoint,
  started INTEGER NOT NULL,   -- microseconds since 1970 UTC, as all times here
  finished INTEGER,           -- NULL: still open, or left behind by a crash
  complete INTEGER,
  vms INTEGER);
CREATE INDEX scan_by_endpoint ON scan (endpoint);

CREATE TABLE scan_missing (
  scan INTEGER NOT NULL REFERENCES scan ON DELETE CASCADE,
  place INTEGER NOT NULL,
  sentence TEXT NOT NULL,
  PRIMARY KEY (scan, place)) WITHOUT ROWID;

CREATE TABLE vm (
  id INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL REFERENCES endpoint,
  moid TEXT NOT NULL,
  instance_uuid TEXT NOT NULL,
  first_scan INTEGER NOT NULL,
  state INTEGER,              -- vm_state.id; NULL: only seen by a scan that is not closed
  name TEXT, raw_name TEXT, path TEXT,
  depth INTEGER, probes REAL,
  gone INTEGER NOT NULL DEFAULT 0,
  last_scan INTEGER,          -- NULL: seen by the last closed scan
  last_seen INTEGER);         -- when that was; NULL likewise
CREATE INDEX vm_by_moid ON vm (endpoint, moid);
CREATE INDEX vm_by_name ON vm (endpoint, name) WHERE state IS NOT NULL AND gone = 0;
CREATE INDEX vm_gone ON vm (endpoint, instance_uuid) WHERE gone = 1;

CREATE TABLE vm_state (id INTEGER PRIMARY KEY, text TEXT NOT NULL);

CREATE TABLE staged (         -- what an open scan found changed
  vm INTEGER PRIMARY KEY REFERENCES vm,
  scan INTEGER NOT NULL REFERENCES scan,
  state INTEGER NOT NULL,
  moid TEXT NOT NULL, instance_uuid TEXT NOT NULL,
  name TEXT NOT NULL, raw_name TEXT NOT NULL, path TEXT NOT NULL,
  depth INTEGER NOT NULL, probes REAL NOT NULL);

CREATE TABLE disk (
  vm INTEGER NOT NULL REFERENCES vm,
  key INTEGER NOT NULL,
  label TEXT NOT NULL,
  capacity INTEGER NOT NULL,
  PRIMARY KEY (vm, key)) WITHOUT ROWID;

CREATE TABLE sample (         -- a row holds until the next row of its disk
  vm INTEGER NOT NULL,
  key INTEGER NOT NULL,
  scan INTEGER NOT NULL,
  depth INTEGER,              -- NULL: from this scan on the disk was not seen
  inherited INTEGER, orphans INTEGER, probes REAL,
  delta_bytes INTEGER, running_bytes INTEGER,
  max_depth INTEGER,          -- NULL: same as depth
  ends INTEGER,               -- 1: holds at this scan only
  PRIMARY KEY (vm, key, scan),
  FOREIGN KEY (vm, key) REFERENCES disk) WITHOUT ROWID;

CREATE TABLE datastore (
  endpoint INTEGER NOT NULL REFERENCES endpoint,
  moid TEXT NOT NULL,
  name TEXT NOT NULL, type TEXT NOT NULL,
  capacity_bytes INTEGER NOT NULL, free_bytes INTEGER NOT NULL,
  accessible INTEGER NOT NULL,
  native_snapshots INTEGER, se_sparse INTEGER, vmfs_sparse INTEGER, vsan_sparse INTEGER,
  PRIMARY KEY (endpoint, moid)) WITHOUT ROWID;
)sql";

// For people with the sqlite3 shell; the program itself reads vm_state.
constexpr const char* kViews = R"sql(
CREATE VIEW vms AS
  SELECT vm.id AS vm, endpoint.name AS endpoint, vm.name, vm.path, vm.moid, vm.instance_uuid,
    json_extract(text, '$[7]') AS cluster, json_extract(text, '$[8]') AS host,
    json_extract(text, '$[12]') AS connection, json_extract(text, '$[13]') AS power,
    vm.depth, json_extract(text, '$[25]') AS tree_depth, vm.probes,
    json_extract(text, '$[16]') AS consolidation_needed, json_extract(text, '$[21]') AS flags,
    json_extract(text, '$[27]') AS stale, vm_state.text
  FROM endpoint JOIN vm ON vm.endpoint = endpoint.id JOIN vm_state ON vm_state.id = vm.state
  WHERE vm.gone = 0 AND endpoint.name IS NOT NULL;

CREATE VIEW snapshots AS
  SELECT vm, endpoint, vms.name AS vm_name,
    json_extract(s.value, '$[0]') AS moid, json_extract(s.value, '$[1]') AS id,
    json_extract(s.value, '$[2]') AS name, json_extract(s.value, '$[4]') AS description,
    strftime('%Y-%m-%dT%H:%M:%SZ', json_extract(s.value, '$[5]') / 1000000, 'unixepoch') AS created,
    json_extract(s.value, '$[6]') AS parent, json_extract(s.value, '$[7]') AS current,
    json_extract(s.value, '$[9]') AS owner, json_extract(s.value, '$[10]') AS pinned,
    json_extract(s.value, '$[11]') AS state, json_extract(s.value, '$[12]') AS memory,
    json_extract(s.value, '$[13]') AS quiesced, json_extract(s.value, '$[15]') AS bytes,
    json_extract(s.value, '$[16]') AS memory_bytes
  FROM vms, json_each(vms.text, '$[22]') AS s;

CREATE VIEW disks AS
  SELECT vm, endpoint, vms.name AS vm_name,
    json_extract(d.value, '$[0]') AS key, json_extract(d.value, '$[1]') AS label,
    json_extract(d.value, '$[2]') AS capacity_bytes, json_extract(d.value, '$[3]') AS kind,
    json_extract(d.value, '$[4]') AS mode, json_extract(d.value, '$[6]') AS datastore,
    json_extract(d.value, '$[7]') AS depth, json_extract(d.value, '$[8]') AS inherited,
    json_extract(d.value, '$[9]') AS orphans, json_extract(d.value, '$[10][0]') AS probes,
    d.value AS text
  FROM vms, json_each(vms.text, '$[23]') AS d;

CREATE VIEW layers AS
  SELECT vm, endpoint, vm_name, disks.key AS disk_key, disks.label AS disk_label,
    l.key AS place, -- 0 is the running layer
    json_extract(l.value, '$[0]') AS file, json_extract(l.value, '$[1]') AS bytes,
    json_extract(l.value, '$[2]') AS snapshot, json_extract(l.value, '$[3]') AS inherited,
    json_extract(l.value, '$[4]') AS orphan
  FROM disks, json_each(disks.text, '$[11]') AS l;
)sql";

// What VMs were read from, so that the next scan can tell which to read.
constexpr const char* kMarks = R"sql(
CREATE TABLE mark_key (key BLOB NOT NULL);
INSERT INTO mark_key VALUES (randomblob(16));
ALTER TABLE vm ADD COLUMN mark BLOB;      -- NULL: the VM is read again in any case
ALTER TABLE vm ADD COLUMN notes BLOB;
ALTER TABLE staged ADD COLUMN mark BLOB;
ALTER TABLE staged ADD COLUMN notes BLOB;
)sql";

// By name, not by row of endpoint: one that never answered has no uuid and so no row.
constexpr const char* kFailures = R"sql(
CREATE TABLE scan_failure (
  endpoint TEXT PRIMARY KEY,  -- its configured name
  since INTEGER NOT NULL,     -- the first one after the last scan that closed
  last INTEGER NOT NULL,
  count INTEGER NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL) WITHOUT ROWID;
)sql";

}  // namespace

std::span<const std::string> migrations() {
  static const std::array<std::string, 4> steps{std::string(kTables) + kViews, kMarks, kFailures,
                                                kJournalTables};
  return steps;
}

FileVersion checked_version(Database& db, std::int64_t newest) {
  const FileVersion found{.application = db.number("PRAGMA application_id").value_or(0),
                          .version = db.number("PRAGMA user_version").value_or(0)};
  if (found.application != kApplicationId) {
    throw Error(ErrorKind::NotOurs,
                fmt::format("cannot use {} as the state: it is a SQLite database, but not one of "
                            "deltakeep (application_id {}); name another file with --state",
                            db.file(), found.application));
  }
  if (found.version > newest) {
    throw Error(ErrorKind::Newer,
                fmt::format("cannot use the state {}: a newer deltakeep wrote it (schema {}, this "
                            "one knows up to {}); install that version again, or name another "
                            "file with --state",
                            db.file(), found.version, newest));
  }
  return found;
}

void migrate(Database& db, std::span<const std::string> steps) {
  const std::int64_t from = db.number("PRAGMA user_version").value_or(0);
  for (std::size_t i = static_cast<std::size_t>(from); i < steps.size(); ++i) {
    Transaction step(db, TransactionKind::Write,
                     fmt::format("bring the schema from version {} to {}", i, i + 1));
    db.script(steps[i]);
    db.script(
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, i + 1));
    step.commit();
  }
}

}  // namespace storage
