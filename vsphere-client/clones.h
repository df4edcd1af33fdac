// Makes and deletes clones: each function sends one call, once, and gives the task that carries it
// out. What it throws and when is said in snapshots.h.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "vsphere-client/clone_source.h"
#include "vsphere-client/moref.h"
#include "vsphere-client/session.h"

namespace vsphere {

/// The clone is never powered on: that is no choice here.
struct CloneSpec {
  std::string name;
  MoRef folder;
  /// Empty: where the source is. A template has no pool of its own, so a VM made from one needs it.
  MoRef datastore, host, pool;
  bool as_template = false;
  MoRef snapshot;  ///< empty: the running point
  /// Only with `snapshot`: the clone stands on the snapshot's layers and writes to a delta of its
  /// own. Else each disk is a whole copy, flattened.
  bool linked = false;
  std::string annotation;
  std::vector<std::pair<std::string, std::string>> extra_config;
  /// Of the source: they stay, on their networks, but are not connected when somebody starts the
  /// clone.
  std::vector<NetworkCard> disconnect;
  /// Device keys of disks of the source that the clone shall not have.
  std::vector<int> excluded_disks;
};

/// The task's result is the new VM. std::invalid_argument, with nothing sent, for a linked clone
/// without a snapshot and for a VM without name or folder.
MoRef clone_vm(Session& session, const MoRef& vm, const CloneSpec& spec);

/// Deletes a VM and its files. Only for a clone of our own making that is proven to be one and to
/// be unchanged since it was verified (rule 12 of the design); proving it is the caller's part, and
/// no other use of this is right.
MoRef destroy_vm(Session& session, const MoRef& vm);

}  // namespace vsphere
