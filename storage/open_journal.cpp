#include "storage/open_journal.h"

#include <fmt/format.h>

#include "storage/audit_chain.h"
#include "storage/journal_tables.h"

namespace storage {

OpenJournal::OpenJournal(const OpenState& state)
    : file(state.file),
      held(state.held),
      db(state.file, state.held ? Access::ReadWrite : Access::ReadOnly) {
  db.set_activity("open the journal");
  if (held) {
    db.run("PRAGMA synchronous = FULL");
    db.run("PRAGMA foreign_keys = ON");
    db.run("PRAGMA secure_delete = OFF");
    db.run("PRAGMA journal_size_limit = 4194304");
    db.keep_wal_file();
  }
  db.run("PRAGMA cache_size = -2000");
  there();
}

Database& OpenJournal::to_write() {
  if (!held) {
    throw Error(ErrorKind::Unwritable,
                fmt::format("cannot write to the journal in {}: it was opened for reading", file));
  }
  check_held(file, *held);
  return db;
}

bool OpenJournal::there() {
  // Asked anew until it is: the agent may bring an older state up to date while we read it.
  if (!there_) there_ = db.number("PRAGMA user_version").value_or(0) >= kJournalVersion;
  return there_;
}

void Change::audit(const AuditEntry& entry) { append_audit(db_, entry); }

void refuse(const Database& db, ErrorKind kind, const std::string& what) {
  throw Error(kind, fmt::format("cannot {} in {}: {}", db.activity(), db.file(), what));
}

void damaged_row(const Database& db, const std::string& row, const std::string& what) {
  refuse(db, ErrorKind::Corrupt,
         fmt::format("the row of {} is damaged: {}; restore the last good copy of the file", row,
                     what));
}

}  // namespace storage
