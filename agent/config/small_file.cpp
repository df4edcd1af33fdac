#include "agent/config/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace agent {
namespace {

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(int error) {
  const auto kind = error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG
                        ? SmallFileError::Kind::Missing
                        : SmallFileError::Kind::Other;
  throw SmallFileError(kind, std::generic_category().message(error));
}

[[noreturn]] void refuse(const std::string& why) {
  throw SmallFileError(SmallFileError::Kind::Other, why);
}

}  // namespace

SmallFile read_small_file(const std::string& path, std::size_t limit, FollowLinks links) {
  // O_NONBLOCK: a pipe of that name must not hang us; it is refused below.
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (links == FollowLinks::No ? O_NOFOLLOW : 0);
  const OpenFile file(open(path.c_str(), flags));
  if (file.get() < 0) {
    if (errno == ELOOP) refuse("it is a symbolic link; name the file itself");
    fail(errno);
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0) fail(errno);
  if (!S_ISREG(status.st_mode)) refuse("it is not a regular file");
  SmallFile result{.content = {}, .mode = status.st_mode, .owner = status.st_uid};
  // One byte more than allowed tells a file that is too long.
  result.content.resize(limit + 1);
  std::size_t filled = 0;
  while (filled < result.content.size()) {
    const ssize_t got =
        read(file.get(), result.content.data() + filled, result.content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  if (filled > limit) refuse("it is longer than " + std::to_string(limit) + " bytes");
  result.content.resize(filled);
  return result;
}

}  // namespace agent
