// Notes at each scan which snapshots are off the current path, so that a policy can let go of those
// that have been for long enough.
#pragma once

#include <map>
#include <set>
#include <string>

#include "policy/inventory.h"
#include "storage/watch.h"

namespace agent {

class DetachedLook {
 public:
  /// Reads what is noted of the endpoint.
  DetachedLook(const storage::Watch& watch, std::string endpoint_uuid);
  /// A VM that was read; one that is unchanged has what it had. A VM whose tree has no current
  /// snapshot tells of none that it is detached: since then has to be counted anew.
  void see(const policy::Vm& vm);
  /// Writes what changed. To be called when the scan is stored.
  void store(storage::Watch& watch, policy::Time now) const;

 private:
  using Moids = std::set<std::string>;
  std::string endpoint_uuid_;
  std::map<std::string, Moids> known_, changed_;  ///< by the VM's moid
};

}  // namespace agent
