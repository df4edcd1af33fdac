// ViewManager and the views it makes.
#include <algorithm>

#include "tests/simulator/wire/collector_services.h"
#include "tests/simulator/wire/filter_spec.h"

namespace sim {
namespace {

std::vector<Ref> refs_named(const Call& call, std::string_view name) {
  std::vector<Ref> refs;
  for (const pugi::xml_node& child : call.arguments.children()) {
    if (local_name(child) != name) continue;
    refs.push_back({child.attribute("type").value(), child.text().get()});
  }
  return refs;
}

View& keep(Call& call, View view, const std::string& type) {
  SessionViews& views = *call.session->views;
  view.ref = session_ref(call, type);
  ++views.changes;
  return views.views[view.ref.value] = std::move(view);
}

View& self_view(Call& call) {
  auto& views = call.session->views->views;
  const auto found = views.find(call.self.value);
  if (found == views.end()) throw_not_found(call.self);
  return found->second;
}

void news(Call& call) {
  ++call.session->views->changes;
  call.world.changed.notify_all();
}

std::string create_container_view(Call& call) {
  View view;
  view.container = ref_argument(call, "container");
  if (!exists(call, view.container)) throw_not_found(view.container);
  view.recursive = flag_argument(call, "recursive", false);
  for (const pugi::xml_node& child : call.arguments.children()) {
    if (local_name(child) == "type") view.types.emplace_back(child.text().get());
  }
  return return_ref(keep(call, std::move(view), "ContainerView").ref);
}

std::string create_list_view(Call& call) {
  View view;
  view.members = refs_named(call, "obj");
  return return_ref(keep(call, std::move(view), "ListView").ref);
}

std::string create_inventory_view(Call& call) {
  View view;
  view.members = {call.world.root_folder};
  return return_ref(keep(call, std::move(view), "InventoryView").ref);
}

/// Shared by ModifyListView and ResetListView; answers what could not be added.
std::string change_members(Call& call, std::string_view adds) {
  View& view = self_view(call);
  std::string unresolved;
  for (const Ref& gone : refs_named(call, "remove")) std::erase(view.members, gone);
  for (Ref& add : refs_named(call, adds)) {
    if (!exists(call, add)) {
      unresolved += return_ref(add);
    } else if (std::find(view.members.begin(), view.members.end(), add) == view.members.end()) {
      view.members.push_back(std::move(add));
    }
  }
  news(call);
  return unresolved;
}

std::string modify_list_view(Call& call) { return change_members(call, "add"); }

std::string reset_list_view(Call& call) {
  self_view(call).members.clear();
  return change_members(call, "obj");
}

std::string destroy_view(Call& call) {
  self_view(call);
  call.session->views->views.erase(call.self.value);
  news(call);
  return {};
}

}  // namespace

void add_view_services(ServiceTable& table) {
  using Needs = ServiceEntry::Needs;
  const auto add = [&](const char* type, const char* method, Service run) {
    table.add({type, method, Needs::Session, "System.View", std::move(run)});
  };
  add("ViewManager", "CreateContainerView", create_container_view);
  add("ViewManager", "CreateListView", create_list_view);
  add("ViewManager", "CreateInventoryView", create_inventory_view);
  add("ListView", "ModifyListView", modify_list_view);
  add("ListView", "ResetListView", reset_list_view);
  for (const char* const type : {"ContainerView", "ListView", "InventoryView"}) {
    add(type, "DestroyView", destroy_view);
  }
}

}  // namespace sim
