// Whose each stored snapshot is, for the commands that only look: a scan stores what it saw, and
// who owns it is told anew at each reading.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/act/execute/marker_key.h"
#include "agent/act/execute/ownership.h"
#include "agent/config/config.h"
#include "agent/log.h"
#include "policy/inventory.h"
#include "storage/holds.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace agent {

/// The key as far as there is one to look with; without it nothing is ours. A key that is there and
/// can't be used is told: in `problem`, or as a warning in the log.
std::optional<MarkerKey> key_to_look_with(const Config& config, std::string& problem);
std::optional<MarkerKey> key_to_look_with(const Config& config, const Log* log);

class StoredOwnership {
 public:
  /// `store` must outlive it. Throws storage::Error.
  StoredOwnership(const Config& config, const storage::Store& store, const Log* log,
                  policy::Time now);
  StoredOwnership(const StoredOwnership&) = delete;
  StoredOwnership& operator=(const StoredOwnership&) = delete;

  /// As Ownership::apply.
  void apply(policy::Vm& vm) const;
  const Ownership& ownership() const { return ownership_; }

 private:
  storage::Journal journal_;
  storage::Holds holds_;
  std::optional<MarkerKey> key_;
  Ownership ownership_;
  std::map<std::string, std::string> uuids_;  ///< by configured name
};

}  // namespace agent
