#include "agent/act/execute/marker_key.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "agent/act/execute/secret_file.h"
#include "agent/error.h"

namespace agent {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw Error("key", ExitCode::Usage, "reading the marker key " + file + ": " + what);
}

[[noreturn]] void cannot_make(const std::string& file, const std::string& what, int number) {
  throw Error("key", ExitCode::Failed,
              "making the marker key " + file + ": " + what + ": " +
                  std::generic_category().message(number) +
                  "; check the rights on its directory and its free space");
}

/// Closed, and with a name unlinked, whatever happens.
class Draft {
 public:
  Draft(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  ~Draft() {
    close(fd_);
    unlink(name_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  int fd() const { return fd_; }
  const std::string& name() const { return name_; }

 private:
  int fd_;
  std::string name_;
};

std::string hex(const unsigned char* bytes, std::size_t count) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(count * 2);
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 0xFU];
  }
  return text;
}

std::string directory_of(const std::string& file) {
  const std::string directory = std::filesystem::path(file).parent_path().string();
  return directory.empty() ? "." : directory;
}

/// Who may own a key: we, root, and for root the owner of the state, whose agent it works for.
bool trusted_owner(uid_t owner, const std::string& state) {
  if (owner == geteuid() || owner == 0) return true;
  struct stat found {};
  return geteuid() == 0 && stat(state.c_str(), &found) == 0 && found.st_uid == owner;
}

void write_all(int fd, const unsigned char* bytes, std::size_t count, const std::string& file) {
  while (count > 0) {
    const ssize_t written = write(fd, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_make(file, "writing", errno);
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
}

void sync_directory(const std::string& file) {
  const std::string directory = directory_of(file);
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) cannot_make(file, "opening " + directory + " to make the key durable", errno);
  // EINVAL: this filesystem has nothing to sync for a directory.
  const bool synced = fsync(fd) == 0 || errno == EINVAL;
  const int why = errno;
  close(fd);
  if (!synced) cannot_make(file, "syncing " + directory, why);
}

/// Written whole under another name, then linked: who comes second finds the name taken and reads
/// what the first one wrote. False: somebody else was first.
bool make_key(const std::string& file, const std::string& state, unsigned char* key,
              std::size_t size) {
  std::array<unsigned char, 8> chance{};
  if (RAND_bytes(key, static_cast<int>(size)) != 1 ||
      RAND_bytes(chance.data(), static_cast<int>(chance.size())) != 1) {
    cannot_make(file, "drawing random bytes", EIO);
  }
  const std::string name = file + ".new-" + hex(chance.data(), chance.size());
  const int fd =
      open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) cannot_make(file, "creating " + name, errno);
  const Draft draft(fd, name);
  struct stat owner {};
  // Made by root, it would be out of reach for the agent that the state belongs to.
  const bool of_another = geteuid() == 0 && stat(state.c_str(), &owner) == 0 && owner.st_uid != 0;
  if (of_another && fchown(fd, owner.st_uid, owner.st_gid) != 0) {
    cannot_make(file, "giving it to the owner of the state", errno);
  }
  write_all(fd, key, size, file);
  // The umask may have taken rights that we need.
  if (fchmod(fd, S_IRUSR | S_IWUSR) != 0) cannot_make(file, "setting its mode", errno);
  if (fsync(fd) != 0) cannot_make(file, "syncing", errno);
  if (link(draft.name().c_str(), file.c_str()) == 0) return true;
  if (errno != EEXIST) cannot_make(file, "giving it its name", errno);
  return false;
}

}  // namespace

std::string MarkerKey::file_of(const std::string& state) { return state + ".key"; }

MarkerKey::~MarkerKey() { OPENSSL_cleanse(key_.data(), key_.size()); }

MarkerKey MarkerKey::load(const std::string& state, WhenMissing when_missing) {
  const std::string file = file_of(state);
  const bool create = when_missing == WhenMissing::Create;
  MarkerKey key;
  // A dangling link is not "missing": link() above would not follow it, and reading refuses it.
  struct stat found {};
  const bool missing = lstat(file.c_str(), &found) != 0 && errno == ENOENT;
  if (missing && !create) {
    refuse(file,
           "it is not there; without it no snapshot can be told to be ours. It is made by "
           "the first command that changes something; put a lost one back from its copy");
  }
  if (missing && make_key(file, state, key.key_.data(), key.key_.size())) {
    key.is_new_ = true;
  } else {
    std::optional<SecretFile> read;
    try {
      read.emplace(read_small_file(file, kBytes, FollowLinks::No));
    } catch (const SmallFileError& problem) {
      refuse(file, problem.what());
    }
    const SmallFile& seen = read->get();
    if ((seen.mode & (S_IRWXG | S_IRWXO)) != 0) {
      refuse(file, "it is open to other users, who could forge markers with it; chmod 600 it");
    }
    if (!trusted_owner(seen.owner, state)) {
      refuse(file, "it belongs to another user, who could change it; chown it");
    }
    if (seen.content.size() != kBytes) {
      refuse(file, "it has " + std::to_string(seen.content.size()) + " bytes instead of " +
                       std::to_string(kBytes) + "; put it back from its copy");
    }
    std::copy(seen.content.begin(), seen.content.end(), key.key_.begin());
  }
  // Also of one that another has just made: its name may not be on disk yet.
  if (create) sync_directory(file);
  return key;
}

std::string MarkerKey::mac_of(std::string_view text) const {
  constexpr std::size_t kKept = 16;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes, text.size(),
           digest.data(), &size) == nullptr ||
      size < kKept) {
    throw Error("key", ExitCode::Failed, "computing a marker's MAC: OpenSSL has no HMAC-SHA256");
  }
  return hex(digest.data(), kKept);
}

std::string MarkerKey::mac(const policy::Marker& marker) const {
  return mac_of(policy::marker_signed_text(marker));
}

std::string MarkerKey::mac(std::string_view domain, std::string_view text) const {
  // A marker's signed text begins with a length, so this is the text of none.
  std::string all = "domain " + std::to_string(domain.size()) + ":";
  all.append(domain).append(text);
  return mac_of(all);
}

bool MarkerKey::verifies(const policy::FoundMarker& found) const {
  const std::string expected = mac(found.marker);
  return found.mac.size() == expected.size() &&
         CRYPTO_memcmp(found.mac.data(), expected.data(), expected.size()) == 0;
}

}  // namespace agent
