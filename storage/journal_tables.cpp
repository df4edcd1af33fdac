#include "storage/journal_tables.h"

namespace storage {

// Rows name VMs by endpoint uuid and moid, never by a row of `vm`: a scan that joins or loses a VM
// must not touch what was done to it.
const char* const kJournalTables = R"sql(
CREATE TABLE agent_identity (agent TEXT NOT NULL, epoch INTEGER NOT NULL);
INSERT INTO agent_identity VALUES (lower(hex(randomblob(8))), 1);

CREATE TABLE operation (
  number INTEGER PRIMARY KEY, -- in the order they were begun
  id TEXT NOT NULL UNIQUE,
  agent TEXT NOT NULL, epoch INTEGER NOT NULL,
  kind TEXT NOT NULL, state TEXT NOT NULL,
  over INTEGER NOT NULL,
  endpoint TEXT NOT NULL, endpoint_uuid TEXT NOT NULL,
  vm_moid TEXT NOT NULL, instance_uuid TEXT NOT NULL, vm_name TEXT NOT NULL,
  policy TEXT NOT NULL, run TEXT NOT NULL, actor TEXT NOT NULL, job TEXT NOT NULL,
  started INTEGER NOT NULL, updated INTEGER NOT NULL, ended INTEGER,
  attempt INTEGER NOT NULL, method TEXT NOT NULL, sent INTEGER NOT NULL,
  task TEXT NOT NULL, task_key TEXT NOT NULL,
  progress INTEGER NOT NULL,  -- -1: not told
  snapshot_moid TEXT NOT NULL, snapshot_id INTEGER NOT NULL,
  snapshot_created INTEGER NOT NULL, snapshot_parent TEXT NOT NULL,
  name TEXT NOT NULL, description TEXT NOT NULL,
  memory INTEGER NOT NULL, quiesced INTEGER NOT NULL,
  next_look INTEGER, layers_verified INTEGER NOT NULL,
  why TEXT NOT NULL, fault TEXT NOT NULL,
  evidence TEXT NOT NULL, forced TEXT NOT NULL,
  clone TEXT, settling TEXT, before TEXT NOT NULL);
-- One open operation per VM (rule 2), whoever forgets to ask.
CREATE UNIQUE INDEX operation_open_by_moid ON operation (endpoint_uuid, vm_moid) WHERE over = 0;
CREATE UNIQUE INDEX operation_open_by_uuid ON operation (endpoint_uuid, instance_uuid)
  WHERE over = 0 AND instance_uuid <> '';
CREATE INDEX operation_by_vm ON operation (endpoint_uuid, vm_moid);
CREATE INDEX operation_by_run ON operation (run) WHERE run <> '';

CREATE TABLE operation_event (
  number INTEGER PRIMARY KEY,
  operation INTEGER NOT NULL REFERENCES operation,
  time INTEGER NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
  why TEXT NOT NULL, evidence TEXT NOT NULL);
CREATE INDEX operation_event_by_operation ON operation_event (operation);

CREATE TABLE owned_snapshot (
  number INTEGER PRIMARY KEY,
  endpoint_uuid TEXT NOT NULL, vm_moid TEXT NOT NULL, instance_uuid TEXT NOT NULL,
  moid TEXT NOT NULL, id INTEGER NOT NULL, created INTEGER NOT NULL, parent TEXT NOT NULL,
  op TEXT NOT NULL, policy TEXT NOT NULL, helper INTEGER NOT NULL, name TEXT NOT NULL,
  disowned TEXT);             -- why it is ours no more; NULL: it is ours
CREATE UNIQUE INDEX owned_now ON owned_snapshot (endpoint_uuid, moid, vm_moid)
  WHERE disowned IS NULL;
CREATE INDEX owned_by_vm ON owned_snapshot (endpoint_uuid, vm_moid) WHERE disowned IS NULL;

CREATE TABLE pin (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: a person types it
  endpoint_uuid TEXT NOT NULL, vm_moid TEXT NOT NULL, instance_uuid TEXT NOT NULL,
  vm_name TEXT NOT NULL,
  snapshot_moid TEXT NOT NULL, snapshot_id INTEGER NOT NULL,
  snapshot_created INTEGER NOT NULL, snapshot_parent TEXT NOT NULL, snapshot_name TEXT NOT NULL,
  reason TEXT NOT NULL, actor TEXT NOT NULL,
  since INTEGER NOT NULL, until INTEGER);

CREATE TABLE pause (
  kind TEXT NOT NULL, what TEXT NOT NULL, shown TEXT NOT NULL,
  reason TEXT NOT NULL, actor TEXT NOT NULL,
  since INTEGER NOT NULL, until INTEGER,
  PRIMARY KEY (kind, what)) WITHOUT ROWID;

CREATE TABLE mark (           -- chosen for removal; mark_key and vm.mark are of scans
  endpoint_uuid TEXT NOT NULL, vm_moid TEXT NOT NULL, snapshot_moid TEXT NOT NULL,
  snapshot_id INTEGER NOT NULL, snapshot_created INTEGER NOT NULL,
  at INTEGER NOT NULL, run TEXT NOT NULL,
  PRIMARY KEY (endpoint_uuid, vm_moid, snapshot_moid)) WITHOUT ROWID;

CREATE TABLE waiting (
  endpoint_uuid TEXT NOT NULL, vm_moid TEXT NOT NULL, policy TEXT NOT NULL, act TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (endpoint_uuid, vm_moid, policy, act)) WITHOUT ROWID;

CREATE TABLE run (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, policies TEXT NOT NULL,
  actor TEXT NOT NULL, ticket TEXT NOT NULL,
  started INTEGER NOT NULL, ended INTEGER, outcome TEXT NOT NULL,
  plan TEXT NOT NULL, report TEXT NOT NULL);

CREATE TABLE policy_run (
  policy TEXT PRIMARY KEY,
  scheduled INTEGER NOT NULL, started INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE copy (
  number INTEGER PRIMARY KEY,
  op TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  endpoint TEXT NOT NULL, source_endpoint_uuid TEXT NOT NULL,
  source_moid TEXT NOT NULL, source_instance_uuid TEXT NOT NULL, source_name TEXT NOT NULL,
  policy TEXT NOT NULL, taken INTEGER NOT NULL, verified INTEGER,
  endpoint_uuid TEXT NOT NULL, -- where the copy lives
  mac TEXT NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL,
  image TEXT NOT NULL);

CREATE TABLE watermark (
  endpoint_uuid TEXT PRIMARY KEY,
  vm INTEGER NOT NULL, snapshot INTEGER NOT NULL, event_chain INTEGER NOT NULL,
  server_time INTEGER NOT NULL, our_time INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE doubt (
  endpoint_uuid TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (endpoint_uuid, kind)) WITHOUT ROWID;

CREATE TABLE finding (
  place INTEGER PRIMARY KEY,
  severity TEXT NOT NULL, rule TEXT NOT NULL,
  endpoint TEXT NOT NULL, moid TEXT NOT NULL, name TEXT NOT NULL, disk TEXT NOT NULL,
  text TEXT NOT NULL, evidence TEXT NOT NULL,
  since INTEGER NOT NULL, warn_since INTEGER, critical_since INTEGER);

CREATE TABLE detached (
  endpoint_uuid TEXT NOT NULL, vm_moid TEXT NOT NULL, snapshot_moid TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (endpoint_uuid, vm_moid, snapshot_moid)) WITHOUT ROWID;

CREATE TABLE merge_measure (
  number INTEGER PRIMARY KEY,
  endpoint_uuid TEXT NOT NULL, vm_moid TEXT NOT NULL, datastore TEXT NOT NULL,
  at INTEGER NOT NULL, bytes INTEGER NOT NULL, seconds INTEGER NOT NULL);
CREATE INDEX merge_measure_by_vm ON merge_measure (endpoint_uuid, vm_moid, datastore);

CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  time INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  endpoint TEXT NOT NULL, vm TEXT NOT NULL, snapshot TEXT NOT NULL, subject TEXT NOT NULL,
  policy TEXT NOT NULL, text TEXT NOT NULL,
  previous TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE audit_head (lines INTEGER NOT NULL, hash TEXT NOT NULL);
INSERT INTO audit_head VALUES (0, '0000000000000000000000000000000000000000000000000000000000000000');
-- Against accidents. Whoever can write the file can drop them: what tells is the chain.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'lines of the audit are never changed'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'lines of the audit are never deleted'); END;
CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit
  WHEN NEW.number <= (SELECT coalesce(max(number), 0) FROM audit)
  BEGIN SELECT RAISE(ABORT, 'lines of the audit are only added at its end'); END;

-- The newest scan there was when a look at this VM alone replaced its state; NULL: no scan has
-- missed it since.
ALTER TABLE vm ADD COLUMN looked INTEGER;
ALTER TABLE vm ADD COLUMN looked_at INTEGER;
CREATE INDEX vm_looked ON vm (endpoint) WHERE looked IS NOT NULL;
)sql";

}  // namespace storage
