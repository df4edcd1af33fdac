#include "storage/ownership.h"

#include "storage/open_journal.h"

namespace storage {
namespace {

/// Several rows may have named this moid in turn; at most one of them is ours now.
void disown_moid(Database& db, const std::string& endpoint_uuid, const std::string& vm_moid,
                 const std::string& moid, const std::string& why) {
  db.run(
      "UPDATE owned_snapshot SET disowned = ?4 WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND "
      "moid = ?3 AND disowned IS NULL",
      endpoint_uuid, vm_moid, moid, why);
}

/// A moid that the server gave anew, after it was rolled back, is another snapshot than the one we
/// knew by it: the older claim ends.
void own(Database& db, const OwnedSnapshot& s, const std::string& why_not_the_older) {
  disown_moid(db, s.endpoint_uuid, s.vm_moid, s.snapshot.moid, why_not_the_older);
  db.run(
      "INSERT INTO owned_snapshot (endpoint_uuid, vm_moid, instance_uuid, moid, id, created, "
      "parent, op, policy, helper, name) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
      s.endpoint_uuid, s.vm_moid, s.instance_uuid, s.snapshot.moid, s.snapshot.id,
      s.snapshot.created, s.snapshot.parent, s.op, s.policy, s.helper, s.name);
}

}  // namespace

void follow_ownership(Database& db, const policy::Operation& o) {
  if (o.state != policy::OpState::Done) return;
  const policy::NodeImage& target = o.snapshot;
  switch (o.kind) {
    case policy::OpKind::Create:
      if (target.moid.empty()) return;  // what has no name cannot be claimed
      own(db,
          {.endpoint_uuid = o.vm.endpoint_uuid,
           .vm_moid = o.vm.moid,
           .instance_uuid = o.vm.instance_uuid,
           .snapshot = target,
           .op = o.id,
           .policy = o.policy,
           .helper = !o.job.empty(),
           .name = o.name},
          "operation " + o.id + " made another snapshot with this moid");
      return;
    case policy::OpKind::Remove:
      db.run(
          "UPDATE owned_snapshot SET disowned = ?6 WHERE endpoint_uuid = ?1 AND moid = ?4 AND "
          "created = ?5 AND (vm_moid = ?2 OR (instance_uuid = ?3 AND ?3 <> '')) AND "
          "disowned IS NULL",
          o.vm.endpoint_uuid, o.vm.moid, o.vm.instance_uuid, target.moid, target.created,
          "removed by operation " + o.id);
      return;
    case policy::OpKind::Rename:
      db.run(
          "UPDATE owned_snapshot SET name = ?6 WHERE endpoint_uuid = ?1 AND moid = ?4 AND "
          "created = ?5 AND (vm_moid = ?2 OR (instance_uuid = ?3 AND ?3 <> '')) AND "
          "disowned IS NULL",
          o.vm.endpoint_uuid, o.vm.moid, o.vm.instance_uuid, target.moid, target.created, o.name);
      return;
    case policy::OpKind::Consolidate:
    case policy::OpKind::Revert:
    case policy::OpKind::Clone:
    case policy::OpKind::Destroy:
      return;
  }
}

namespace {

std::vector<OwnedSnapshot> read_owned(Query& q) {
  std::vector<OwnedSnapshot> found;
  while (q.next()) {
    found.push_back({.endpoint_uuid = q.string(0),
                     .vm_moid = q.string(1),
                     .instance_uuid = q.string(2),
                     .snapshot = {.moid = q.string(3),
                                  .id = q.small(4),
                                  .created = q.time(5),
                                  .parent = q.string(6)},
                     .op = q.string(7),
                     .policy = q.string(8),
                     .helper = q.flag(9),
                     .name = q.string(10)});
  }
  return found;
}

}  // namespace

std::vector<OwnedSnapshot> Journal::owned(const std::string& endpoint_uuid,
                                          const std::string& vm_moid) const {
  if (!journal_->there()) return {};
  Database& db = journal_->db;
  const Transaction read(db, TransactionKind::Read, "read which snapshots are ours");
  if (!vm_moid.empty()) {
    // A text of its own: with one for both, SQLite would walk all of an endpoint's.
    Query q(db,
            "SELECT endpoint_uuid, vm_moid, instance_uuid, moid, id, created, parent, op, policy, "
            "helper, name FROM owned_snapshot INDEXED BY owned_by_vm WHERE disowned IS NULL AND "
            "endpoint_uuid = ?1 AND vm_moid = ?2 ORDER BY number");
    q.bind(1, endpoint_uuid);
    q.bind(2, vm_moid);
    return read_owned(q);
  }
  Query q(db,
          "SELECT endpoint_uuid, vm_moid, instance_uuid, moid, id, created, parent, op, policy, "
          "helper, name FROM owned_snapshot INDEXED BY owned_now WHERE disowned IS NULL AND "
          "(?1 = '' OR endpoint_uuid = ?1) ORDER BY number");
  q.bind(1, endpoint_uuid);
  return read_owned(q);
}

void Journal::disown(const OwnedSnapshot& s, const std::string& why, const AuditEntry& audit) {
  Change change(*journal_, "disown snapshot " + s.snapshot.moid + " of " + s.vm_moid);
  Database& db = change.db();
  const auto row = db.number(
      "SELECT number FROM owned_snapshot WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND "
      "moid = ?3 AND created = ?4 AND op = ?5 AND disowned IS NULL",
      s.endpoint_uuid, s.vm_moid, s.snapshot.moid, s.snapshot.created, s.op);
  if (!row) return;
  db.run("UPDATE owned_snapshot SET disowned = ?2 WHERE number = ?1", *row, why);
  change.audit(audit);
  change.commit();
}

void Journal::adopt(const OwnedSnapshot& snapshot, const AuditEntry& audit) {
  Change change(*journal_, "adopt snapshot " + snapshot.snapshot.moid + " of " + snapshot.vm_moid);
  own(change.db(), snapshot, "adopted anew");
  change.audit(audit);
  change.commit();
}

}  // namespace storage
