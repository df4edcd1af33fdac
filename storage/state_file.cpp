#include "storage/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace storage {
namespace {

// From linux/magic.h and the statfs(2) page; some are in no header of Debian 12.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 20> kUnsafe{{
    {0x6969, "NFS"},       {0x517B, "SMB"},        {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB"},   {0x00C36400, "Ceph"},   {0x01021997, "9p"},
    {0x65735546, "FUSE"},  {0x5346414F, "AFS"},    {0x6B414653, "AFS"},
    {0x73757245, "Coda"},  {0x564C, "NCP"},        {0x0BD00BD0, "Lustre"},
    {0x47504653, "GPFS"},  {0x19830326, "BeeGFS"}, {0x01161970, "GFS2"},
    {0x7461636F, "OCFS2"}, {0xBACBACBC, "VMHGFS"}, {0x786F4256, "VirtualBox share"},
    {0x013111A8, "IBRIX"}, {0xAAD7AAEA, "PanFS"},
}};

[[noreturn]] void refuse(ErrorKind kind, const std::string& file, const std::string& why,
                         const std::string& next) {
  throw Error(kind, fmt::format("cannot use {} as the state: {}; {}", file, why, next));
}

void check_owner_and_mode(const std::string& file, const struct stat& found) {
  if (found.st_nlink > 1) {
    refuse(ErrorKind::Unwritable, file, "the file has a second name (hard link)",
           "its -wal would belong to one of them only: replace it by a copy of its own");
  }
  if (found.st_uid != geteuid() && geteuid() != 0) {
    refuse(ErrorKind::Unwritable, file,
           fmt::format("it belongs to user id {} and we run as {}", found.st_uid, geteuid()),
           "run as its owner or change the owner");
  }
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    refuse(ErrorKind::Unwritable, file,
           fmt::format("others may write to it (mode {:04o})", found.st_mode & 07777),
           fmt::format("run: chmod go-w '{}'", file));
  }
}

}  // namespace

std::optional<std::string_view> unsafe_filesystem(std::uint32_t magic) {
  for (const auto& [unsafe, name] : kUnsafe) {
    if (unsafe == magic) return name;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> filesystem_magic(const std::string& directory) {
  struct statfs found {};
  if (statfs(directory.c_str(), &found) != 0) return std::nullopt;
  return static_cast<std::uint32_t>(found.f_type);  // sign-extended for some on some machines
}

std::string directory_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : file.substr(0, slash);
}

bool exists(const std::string& file) { return identity_of(file).has_value(); }

std::optional<FileIdentity> identity_of(const std::string& file) {
  struct stat found {};
  if (stat(file.c_str(), &found) != 0) return std::nullopt;
  return FileIdentity{.device = found.st_dev, .inode = found.st_ino};
}

void check_place(const std::string& file, Access access, const FilesystemProbe& probe) {
  const std::string directory = directory_of(file);
  struct stat found {};
  if (stat(directory.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    refuse(
        access == Access::ReadOnly ? ErrorKind::Missing : ErrorKind::Unwritable, file,
        fmt::format("there is no directory {}", directory),
        fmt::format("run: install -d -m 0700 '{}', or name another file with --state", directory));
  }
  if (const auto magic = probe(directory)) {
    if (const auto name = unsafe_filesystem(*magic)) {
      refuse(ErrorKind::NetworkFs, file,
             fmt::format("{} is on {}, where SQLite's WAL is not safe", directory, *name),
             "name a file on a local disk with --state (to read only: copy the file to one)");
    }
  }
  const bool present = lstat(file.c_str(), &found) == 0;
  if (!present && errno != ENOENT) {
    refuse(ErrorKind::Unwritable, file, std::strerror(errno), "check the rights on its directory");
  }
  if (!present) {
    if (access == Access::ReadWrite) return;
    refuse(ErrorKind::Missing, file, "there is no such file",
           "run `deltakeep scan` first, or name the right file with --state");
  }
  if (access == Access::ReadWrite && S_ISLNK(found.st_mode)) {
    refuse(ErrorKind::Unwritable, file, "it is a symbolic link",
           "two names would mean two locks: name the file it points to");
  }
  if (!S_ISREG(found.st_mode) && !S_ISLNK(found.st_mode)) {
    refuse(ErrorKind::NotOurs, file, "it is not a plain file", "name another file with --state");
  }
  if (access == Access::ReadWrite) check_owner_and_mode(file, found);
}

void create_private(const std::string& file) {
  const int descriptor =
      open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  // fchmod as well: the umask may have taken our own bits away.
  const bool made = descriptor >= 0 && fchmod(descriptor, S_IRUSR | S_IWUSR) == 0;
  const int problem = errno;
  if (descriptor >= 0) close(descriptor);
  if (made) return;
  throw Error(ErrorKind::Unwritable,
              fmt::format("cannot create {}: {}; check owner, mode and free space of {}", file,
                          std::strerror(problem), directory_of(file)));
}

void sync_directory_of(const std::string& file) {
  const int descriptor = open(directory_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // some directories may be written but not read: nothing to sync with
  fsync(descriptor);
  close(descriptor);
}

void give_to_owner_of(const std::string& state, int descriptor) {
  struct stat found {};
  if (geteuid() != 0 || stat(state.c_str(), &found) != 0 || found.st_uid == 0) return;
  // Best effort: a filesystem without owners refuses it and needs it not.
  if (fchown(descriptor, found.st_uid, found.st_gid) != 0) return;
}

}  // namespace storage
