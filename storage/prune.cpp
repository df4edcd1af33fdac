// Taking old rows out of the journal: nothing that says whose a snapshot is, and nothing of the
// audit.
#include <fmt/format.h>

#include "storage/open_journal.h"
#include "storage/words.h"

namespace storage {
namespace {

/// Operations are numbered in the order in which they were begun, so that the old ones are the
/// first: the number from which on none was begun before `before`, found without reading them all.
/// A clock that was set back makes it miss some, which go another time.
std::int64_t end_of_old(Database& db, policy::Time before) {
  std::int64_t low = 0;  // everything up to here is old
  std::int64_t high = db.number("SELECT max(number) FROM operation").value_or(0) + 1;
  while (low + 1 < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const auto started = db.number(
        "SELECT started FROM operation WHERE number <= ?1 ORDER BY number DESC LIMIT 1", middle);
    const bool old = !started || *started < before.time_since_epoch().count();
    (old ? low : high) = middle;
  }
  return high;
}

struct OldOperation {
  std::int64_t number = 0;
  std::string id;
};

/// Those that are over and that no claim rests on.
std::vector<OldOperation> old_operations(Database& db, policy::Time before) {
  std::vector<OldOperation> old;
  // A helper's row is needed while it is ours, and so is that of the clone it was made for: it is
  // what tells a helper that is left over from one at work.
  Query q(db,
          "SELECT number, id FROM operation WHERE number < ?1 AND over = 1 AND ended < ?2 "
          "AND id NOT IN (SELECT op FROM owned_snapshot WHERE disowned IS NULL) "
          "AND id NOT IN (SELECT op FROM copy WHERE state <> ?3) "
          "AND id NOT IN (SELECT o.job FROM operation o JOIN owned_snapshot s ON s.op = o.id "
          "WHERE s.disowned IS NULL) "
          "AND id NOT IN (SELECT job FROM operation WHERE over = 0) ORDER BY number");
  q.bind(1, end_of_old(db, before));
  q.bind(2, before);
  q.bind(3, word(CopyState::Deleted));
  while (q.next()) old.push_back({.number = q.integer(0), .id = q.string(1)});
  return old;
}

std::uint64_t changed_rows(Database& db) {
  return static_cast<std::uint64_t>(db.number("SELECT changes()").value_or(0));
}

}  // namespace

Journal::Pruned Journal::prune(policy::Time before, const std::set<std::string>& named,
                               const AuditEntry& audit) {
  Change change(*journal_, "take old rows out of the journal");
  Database& db = change.db();
  Pruned pruned;
  for (const OldOperation& one : old_operations(db, before)) {
    if (named.contains(one.id)) continue;
    db.run("DELETE FROM operation_event WHERE operation = ?1", one.number);
    pruned.events += changed_rows(db);
    db.run("DELETE FROM operation WHERE number = ?1", one.number);
    ++pruned.operations;
  }
  db.run(
      "UPDATE run SET plan = '', report = '' WHERE started < ?1 AND ended IS NOT NULL "
      "AND (plan <> '' OR report <> '')",
      before);
  pruned.runs = changed_rows(db);
  if (!pruned.any()) return pruned;
  AuditEntry line = audit;
  line.text = fmt::format(
      "of before {}: {} operations with {} events are gone, and plans and reports of {} runs; "
      "lines of the audit stay{}{}",
      policy::format_utc(before), pruned.operations, pruned.events, pruned.runs,
      audit.text.empty() ? "" : "; ", audit.text);
  change.audit(line);
  change.commit();
  return pruned;
}

}  // namespace storage
