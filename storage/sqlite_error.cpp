#include "storage/sqlite_error.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace storage {
namespace {

bool no_space(int code, int system_error) {
  return (code & 0xff) == SQLITE_FULL || system_error == ENOSPC || system_error == EDQUOT;
}

ErrorKind kind_of(int code, int system_error) {
  if (no_space(code, system_error)) return ErrorKind::Unwritable;
  if (code == SQLITE_IOERR_CORRUPTFS || code == SQLITE_IOERR_SHORT_READ) return ErrorKind::Corrupt;
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::Locked;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return ErrorKind::Unwritable;
    case SQLITE_CORRUPT:
      return ErrorKind::Corrupt;
    case SQLITE_NOTADB:
      return ErrorKind::NotOurs;
    default:
      return ErrorKind::Failed;
  }
}

const char* next_step(int code, int system_error, ErrorKind kind) {
  if (no_space(code, system_error)) {
    return "free space on that filesystem and run it again; what was stored before is untouched";
  }
  if ((code & 0xff) == SQLITE_CANTOPEN || code == SQLITE_READONLY_DIRECTORY ||
      code == SQLITE_READONLY_CANTINIT) {
    return "check that the file, its -wal and its -shm are readable for this user; where the "
           "directory is not writable and -shm is missing, copy the file to a writable directory";
  }
  switch (kind) {
    case ErrorKind::Locked:
      return "another program is writing to the file; wait for it or end it, then run it again";
    case ErrorKind::Unwritable:
      return "check the owner and mode of the file and its directory, and that the filesystem is "
             "not mounted read-only";
    case ErrorKind::Corrupt:
      return "keep the file, restore the last good copy of it, or move it aside (with its -wal and "
             "-shm) and scan again: history is lost then, snapshots are not touched";
    case ErrorKind::NotOurs:
      return "name another file with --state; this one is left as it is";
    case ErrorKind::Newer:
    case ErrorKind::NetworkFs:
    case ErrorKind::Missing:
    case ErrorKind::Conflict:
    case ErrorKind::NotFound:
    case ErrorKind::Ambiguous:
    case ErrorKind::Failed:
      break;
  }
  return "run it again; if it stays, look at the system log for errors of the disk";
}

}  // namespace

Error sqlite_error(int code, int system_error, const std::string& detail,
                   const std::string& activity, const std::string& file) {
  const ErrorKind kind = kind_of(code, system_error);
  std::string cause = fmt::format("{} (SQLite code {}", detail, code);
  if (system_error != 0) cause += fmt::format(", {}", std::strerror(system_error));
  return Error(kind, fmt::format("cannot {} in {}: {}); {}", activity, file, cause,
                                 next_step(code, system_error, kind)));
}

}  // namespace storage
