// Tells whether reading a VM again could give anything new: its reply, where it stands, the
// policies and this very program are the same as when it was last read.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/act/vm_row.h"
#include "agent/translate/vm_seen.h"
#include "policy/risk.h"
#include "vsphere-client/keyed_digest.h"
#include "vsphere-client/soap.h"

namespace agent {

/// What is kept of a VM beside its state: enough to place it and to count it without reading it.
struct VmNotes {
  std::string above;  ///< moid of the folder or vApp that its path begins at
  std::string host;   ///< moid
  std::string name;
  int depth = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t delta_bytes = 0;
  double probes = 1;
  policy::RiskLevel ageless = policy::RiskLevel::Ok;  ///< risk but for the age of its snapshots
  /// From its policy, when that says so: from which age on a snapshot is worrying.
  std::optional<std::chrono::seconds> age_warn, age_critical;
  /// What a risk can depend on as time goes by: the oldest snapshot of each owner, pinned or not.
  struct Oldest {
    policy::Owner owner = policy::Owner::Foreign;
    bool pinned = false;
    policy::Time created{};
    bool operator==(const Oldest&) const = default;
  };
  std::vector<Oldest> oldest;
  bool operator==(const VmNotes&) const = default;
};

VmNotes notes_of(const vsphere::VirtualMachine& wire, const policy::Vm& vm,
                 const policy::ThresholdPair& thresholds = {});
std::string pack_notes(const VmNotes& notes);
/// Nothing for bytes that pack_notes did not write.
std::optional<VmNotes> unpack_notes(std::string_view bytes);
/// Adds exactly what add_to_tally adds for the VM itself, its risk as of `now`.
void add_to_tally(const VmNotes& notes, policy::Time now, ScanTally& tally);

/// Names the program down to its build: another one may read the same reply otherwise.
const std::string& build_identity();

/// Makes the two halves of a mark's digest. `context` must outlive it and not change.
class ScanMarks {
 public:
  /// `policies`: VmPolicies::identity(), because the notes hold what they make of a VM.
  ScanMarks(std::string_view key, const VmContext& context,
            std::string_view build = build_identity(), std::string_view policies = {});

  /// Of the reply as it arrived, of the build that reads it and of the policies that judge it.
  std::string of_reply(const vsphere::RawItem& item);
  /// Of all that goes into the VM besides its reply: path, cluster, tags, names of attributes.
  std::string of_place(std::string_view moid, const VmNotes& notes);

 private:
  vsphere::KeyedDigest digest_;
  const VmContext& context_;
  std::string build_;
};

}  // namespace agent
