#include "tests/unit/storage/fault_vfs.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace storage::test {
namespace {

struct Plan {
  Fault fault = Fault::None;
  std::int64_t at = 0;
  std::int64_t count = 0;
  bool struck = false;
  int system_error = 0;
};
Plan plan;  // SQLite's callbacks have no other way to it

sqlite3_vfs* real = nullptr;
sqlite3_vfs faulty;
sqlite3_io_methods methods;

/// Ours in front of the real file, in one allocation that SQLite makes.
struct File {
  sqlite3_file base;
  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* ours(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* inner(sqlite3_file* file) { return ours(file)->inner(); }

/// Counts one operation of the armed kind; true when it must fail.
bool strikes(bool from_then_on = false) {
  ++plan.count;
  const bool now = from_then_on ? plan.count >= plan.at : plan.count == plan.at;
  plan.struck = plan.struck || now;
  return now;
}

int on_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  switch (plan.fault) {
    case Fault::NoSpace:
      if (!strikes(true)) break;
      plan.system_error = ENOSPC;
      return SQLITE_FULL;
    case Fault::WriteError:
      if (!strikes()) break;
      plan.system_error = EIO;
      return SQLITE_IOERR_WRITE;
    case Fault::Kill:
      if (strikes()) raise(SIGKILL);
      break;
    case Fault::KillTorn:
      if (!strikes()) break;
      inner(file)->pMethods->xWrite(inner(file), data, size / 2, offset);
      raise(SIGKILL);
      break;
    case Fault::None:
    case Fault::SyncError:
    case Fault::ReadError:
      break;
  }
  return inner(file)->pMethods->xWrite(inner(file), data, size, offset);
}

int on_sync(sqlite3_file* file, int flags) {
  if (plan.fault == Fault::Kill && strikes()) raise(SIGKILL);
  if (plan.fault == Fault::SyncError && strikes()) {
    plan.system_error = EIO;
    return SQLITE_IOERR_FSYNC;
  }
  return inner(file)->pMethods->xSync(inner(file), flags);
}

int on_read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  if (plan.fault == Fault::ReadError && strikes()) {
    plan.system_error = EIO;
    return SQLITE_IOERR_READ;
  }
  return inner(file)->pMethods->xRead(inner(file), data, size, offset);
}

void fill_methods() {
  methods.iVersion = 2;
  methods.xClose = [](sqlite3_file* f) { return inner(f)->pMethods->xClose(inner(f)); };
  methods.xRead = on_read;
  methods.xWrite = on_write;
  methods.xSync = on_sync;
  methods.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
    return inner(f)->pMethods->xTruncate(inner(f), size);
  };
  methods.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
    return inner(f)->pMethods->xFileSize(inner(f), size);
  };
  methods.xLock = [](sqlite3_file* f, int l) { return inner(f)->pMethods->xLock(inner(f), l); };
  methods.xUnlock = [](sqlite3_file* f, int l) { return inner(f)->pMethods->xUnlock(inner(f), l); };
  methods.xCheckReservedLock = [](sqlite3_file* f, int* held) {
    return inner(f)->pMethods->xCheckReservedLock(inner(f), held);
  };
  methods.xFileControl = [](sqlite3_file* f, int op, void* value) {
    return inner(f)->pMethods->xFileControl(inner(f), op, value);
  };
  methods.xSectorSize = [](sqlite3_file* f) { return inner(f)->pMethods->xSectorSize(inner(f)); };
  methods.xDeviceCharacteristics = [](sqlite3_file* f) {
    return inner(f)->pMethods->xDeviceCharacteristics(inner(f));
  };
  methods.xShmMap = [](sqlite3_file* f, int region, int size, int extend, void volatile** at) {
    return inner(f)->pMethods->xShmMap(inner(f), region, size, extend, at);
  };
  methods.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
    return inner(f)->pMethods->xShmLock(inner(f), offset, n, flags);
  };
  methods.xShmBarrier = [](sqlite3_file* f) { inner(f)->pMethods->xShmBarrier(inner(f)); };
  methods.xShmUnmap = [](sqlite3_file* f, int remove) {
    return inner(f)->pMethods->xShmUnmap(inner(f), remove);
  };
}

int on_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = real->xOpen(real, name, inner(file), flags, out_flags);
  file->pMethods = inner(file)->pMethods != nullptr ? &methods : nullptr;
  return code;
}

}  // namespace

FaultVfs::FaultVfs() {
  real = sqlite3_vfs_find(nullptr);
  fill_methods();
  faulty = *real;
  faulty.zName = "faulty";
  faulty.szOsFile = real->szOsFile + static_cast<int>(sizeof(File));
  faulty.xOpen = on_open;
  faulty.xGetLastError = [](sqlite3_vfs*, int size, char* text) {
    if (plan.system_error == 0) return real->xGetLastError(real, size, text);
    return plan.system_error;
  };
  sqlite3_vfs_register(&faulty, 1);
  disarm();
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_register(real, 1);
  sqlite3_vfs_unregister(&faulty);
}

void FaultVfs::arm(Fault fault, std::int64_t at) { plan = {.fault = fault, .at = at}; }
std::int64_t FaultVfs::count() const { return plan.count; }
bool FaultVfs::struck() const { return plan.struck; }

bool killed(FaultVfs& vfs, Fault fault, int n, const std::function<void()>& act) {
  const pid_t child = fork();
  if (child == 0) {
    vfs.arm(fault, n);
    try {
      act();
    } catch (...) {
      _exit(3);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGKILL;
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the child failed instead of being killed";
  return false;
}

}  // namespace storage::test
