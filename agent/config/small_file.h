// Reads a configuration or secret file whole, with what its guard needs to know about it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <stdexcept>
#include <string>

namespace agent {

struct SmallFile {
  std::string content;
  mode_t mode = 0;
  uid_t owner = 0;
};

enum class FollowLinks { Yes, No };

/// Says what is wrong with the file; the caller says what it was for.
class SmallFileError : public std::runtime_error {
 public:
  enum class Kind { Missing, Other };
  SmallFileError(Kind kind, const std::string& message)
      : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// Opens once and asks the open file, so that nothing can be swapped in between. Only regular
/// files of at most `limit` bytes. Throws SmallFileError.
SmallFile read_small_file(const std::string& path, std::size_t limit, FollowLinks links);

}  // namespace agent
