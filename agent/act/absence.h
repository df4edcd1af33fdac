// Tells a deleted VM from one that we may no longer see: the first is normal, the second makes
// every conclusion unsafe.
#pragma once

#include <string>
#include <vector>

#include "policy/inventory.h"
#include "vsphere-client/session.h"

namespace agent {

struct HiddenVm {
  policy::VmIdentity vm;
  std::string why;
};

/// Asks for each VM by its moid in one batch. Gone (ManagedObjectNotFound): not in the result.
/// Refused, or still there under the same identity though no list showed it: in the result.
/// A moid that now names another VM counts as gone.
std::vector<HiddenVm> find_hidden(vsphere::Session& session,
                                  const std::vector<policy::VmIdentity>& absent);

}  // namespace agent
