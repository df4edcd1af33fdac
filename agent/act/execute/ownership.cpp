#include "agent/act/execute/ownership.h"

#include <algorithm>
#include <chrono>
#include <memory>

namespace agent {
namespace {

/// A helper whose clone was never begun is left over once the job that made it must have gone on.
constexpr std::chrono::hours kCloneFollows{1};

bool same_vm(const std::string& moid, const std::string& instance_uuid, const policy::Vm& vm) {
  return !instance_uuid.empty() && instance_uuid == vm.identity.instance_uuid &&
         moid == vm.identity.moid;
}

std::optional<policy::Operation> find_operation(const storage::Journal& journal,
                                                const std::string& id) {
  try {
    policy::Operation found = journal.operation(id);
    // A unique beginning is enough for the journal, but not for a mark.
    if (found.id == id) return found;
  } catch (const storage::Error& error) {
    const bool none = error.kind() == storage::ErrorKind::NotFound ||
                      error.kind() == storage::ErrorKind::Ambiguous;
    if (!none) throw;
  }
  return std::nullopt;
}

/// What of a row's identity the server shows otherwise; "" when all agrees.
std::string difference(const storage::OwnedSnapshot& row, const policy::Vm& vm,
                       const policy::Snapshot& snapshot) {
  if (row.instance_uuid.empty() || vm.identity.instance_uuid.empty()) {
    return "the VM's instance uuid is not known";
  }
  if (row.instance_uuid != vm.identity.instance_uuid) {
    return "the VM's instance uuid was " + row.instance_uuid + " and is " +
           vm.identity.instance_uuid;
  }
  if (row.vm_moid != vm.identity.moid) {
    return "the VM was " + row.vm_moid + " and is " + vm.identity.moid;
  }
  if (row.snapshot.id != snapshot.id) {
    return "its id was " + std::to_string(row.snapshot.id) + " and is " +
           std::to_string(snapshot.id);
  }
  if (row.snapshot.created != snapshot.created) {
    return "it was made at " + policy::format_utc(row.snapshot.created) + " and now says " +
           policy::format_utc(snapshot.created);
  }
  return {};
}

}  // namespace

const char* doubt_name(OwnershipDoubt::Kind kind) {
  switch (kind) {
    case OwnershipDoubt::Kind::UnknownMark:
      return "unknown-mark";
    case OwnershipDoubt::Kind::MarkGone:
      return "mark-gone";
    case OwnershipDoubt::Kind::ForeignMark:
      return "foreign-mark";
    case OwnershipDoubt::Kind::OtherIdentity:
      return "other-identity";
    case OwnershipDoubt::Kind::Moved:
      return "moved";
    case OwnershipDoubt::Kind::Unclaimed:
      return "unclaimed";
  }
  return "unknown";
}

Ownership::Ownership(const storage::Journal& journal, const storage::Holds& holds,
                     const MarkerKey* key, policy::Time now)
    : Ownership(journal, holds, key, now, {}, {}) {}

Ownership::Ownership(const storage::Journal& journal, const storage::Holds& holds,
                     const MarkerKey* key, policy::Time now, const std::string& endpoint_uuid,
                     const std::string& vm_moid)
    : journal_(&journal), agent_(journal.identity().agent) {
  if (key != nullptr) key_ = *key;
  take_pins(holds.pins(now));
  storage::OperationFilter open;
  open.open_only = true;
  open.endpoint_uuid = endpoint_uuid;
  open.vm_moid = vm_moid;
  take_operations(journal.operations(open));
  take_claims(journal, journal.owned(endpoint_uuid, vm_moid), now);
}

void Ownership::take_operations(const std::vector<policy::Operation>& all_open) {
  for (const policy::Operation& open : all_open) {
    if (open.kind == policy::OpKind::Clone) {
      cloning_.insert(open.id);
      if (!open.snapshot.moid.empty()) {
        cloned_from_.emplace(open.vm.endpoint_uuid, open.snapshot.moid);
      }
    }
    if (open.kind == policy::OpKind::Create) creating_.emplace(open.id, open);
  }
}

void Ownership::take_pins(const std::vector<storage::Pin>& pins) {
  for (const storage::Pin& pin : pins) {
    if (pin.snapshot.moid.empty()) {
      pinned_vms_.emplace(pin.endpoint_uuid, pin.vm_moid);
    } else {
      pinned_snapshots_.emplace(pin.endpoint_uuid, pin.snapshot.moid);
    }
    if (!pin.instance_uuid.empty()) pins_.emplace(pin.instance_uuid, pin.snapshot);
  }
}

void Ownership::take_claims(const storage::Journal& journal,
                            std::vector<storage::OwnedSnapshot> all_owned, policy::Time now) {
  for (storage::OwnedSnapshot& owned : all_owned) {
    Place place{owned.endpoint_uuid, owned.snapshot.moid};
    claimed_ops_.insert_or_assign(owned.op, place);
    const bool left = owned.helper && leftover(journal, owned, now);
    claims_.insert_or_assign(std::move(place), Claim{.owned = std::move(owned), .leftover = left});
  }
}

bool Ownership::leftover(const storage::Journal& journal, const storage::OwnedSnapshot& owned,
                         policy::Time now) const {
  const std::optional<policy::Operation> create = find_operation(journal, owned.op);
  if (!create) return false;
  if (cloning_.contains(create->job)) return false;
  if (!create->job.empty() && find_operation(journal, create->job)) return true;
  return now - create->ended.value_or(create->updated) >= kCloneFollows;
}

bool Ownership::authentic(const policy::FoundMarker& found, const policy::Vm& vm,
                          const std::string& endpoint_uuid) const {
  const policy::Marker& marker = found.marker;
  return key_ && !agent_.empty() && key_->verifies(found) && marker.agent == agent_ &&
         !marker.endpoint_uuid.empty() && marker.endpoint_uuid == endpoint_uuid &&
         !marker.instance_uuid.empty() && marker.instance_uuid == vm.identity.instance_uuid;
}

bool Ownership::knows(const std::string& op) const {
  return journal_ != nullptr && find_operation(*journal_, op).has_value();
}

/// On doubt pinned: the same moid, or the same snapshot of the same VM wherever it is listed now.
bool Ownership::pinned(const policy::Vm& vm, const std::string& endpoint_uuid,
                       const policy::Snapshot& snapshot) const {
  if (pinned_vms_.contains({endpoint_uuid, vm.identity.moid}) ||
      pinned_snapshots_.contains({endpoint_uuid, snapshot.moid})) {
    return true;
  }
  const auto [first, last] = pins_.equal_range(vm.identity.instance_uuid);
  return std::any_of(first, last, [&](const auto& pin) {
    const policy::NodeImage& pinned = pin.second;
    return pinned.moid.empty() || (pinned.id == snapshot.id && pinned.created == snapshot.created);
  });
}

/// One VM's snapshots, one after the other.
class Ownership::Judge {
 public:
  Judge(const Ownership& all, policy::Vm& vm, const std::string& endpoint_uuid,
        std::vector<OwnershipDoubt>* doubts)
      : all_(all), vm_(vm), endpoint_uuid_(endpoint_uuid), doubts_(doubts) {}

  void judge(policy::Snapshot& snapshot) const {
    forget(snapshot);
    snapshot.pinned = all_.pinned(vm_, endpoint_uuid_, snapshot);
    snapshot.in_use = all_.cloned_from_.contains({endpoint_uuid_, snapshot.moid});
    // Without the key no mark can be told from a forged one, so nothing is said of any.
    if (!all_.key_ || all_.agent_.empty()) return;
    const auto found = policy::find_marker(snapshot.description);
    const auto claim = all_.claims_.find({endpoint_uuid_, snapshot.moid});
    if (claim != all_.claims_.end()) {
      judge_claimed(snapshot, claim->second, found);
    } else if (found) {
      judge_unclaimed(snapshot, *found);
    }
  }

 private:
  using Kind = OwnershipDoubt::Kind;

  static void forget(policy::Snapshot& snapshot) {
    snapshot.owner = policy::Owner::Foreign;
    snapshot.policy.clear();
    snapshot.leftover = false;
    if (snapshot.state == policy::SnapshotState::InProgress) {
      snapshot.state = policy::SnapshotState::Complete;
    }
  }

  void doubt(Kind kind, const policy::Snapshot& snapshot, std::string text,
             bool renumbered = false) const {
    if (doubts_ == nullptr) return;
    doubts_->push_back({.kind = kind,
                        .endpoint = vm_.identity.endpoint,
                        .vm_moid = vm_.identity.moid,
                        .vm_name = vm_.identity.name,
                        .snapshot_moid = snapshot.moid,
                        .snapshot_name = snapshot.name,
                        .text = std::move(text),
                        .renumbered = renumbered});
  }

  void judge_claimed(policy::Snapshot& snapshot, const Claim& claim,
                     const std::optional<policy::FoundMarker>& found) const {
    const storage::OwnedSnapshot& row = claim.owned;
    // First: where the moid means another snapshot now, nobody edited a mark of ours.
    if (const std::string other = difference(row, vm_, snapshot); !other.empty()) {
      doubt(Kind::OtherIdentity, snapshot,
            "the journal has " + snapshot.moid + " as ours, but " + other +
                "; it is left alone until `adopt`",
            row.snapshot.id != snapshot.id || row.snapshot.created != snapshot.created);
    } else if (!found) {
      doubt(Kind::MarkGone, snapshot,
            "its description no longer carries our mark: it was taken over by hand and is left "
            "alone until `adopt`");
    } else if (!all_.authentic(*found, vm_, endpoint_uuid_) || found->marker.op != row.op) {
      doubt(Kind::MarkGone, snapshot,
            "the mark in its description is not the one that we made, or was made with another "
            "key: it is left alone until `adopt`");
    } else {
      snapshot.owner = policy::Owner::Ours;
      snapshot.policy = row.policy;
      snapshot.leftover = claim.leftover;
    }
  }

  void judge_unclaimed(policy::Snapshot& snapshot, const policy::FoundMarker& found) const {
    const policy::Marker& marker = found.marker;
    if (!all_.key_->verifies(found) || marker.agent != all_.agent_) {
      doubt(Kind::ForeignMark, snapshot,
            marker.agent == all_.agent_ ? "its mark was edited, or made with another key"
                                        : "its mark is of another deltakeep, " + marker.agent);
    } else if (marker.instance_uuid != vm_.identity.instance_uuid || marker.instance_uuid.empty()) {
      doubt(Kind::ForeignMark, snapshot,
            "its mark is for a VM with the instance uuid " + marker.instance_uuid +
                ": this VM is a copy of that one, or its uuid was changed");
    } else if (marker.endpoint_uuid != endpoint_uuid_ || endpoint_uuid_.empty()) {
      doubt(Kind::Moved, snapshot,
            "it was made while the VM belonged to the server " + marker.endpoint_uuid +
                "; `adopt` takes it over");
    } else if (const auto open = all_.creating_.find(marker.op); open != all_.creating_.end()) {
      judge_being_made(snapshot, open->second);
    } else if (const auto row = all_.claimed_ops_.find(marker.op); row != all_.claimed_ops_.end()) {
      judge_listed_anew(snapshot, marker.op, row->second.second);
    } else if (all_.knows(marker.op)) {
      doubt(Kind::Unclaimed, snapshot,
            "operation " + marker.op + " made it and is over without it; `adopt` takes it over");
    } else {
      doubt(Kind::UnknownMark, snapshot,
            "we made it by operation " + marker.op +
                ", which the journal does not know: the state is older than the server; `adopt` "
                "takes it over");
    }
  }

  void judge_listed_anew(const policy::Snapshot& snapshot, const std::string& op,
                         const std::string& known_as) const {
    const auto& all = vm_.snapshots;
    const bool twice = std::any_of(
        all.begin(), all.end(), [&](const policy::Snapshot& one) { return one.moid == known_as; });
    const auto claim = all_.claims_.find({endpoint_uuid_, known_as});
    const bool same_moid =
        claim != all_.claims_.end() && claim->second.owned.vm_moid == vm_.identity.moid;
    doubt(Kind::OtherIdentity, snapshot,
          "the journal knows what operation " + op + " made as " + known_as +
              (twice ? ", which is there, too: the call was made twice"
                     : ": the server lists it anew") +
              "; `adopt` takes it over",
          !twice && same_moid);
  }

  void judge_being_made(policy::Snapshot& snapshot, const policy::Operation& open) const {
    const policy::NodeImage& named = open.snapshot;
    const bool another = !named.moid.empty() && named.moid != snapshot.moid;
    if (another || !same_vm(open.vm.moid, open.vm.instance_uuid, vm_) ||
        open.vm.endpoint_uuid != endpoint_uuid_) {
      doubt(Kind::OtherIdentity, snapshot,
            "operation " + open.id + " is about " + (another ? named.moid : "VM " + open.vm.moid));
      return;
    }
    snapshot.owner = policy::Owner::Ours;
    snapshot.policy = open.policy;
    snapshot.state = policy::SnapshotState::InProgress;
    snapshot.in_use = snapshot.in_use || all_.cloning_.contains(open.job);
  }

  const Ownership& all_;
  const policy::Vm& vm_;
  const std::string& endpoint_uuid_;
  std::vector<OwnershipDoubt>* doubts_;
};

void Ownership::apply(policy::Vm& vm, const std::string& endpoint_uuid,
                      std::vector<OwnershipDoubt>* doubts) const {
  const Judge judge(*this, vm, endpoint_uuid, doubts);
  for (policy::Snapshot& snapshot : vm.snapshots) judge.judge(snapshot);
}

std::map<std::string, std::string> Ownership::marks(const policy::Vm& vm,
                                                    const std::string& endpoint_uuid) const {
  std::map<std::string, std::string> found;
  for (const policy::Snapshot& snapshot : vm.snapshots) {
    const auto marker = policy::find_marker(snapshot.description);
    if (marker && authentic(*marker, vm, endpoint_uuid)) {
      found.emplace(snapshot.moid, marker->marker.op);
    }
  }
  return found;
}

}  // namespace agent
