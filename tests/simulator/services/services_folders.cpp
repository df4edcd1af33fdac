// The inventory tree as a client alters it: folders, moves, names.
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"

namespace sim {
namespace {

const Ref& target_folder(const Call& call) {
  const auto found = call.world.folders.find(call.self.value);
  if (found == call.world.folders.end()) throw no_such_object(call.self);
  return found->second.ref;
}

std::string required_text(const Call& call, const char* name) {
  const auto text = optional_text(call.arguments, name);
  if (!text) throw wrong_argument(name);
  return *text;
}

std::string create_folder(Call& call) {
  const auto made = call.world.create_folder(target_folder(call), required_text(call, "name"));
  if (const auto* fault = std::get_if<FaultValue>(&made)) throw FaultReply{*fault};
  return return_ref(std::get<Ref>(made));
}

std::string move_into(Call& call) {
  const Ref& folder = target_folder(call);
  std::vector<Ref> what;
  for (const auto& node : children_named(call.arguments, "list")) {
    what.push_back(ref_of(node));
    require_exists(call.world, what.back());
  }
  if (what.empty()) throw wrong_argument("list");
  for (const Ref& one : what)  // out of their cluster, or in no folder at all
    if (call.world.hosts.contains(one.value) || call.world.pools.contains(one.value))
      throw unsupported();
  return return_task(call.world.move_into(folder, what, user_of(call)));
}

std::string rename(Call& call) {
  require_exists(call.world, call.self);
  if (call.world.hosts.contains(call.self.value)) throw unsupported();  // its name is its address
  return return_task(call.world.rename(call.self, required_text(call, "newName"), user_of(call)));
}

}  // namespace

void add_folder_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  table.add({"Folder", "CreateFolder", Session, "Folder.Create", create_folder});
  // The API names no privilege for these two: it depends on what is moved or renamed.
  table.add({"Folder", "MoveIntoFolder_Task", Session, "", move_into});
  for (const char* type : {"VirtualMachine", "Folder", "Datacenter", "ClusterComputeResource",
                           "ComputeResource", "ResourcePool", "HostSystem", "Datastore"})
    table.add({type, "Rename_Task", Session, "", rename});
}

}  // namespace sim
