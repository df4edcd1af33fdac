#include <fmt/format.h>

#include "storage/open_state.h"

namespace storage {

void Store::note_scan_failure(const std::string& endpoint, policy::Time time,
                              const std::string& kind, const std::string& message) {
  Database& db = state_->to_write();
  Transaction note(db, TransactionKind::Write,
                   fmt::format("note that the scan of {} failed", endpoint));
  db.run(
      "INSERT INTO scan_failure VALUES (?1, ?2, ?2, 1, ?3, ?4) ON CONFLICT (endpoint) DO UPDATE "
      "SET last = excluded.last, count = count + 1, kind = excluded.kind, "
      "message = excluded.message",
      endpoint, time, kind, message);
  note.commit();
}

std::vector<ScanFailure> Store::scan_failures() const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "read the failed scans");
  std::vector<ScanFailure> found;
  Query q(db,
          "SELECT endpoint, since, last, count, kind, message FROM scan_failure "
          "ORDER BY endpoint");
  while (q.next()) {
    found.push_back({.endpoint = q.string(0),
                     .since = q.time(1),
                     .last = q.time(2),
                     .count = q.unsigned64(3),
                     .kind = q.string(4),
                     .message = q.string(5)});
  }
  return found;
}

}  // namespace storage
