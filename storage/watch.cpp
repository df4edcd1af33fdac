#include "storage/watch.h"

#include <algorithm>
#include <tuple>

#include "storage/open_journal.h"
#include "storage/operation_text.h"
#include "storage/words.h"

namespace storage {
namespace {

std::optional<policy::Time> maybe_time(const Query& q, int column) {
  return q.null(column) ? std::nullopt : std::optional(q.time(column));
}

policy::Finding read_finding(const Database& db, const Query& q) {
  return reading_row(db, "finding " + q.string(1) + " on " + q.string(4), [&] {
    const auto severity = from_word<policy::RiskLevel>(q.text(0));
    if (!severity) throw PackError("unknown word \"" + q.string(0) + "\"");
    return policy::Finding{.severity = *severity,
                           .rule = q.string(1),
                           .subject = {.endpoint = q.string(2),
                                       .moid = q.string(3),
                                       .name = q.string(4),
                                       .disk = q.string(5)},
                           .text = q.string(6),
                           .evidence = evidence_of(q.text(7)),
                           .since = q.time(8),
                           .warn_since = maybe_time(q, 9),
                           .critical_since = maybe_time(q, 10)};
  });
}

std::vector<policy::Finding> read_findings(Database& db) {
  std::vector<policy::Finding> found;
  Query q(db,
          "SELECT severity, rule, endpoint, moid, name, disk, text, evidence, since, warn_since, "
          "critical_since FROM finding ORDER BY place");
  while (q.next()) found.push_back(read_finding(db, q));
  return found;
}

bool same(const policy::Finding& a, const policy::Finding& b) {
  const auto fields = [](const policy::Finding& f) {
    return std::tie(f.severity, f.rule, f.subject.endpoint, f.subject.moid, f.subject.name,
                    f.subject.disk, f.text, f.evidence, f.since, f.warn_since, f.critical_since);
  };
  return fields(a) == fields(b);
}

std::vector<std::string> detached_of(Database& db, const std::string& endpoint_uuid,
                                     const std::string& vm_moid) {
  std::vector<std::string> found;
  Query q(db,
          "SELECT snapshot_moid FROM detached WHERE endpoint_uuid = ?1 AND vm_moid = ?2 "
          "ORDER BY snapshot_moid");
  q.bind(1, endpoint_uuid);
  q.bind(2, vm_moid);
  while (q.next()) found.push_back(q.string(0));
  return found;
}

}  // namespace

std::optional<Watermark> Watch::watermark(const std::string& endpoint_uuid) const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return std::nullopt;
  const Transaction read(journal.db, TransactionKind::Read, "read the watermark of an endpoint");
  Query q(journal.db,
          "SELECT vm, snapshot, event_chain, server_time, our_time FROM watermark "
          "WHERE endpoint_uuid = ?1");
  q.bind(1, endpoint_uuid);
  if (!q.next()) return std::nullopt;
  return Watermark{.endpoint_uuid = endpoint_uuid,
                   .vm = q.integer(0),
                   .snapshot = q.integer(1),
                   .event_chain = q.integer(2),
                   .server_time = q.time(3),
                   .our_time = q.time(4)};
}

void Watch::set_watermark(const Watermark& mark) {
  Change change(*journal_.journal_, "note the watermark of an endpoint");
  change.db().run("INSERT OR REPLACE INTO watermark VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                  mark.endpoint_uuid, mark.vm, mark.snapshot, mark.event_chain, mark.server_time,
                  mark.our_time);
  change.commit();
}

std::vector<Doubt> Watch::doubts() const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read the doubts");
  std::vector<Doubt> found;
  Query q(journal.db,
          "SELECT endpoint_uuid, kind, text, since FROM doubt ORDER BY endpoint_uuid, kind");
  while (q.next()) {
    found.push_back({.endpoint_uuid = q.string(0),
                     .kind = q.string(1),
                     .text = q.string(2),
                     .since = q.time(3)});
  }
  return found;
}

void Watch::doubt(const Doubt& doubt, const AuditEntry& audit) {
  Change change(*journal_.journal_, "note a doubt (" + doubt.kind + ")");
  Database& db = change.db();
  if (db.number("SELECT 1 FROM doubt WHERE endpoint_uuid = ?1 AND kind = ?2", doubt.endpoint_uuid,
                doubt.kind)) {
    return;
  }
  db.run("INSERT INTO doubt VALUES (?1, ?2, ?3, ?4)", doubt.endpoint_uuid, doubt.kind, doubt.text,
         doubt.since);
  change.audit(audit);
  change.commit();
}

bool Watch::settle_doubt(const std::string& endpoint_uuid, const std::string& kind,
                         const AuditEntry& audit) {
  Change change(*journal_.journal_, "settle a doubt (" + kind + ")");
  Database& db = change.db();
  if (!db.number("SELECT 1 FROM doubt WHERE endpoint_uuid = ?1 AND kind = ?2", endpoint_uuid,
                 kind)) {
    return false;
  }
  db.run("DELETE FROM doubt WHERE endpoint_uuid = ?1 AND kind = ?2", endpoint_uuid, kind);
  change.audit(audit);
  change.commit();
  return true;
}

std::vector<policy::Finding> Watch::findings() const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read the findings");
  return read_findings(journal.db);
}

void Watch::set_findings(const std::vector<policy::Finding>& findings) {
  Change change(*journal_.journal_, "keep the findings");
  Database& db = change.db();
  const std::vector<policy::Finding> before = read_findings(db);
  if (std::equal(before.begin(), before.end(), findings.begin(), findings.end(), same)) return;
  db.run("DELETE FROM finding");
  for (const policy::Finding& f : findings) {
    db.run(
        "INSERT INTO finding (severity, rule, endpoint, moid, name, disk, text, evidence, "
        "since, warn_since, critical_since) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        word(f.severity), f.rule, f.subject.endpoint, f.subject.moid, f.subject.name,
        f.subject.disk, f.text, text_of(f.evidence), f.since, f.warn_since, f.critical_since);
  }
  change.commit();
}

std::vector<DetachedSnapshot> Watch::detached(const std::string& endpoint_uuid) const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read what is detached");
  std::vector<DetachedSnapshot> found;
  Query q(journal.db,
          "SELECT vm_moid, snapshot_moid, since FROM detached "
          "WHERE endpoint_uuid = ?1 ORDER BY vm_moid, snapshot_moid");
  q.bind(1, endpoint_uuid);
  while (q.next()) {
    found.push_back({.endpoint_uuid = endpoint_uuid,
                     .vm_moid = q.string(0),
                     .snapshot_moid = q.string(1),
                     .since = q.time(2)});
  }
  return found;
}

void Watch::set_detached(const std::string& endpoint_uuid, const std::string& vm_moid,
                         const std::vector<std::string>& snapshots, policy::Time now) {
  Change change(*journal_.journal_, "note what is detached on " + vm_moid);
  Database& db = change.db();
  bool changed = false;
  const std::vector<std::string> before = detached_of(db, endpoint_uuid, vm_moid);
  for (const std::string& moid : before) {
    if (std::find(snapshots.begin(), snapshots.end(), moid) != snapshots.end()) continue;
    db.run("DELETE FROM detached WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND snapshot_moid = ?3",
           endpoint_uuid, vm_moid, moid);
    changed = true;
  }
  for (const std::string& moid : snapshots) {
    if (std::binary_search(before.begin(), before.end(), moid)) continue;
    db.run("INSERT OR IGNORE INTO detached VALUES (?1, ?2, ?3, ?4)", endpoint_uuid, vm_moid, moid,
           now);
    changed = true;
  }
  if (changed) change.commit();
}

void Watch::add_merge(const MergeMeasure& m) {
  Change change(*journal_.journal_, "note how fast a merge went");
  Database& db = change.db();
  db.run(
      "INSERT INTO merge_measure (endpoint_uuid, vm_moid, datastore, at, bytes, seconds) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      m.endpoint_uuid, m.vm_moid, m.datastore, m.at, m.bytes, std::int64_t{m.took.count()});
  // Keeps the newest of the VM and of the datastore alike: either is asked for rates.
  db.run(
      "DELETE FROM merge_measure WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND datastore = ?3 "
      "AND number NOT IN (SELECT number FROM merge_measure WHERE endpoint_uuid = ?1 AND "
      "vm_moid = ?2 AND datastore = ?3 ORDER BY number DESC LIMIT 20)",
      m.endpoint_uuid, m.vm_moid, m.datastore);
  change.commit();
}

std::vector<MergeMeasure> Watch::merges(const std::string& endpoint_uuid) const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read how fast merges went");
  std::vector<MergeMeasure> found;
  Query q(journal.db,
          "SELECT vm_moid, datastore, at, bytes, seconds FROM merge_measure "
          "WHERE endpoint_uuid = ?1 ORDER BY number DESC");
  q.bind(1, endpoint_uuid);
  while (q.next()) {
    found.push_back({.endpoint_uuid = endpoint_uuid,
                     .vm_moid = q.string(0),
                     .datastore = q.string(1),
                     .at = q.time(2),
                     .bytes = q.unsigned64(3),
                     .took = std::chrono::seconds(q.integer(4))});
  }
  return found;
}

}  // namespace storage
