#include "policy/snapshot_list.h"

#include <cstdint>
#include <string>

#include "policy/plan.h"
#include "policy/same_id.h"

namespace policy {
namespace {

// Parents come first, and nearly always right before; a parent that is not there makes a root.
std::optional<std::uint32_t> place_of(const Vm& vm, const std::string& parent,
                                      std::uint32_t before) {
  for (std::uint32_t i = before; i-- > 0;) {
    if (same_id(vm.snapshots[i].moid, parent)) return i;
  }
  return std::nullopt;
}

}  // namespace

void list_for_retention(const Vm& vm, const std::optional<Time>& made,
                        std::vector<RetentionSnapshot>& all) {
  all.clear();
  all.reserve(vm.snapshots.size() + 1);
  std::optional<std::uint32_t> current;
  for (std::uint32_t i = 0; i < vm.snapshots.size(); ++i) {
    const Snapshot& snapshot = vm.snapshots[i];
    RetentionSnapshot& one = all.emplace_back();
    one.id = snapshot.moid;
    one.time = snapshot.created;
    if (snapshot.parent) one.parent = place_of(vm, *snapshot.parent, i);
    one.current = snapshot.current && !made;
    // A helper belongs to the server, whatever a marker may say.
    one.owner = snapshot.helper ? Owner::Foreign : snapshot.owner;
    one.pinned = snapshot.pinned;
    one.in_use = snapshot.in_use;
    one.orphan = snapshot.leftover;
    one.state = snapshot.state;
    one.bytes = snapshot.bytes;
    if (snapshot.current) current = i;
  }
  if (!made) return;
  RetentionSnapshot& created = all.emplace_back();
  created.id = "new";
  created.time = *made;
  created.parent = current;
  created.current = true;
}

std::vector<RetentionSnapshot> retention_snapshots(const Vm& vm, const std::optional<Time>& made) {
  std::vector<RetentionSnapshot> all;
  list_for_retention(vm, made, all);
  return all;
}

int cap_reserve(const Policy& policy) {
  if (policy.method() != Method::Snapshot) return 0;
  return policy.marks_first() ? 2 : 1;
}

}  // namespace policy
