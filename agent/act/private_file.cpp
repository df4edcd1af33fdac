#include "agent/act/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "agent/error.h"

namespace agent {
namespace {

[[noreturn]] void fail(const std::string& file, const std::string& what, int number) {
  throw Error("output", ExitCode::Failed, "writing " + file + ": " + what + ": " + std::strerror(number));
}

void make_directory(const std::string& file) {
  const std::filesystem::path directory = std::filesystem::absolute(file).parent_path();
  if (std::filesystem::exists(directory)) return;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) fail(file, "creating " + directory.string(), error.value());
  ::chmod(directory.c_str(), S_IRWXU);
}

void write_all(int fd, std::string_view text, const std::string& draft, const std::string& file) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int why = errno;
      ::close(fd);
      ::unlink(draft.c_str());
      fail(file, "writing", why);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void write_private_file(const std::string& file, std::string_view text) {
  make_directory(file);
  const std::string draft = file + ".part-" + std::to_string(::getpid());
  ::unlink(draft.c_str());
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) fail(file, "creating " + draft, errno);
  write_all(fd, text, draft, file);
  const bool synced = ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  if (!synced || std::rename(draft.c_str(), file.c_str()) != 0) {
    const int number = synced ? errno : why;
    ::unlink(draft.c_str());
    fail(file, "storing", number);
  }
}

}  // namespace agent
