// What a Journal holds: its own connection, and how each part of it reads and writes there.
// Private to this folder.
#pragma once

#include <string>

#include "storage/journal.h"
#include "storage/open_state.h"
#include "storage/pack.h"

namespace storage {

struct OpenJournal {
  explicit OpenJournal(const OpenState& state);

  /// Error when the state was opened for reading, or when another file has taken its name.
  Database& to_write();
  /// Whether there is a journal to read: an older state that was opened for reading has none, and
  /// what is read of it is empty.
  bool there();

  std::string file;
  std::optional<FileIdentity> held;  ///< unset when opened for reading
  Database db;

 private:
  bool there_ = false;
};

/// A change to the journal: durable as a whole when `commit` returns, together with its lines of
/// the audit. Dropped before: nothing of it was.
class Change {
 public:
  Change(OpenJournal& journal, std::string activity)
      : db_(journal.to_write()), write_(db_, TransactionKind::Write, std::move(activity)) {
    // Once more: while it waited for its turn, a restore may have put another file there.
    journal.to_write();
  }
  Database& db() { return db_; }
  void audit(const AuditEntry& entry);
  void commit() { write_.commit(); }

 private:
  Database& db_;
  Transaction write_;
};

/// Errors of what is stored, told like those of SQLite: "cannot ACTIVITY in FILE: WHAT".
[[noreturn]] void refuse(const Database& db, ErrorKind kind, const std::string& what);
/// Error Corrupt; `row` names it for a person: "operation 01J...".
[[noreturn]] void damaged_row(const Database& db, const std::string& row, const std::string& what);

/// Runs `read`; what it finds wrong with a row's text is told with the row's name.
template <class Read>
auto reading_row(const Database& db, const std::string& row, Read read) {
  try {
    return read();
  } catch (const PackError& problem) {
    damaged_row(db, row, problem.what());
  }
}

}  // namespace storage
