#include "agent/act/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "agent/error.h"

namespace agent {
namespace {

constexpr std::size_t kHeld = 65536;

}  // namespace

PrivateFile::PrivateFile(std::string file)
    : file_(std::move(file)), draft_(file_ + ".part-" + std::to_string(::getpid())) {
  const std::filesystem::path directory = std::filesystem::absolute(file_).parent_path();
  if (!std::filesystem::exists(directory)) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) fail("creating " + directory.string(), error.value());
    ::chmod(directory.c_str(), S_IRWXU);
  }
  ::unlink(draft_.c_str());
  fd_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd_ < 0) fail("creating " + draft_, errno);
  there_ = true;
}

PrivateFile::~PrivateFile() {
  if (fd_ >= 0) ::close(fd_);
  if (there_) ::unlink(draft_.c_str());
}

void PrivateFile::fail(const std::string& what, int number) {
  throw Error("output", ExitCode::Failed,
              "writing " + file_ + ": " + what + ": " + std::strerror(number));
}

void PrivateFile::write(std::string_view text) {
  held_ += text;
  if (held_.size() < kHeld) return;
  write_out(held_);
  held_.clear();
}

void PrivateFile::write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("writing", errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void PrivateFile::finish() {
  write_out(held_);
  if (::fsync(fd_) != 0) fail("storing", errno);
  if (std::rename(draft_.c_str(), file_.c_str()) != 0) fail("storing", errno);
  there_ = false;
}

void write_private_file(const std::string& file, std::string_view text) {
  PrivateFile out(file);
  out.write_out(text);
  out.finish();
}

}  // namespace agent
