// DESIGN rule 12: what proves that a VM is a copy of our own making that nobody has touched since
// it was verified, so that it may be deleted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/act/execute/marker_key.h"
#include "policy/guard.h"
#include "policy/inventory.h"
#include "policy/shared_files.h"
#include "storage/copies.h"
#include "vsphere-client/clone_source.h"

namespace agent {

/// Over who the clone is and where it was put; in domain "clone".
std::string copy_mac(const MarkerKey& key, const storage::Copy& copy);
/// Whether the row is one that was written with this key, unedited.
bool is_authentic(const MarkerKey& key, const storage::Copy& copy);

/// What became of a copy. Nothing: it is what was verified, to the last.
struct CopyChange {
  enum class Kind {
    Doubt,     ///< it can't be told: it stays, and stays ours
    Released,  ///< somebody changed it: it is theirs for ever
  };
  Kind kind = Kind::Released;
  std::string text;
};
/// `identity` and `vm` are of the VM under the copy's moid, read now; `shared` unset: not known.
std::optional<CopyChange> copy_change(const storage::Copy& copy, const MarkerKey& key,
                                      const vsphere::VmIdentity& identity, const policy::Vm& vm,
                                      const std::optional<std::vector<policy::SharedFile>>& shared);

/// As far as the identity alone tells.
std::optional<CopyChange> identity_change(const storage::Copy& copy, const MarkerKey& key,
                                          const vsphere::VmIdentity& identity);

/// Newer copies of the same VM, made by the same policy under whatever name it had. Newest first.
std::vector<storage::Copy> newer_copies(const storage::Copies& copies, const storage::Copy& than,
                                        const policy::PolicyFacts& policy);

/// The row of the copy that an operation made.
std::optional<storage::Copy> copy_of(const storage::Copies& copies,
                                     const std::string& endpoint_uuid, const std::string& op);

}  // namespace agent
