// The one exception of this folder: what went wrong with a server, as a kind to act on and a text
// for a person.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "vsphere-client/moref.h"

namespace vsphere {

enum class ErrorKind {
  Unreachable,       ///< DNS, refused, no route, connect time-out
  Tls,               ///< handshake, unknown CA, wrong host name, wrong thumbprint
  Transport,         ///< connection broke, stalled, or was slow after the request was on its way
  Protocol,          ///< the reply is not what this API sends: HTML, cut off, malformed, too large
  Login,             ///< InvalidLogin: user name or password refused. Never retried
  NotAuthenticated,  ///< the session is gone
  NoPermission,
  NotFound,     ///< ManagedObjectNotFound
  Fault,        ///< any other fault of the server; see fault().type
  Interrupted,  ///< our own stop request
};

/// What is known of a call's effect on the server. A time-out is never an outcome.
enum class Outcome { NotExecuted, Unknown };

/// A fault of the server from any of its three places (SOAP fault, missingSet, task error).
struct Fault {
  std::string type;       ///< local name: "NoPermission"; "" when the server named none
  std::string message;    ///< never empty: made from the type when the server sent no text
  std::string privilege;  ///< privilegeId of NoPermission, else ""
  MoRef object;           ///< the object the fault names, else empty
  struct Cause {
    std::string type;
    std::string message;
  };
  std::vector<Cause> causes;       ///< faultCause chain, outermost first
  std::vector<std::string> notes;  ///< faultMessage entries, "key: message"
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, Outcome outcome, const std::string& what);
  Error(ErrorKind kind, Outcome outcome, const std::string& what, Fault fault);

  ErrorKind kind() const { return kind_; }
  Outcome outcome() const { return outcome_; }
  const std::optional<Fault>& fault() const { return fault_; }

 private:
  ErrorKind kind_;
  Outcome outcome_;
  std::optional<Fault> fault_;
};

/// "unreachable", "tls", ...: stable, for JSON and logs.
const char* kind_name(ErrorKind kind);

}  // namespace vsphere
