#include "policy/shared_files.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>

namespace policy {
namespace {

// Equal keys only make two VMs candidates; names are compared before anything is concluded.
std::uint64_t base_key(const Vm& vm, const Disk& disk) {
  const std::hash<std::string_view> hash;
  return hash(disk.layers.back().file) * 31 + hash(vm.identity.endpoint);
}

bool same_vm(const Vm& a, const Vm& b) {
  return std::tie(a.identity.endpoint, a.identity.moid) ==
         std::tie(b.identity.endpoint, b.identity.moid);
}

bool meet_on_a_datastore(const Vm& a, const Vm& b) {
  const auto& left = a.place.datastores;
  const auto& right = b.place.datastores;
  if (left.empty() || right.empty()) return true;  // not known, so it can't be ruled out
  return std::any_of(left.begin(), left.end(), [&](const std::string& moid) {
    return std::find(right.begin(), right.end(), moid) != right.end();
  });
}

void compare(const Disk& disk, const Vm& other, const Disk& others, std::vector<SharedFile>& out) {
  for (const Layer& layer : disk.layers) {
    const auto found = std::find_if(others.layers.begin(), others.layers.end(),
                                    [&](const Layer& one) { return one.file == layer.file; });
    if (found == others.layers.end()) continue;
    out.push_back({.file = layer.file,
                   .other_moid = other.identity.moid,
                   .other_name = other.identity.name,
                   .stands_on = found->inherited,
                   .is_ours = !layer.inherited});
  }
}

}  // namespace

SharedFiles::SharedFiles(const std::vector<Vm>& vms) {
  std::vector<Holder> holders;
  holders.reserve(vms.size());
  for (const Vm& vm : vms) {
    for (const Disk& disk : vm.disks) {
      if (!disk.layers.empty()) holders.push_back({base_key(vm, disk), &vm, &disk});
    }
  }
  // Stable: holders of one key stay in the order of the inventory, whatever their addresses.
  std::stable_sort(holders.begin(), holders.end(),
                   [](const Holder& a, const Holder& b) { return a.key < b.key; });
  for (auto first = holders.begin(); first != holders.end();) {
    const auto last = std::find_if(first, holders.end(),
                                   [&](const Holder& one) { return one.key != first->key; });
    const bool several =
        std::any_of(first, last, [&](const Holder& one) { return !same_vm(*one.vm, *first->vm); });
    if (several) groups_.emplace(first->key, std::vector<Holder>(first, last));
    first = last;
  }
}

std::vector<SharedFile> SharedFiles::of(const Vm& vm) const {
  std::vector<SharedFile> shared;
  if (groups_.empty()) return shared;
  for (const Disk& disk : vm.disks) {
    if (disk.layers.empty()) continue;
    const auto group = groups_.find(base_key(vm, disk));
    if (group == groups_.end()) continue;
    for (const Holder& holder : group->second) {
      if (same_vm(*holder.vm, vm) || holder.vm->identity.endpoint != vm.identity.endpoint) continue;
      if (meet_on_a_datastore(vm, *holder.vm)) compare(disk, *holder.vm, *holder.disk, shared);
    }
  }
  return shared;
}

}  // namespace policy
