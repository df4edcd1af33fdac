#include "storage/audit_chain.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "storage/open_journal.h"

namespace storage {
namespace {

std::string sha256_hex(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorKind::Failed,
                "cannot make a SHA-256 for the audit: OpenSSL refuses it; check its configuration "
                "(openssl dgst -sha256 /dev/null)");
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * std::size_t{size});
  for (unsigned i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 0xf];
  }
  return hex;
}

void append_field(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

struct Head {
  std::int64_t lines = 0;
  std::string hash;
};

std::optional<Head> read_head(Database& db) {
  Query q(db, "SELECT lines, hash FROM audit_head");
  if (!q.next()) return std::nullopt;
  return Head{.lines = q.integer(0), .hash = q.string(1)};
}

AuditLine read_line(const Query& q) {
  return {.number = q.integer(0),
          .entry = {.time = q.time(1),
                    .actor = q.string(2),
                    .action = q.string(3),
                    .endpoint = q.string(4),
                    .vm = q.string(5),
                    .snapshot = q.string(6),
                    .subject = q.string(7),
                    .policy = q.string(8),
                    .text = q.string(9)},
          .hash = q.string(10)};
}

/// Follows the chain line by line and keeps the first place where it does not hold.
class ChainCheck {
 public:
  void see(const AuditLine& line, std::string_view previous) {
    const std::int64_t expected = last_ + 1;
    if (line.number != expected) {
      fail(expected, "line " + std::to_string(expected) + " is missing, line " +
                         std::to_string(line.number) + " follows");
    } else if (previous != check_.head || line.hash != hash_of(line)) {
      fail(line.number, "line " + std::to_string(line.number) +
                            " is not the one that was written after line " + std::to_string(last_));
    }
    last_ = line.number;
    check_.head = line.hash;
    ++check_.lines;
  }

  AuditCheck end(const std::optional<Head>& head) {
    if (!head) {
      fail(last_ + 1, "what was noted of its end is missing");
    } else if (head->lines > last_) {
      fail(last_ + 1, "lines " + std::to_string(last_ + 1) + " to " + std::to_string(head->lines) +
                          " are missing at the end");
    } else if (head->lines < last_) {
      fail(head->lines + 1, "line " + std::to_string(head->lines + 1) +
                                " and what follows are not noted as written");
    } else if (head->hash != check_.head) {
      fail(last_, "line " + std::to_string(last_) + " is not the one noted as written last");
    }
    return check_;
  }

  const AuditCheck& result() const { return check_; }

  ChainCheck() { check_.head = kAuditGenesis; }

 private:
  std::string hash_of(const AuditLine& line) const {
    return audit_hash(check_.head, line.number, line.entry);
  }
  void fail(std::int64_t at, std::string why) {
    if (check_.broken_at) return;
    check_.broken_at = at;
    check_.why = std::move(why);
  }

  AuditCheck check_;
  std::int64_t last_ = 0;
};

}  // namespace

std::string audit_hash(std::string_view previous, std::int64_t number, const AuditEntry& entry) {
  std::string bytes;
  append_field(bytes, previous);
  append_field(bytes, std::to_string(number));
  append_field(bytes, std::to_string(entry.time.time_since_epoch().count()));
  for (const std::string* field : {&entry.actor, &entry.action, &entry.endpoint, &entry.vm,
                                   &entry.snapshot, &entry.subject, &entry.policy, &entry.text}) {
    append_field(bytes, *field);
  }
  return sha256_hex(bytes);
}

void append_audit(Database& db, const AuditEntry& entry) {
  const auto head = read_head(db);
  if (!head) {
    refuse(db, ErrorKind::Corrupt,
           "the row of the audit's head is missing; restore the last good copy of the file");
  }
  // Behind both: a head that somebody set back must not stop the work, the check will tell.
  const std::int64_t number =
      std::max(head->lines, db.number("SELECT max(number) FROM audit").value_or(0)) + 1;
  const std::string hash = audit_hash(head->hash, number, entry);
  db.run("INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)", number,
         entry.time, entry.actor, entry.action, entry.endpoint, entry.vm, entry.snapshot,
         entry.subject, entry.policy, entry.text, head->hash, hash);
  db.run("UPDATE audit_head SET lines = ?1, hash = ?2", number, hash);
}

void Journal::audit(const AuditEntry& entry) {
  Change change(*journal_, "write to the audit");
  change.audit(entry);
  change.commit();
}

void Journal::for_each_audit(std::int64_t from,
                             const std::function<void(const AuditLine&)>& sink) const {
  if (!journal_->there()) return;
  Database& db = journal_->db;
  const Transaction read(db, TransactionKind::Read, "read the audit");
  Query q(db,
          "SELECT number, time, actor, action, endpoint, vm, snapshot, subject, policy, text, hash "
          "FROM audit WHERE number >= ?1 ORDER BY number");
  q.bind(1, from);
  while (q.next()) sink(read_line(q));
}

AuditCheck Journal::check_audit() const {
  if (!journal_->there()) return ChainCheck().result();
  Database& db = journal_->db;
  const Transaction read(db, TransactionKind::Read, "check the audit");
  ChainCheck check;
  {
    Query q(db,
            "SELECT number, time, actor, action, endpoint, vm, snapshot, subject, policy, text, "
            "hash, previous FROM audit ORDER BY number");
    while (q.next()) check.see(read_line(q), q.text(11));
  }
  return check.end(read_head(db));
}

}  // namespace storage
