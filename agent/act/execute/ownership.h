// Which snapshots are ours: journal row, authentic marker and identity together (DESIGN rule 4).
// The stored state says what a scan saw; this says whose it is, whenever it is read.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "agent/act/execute/marker_key.h"
#include "policy/inventory.h"
#include "storage/holds.h"
#include "storage/journal.h"

namespace agent {

/// A claim that did not hold up, or a mark that nobody claims.
struct OwnershipDoubt {
  enum class Kind {
    UnknownMark,   ///< authentic, but the journal has no such operation: the state is an old one
    MarkGone,      ///< the journal says ours, the description no longer carries the mark: a person
                   ///< took it over
    ForeignMark,   ///< the mark is not authentic: edited, copied from another VM, or another key's
    OtherIdentity  ///< row and mark agree, but moid, id or time do not
  };
  Kind kind = Kind::ForeignMark;
  std::string endpoint, vm_moid, vm_name, snapshot_moid, snapshot_name;
  std::string text;
};
const char* doubt_name(OwnershipDoubt::Kind kind);  ///< "unknown-mark", ...

class Ownership {
 public:
  /// Owns nothing: every snapshot is foreign. For a state without a key or a journal.
  Ownership() = default;
  /// Reads journal and pins once. `key` null: nothing is ours, pins hold all the same.
  Ownership(const storage::Journal& journal, const storage::Holds& holds, const MarkerKey* key,
            policy::Time now);

  /// Sets owner, policy, in_use, leftover, pinned and state of each snapshot of the VM, whatever
  /// they were before. `endpoint_uuid` is of the VM's endpoint. Not an error: anything strange; it
  /// makes a snapshot foreign and adds a doubt.
  void apply(policy::Vm& vm, const std::string& endpoint_uuid,
             std::vector<OwnershipDoubt>* doubts = nullptr) const;

  /// By snapshot moid, the operations of all authentic marks on the VM: what settling looks for.
  std::map<std::string, std::string> marks(const policy::Vm& vm,
                                           const std::string& endpoint_uuid) const;

 private:
  struct Claim {
    storage::OwnedSnapshot owned;
    bool in_use = false;
  };
  std::optional<MarkerKey> key_;
  std::string agent_;
  std::map<std::pair<std::string, std::string>, Claim>
      claims_;                                   ///< by endpoint uuid, snapshot moid
  std::map<std::string, policy::OpState> open_;  ///< of operations that are not over, by id
  std::vector<storage::Pin> pins_;
};

}  // namespace agent
