#include "storage/copies.h"

#include <fmt/format.h>

#include "storage/open_journal.h"
#include "storage/operation_text.h"
#include "storage/words.h"

namespace storage {
namespace {

CopyState state_of(const Database& db, const std::string& op, std::string_view text) {
  if (const auto state = from_word<CopyState>(text)) return *state;
  damaged_row(db, "the copy of operation " + op, "unknown word \"" + std::string(text) + "\"");
}

Copy read_copy(const Database& db, const Query& q) {
  const std::string op = q.string(0);
  return reading_row(db, "the copy of operation " + op, [&] {
    return Copy{.op = op,
                .kind = q.string(1),
                .source = {.endpoint = q.string(2),
                           .endpoint_uuid = q.string(3),
                           .moid = q.string(4),
                           .instance_uuid = q.string(5),
                           .name = q.string(6)},
                .policy = q.string(7),
                .taken = q.time(8),
                .verified = q.null(9) ? std::nullopt : std::optional(q.time(9)),
                .image = clone_image_of(q.text(14)),
                .endpoint_uuid = q.string(10),
                .mac = q.string(11),
                .state = state_of(db, op, q.text(12)),
                .why = q.string(13)};
  });
}

}  // namespace

void Copies::add(const Copy& copy, const AuditEntry& audit) {
  Change change(*journal_.journal_, "note the copy that operation " + copy.op + " made");
  Database& db = change.db();
  if (db.number("SELECT 1 FROM copy WHERE op = ?1", copy.op)) {
    refuse(db, ErrorKind::Conflict, "one is noted already");
  }
  db.run(
      "INSERT INTO copy (op, kind, endpoint, source_endpoint_uuid, source_moid, "
      "source_instance_uuid, source_name, policy, taken, verified, endpoint_uuid, mac, state, "
      "why, image) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
      copy.op, copy.kind, copy.source.endpoint, copy.source.endpoint_uuid, copy.source.moid,
      copy.source.instance_uuid, copy.source.name, copy.policy, copy.taken, copy.verified,
      copy.endpoint_uuid, copy.mac, word(copy.state), copy.why, text_of(copy.image));
  change.audit(audit);
  change.commit();
}

void Copies::update(const Copy& copy, const AuditEntry& audit) {
  Change change(*journal_.journal_, "update the copy that operation " + copy.op + " made");
  Database& db = change.db();
  {
    Query q(db, "SELECT state FROM copy WHERE op = ?1");
    q.bind(1, copy.op);
    if (!q.next()) refuse(db, ErrorKind::NotFound, "none is noted");
    const CopyState state = state_of(db, copy.op, q.text(0));
    if ((state == CopyState::Released || state == CopyState::Deleted) && state != copy.state) {
      refuse(db, ErrorKind::Conflict,
             fmt::format("it is {} for good, and cannot become {}", word(state), word(copy.state)));
    }
  }
  db.run(
      "UPDATE copy SET (kind, endpoint, source_endpoint_uuid, source_moid, "
      "source_instance_uuid, source_name, policy, taken, verified, endpoint_uuid, mac, state, "
      "why, image) = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
      "WHERE op = ?1",
      copy.op, copy.kind, copy.source.endpoint, copy.source.endpoint_uuid, copy.source.moid,
      copy.source.instance_uuid, copy.source.name, copy.policy, copy.taken, copy.verified,
      copy.endpoint_uuid, copy.mac, word(copy.state), copy.why, text_of(copy.image));
  change.audit(audit);
  change.commit();
}

std::vector<Copy> Copies::copies(const std::string& endpoint_uuid) const {
  OpenJournal& journal = *journal_.journal_;
  if (!journal.there()) return {};
  const Transaction read(journal.db, TransactionKind::Read, "read the copies");
  std::vector<Copy> found;
  Query q(journal.db,
          "SELECT op, kind, endpoint, source_endpoint_uuid, source_moid, source_instance_uuid, "
          "source_name, policy, taken, verified, endpoint_uuid, mac, state, why, image FROM copy "
          "WHERE ?1 = '' OR endpoint_uuid = ?1 ORDER BY number");
  q.bind(1, endpoint_uuid);
  while (q.next()) found.push_back(read_copy(journal.db, q));
  return found;
}

}  // namespace storage
