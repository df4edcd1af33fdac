#include "storage/journal.h"

#include <fmt/format.h>

#include "storage/open_journal.h"
#include "storage/operation_row.h"
#include "storage/ownership.h"

namespace storage {
namespace {

AgentIdentity read_identity(Database& db) {
  Query q(db, "SELECT agent, epoch FROM agent_identity");
  if (q.next()) return {.agent = q.string(0), .epoch = q.integer(1)};
  refuse(db, ErrorKind::Corrupt,
         "the row of the agent's identity is missing; restore the last good copy of the file");
}

/// An open operation on the VM of `operation` other than itself. The indexes are named because they
/// hold what is open alone: SQLite would rather read through all that ever was.
std::optional<policy::Operation> open_beside(Database& db, const policy::Operation& operation) {
  Query by_moid(db,
                "SELECT * FROM operation INDEXED BY operation_open_by_moid WHERE over = 0 AND "
                "endpoint_uuid = ?1 AND vm_moid = ?2 AND id <> ?3");
  by_moid.bind(1, operation.vm.endpoint_uuid);
  by_moid.bind(2, operation.vm.moid);
  by_moid.bind(3, operation.id);
  if (by_moid.next()) return read_operation(db, by_moid);
  Query by_uuid(db,
                "SELECT * FROM operation INDEXED BY operation_open_by_uuid WHERE over = 0 AND "
                "endpoint_uuid = ?1 AND instance_uuid = ?2 AND instance_uuid <> '' AND id <> ?3");
  by_uuid.bind(1, operation.vm.endpoint_uuid);
  by_uuid.bind(2, operation.vm.instance_uuid);
  by_uuid.bind(3, operation.id);
  if (by_uuid.next()) return read_operation(db, by_uuid);
  return std::nullopt;
}

/// The index would refuse it as well, but could not say which.
void check_alone(Database& db, const policy::Operation& operation) {
  const auto other = open_beside(db, operation);
  if (!other) return;
  refuse(db, ErrorKind::Conflict,
         fmt::format("{} is not over; wait for it, or settle it with `deltakeep resolve {}`",
                     name_of(*other), other->id));
}

void check_new(const Database& db, const policy::Operation& operation) {
  const policy::OpSubject& vm = operation.vm;
  const bool whole = !operation.id.empty() && !vm.endpoint_uuid.empty() && !vm.moid.empty();
  if (whole && operation.state == policy::OpState::Intent) return;
  refuse(db, ErrorKind::Failed,
         fmt::format("an operation begins as an intent with an id, the uuid of its endpoint and "
                     "the moid of its VM, and {} lacks one; this is a fault of deltakeep, please "
                     "report it",
                     name_of(operation)));
}

struct Stored {
  std::int64_t number = 0;
  policy::Operation operation;
};

Stored stored_and_open(Database& db, const std::string& id) {
  Query q(db, "SELECT * FROM operation WHERE id = ?1");
  q.bind(1, id);
  if (!q.next()) {
    refuse(db, ErrorKind::Conflict, "no such operation was ever begun");
  }
  Stored found{.number = q.integer(0), .operation = read_operation(db, q)};
  if (policy::is_over(found.operation.state)) {
    refuse(db, ErrorKind::Conflict,
           fmt::format("{} is over, and nothing changes it any more", name_of(found.operation)));
  }
  return found;
}

std::string activity(const char* what, const policy::Operation& operation) {
  return fmt::format("{} {} {} on {}", what, policy::op_kind_name(operation.kind), operation.id,
                     operation.vm.name);
}

}  // namespace

Journal::Journal(const Store& store) : journal_(std::make_unique<OpenJournal>(*store.state_)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal::~Journal() = default;

AgentIdentity Journal::identity() const {
  if (!journal_->there()) return {};
  Database& db = journal_->db;
  const Transaction read(db, TransactionKind::Read, "read the agent's identity");
  return read_identity(db);
}

AgentIdentity Journal::raise_epoch(const AuditEntry& audit) {
  Change change(*journal_, "raise the epoch");
  change.db().run("UPDATE agent_identity SET epoch = epoch + 1");
  const AgentIdentity raised = read_identity(change.db());
  change.audit(audit);
  change.commit();
  return raised;
}

void Journal::begin(const policy::Operation& operation, const AuditEntry& audit) {
  Change change(*journal_, activity("begin", operation));
  Database& db = change.db();
  check_new(db, operation);
  read_identity(db);
  if (db.number("SELECT 1 FROM operation WHERE id = ?1", operation.id)) {
    refuse(db, ErrorKind::Conflict, "an operation with this id was begun before");
  }
  check_alone(db, operation);
  add_event(db, insert_operation(db, operation), operation);
  change.audit(audit);
  change.commit();
}

void Journal::update(const policy::Operation& operation, const AuditEntry& audit) {
  Change change(*journal_, activity("update", operation));
  Database& db = change.db();
  const auto [number, before] = stored_and_open(db, operation.id);
  if (!policy::is_over(operation.state)) check_alone(db, operation);
  update_operation(db, operation);
  if (before.state != operation.state || before.attempt != operation.attempt ||
      before.why != operation.why) {
    add_event(db, number, operation);
  }
  follow_ownership(db, operation);
  change.audit(audit);
  change.commit();
}

void Journal::note_progress(const std::string& id, int percent, policy::Time now) {
  Database& db = journal_->to_write();
  Transaction note(db, TransactionKind::WriteLazy, "note the progress of operation " + id);
  db.run("UPDATE operation SET progress = ?2, updated = ?3 WHERE id = ?1 AND over = 0", id, percent,
         now);
  note.commit();
}

policy::Operation Journal::operation(std::string_view id) const {
  Database& db = journal_->db;
  const Transaction read(db, TransactionKind::Read, "look for an operation");
  if (!journal_->there()) {
    refuse(db, ErrorKind::NotFound, "an older deltakeep wrote it, which kept no operations");
  }
  const std::string whole =
      find_id(db, "SELECT id FROM operation WHERE id >= ?1 AND id < ?2 ORDER BY id", id,
              "operation", "deltakeep ops");
  Query q(db, "SELECT * FROM operation WHERE id = ?1");
  q.bind(1, whole);
  q.next();
  return read_operation(db, q);
}

namespace {

/// Those that can be many have an index; the rest is read past.
Sql statement_for(const OperationFilter& filter) {
  if (filter.open_only) {
    return "SELECT * FROM operation INDEXED BY operation_open_by_moid WHERE over = 0 AND "
           "(?1 = '' OR endpoint_uuid = ?1) AND (?2 = '' OR vm_moid = ?2) AND (?3 = '' OR run = "
           "?3) AND (?4 = '' OR policy = ?4) AND "
           "(?5 = '' OR state = ?5) AND (?6 IS NULL OR started >= ?6) "
           "ORDER BY number DESC LIMIT ?7";
  }
  if (!filter.endpoint_uuid.empty() && !filter.vm_moid.empty()) {
    return "SELECT * FROM operation WHERE endpoint_uuid = ?1 AND vm_moid = ?2 AND "
           "(?3 = '' OR run = ?3) AND (?4 = '' OR policy = ?4) AND (?5 = '' OR state = ?5) AND "
           "(?6 IS NULL OR started >= ?6) ORDER BY number DESC LIMIT ?7";
  }
  if (!filter.run.empty()) {
    return "SELECT * FROM operation WHERE run = ?3 AND run <> '' AND "
           "(?1 = '' OR endpoint_uuid = ?1) AND (?2 = '' OR vm_moid = ?2) AND "
           "(?4 = '' OR policy = ?4) AND (?5 = '' OR state = ?5) AND "
           "(?6 IS NULL OR started >= ?6) ORDER BY number DESC LIMIT ?7";
  }
  return "SELECT * FROM operation WHERE (?1 = '' OR endpoint_uuid = ?1) AND "
         "(?2 = '' OR vm_moid = ?2) AND (?4 = '' OR policy = ?4) AND (?5 = '' OR state = ?5) AND "
         "(?6 IS NULL OR started >= ?6) ORDER BY number DESC LIMIT ?7";
}

}  // namespace

std::vector<policy::Operation> Journal::operations(const OperationFilter& filter) const {
  if (!journal_->there()) return {};
  Database& db = journal_->db;
  const Transaction read(db, TransactionKind::Read, "read the operations");
  std::vector<policy::Operation> found;
  Query q(db, statement_for(filter));
  q.bind(1, filter.endpoint_uuid);
  q.bind(2, filter.vm_moid);
  q.bind(3, filter.run);
  q.bind(4, filter.policy);
  q.bind(5, filter.state ? policy::op_state_name(*filter.state) : "");
  q.bind(6, filter.since);
  q.bind(7, filter.limit == 0 ? std::int64_t{-1} : static_cast<std::int64_t>(filter.limit));
  while (q.next()) found.push_back(read_operation(db, q));
  return found;
}

std::vector<Journal::Event> Journal::events(const std::string& id) const {
  if (!journal_->there()) return {};
  Database& db = journal_->db;
  const Transaction read(db, TransactionKind::Read, "read the events of an operation");
  std::vector<Event> found;
  Query q(db,
          "SELECT e.time, e.state, e.attempt, e.why, e.evidence FROM operation o "
          "JOIN operation_event e ON e.operation = o.number WHERE o.id = ?1 ORDER BY e.number");
  q.bind(1, id);
  while (q.next()) {
    found.push_back(reading_row(db, "an event of operation " + id, [&] { return read_event(q); }));
  }
  return found;
}

}  // namespace storage
