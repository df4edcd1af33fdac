// A filesystem for SQLite that fails, or kills the process, at the n-th write: the only way to see
// what a full or broken disk does at every place a state is written.
#pragma once

#include <cstdint>
#include <functional>

namespace storage::test {

enum class Fault {
  None,
  NoSpace,     ///< writes fail with ENOSPC, from the n-th on
  WriteError,  ///< one write fails with EIO
  SyncError,   ///< one fsync fails with EIO
  ReadError,   ///< one read fails with EIO
  Kill,        ///< SIGKILL before the n-th write or sync
  KillTorn,    ///< SIGKILL after half of the n-th write
};

/// While it lives, SQLite's default filesystem is this one.
class FaultVfs {
 public:
  FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs();
  /// Counting starts again; `at` is 1 for the next operation of the fault's kind.
  void arm(Fault fault, std::int64_t at);
  void disarm() { arm(Fault::None, 0); }
  /// Operations of the armed kind so far.
  std::int64_t count() const;
  /// The fault has struck since it was armed.
  bool struck() const;
};

/// Runs `act` in a child that is killed at the n-th write; false when it came to its end instead.
bool killed(FaultVfs& vfs, Fault fault, int n, const std::function<void()>& act);

}  // namespace storage::test
