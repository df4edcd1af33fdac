// Putting a copy in the place of a state: built beside it, then renamed, so that at any moment the
// one or the other is there, whole.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "storage/audit_chain.h"
#include "storage/backup.h"
#include "storage/schema.h"
#include "storage/sqlite.h"
#include "storage/state_file.h"
#include "storage/writer_lock.h"

namespace storage {
namespace {

[[noreturn]] void fail(const std::string& copy, const std::string& state, const std::string& why) {
  throw Error(ErrorKind::Unwritable,
              fmt::format("cannot restore {} to {}: {}; nothing was changed", copy, state, why));
}

void remove_all(const std::string& file) {
  for (const char* end : {"", "-wal", "-shm", "-journal"}) unlink((file + end).c_str());
}

/// The new state while it is built; gone unless it took the state's place.
class Draft {
 public:
  explicit Draft(std::string name) : name_(std::move(name)) { remove_all(name_); }
  ~Draft() {
    if (!taken_) remove_all(name_);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  const std::string& name() const { return name_; }
  void taken() { taken_ = true; }

 private:
  std::string name_;
  bool taken_ = false;
};

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

/// Byte by byte: the copy may lie where SQLite should open nothing.
void copy_bytes(const std::string& copy, const std::string& state, const std::string& draft) {
  struct stat found {};
  if (stat((copy + "-wal").c_str(), &found) == 0 && found.st_size > 0) {
    fail(copy, state,
         "it is a state in use, or was copied together with its -wal, and not by `deltakeep db "
         "backup`");
  }
  const Descriptor from(open(copy.c_str(), O_RDONLY | O_CLOEXEC));
  if (from.get() < 0) fail(copy, state, fmt::format("reading it: {}", std::strerror(errno)));
  create_private(draft);
  const Descriptor to(open(draft.c_str(), O_WRONLY | O_CLOEXEC));
  if (to.get() < 0) fail(copy, state, fmt::format("writing {}: {}", draft, std::strerror(errno)));
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t size = read(from.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) fail(copy, state, fmt::format("reading it: {}", std::strerror(errno)));
    if (size == 0) return;
    for (ssize_t at = 0; at < size;) {
      const ssize_t written =
          write(to.get(), buffer.data() + at, static_cast<std::size_t>(size - at));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        fail(copy, state, fmt::format("writing {}: {}", draft, std::strerror(errno)));
      }
      at += written;
    }
  }
}

void refuse_damaged(const std::string& copy, const std::string& state, const StateCheck& check) {
  if (check.whole()) return;
  const std::string why = check.damage.empty() ? "its audit is broken: " + check.audit.why
                                               : "it is damaged: " + check.damage.front();
  throw Error(ErrorKind::Corrupt,
              fmt::format("cannot restore {} to {}: {}; take an older copy. Nothing was changed",
                          copy, state, why));
}

/// Epoch, doubts and the line of the audit, before anybody sees it.
Restored prepare(const std::string& draft, std::int64_t least_epoch, const Doubt& doubt,
                 const AuditEntry& audit) {
  Restored restored;
  Database db(draft, Access::ReadWrite);
  db.set_activity("prepare a restored state");
  // All of it in the one file that is renamed.
  db.run("PRAGMA journal_mode = DELETE");
  db.run("PRAGMA synchronous = FULL");
  db.run("PRAGMA foreign_keys = ON");
  migrate(db, migrations());
  Transaction change(db, TransactionKind::Write, "prepare a restored state");
  db.run("UPDATE agent_identity SET epoch = max(epoch, ?1) + 1", least_epoch);
  {
    Query q(db, "SELECT agent, epoch FROM agent_identity");
    if (q.next()) restored.identity = {.agent = q.string(0), .epoch = q.integer(1)};
  }
  db.run(
      "INSERT OR IGNORE INTO doubt (endpoint_uuid, kind, text, since) "
      "SELECT uuid, ?1, ?2, ?3 FROM endpoint",
      doubt.kind, doubt.text, doubt.since);
  {
    Query q(db, "SELECT name FROM endpoint WHERE name IS NOT NULL ORDER BY name");
    while (q.next()) restored.endpoints.push_back(q.string(0));
  }
  append_audit(db, audit);
  change.commit();
  return restored;
}

/// For a reader that is about to end. Who restores can try again.
constexpr std::chrono::milliseconds kPatience{1000};

/// The state that stands there, with nobody else at it until this ends and all of it in one file.
class Standing {
 public:
  Standing(const std::string& copy, const std::string& state) {
    try {
      db_.emplace(state, Access::ReadWrite, kPatience);
      db_->set_activity("take the place of the state");
      db_->run("PRAGMA locking_mode = EXCLUSIVE");
      epoch_ = db_->number("SELECT max(epoch) FROM agent_identity").value_or(0);
      Query q(*db_, "PRAGMA journal_mode = DELETE");
      if (!q.next() || q.text(0) != "delete") in_use(copy, state);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::Locked) in_use(copy, state);
      // Damaged, or no state of ours: that it is restored is why. It is moved as it is.
      db_.reset();
      return;
    }
    try {
      db_->run("BEGIN EXCLUSIVE");
    } catch (const Error&) {
      in_use(copy, state);
    }
  }
  std::int64_t epoch() const { return epoch_; }
  bool readable() const { return db_.has_value(); }

 private:
  [[noreturn]] static void in_use(const std::string& copy, const std::string& state) {
    throw Error(ErrorKind::Locked,
                fmt::format("cannot restore {} to {}: another process has the state open; end it, "
                            "or wait until it has ended. Nothing was changed",
                            copy, state));
  }
  std::optional<Database> db_;
  std::int64_t epoch_ = 0;
};

/// A name beside the state that nothing has.
std::string name_beside(const std::string& state) {
  for (int number = 1;; ++number) {
    std::string name = fmt::format("{}.replaced-{}", state, number);
    struct stat found {};
    if (lstat(name.c_str(), &found) != 0) return name;
  }
}

/// Two names for a moment, so that the state's is never without a file.
std::string keep_beside(const std::string& copy, const std::string& state) {
  const std::string name = name_beside(state);
  if (link(state.c_str(), name.c_str()) != 0) {
    fail(copy, state,
         fmt::format("keeping the present state as {}: {}", name, std::strerror(errno)));
  }
  return name;
}

void finish(const std::string& copy, const std::string& state, const std::string& draft) {
  const Descriptor file(open(draft.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() >= 0) give_to_owner_of(state, file.get());
  if (file.get() >= 0 && fsync(file.get()) == 0) return;
  fail(copy, state, fmt::format("writing {} out: {}", draft, std::strerror(errno)));
}

}  // namespace

Restored restore_state(const std::string& copy, const std::string& state, const Doubt& doubt,
                       const AuditEntry& audit, const std::function<void()>& before_swap) {
  check_place(state, Access::ReadWrite);
  const WriterLock lock(state);
  Draft draft(state + ".new");
  copy_bytes(copy, state, draft.name());
  refuse_damaged(copy, state, check_state(draft.name()));
  std::optional<Standing> standing;
  if (exists(state)) standing.emplace(copy, state);
  Restored restored = prepare(draft.name(), standing ? standing->epoch() : 0, doubt, audit);
  finish(copy, state, draft.name());
  if (before_swap) before_swap();
  if (exists(state)) {
    restored.replaced = keep_beside(copy, state);
    // What a damaged state has in its log belongs to it, and must not be replayed into this one.
    for (const char* end : {"-wal", "-shm"}) {
      if (standing && standing->readable()) continue;
      std::rename((state + end).c_str(), (restored.replaced + end).c_str());
    }
  } else {
    unlink((state + "-wal").c_str());
    unlink((state + "-shm").c_str());
  }
  if (std::rename(draft.name().c_str(), state.c_str()) != 0) {
    fail(copy, state, fmt::format("renaming {}: {}", draft.name(), std::strerror(errno)));
  }
  draft.taken();
  sync_directory_of(state);
  return restored;
}

}  // namespace storage
