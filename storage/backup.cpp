#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "storage/open_state.h"

namespace storage {
namespace {

[[noreturn]] void fail(const std::string& state, const std::string& file, const std::string& why) {
  throw Error(ErrorKind::Unwritable,
              fmt::format("cannot copy the state {} to {}: {}", state, file, why));
}

/// SQLite does not wait for the copy to be on disk, and a backup that a power cut empties is none.
void sync(const std::string& state, const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int problem = errno;
  if (descriptor >= 0) close(descriptor);
  if (!synced) fail(state, file, std::string("writing it out failed: ") + std::strerror(problem));
  sync_directory_of(file);
}

}  // namespace

void Store::backup(const std::string& file) const {
  struct stat found {};
  if (lstat(file.c_str(), &found) == 0) {
    fail(state_->file, file, "it exists, and nothing is overwritten; name a new file");
  }
  create_private(file);
  try {
    state_->reader->set_activity("copy to " + file + " what is");
    state_->reader->run("VACUUM INTO ?1", file);
    sync(state_->file, file);
  } catch (...) {
    unlink(file.c_str());
    throw;
  }
}

}  // namespace storage
