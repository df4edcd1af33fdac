// What a Store holds: the lock, a connection to write and one to read, and the scans now open.
// Private to this folder.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "storage/sqlite.h"
#include "storage/state_file.h"
#include "storage/store.h"
#include "storage/writer_lock.h"

namespace storage {

struct OpenState {
  /// Opens for reading or writing; Store::open is this.
  OpenState(const std::string& file, Access access);

  /// The writing connection. Error when opened for reading, or when another file has taken the
  /// name of the one we hold: what we wrote would be lost with it.
  Database& to_write() const;

  std::string file;
  std::optional<WriterLock> lock;    ///< before the connections: released last
  std::optional<FileIdentity> held;  ///< of the file that a writer or a journal writes to
  std::unique_ptr<Database> writer;  ///< none when opened for reading
  /// Reads go apart from writes, so that they see one closed state whatever a scan is writing.
  std::unique_ptr<Database> reader;
  std::map<std::int64_t, std::int64_t> open_scans;  ///< scan of each endpoint's row id
};

/// Error when `file` is not the file that was opened: what is written would be lost with that one.
void check_held(const std::string& file, const FileIdentity& held);

/// Row id of the endpoint that now has this configured name.
std::optional<std::int64_t> endpoint_named(Database& db, const std::string& name);

/// Error Corrupt for a row whose text does not read.
[[noreturn]] void damaged(const Database& db, std::int64_t vm, const std::string& what);

}  // namespace storage
