// One writer per state: two agents on one file would each believe they alone act.
#pragma once

#include <string>

namespace storage {

/// Holds an exclusive flock on `<state>.lock` until destroyed. The kernel lets go when the process
/// ends however it ends, so there is no stale lock; the file stays, with the last holder's pid.
class WriterLock {
 public:
  /// Throws Error: Locked, naming the pid of the holder, when another one has it.
  explicit WriterLock(const std::string& state);
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
  ~WriterLock();

 private:
  int descriptor_ = -1;
};

}  // namespace storage
