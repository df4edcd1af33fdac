// Where a state may live: checked before SQLite touches it, because WAL on the wrong filesystem or
// under two names corrupts silently.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "storage/store.h"

namespace storage {

/// Name of a filesystem that WAL is unsafe on ("NFS"), by its statfs magic; nothing when it is
/// fine. All FUSE counts as unsafe: sshfs, gluster and virtiofs look the same as local ones there.
std::optional<std::string_view> unsafe_filesystem(std::uint32_t magic);

/// statfs magic of the filesystem that holds a directory; nothing when the call fails. Tests pass
/// their own.
using FilesystemProbe = std::function<std::optional<std::uint32_t>(const std::string& directory)>;
std::optional<std::uint32_t> filesystem_magic(const std::string& directory);

/// Throws Error unless `file` is a fit place: its directory exists, its filesystem is local, and,
/// for writing, it is one plain file with one name, ours (or we are root), that others can't write.
/// A missing file is Missing for reading, fine for writing.
void check_place(const std::string& file, Access access,
                 const FilesystemProbe& probe = filesystem_magic);

bool exists(const std::string& file);

/// Tells one file from another that has taken its name.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};
/// Nothing when there is no such file.
std::optional<FileIdentity> identity_of(const std::string& file);

/// Makes an empty file of mode 0600 whatever the umask. Throws Error; one that exists is an error.
void create_private(const std::string& file);

/// Gives a file made by root to the owner of the state, else the agent could not open it later.
void give_to_owner_of(const std::string& state, int descriptor);

/// Makes that a file was made or renamed there outlast a power cut, where the directory can be
/// read.
void sync_directory_of(const std::string& file);

std::string directory_of(const std::string& file);

}  // namespace storage
