// The saved inventory (`scan --output`, `plan --inventory`) and the VM objects of every --json
// list: one shape, written and read here and nowhere else.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "policy/inventory.h"

namespace agent {

/// A VM as it stands in the saved inventory; also an element of `vms`, `tree` and `chain --json`.
nlohmann::ordered_json vm_json(const policy::Vm& vm);
nlohmann::ordered_json datastore_json(const policy::Datastore& datastore);
nlohmann::ordered_json endpoint_json(const policy::Endpoint& endpoint);

/// vm_json as one line of text. Bytes that are not UTF-8 become U+FFFD, so that a hostile name can
/// neither end a scan nor make an invalid document.
void write_vm(std::ostream& out, const policy::Vm& vm);

/// Writes a saved inventory object by object: memory does not grow with the number of VMs.
/// Endpoints, VMs and datastores may come in any number but in this order (std::logic_error
/// otherwise). `complete` is known last, so it is written last: members of a JSON object have no
/// order. A writer destroyed before `end` leaves an invalid document, on purpose: half an inventory
/// must not read as a whole one.
class InventoryWriter {
 public:
  /// `out` must outlive the writer; its failures are the caller's to check after `end`.
  InventoryWriter(std::ostream& out, policy::Time taken);
  void endpoint(const policy::Endpoint& endpoint);
  void vm(const policy::Vm& vm);
  void datastore(const policy::Datastore& datastore);
  void end(bool complete);

 private:
  enum class Section { Endpoints, Vms, Datastores, Ended };
  void enter(Section section);
  void separate();

  std::ostream& out_;
  Section section_ = Section::Endpoints;
  bool first_ = true;
};

/// The whole document, for inventories that are in memory already.
void write_inventory(std::ostream& out, const policy::Inventory& inventory);

/// One of ours of which the file does not say which policy made it: it is from before that was
/// written. By place in Inventory::vms and in Vm::snapshots.
struct UnattributedSnapshot {
  std::size_t vm = 0, snapshot = 0;
};

/// Reads what the writer writes, and hand-written files with only the members of the contract.
/// Unknown members are left alone (a later version may have added them); a known member of a wrong
/// type, a missing identity or a number out of range throws agent::Error "input" (exit 2) that
/// names the place: "malformed input at /vms/3/disks/0/key: ...".
policy::Inventory read_inventory(std::istream& in,
                                 std::vector<UnattributedSnapshot>* unattributed = nullptr);

}  // namespace agent
