#include "storage/holds.h"

#include <fmt/format.h>

#include "storage/open_journal.h"

namespace storage {
namespace {

std::optional<policy::Time> maybe_time(const Query& q, int column) {
  return q.null(column) ? std::nullopt : std::optional(q.time(column));
}

PauseRow read_pause(const Query& q) {
  return {.kind = q.string(0),
          .what = q.string(1),
          .shown = q.string(2),
          .reason = q.string(3),
          .actor = q.string(4),
          .since = q.time(5),
          .until = maybe_time(q, 6)};
}

/// The line of the audit, about `subject` unless the caller named another.
AuditEntry about(AuditEntry audit, const std::string& subject) {
  if (audit.subject.empty()) audit.subject = subject;
  return audit;
}

std::string subject_of(const PauseRow& pause) {
  return pause.what.empty() ? pause.kind : pause.kind + " " + pause.what;
}

}  // namespace

std::int64_t Holds::pin(const Pin& pin, const AuditEntry& audit) {
  Change change(*journal_.journal_, "pin a snapshot of " + pin.vm_name);
  Database& db = change.db();
  db.run(
      "INSERT INTO pin (endpoint_uuid, vm_moid, instance_uuid, vm_name, snapshot_moid, "
      "snapshot_id, snapshot_created, snapshot_parent, snapshot_name, reason, actor, since, "
      "until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
      pin.endpoint_uuid, pin.vm_moid, pin.instance_uuid, pin.vm_name, pin.snapshot.moid,
      pin.snapshot.id, pin.snapshot.created, pin.snapshot.parent, pin.snapshot_name, pin.reason,
      pin.actor, pin.since, pin.until);
  const std::int64_t id = db.last_insert_id();
  change.audit(about(audit, std::to_string(id)));
  change.commit();
  return id;
}

bool Holds::unpin(std::int64_t id, const AuditEntry& audit) {
  Change change(*journal_.journal_, fmt::format("remove pin {}", id));
  Database& db = change.db();
  if (!db.number("SELECT 1 FROM pin WHERE id = ?1", id)) return false;
  db.run("DELETE FROM pin WHERE id = ?1", id);
  change.audit(about(audit, std::to_string(id)));
  change.commit();
  return true;
}

std::vector<Pin> Holds::pins(const std::optional<policy::Time>& now) const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read the pins");
  std::vector<Pin> found;
  Query q(journal.db,
          "SELECT id, endpoint_uuid, vm_moid, instance_uuid, vm_name, snapshot_moid, snapshot_id, "
          "snapshot_created, snapshot_parent, snapshot_name, reason, actor, since, until FROM pin "
          "WHERE ?1 IS NULL OR until IS NULL OR until > ?1 ORDER BY id");
  q.bind(1, now);
  while (q.next()) {
    found.push_back({.id = q.integer(0),
                     .endpoint_uuid = q.string(1),
                     .vm_moid = q.string(2),
                     .instance_uuid = q.string(3),
                     .vm_name = q.string(4),
                     .snapshot = {.moid = q.string(5),
                                  .id = q.small(6),
                                  .created = q.time(7),
                                  .parent = q.string(8)},
                     .snapshot_name = q.string(9),
                     .reason = q.string(10),
                     .actor = q.string(11),
                     .since = q.time(12),
                     .until = maybe_time(q, 13)});
  }
  return found;
}

void Holds::pause(const PauseRow& pause, const AuditEntry& audit) {
  Change change(*journal_.journal_, "pause " + subject_of(pause));
  change.db().run("INSERT OR REPLACE INTO pause VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", pause.kind,
                  pause.what, pause.shown, pause.reason, pause.actor, pause.since, pause.until);
  change.audit(about(audit, subject_of(pause)));
  change.commit();
}

bool Holds::resume(const std::string& kind, const std::string& what, const AuditEntry& audit) {
  const std::string subject = subject_of({.kind = kind, .what = what});
  Change change(*journal_.journal_, "resume " + subject);
  Database& db = change.db();
  if (!db.number("SELECT 1 FROM pause WHERE kind = ?1 AND what = ?2", kind, what)) return false;
  db.run("DELETE FROM pause WHERE kind = ?1 AND what = ?2", kind, what);
  change.audit(about(audit, subject));
  change.commit();
  return true;
}

std::vector<PauseRow> Holds::pauses() const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read the pauses");
  std::vector<PauseRow> found;
  Query q(journal.db,
          "SELECT kind, what, shown, reason, actor, since, until FROM pause "
          "ORDER BY kind, what");
  while (q.next()) found.push_back(read_pause(q));
  return found;
}

std::vector<PauseRow> Holds::forget_expired(policy::Time now, const AuditEntry& audit) {
  Change change(*journal_.journal_, "end the pauses that have run out");
  Database& db = change.db();
  std::vector<PauseRow> expired;
  {
    Query q(db,
            "SELECT kind, what, shown, reason, actor, since, until FROM pause "
            "WHERE until <= ?1 ORDER BY kind, what");
    q.bind(1, now);
    while (q.next()) expired.push_back(read_pause(q));
  }
  if (expired.empty()) return {};
  db.run("DELETE FROM pause WHERE until <= ?1", now);
  for (const PauseRow& pause : expired) change.audit(about(audit, subject_of(pause)));
  change.commit();
  return expired;
}

policy::Marks Holds::marks(const std::string& endpoint_uuid, const std::string& endpoint) const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read the marks");
  policy::Marks found;
  Query q(journal.db, "SELECT vm_moid, snapshot_moid, at, run FROM mark WHERE endpoint_uuid = ?1");
  q.bind(1, endpoint_uuid);
  while (q.next()) {
    found[{endpoint, q.string(0), q.string(1)}] = {.at = q.time(2), .run = q.string(3)};
  }
  return found;
}

void Holds::mark(const std::string& endpoint_uuid, const std::string& vm_moid,
                 const policy::NodeImage& snapshot, const policy::Mark& mark,
                 const AuditEntry& audit) {
  Change change(*journal_.journal_, "mark snapshot " + snapshot.moid + " of " + vm_moid);
  Database& db = change.db();
  // A mark says "this one was seen as surplus before". It must not pass on to another snapshot that
  // the server gave the same moid.
  if (db.number("SELECT 1 FROM mark WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND "
                "snapshot_moid = ?3 AND snapshot_id = ?4 AND snapshot_created = ?5",
                endpoint_uuid, vm_moid, snapshot.moid, snapshot.id, snapshot.created)) {
    return;
  }
  db.run("INSERT OR REPLACE INTO mark VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", endpoint_uuid, vm_moid,
         snapshot.moid, snapshot.id, snapshot.created, mark.at, mark.run);
  change.audit(audit);
  change.commit();
}

void Holds::unmark(const std::string& endpoint_uuid, const std::string& vm_moid,
                   const std::string& snapshot_moid, const AuditEntry& audit) {
  Change change(*journal_.journal_, "unmark snapshot " + snapshot_moid + " of " + vm_moid);
  Database& db = change.db();
  if (!db.number("SELECT 1 FROM mark WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND "
                 "snapshot_moid = ?3",
                 endpoint_uuid, vm_moid, snapshot_moid)) {
    return;
  }
  db.run("DELETE FROM mark WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND snapshot_moid = ?3",
         endpoint_uuid, vm_moid, snapshot_moid);
  change.audit(audit);
  change.commit();
}

policy::Time Holds::wait(const Waiting& waiting) {
  Change change(*journal_.journal_, "note that " + waiting.vm_moid + " waits");
  Database& db = change.db();
  const auto since = db.number(
      "SELECT since FROM waiting WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND "
      "policy = ?3 AND act = ?4",
      waiting.endpoint_uuid, waiting.vm_moid, waiting.policy, waiting.act);
  if (since && *since <= waiting.since.time_since_epoch().count()) {
    return policy::Time(policy::Time::duration(*since));
  }
  db.run("INSERT OR REPLACE INTO waiting VALUES (?1, ?2, ?3, ?4, ?5)", waiting.endpoint_uuid,
         waiting.vm_moid, waiting.policy, waiting.act, waiting.since);
  change.commit();
  return waiting.since;
}

void Holds::stop_waiting(const std::string& endpoint_uuid, const std::string& vm_moid,
                         const std::string& policy, const std::string& act) {
  Change change(*journal_.journal_, "note that " + vm_moid + " waits no more");
  Database& db = change.db();
  if (!db.number("SELECT 1 FROM waiting WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND "
                 "policy = ?3 AND act = ?4",
                 endpoint_uuid, vm_moid, policy, act)) {
    return;
  }
  db.run(
      "DELETE FROM waiting WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND policy = ?3 "
      "AND act = ?4",
      endpoint_uuid, vm_moid, policy, act);
  change.commit();
}

std::vector<Waiting> Holds::waiting() const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read what waits");
  std::vector<Waiting> found;
  Query q(journal.db,
          "SELECT endpoint_uuid, vm_moid, policy, act, since FROM waiting "
          "ORDER BY endpoint_uuid, vm_moid, policy, act");
  while (q.next()) {
    found.push_back({.endpoint_uuid = q.string(0),
                     .vm_moid = q.string(1),
                     .policy = q.string(2),
                     .act = q.string(3),
                     .since = q.time(4)});
  }
  return found;
}

}  // namespace storage
