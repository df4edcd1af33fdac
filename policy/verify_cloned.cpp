#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "policy/verify.h"
#include "policy/verify_parts.h"

namespace policy {
namespace {

/// Whether the clone was to get a copy of the disk: not of one that was added after the snapshot.
bool was_to_be_copied(const DiskImage& disk, const Operation& operation) {
  const std::string& from = operation.snapshot.moid;
  const VmImage& before = operation.before;
  const bool known = std::any_of(before.disks.begin(), before.disks.end(),
                                 [&](const DiskImage& d) { return d.owned.count(from) != 0; });
  return from.empty() || !known || disk.owned.count(from) != 0;
}

std::multiset<std::uint64_t> wanted_capacities(const Operation& operation, const Vm& source) {
  std::multiset<std::uint64_t> capacities;
  for (const Disk& disk : source.disks) {
    const DiskImage* image = disk_of(operation.before, disk.key);
    if (image != nullptr && was_to_be_copied(*image, operation)) {
      capacities.insert(disk.capacity_bytes);
    }
  }
  return capacities;
}

std::set<std::string> files_of(const Operation& operation, const Vm& source) {
  std::set<std::string> files;
  for (const DiskImage& disk : operation.before.disks) {
    files.insert(disk.files.begin(), disk.files.end());
  }
  for (const Disk& disk : source.disks) {
    for (const Layer& layer : disk.layers) files.insert(layer.file);
  }
  return files;
}

/// One path names two files where two datastores have one name.
bool may_share(const Vm& source, const Vm& clone) {
  const auto& theirs = source.place.datastores;
  const auto& ours = clone.place.datastores;
  return theirs.empty() || ours.empty() ||
         std::any_of(ours.begin(), ours.end(), [&](const std::string& datastore) {
           return std::find(theirs.begin(), theirs.end(), datastore) != theirs.end();
         });
}

Verification check_shared_layers(const Operation& operation, const Vm& source, const Vm& clone) {
  const bool linked = operation.clone && operation.clone->linked;
  const std::set<std::string> files = files_of(operation, source);
  const bool common = may_share(source, clone);
  for (const Disk& disk : clone.disks) {
    const auto shared =
        std::find_if(disk.layers.begin(), disk.layers.end(),
                     [&](const Layer& layer) { return common && files.count(layer.file) != 0; });
    const bool stands = shared != disk.layers.end();
    if (stands == linked) continue;
    return verified(Verified::No,
                    linked ? disk.label + " of " + clone.identity.name +
                                 " stands on no layer of its source, though the clone is linked"
                           : disk.label + " of " + clone.identity.name +
                                 " stands on a layer of its source, though the clone is full",
                    {{"file", stands ? shared->file : ""}});
  }
  return verified(Verified::Yes, "");
}

}  // namespace

Verification verify_cloned(const Operation& operation, const Vm& source, const Vm& clone) {
  const std::string& name = clone.identity.name;
  if (clone.stale || has_flag(clone, VmFlag::Unreadable) || clone.identity.instance_uuid.empty() ||
      clone.state.power == Power::Unknown) {
    return verified(Verified::NotYet, "the clone " + name + " can't be read fully yet");
  }
  if (clone.identity.moid == source.identity.moid ||
      clone.identity.instance_uuid == source.identity.instance_uuid) {
    return verified(Verified::No, "the clone " + name + " has the identity of its source",
                    {{"instance_uuid", clone.identity.instance_uuid}});
  }
  if (clone.state.power != Power::Off) {
    return verified(Verified::No, "the clone " + name + " was powered on before it was verified",
                    {{"power", clone.state.power == Power::On ? "on" : "suspended"}});
  }
  if (operation.clone && clone.state.is_template != operation.clone->as_template) {
    return verified(Verified::No, "the clone " + name +
                                      (clone.state.is_template ? " is a template, which it was not "
                                                                 "to be"
                                                               : " is no template"));
  }
  std::multiset<std::uint64_t> capacities = wanted_capacities(operation, source);
  for (const Disk& disk : clone.disks) {
    const auto found = capacities.find(disk.capacity_bytes);
    if (found != capacities.end()) capacities.erase(found);
  }
  if (!capacities.empty()) {
    std::vector<Evidence> lacking;
    for (const std::uint64_t bytes : capacities) {
      lacking.push_back({"disk of bytes", std::to_string(bytes)});
    }
    return verified(Verified::No, "the clone " + name + " lacks disks of its source",
                    std::move(lacking));
  }
  const bool shown = std::none_of(clone.disks.begin(), clone.disks.end(),
                                  [](const Disk& disk) { return disk.layers.empty(); });
  if (shown) {
    Verification layers = check_shared_layers(operation, source, clone);
    if (layers.verdict != Verified::Yes) return layers;
  }
  return {Verified::Yes,
          shown,
          "the clone " + name + " has a disk for each of its source's" +
              (shown ? "" : "; the server shows no layers of it"),
          {}};
}

}  // namespace policy
