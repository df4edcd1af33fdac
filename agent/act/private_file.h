// Writes what others must not read, whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace agent {

/// A file that is written piece by piece beside its target, mode 0600, and takes the target's name
/// when all of it is on disk: never half a file. Gone when it is dropped before.
class PrivateFile {
 public:
  /// Creates the directory (0700) when missing. Throws agent::Error "output" (exit 1), as all here.
  explicit PrivateFile(std::string file);
  ~PrivateFile();
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;
  void write(std::string_view text);
  /// Once, at the end.
  void finish();

 private:
  /// Without holding a copy of it: it may be a secret.
  friend void write_private_file(const std::string& file, std::string_view text);
  void write_out(std::string_view text);
  [[noreturn]] void fail(const std::string& what, int number);

  std::string file_, draft_, held_;
  int fd_ = -1;
  bool there_ = false;  ///< the draft is
};

/// All at once.
void write_private_file(const std::string& file, std::string_view text);

}  // namespace agent
