#include "storage/writer_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "storage/error.h"
#include "storage/state_file.h"

namespace storage {
namespace {

/// The pid in the lock file; "unknown" while the holder is about to write it.
std::string holder(int descriptor) {
  std::array<char, 24> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  std::string digits;
  for (ssize_t i = 0; i < size; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') break;
    digits += c;
  }
  return digits.empty() ? "unknown" : digits;
}

[[noreturn]] void fail(int descriptor, const std::string& file, int problem) {
  if (descriptor >= 0) close(descriptor);
  throw Error(ErrorKind::Unwritable,
              fmt::format("cannot lock the state with {}: {}; check its owner and mode and free "
                          "space, then run it again",
                          file, std::strerror(problem)));
}

}  // namespace

WriterLock::WriterLock(const std::string& state) {
  const std::string file = state + ".lock";
  const int descriptor =
      open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) fail(descriptor, file, errno);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail(descriptor, file, errno);
    const std::string pid = holder(descriptor);
    close(descriptor);
    throw Error(ErrorKind::Locked,
                fmt::format("cannot write to the state {}: process {} holds its lock {}; wait for "
                            "its end, or end it (reading needs no lock)",
                            state, pid, file));
  }
  give_to_owner_of(state, descriptor);
  const std::string pid = fmt::format("{}\n", getpid());
  const bool written =
      fchmod(descriptor, S_IRUSR | S_IWUSR) == 0 && ftruncate(descriptor, 0) == 0 &&
      pwrite(descriptor, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
  if (!written) fail(descriptor, file, errno);
  descriptor_ = descriptor;
}

WriterLock::~WriterLock() { close(descriptor_); }

}  // namespace storage
