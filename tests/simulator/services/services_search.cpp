// SearchIndex: entities by inventory path, uuid or file.
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"

namespace sim {
namespace {

template <typename Objects>
void children_in(const Objects& objects, Ref parent, Ref Objects::mapped_type::*of,
                 std::vector<std::pair<std::string, Ref>>& out) {
  for (const auto& [moid, object] : objects)
    if (object.*of == parent) out.emplace_back(object.name, object.ref);
}

/// Name and moref of what an inventory path may step to from here.
std::vector<std::pair<std::string, Ref>> children(World& world, const Ref& parent) {
  std::vector<std::pair<std::string, Ref>> all;
  children_in(world.folders, parent, &Folder::parent, all);
  children_in(world.datacenters, parent, &Datacenter::parent, all);
  children_in(world.vms, parent, &Vm::folder, all);
  children_in(world.computes, parent, &Compute::folder, all);
  children_in(world.hosts, parent, &Host::compute, all);
  children_in(world.datastores, parent, &Datastore::folder, all);
  children_in(world.pools, parent, &Pool::parent, all);
  if (const auto it = world.computes.find(parent.value); it != world.computes.end())
    if (const auto pool = world.pools.find(it->second.pool.value); pool != world.pools.end())
      all.emplace_back(pool->second.name, pool->second.ref);
  return all;
}

std::optional<Ref> child(World& world, const Ref& parent, std::string_view name) {
  for (const auto& [its_name, ref] : children(world, parent))
    if (its_name == name) return ref;
  return std::nullopt;
}

/// A path has no name of the root folder; slashes at its ends and doubled ones do not matter.
std::string by_inventory_path(Call& call) {
  const std::string path = text_of(child_named(call.arguments, "inventoryPath"));
  Ref at = call.world.root_folder;
  std::size_t from = 0;
  while (from < path.size()) {
    const auto slash = std::min(path.find('/', from), path.size());
    const std::string_view name = std::string_view(path).substr(from, slash - from);
    from = slash + 1;
    if (name.empty()) continue;
    const auto next = child(call.world, at, name);
    if (!next) return {};
    at = *next;
  }
  return return_ref(at);
}

std::string find_child(Call& call) {
  const Ref entity = ref_of(child_named(call.arguments, "entity"));
  require_exists(call.world, entity);
  const auto found = child(call.world, entity, text_of(child_named(call.arguments, "name")));
  return found ? return_ref(*found) : std::string();
}

std::vector<Ref> with_uuid(Call& call) {
  const std::string uuid = text_of(child_named(call.arguments, "uuid"));
  const bool of_vm = flag_of(call.arguments, "vmSearch", true);
  const bool instance = flag_of(call.arguments, "instanceUuid", false);
  const auto datacenter = optional_ref(call.arguments, "datacenter");
  std::vector<Ref> found;
  if (uuid.empty()) return found;
  if (!of_vm) {
    for (const auto& [moid, host] : call.world.hosts)
      if (host.uuid == uuid) found.push_back(host.ref);
    return found;
  }
  for (const auto& [moid, vm] : call.world.vms)
    if ((instance ? vm.instance_uuid : vm.bios_uuid) == uuid &&
        (!datacenter || stands_under(call.world, vm.ref, *datacenter)))
      found.push_back(vm.ref);
  return found;
}

std::string by_uuid(Call& call) {
  const auto found = with_uuid(call);
  return found.empty() ? std::string() : return_ref(found.front());
}

std::string all_by_uuid(Call& call) {
  std::string out;
  for (const auto& ref : with_uuid(call)) out += return_ref(ref);
  return out;
}

std::string by_datastore_path(Call& call) {
  const Ref datacenter = ref_of(child_named(call.arguments, "datacenter"));
  if (!call.world.datacenters.contains(datacenter.value)) throw no_such_object(datacenter);
  const std::string path = text_of(child_named(call.arguments, "path"));
  for (const auto& [moid, vm] : call.world.vms)
    if (vm.home == path && stands_under(call.world, vm.ref, datacenter)) return return_ref(vm.ref);
  return {};
}

}  // namespace

void add_search_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  const std::string index = "SearchIndex";
  table.add({index, "FindByInventoryPath", Session, "", by_inventory_path});
  table.add({index, "FindChild", Session, "", find_child});
  table.add({index, "FindByUuid", Session, "", by_uuid});
  table.add({index, "FindAllByUuid", Session, "", all_by_uuid});
  table.add({index, "FindByDatastorePath", Session, "", by_datastore_path});
}

}  // namespace sim
