#include "vsphere-client/error.h"

#include <utility>

namespace vsphere {

Error::Error(ErrorKind kind, Outcome outcome, const std::string& what)
    : std::runtime_error(what), kind_(kind), outcome_(outcome) {}

Error::Error(ErrorKind kind, Outcome outcome, const std::string& what, Fault fault)
    : std::runtime_error(what), kind_(kind), outcome_(outcome), fault_(std::move(fault)) {}

const char* kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Unreachable:
      return "unreachable";
    case ErrorKind::Tls:
      return "tls";
    case ErrorKind::Transport:
      return "transport";
    case ErrorKind::Protocol:
      return "protocol";
    case ErrorKind::Login:
      return "login";
    case ErrorKind::NotAuthenticated:
      return "not-authenticated";
    case ErrorKind::NoPermission:
      return "no-permission";
    case ErrorKind::NotFound:
      return "not-found";
    case ErrorKind::Fault:
      return "fault";
    case ErrorKind::Interrupted:
      return "interrupted";
  }
  return "unknown";
}

}  // namespace vsphere
