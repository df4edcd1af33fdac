// A copy of a VM that we made, as the plan of a later run takes it: it is a backup of its own, and
// the VM that it is made of must not have been touched.
#pragma once

#include <cstdint>
#include <string>

#include "policy/guard.h"
#include "policy/inventory.h"
#include "policy/time.h"

namespace policy {

struct Copy {
  std::string op;        ///< id of the operation that made it: who the copy is
  std::string endpoint;  ///< configured name of where it and its source live
  std::string source_moid, source_uuid, source_name;
  std::string policy;  ///< that made it, "" for an operator's
  Time taken{};        ///< of the state of the source that it holds
  // As it was verified:
  std::string moid, instance_uuid, name;
  std::string path;  ///< of the folder it was made in, "" when nobody named one
  std::uint64_t bytes = 0;
  bool verified = false;
  bool authentic = false;  ///< its row carries a mark that only our key can make
  bool scanned = false;    ///< a scan has begun since: that it shows none means something
  bool released = false;   ///< somebody used it: it is theirs for ever
  std::string why;         ///< of a released one
};

/// What is seen of a copy.
enum class CopyStand {
  Untouched,  ///< as far as a scan shows
  Changed,    ///< somebody used it: it is theirs for ever (DESIGN rule 12)
  Gone,       ///< a complete scan does not show it
  InDoubt     ///< nothing is concluded from what was seen
};
/// "untouched", "released", "gone", "in-doubt".
const char* copy_stand_name(CopyStand stand);

struct CopySight {
  CopyStand stand = CopyStand::InDoubt;
  std::string text;  ///< of all but Untouched: a clause about "it"
};
/// `vm`: what the scan has under the copy's moid, null for nothing. A scan shows less than the look
/// before a call: Untouched is no leave to delete.
CopySight look_at_copy(const Copy& copy, const Vm* vm, const EndpointFacts& endpoint);

/// Whether what a scan of the endpoint does not show can be taken for gone for good.
bool believes_absence(const EndpointFacts& endpoint, const std::string& name);

}  // namespace policy
