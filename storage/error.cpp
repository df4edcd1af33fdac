#include "storage/error.h"

namespace storage {

const char* kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Locked:
      return "locked";
    case ErrorKind::Newer:
      return "newer";
    case ErrorKind::NotOurs:
      return "not-ours";
    case ErrorKind::NetworkFs:
      return "network-filesystem";
    case ErrorKind::Corrupt:
      return "corrupt";
    case ErrorKind::Unwritable:
      return "unwritable";
    case ErrorKind::Missing:
      return "missing";
    case ErrorKind::Failed:
      return "failed";
    case ErrorKind::Conflict:
      return "conflict";
    case ErrorKind::NotFound:
      return "not-found";
    case ErrorKind::Ambiguous:
      return "ambiguous";
  }
  return "unknown";
}

}  // namespace storage
