// Which snapshots are ours: journal row, authentic marker and identity together (DESIGN rule 4).
// The stored state says what a scan saw; this says whose it is, whenever it is read.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/act/execute/marker_key.h"
#include "policy/inventory.h"
#include "storage/holds.h"
#include "storage/journal.h"

namespace agent {

/// A claim that did not hold up, or a mark that nobody claims.
struct OwnershipDoubt {
  enum class Kind {
    UnknownMark,    ///< authentic, but the journal has no such operation: the state is an old one
    MarkGone,       ///< the journal says ours, the description no longer carries the mark, or one
                    ///< that was edited: a person took it over
    ForeignMark,    ///< the mark is not ours: another key's or agent's, or copied from another VM
    OtherIdentity,  ///< the journal says ours, but VM, moid, id or time are not those it knows
    Moved,          ///< authentic, for this VM under another endpoint: `adopt` binds it anew
    Unclaimed       ///< authentic, but its operation is over and claims it no longer: it was
                    ///< released, or made by a call that was given up
  };
  Kind kind = Kind::ForeignMark;
  std::string endpoint, vm_moid, vm_name, snapshot_moid, snapshot_name;
  std::string text;
  /// Of OtherIdentity: the server calls a snapshot of ours by another moid than it did, or another
  /// one by a moid of ours. Its counters went back.
  bool renumbered = false;
};
const char* doubt_name(OwnershipDoubt::Kind kind);  ///< "unknown-mark", ...

class Ownership {
 public:
  /// Owns nothing: every snapshot is foreign. For a state without a key or a journal.
  Ownership() = default;
  /// Reads journal and pins once; what comes later is not heeded. `key` null: nothing is ours, pins
  /// hold all the same. `journal` must outlive it: an operation that is over is looked up when a
  /// mark names it.
  Ownership(const storage::Journal& journal, const storage::Holds& holds, const MarkerKey* key,
            policy::Time now);
  /// Of one VM alone, without reading what is ours elsewhere: for the look right before a call. A
  /// snapshot that the journal has under another VM is foreign here.
  Ownership(const storage::Journal& journal, const storage::Holds& holds, const MarkerKey* key,
            policy::Time now, const std::string& endpoint_uuid, const std::string& vm_moid);

  /// Sets owner, policy, in_use, leftover and pinned of each snapshot of the VM, and the state of
  /// those that are being made, whatever they were before. `endpoint_uuid` is of the VM's endpoint.
  /// Not an error: anything strange; it makes a snapshot foreign and adds a doubt. A snapshot that
  /// an open operation makes is ours and in progress by its mark alone: nothing may touch it yet.
  void apply(policy::Vm& vm, const std::string& endpoint_uuid,
             std::vector<OwnershipDoubt>* doubts = nullptr) const;

  /// By snapshot moid, the operations of all authentic marks on the VM: what settling looks for.
  std::map<std::string, std::string> marks(const policy::Vm& vm,
                                           const std::string& endpoint_uuid) const;

 private:
  struct Claim {
    storage::OwnedSnapshot owned;
    bool leftover = false;
  };
  class Judge;
  using Place = std::pair<std::string, std::string>;  ///< endpoint uuid, snapshot moid

  void take_pins(const std::vector<storage::Pin>& pins);
  void take_operations(const std::vector<policy::Operation>& open);
  void take_claims(const storage::Journal& journal, std::vector<storage::OwnedSnapshot> owned,
                   policy::Time now);
  bool leftover(const storage::Journal& journal, const storage::OwnedSnapshot& owned,
                policy::Time now) const;
  bool authentic(const policy::FoundMarker& found, const policy::Vm& vm,
                 const std::string& endpoint_uuid) const;
  bool knows(const std::string& op) const;
  bool pinned(const policy::Vm& vm, const std::string& endpoint_uuid,
              const policy::Snapshot& snapshot) const;

  const storage::Journal* journal_ = nullptr;
  std::optional<MarkerKey> key_;
  std::string agent_;
  std::map<Place, Claim> claims_;
  std::map<std::string, Place> claimed_ops_;            ///< where each one is listed
  std::map<std::string, policy::Operation> creating_;   ///< not over, by id
  std::set<Place> cloned_from_;                         ///< by clones that are not over
  std::set<std::string> cloning_;                       ///< ids of those clones
  std::set<Place> pinned_snapshots_, pinned_vms_;       ///< endpoint uuid, moid
  std::multimap<std::string, policy::NodeImage> pins_;  ///< by the VM's instance uuid
};

}  // namespace agent
