// Opening and creating a state: everything that can be wrong with a file is found here.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "storage/open_state.h"
#include "storage/schema.h"

namespace storage {
namespace {

/// What came later are tables of their own, which an older state is read without.
constexpr std::int64_t kOldestReadable = 3;

std::int64_t newest_version() { return static_cast<std::int64_t>(migrations().size()); }

off_t size_of(const std::string& file) {
  struct stat found {};
  return stat(file.c_str(), &found) == 0 ? found.st_size : 0;
}

void remove_fresh(const std::string& fresh) {
  unlink(fresh.c_str());
  unlink((fresh + "-journal").c_str());
}

/// Built under another name and renamed when whole: a state.db never exists half made, so an empty
/// or tableless one was damaged by someone and is refused instead of silently begun anew.
void create_state(const std::string& file) {
  if (size_of(file + "-wal") > 0) {
    throw Error(ErrorKind::Corrupt,
                fmt::format("cannot create the state {}: {}-wal is there without it, so the state "
                            "was moved or deleted alone; put the state back beside it, or delete "
                            "the -wal to begin with an empty one",
                            file, file));
  }
  const std::string fresh = file + ".new";
  remove_fresh(fresh);
  unlink((file + "-wal").c_str());
  unlink((file + "-shm").c_str());
  create_private(fresh);
  try {
    Database db(fresh, Access::ReadWrite);
    db.set_activity("create a state");
    db.run("PRAGMA page_size = 8192");
    // With a rollback journal all of it is in this one file when the commit returns; a -wal would
    // be left behind by the rename if its checkpoint failed.
    db.run("PRAGMA journal_mode = DELETE");
    db.run("PRAGMA synchronous = FULL");
    migrate(db, migrations());
  } catch (...) {
    remove_fresh(fresh);
    throw;
  }
  if (std::rename(fresh.c_str(), file.c_str()) != 0) {
    throw Error(ErrorKind::Unwritable,
                fmt::format("cannot create the state {}: renaming {} failed: {}; check the rights "
                            "on its directory",
                            file, fresh, std::strerror(errno)));
  }
  sync_directory_of(file);
}

void check_not_empty(const std::string& file) {
  if (size_of(file) > 0) return;
  throw Error(ErrorKind::Corrupt,
              fmt::format("cannot open the state {}: the file is empty, so what it held is lost; "
                          "restore a copy of it, or delete it to begin with an empty state",
                          file));
}

void use_wal(Database& db) {
  Query q(db, "PRAGMA journal_mode = WAL");
  if (q.next() && q.text(0) == "wal") return;
  throw Error(ErrorKind::Failed,
              fmt::format("cannot open the state {}: SQLite's WAL does not work in {}; name a file "
                          "on another filesystem with --state",
                          db.file(), directory_of(db.file())));
}

std::unique_ptr<Database> open_writer(const std::string& file) {
  auto db = std::make_unique<Database>(file, Access::ReadWrite);
  checked_version(*db, newest_version());
  use_wal(*db);
  db->run("PRAGMA synchronous = FULL");
  db->run("PRAGMA foreign_keys = ON");
  db->run("PRAGMA secure_delete = OFF");  // Debian's default zeroes what it frees: no secrets here
  db->run("PRAGMA cache_size = -8000");
  db->run("PRAGMA journal_size_limit = 4194304");
  db->keep_wal_file();
  migrate(*db, migrations());
  return db;
}

std::unique_ptr<Database> open_reader(const std::string& file) {
  auto db = std::make_unique<Database>(file, Access::ReadOnly);
  const FileVersion found = checked_version(*db, newest_version());
  if (found.version < kOldestReadable) {
    throw Error(
        ErrorKind::Failed,
        fmt::format("cannot read the state {}: an older deltakeep wrote it (schema {}, this "
                    "one reads {} and later); run `deltakeep scan` once to bring it up to "
                    "date",
                    file, found.version, kOldestReadable));
  }
  db->run("PRAGMA cache_size = -4000");
  return db;
}

}  // namespace

OpenState::OpenState(const std::string& path, Access access) : file(path) {
  check_place(file, access);
  if (access == Access::ReadWrite) {
    lock.emplace(file);
    if (!exists(file)) create_state(file);
    check_not_empty(file);
    writer = open_writer(file);
    held = identity_of(file);
  }
  check_not_empty(file);
  reader = open_reader(file);
}

void check_held(const std::string& file, const FileIdentity& held) {
  if (identity_of(file) == held) return;
  throw Error(ErrorKind::Failed,
              fmt::format("cannot write to the state {}: the file was moved, deleted or replaced "
                          "while it was open; put it back and start again",
                          file));
}

Database& OpenState::to_write() const {
  if (!writer) {
    throw Error(ErrorKind::Unwritable,
                fmt::format("cannot write to the state {}: it was opened for reading", file));
  }
  check_held(file, *held);
  return *writer;
}

std::optional<std::int64_t> endpoint_named(Database& db, const std::string& name) {
  return db.number("SELECT id FROM endpoint WHERE name = ?1", name);
}

void damaged(const Database& db, std::int64_t vm, const std::string& what) {
  throw Error(ErrorKind::Corrupt,
              fmt::format("cannot {} in {}: the row of VM {} is damaged: {}; restore the last good "
                          "copy of the file, or move it aside and scan again",
                          db.activity(), db.file(), vm, what));
}

Store Store::open(const std::string& file, Access access) {
  return Store(std::make_unique<OpenState>(file, access));
}

std::optional<Store> Store::open_beside(const std::string& file) {
  if (!exists(file)) return std::nullopt;
  check_place(file, Access::ReadWrite);
  // Before it is opened: a file that takes its name meanwhile is noticed at the first change.
  const std::optional<FileIdentity> held = identity_of(file);
  auto state = std::make_unique<OpenState>(file, Access::ReadOnly);
  if (state->reader->number("PRAGMA user_version").value_or(0) < newest_version()) {
    return std::nullopt;
  }
  state->held = held;
  return Store(std::move(state));
}

Store::Store(std::unique_ptr<OpenState> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store::~Store() = default;

}  // namespace storage
