// The inventory as a tree: folders made, objects moved between them and renamed. vCenter does this
// in its own database, so no host has to be there for it.
#include <utility>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

// Where an object hangs and what it is called; nulls for what cannot be moved or renamed.
struct Place {
  Ref* parent = nullptr;
  std::string* name = nullptr;
};

template <typename Object>
Place place_in(std::map<std::string, Object>& objects, const Ref& ref, Ref Object::*parent) {
  const auto found = objects.find(ref.value);
  return found == objects.end() ? Place{} : Place{&(found->second.*parent), &found->second.name};
}

Place place_of(World& world, const Ref& ref) {
  for (const Place& place :
       {place_in(world.vms, ref, &Vm::folder), place_in(world.folders, ref, &Folder::parent),
        place_in(world.datacenters, ref, &Datacenter::parent),
        place_in(world.computes, ref, &Compute::folder),
        place_in(world.datastores, ref, &Datastore::folder)})
    if (place.name) return place;
  return {};
}

// The uppermost folder above: the root folder, or one of the four of a datacenter. It tells what
// may lie below it.
Ref top_of(const World& world, Ref folder) {
  for (auto at = world.folders.find(folder.value); at != world.folders.end();
       at = world.folders.find(at->second.parent.value))
    folder = at->second.ref;
  return folder;
}

bool lies_in(const World& world, Ref folder, const Ref& ancestor) {
  while (folder != ancestor) {
    const auto found = world.folders.find(folder.value);
    if (found == world.folders.end()) return false;
    folder = found->second.parent;
  }
  return true;
}

std::optional<FaultValue> unfit_name(const std::string& name) {
  if (name.empty() || name.size() > 80) return invalid_name(name);
  return std::nullopt;
}

// The four folders of a datacenter and the root folder stay where they are.
bool is_fixed(const World& world, const Ref& ref) {
  const auto folder = world.folders.find(ref.value);
  return folder != world.folders.end() && top_of(world, ref) == ref;
}

std::optional<FaultValue> move_one(World& world, const Ref& target, const Ref& what) {
  const Place place = place_of(world, what);
  if (!place.name) return object_not_found(what);
  if (*place.parent == target) return std::nullopt;
  const bool itself = world.folders.contains(what.value) && lies_in(world, target, what);
  if (is_fixed(world, what) || itself || top_of(world, *place.parent) != top_of(world, target)) {
    FaultValue value = fault("InvalidFolder", "The specified folder is invalid.");
    value.refs = {{"target", target}};
    return value;
  }
  if (auto taken = world.name_taken(target, *place.name, what)) return taken;
  const Ref from = *place.parent;
  *place.parent = target;
  world.touch(what, "parent");
  world.touch(from, "childEntity");
  world.touch(target, "childEntity");
  return std::nullopt;
}

// What comes of it besides the new name.
void renamed(World& world, const Ref& entity, const std::string& user, const std::string& before) {
  world.touch(entity, "name");
  if (const auto vm = world.vms.find(entity.value); vm != world.vms.end()) {
    ++vm->second.change_version;
    world.touch(entity, "config");
    Operations(world).log("VmRenamedEvent", user, "Renamed " + before + " to " + vm->second.name,
                          vm->second);
  }
}

}  // namespace

std::optional<FaultValue> World::name_taken(const Ref& folder, const std::string& name,
                                            const Ref& besides) const {
  const auto in = [&](const auto& objects, auto parent) -> std::optional<FaultValue> {
    for (const auto& [moid, object] : objects)
      if (object.*parent == folder && object.name == name && object.ref != besides)
        return duplicate_name(name, object.ref);
    return std::nullopt;
  };
  if (auto taken = in(folders, &Folder::parent)) return taken;
  if (auto taken = in(vms, &Vm::folder)) return taken;
  if (auto taken = in(datacenters, &Datacenter::parent)) return taken;
  if (auto taken = in(computes, &Compute::folder)) return taken;
  return in(datastores, &Datastore::folder);
}

std::variant<Ref, FaultValue> World::create_folder(const Ref& parent, const std::string& name) {
  now();
  if (auto unfit = unfit_name(name)) return *unfit;
  if (auto taken = name_taken(parent, name)) return *taken;
  Folder folder{next_ref("Folder"), name, parent};
  const Ref made = folder.ref;
  folders[made.value] = std::move(folder);
  touch(made);
  touch(parent, "childEntity");
  return made;
}

Started World::move_into(const Ref& folder, const std::vector<Ref>& what, const std::string& user) {
  const auto target = folders.find(folder.value);
  if (target == folders.end()) return {std::nullopt, object_not_found(folder)};
  const Operations::Kind kind = {"MoveIntoFolder_Task", "Folder.moveInto"};
  return Operations(*this).start_on(
      folder, target->second.name, kind, user, options_.short_time, [this, folder, what] {
        Operations::Outcome outcome;
        if (!folders.contains(folder.value)) outcome.error = object_not_found(folder);
        // One that cannot be moved ends it: those before it have moved (API text).
        for (auto one = what.begin(); one != what.end() && !outcome.error; ++one)
          outcome.error = move_one(*this, folder, *one);
        return outcome;
      });
}

Started World::rename(const Ref& entity, const std::string& name, const std::string& user) {
  now();
  const bool is_pool = pools.contains(entity.value);
  const Place place = is_pool ? place_in(pools, entity, &Pool::parent) : place_of(*this, entity);
  if (!place.name) return {std::nullopt, object_not_found(entity)};
  // The names of its files begin with a datastore's: each would have to change too.
  if (datastores.contains(entity.value))
    return {std::nullopt, fault("NotSupported", "The operation is not supported on the object.")};
  if (auto unfit = unfit_name(name)) return {std::nullopt, unfit};
  const Operations::Kind kind = {"Rename_Task", "ManagedEntity.rename"};
  const auto work = [this, entity, name, user, is_pool] {
    Operations::Outcome outcome;
    const Place at = is_pool ? place_in(pools, entity, &Pool::parent) : place_of(*this, entity);
    if (!at.name) {
      outcome.error = object_not_found(entity);
    } else if (!is_pool) {
      outcome.error = name_taken(*at.parent, name, entity);
    }
    if (outcome.error) return outcome;
    const std::string before = std::exchange(*at.name, name);
    renamed(*this, entity, user, before);
    return outcome;
  };
  Operations operations(*this);
  const auto vm = vms.find(entity.value);
  if (vm == vms.end())
    return operations.start_on(entity, *place.name, kind, user, options_.short_time, work);
  if (auto refused = operations.refuse(vm->second, kind)) return {std::nullopt, refused};
  return operations.start(vm->second, kind, user, options_.short_time,
                          [work](Vm&) { return work(); });
}

}  // namespace sim
