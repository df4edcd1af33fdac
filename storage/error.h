// The one exception of this folder.
#pragma once

#include <stdexcept>
#include <string>

namespace storage {

enum class ErrorKind {
  Locked,     ///< another writer holds the state
  Newer,      ///< written by a newer deltakeep
  NotOurs,    ///< a database, but not a deltakeep state
  NetworkFs,  ///< WAL is unsafe there
  Corrupt,
  Unwritable,  ///< permissions, read-only, no space
  Missing,     ///< opened for reading and not there
  Failed,
  Conflict,   ///< what is stored does not allow it: another operation is open, or it is over
  NotFound,   ///< no row has that id
  Ambiguous,  ///< the beginning of an id fits several
};

/// Stable, for JSON and logs: "locked", "newer", ...
const char* kind_name(ErrorKind kind);

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace storage
