#include "storage/runs.h"

#include "storage/open_journal.h"
#include "storage/operation_row.h"
#include "storage/operation_text.h"
#include "storage/words.h"

namespace storage {
namespace {

/// Of id, kind, policies, actor, ticket, started, ended, outcome.
Run read_run(const Database& db, const Query& q) {
  const std::string id = q.string(0);
  return reading_row(db, "run " + id, [&] {
    const auto outcome = from_word<RunOutcome>(q.text(7));
    if (!outcome) throw PackError("unknown word \"" + q.string(7) + "\"");
    return Run{.id = id,
               .kind = q.string(1),
               .policies = texts_of(q.text(2)),
               .actor = q.string(3),
               .ticket = q.string(4),
               .started = q.time(5),
               .ended = q.null(6) ? std::nullopt : std::optional(q.time(6)),
               .outcome = *outcome,
               .plan = {},
               .report = {}};
  });
}

}  // namespace

void Runs::begin(const Run& run, const AuditEntry& audit) {
  Change change(*journal_.journal_, "begin run " + run.id);
  Database& db = change.db();
  if (run.id.empty() || db.number("SELECT 1 FROM run WHERE id = ?1", run.id)) {
    refuse(db, ErrorKind::Conflict, "a run needs an id that none had before");
  }
  db.run(
      "INSERT INTO run (id, kind, policies, actor, ticket, started, outcome, plan, report) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '')",
      run.id, run.kind, text_of(run.policies), run.actor, run.ticket, run.started,
      word(RunOutcome::Running), run.plan);
  change.audit(audit);
  change.commit();
}

void Runs::end(const Run& run, const AuditEntry& audit) {
  Change change(*journal_.journal_, "end run " + run.id);
  Database& db = change.db();
  if (run.outcome == RunOutcome::Running || !run.ended) {
    refuse(db, ErrorKind::Failed,
           "it has no end or no outcome; this is a fault of deltakeep, please report it");
  }
  if (!db.number("SELECT 1 FROM run WHERE id = ?1 AND outcome = ?2", run.id,
                 word(RunOutcome::Running))) {
    refuse(db, ErrorKind::Conflict, "it was never begun, or has ended before");
  }
  db.run("UPDATE run SET ended = ?2, outcome = ?3, report = ?4 WHERE id = ?1", run.id, run.ended,
         word(run.outcome), run.report);
  change.audit(audit);
  change.commit();
}

std::vector<Run> Runs::runs(std::size_t limit) const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read the runs");
  std::vector<Run> found;
  Query q(journal.db,
          "SELECT id, kind, policies, actor, ticket, started, ended, outcome FROM run "
          "ORDER BY number DESC LIMIT ?1");
  q.bind(1, limit == 0 ? std::int64_t{-1} : static_cast<std::int64_t>(limit));
  while (q.next()) found.push_back(read_run(journal.db, q));
  return found;
}

Run Runs::run(std::string_view id) const {
  OpenJournal& journal = *journal_.journal_;
  Database& db = journal.db;
  const Transaction read(db, TransactionKind::Read, "look for a run");
  if (!journal.there()) {
    refuse(db, ErrorKind::NotFound, "an older deltakeep wrote it, which kept no runs");
  }
  const std::string whole = find_id(db, "SELECT id FROM run WHERE id >= ?1 AND id < ?2 ORDER BY id",
                                    id, "run", "deltakeep runs");
  Query q(db,
          "SELECT id, kind, policies, actor, ticket, started, ended, outcome, plan, report "
          "FROM run WHERE id = ?1");
  q.bind(1, whole);
  q.next();
  Run found = read_run(db, q);
  found.plan = q.string(8);
  found.report = q.string(9);
  return found;
}

std::vector<Run> Runs::close_abandoned(policy::Time now, const AuditEntry& audit) {
  Change change(*journal_.journal_, "close the runs that were interrupted");
  Database& db = change.db();
  std::vector<Run> abandoned;
  {
    Query q(db,
            "SELECT id, kind, policies, actor, ticket, started, ended, outcome FROM run "
            "WHERE outcome = ?1 ORDER BY number DESC");
    q.bind(1, word(RunOutcome::Running));
    while (q.next()) abandoned.push_back(read_run(db, q));
  }
  if (abandoned.empty()) return {};
  for (Run& run : abandoned) {
    run.ended = now;
    run.outcome = RunOutcome::Interrupted;
    db.run("UPDATE run SET ended = ?2, outcome = ?3 WHERE id = ?1", run.id, now, word(run.outcome));
    AuditEntry line = audit;
    if (line.subject.empty()) line.subject = run.id;
    change.audit(line);
  }
  change.commit();
  return abandoned;
}

std::vector<PolicyRun> Runs::last_of_policies() const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read when the policies ran");
  std::vector<PolicyRun> found;
  Query q(journal.db, "SELECT policy, scheduled, started FROM policy_run ORDER BY policy");
  while (q.next()) {
    found.push_back({.policy = q.string(0), .scheduled = q.time(1), .started = q.time(2)});
  }
  return found;
}

void Runs::note_policy_run(const PolicyRun& run) {
  Change change(*journal_.journal_, "note that policy " + run.policy + " ran");
  change.db().run("INSERT OR REPLACE INTO policy_run VALUES (?1, ?2, ?3)", run.policy,
                  run.scheduled, run.started);
  change.commit();
}

}  // namespace storage
