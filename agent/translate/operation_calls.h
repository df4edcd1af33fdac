// Domain to wire: what a journalled operation asks for, as the arguments of its call.
#pragma once

#include <string_view>
#include <vector>

#include "policy/operation.h"
#include "vsphere-client/clones.h"
#include "vsphere-client/snapshots.h"

namespace agent {

/// Key in a clone's extraConfig that holds the id of the operation that made it.
inline constexpr std::string_view kCloneMark = "deltakeep.op";

/// Whether a guest of this id ("windows2019srv_64Guest", "winXPProGuest") has VSS.
bool is_windows_guest(std::string_view guest_id);
/// Of a Create. `quiesced` of the operation decides; `windows` says how.
vsphere::SnapshotSpec snapshot_spec(const policy::Operation& operation, bool windows);

/// Why a clone of this source can't be whole or is not to be made without asking.
struct CloneDoubts {
  bool secrets = false;  ///< a vTPM, or encryption: the clone would hold the same keys
  /// Disks that a clone leaves out or turns into something else, by device key.
  std::vector<int> unfit;
  bool unknown = false;  ///< the server showed no configuration of it
};
CloneDoubts clone_doubts(const vsphere::CloneSource& source);

/// Of a Clone. Its network cards stay, but are not connected when somebody starts it. `leave_out`:
/// device keys of disks that it shall not have.
vsphere::CloneSpec clone_spec(const policy::Operation& operation,
                              const vsphere::CloneSource& source,
                              const std::vector<int>& leave_out);

/// How a server calls the method that an operation of this kind sends last; what the journal keeps.
const char* method_of(policy::OpKind kind);

}  // namespace agent
