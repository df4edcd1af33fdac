#include "tests/simulator/wire/reach.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/wire/sessions.h"

namespace sim {
namespace {

SessionViews* views_of(const Call& call) {
  return call.session == nullptr ? nullptr : call.session->views.get();
}

std::vector<Ref> refs_in(const std::optional<Value>& value) {
  std::vector<Ref> refs;
  if (!value) return refs;
  if (value->is_ref()) refs.push_back(value->as_ref());
  if (const auto* const items = value->is_array() ? value->field("") : nullptr) {
    for (const Value& item : *items) refs.push_back(item.as_ref());
  }
  return refs;
}

Value ref_array(const std::vector<Ref>& refs) {
  std::vector<Value> items;
  items.reserve(refs.size());
  for (const Ref& ref : refs) items.push_back(Value::ref(ref));
  return Value::array("ArrayOfManagedObjectReference", "ManagedObjectReference", std::move(items));
}

std::optional<Value> session_property(const Call& call, std::string_view path) {
  if (path == "currentSession") {
    if (call.session == nullptr) return std::nullopt;
    return user_session(*call.session);
  }
  std::vector<Value> all;
  for (const SessionState* each : call.sessions->list()) all.push_back(user_session(*each));
  return Value::array("ArrayOfUserSession", "UserSession", std::move(all));
}

/// The filters that this session made on a collector; nothing when it made none.
std::optional<Value> filters_of(const Call& call, const Ref& collector) {
  const SessionViews* const views = views_of(call);
  if (views == nullptr) return std::nullopt;
  const auto found = views->collectors.find(collector.value);
  if (found == views->collectors.end() || found->second.filters.empty()) return std::nullopt;
  std::vector<Ref> filters;
  for (const auto& [id, filter] : found->second.filters) filters.push_back(filter.ref);
  return ref_array(filters);
}

std::optional<Value> view_property(Call& call, const Properties& from, const View& view,
                                   std::string_view path) {
  if (path == "view") return ref_array(members_of(call, from, view));
  if (view.ref.type == "ContainerView") {
    if (path == "container") return Value::ref(view.container);
    if (path == "recursive") return Value::boolean(view.recursive);
    if (path == "type") {
      std::vector<Value> types;
      for (const std::string& type : view.types) types.push_back(Value::text(type));
      return Value::array("ArrayOfString", "string", std::move(types));
    }
  }
  throw FaultReply{{.type = "InvalidProperty",
                    .message = "The property " + std::string(path) + " is not valid.",
                    .fields = {{"name", std::string(path)}}}};
}

/// Which objects stand below a container: asks each object for what holds it.
class Below {
 public:
  Below(World& world, const View& view) : world_(world), view_(view) {}

  bool holds(const Ref& parent) {
    if (parent.empty()) return false;
    if (parent == view_.container) return true;
    if (!view_.recursive) return false;
    const auto known = known_.find(parent.value);
    if (known != known_.end()) return known->second;
    known_[parent.value] = false;  // a loop of parents ends here
    const bool found = holds(parent_of(parent));
    known_[parent.value] = found;
    return found;
  }

 private:
  Ref parent_of(const Ref& ref) const {
    if (const auto at = world_.folders.find(ref.value); at != world_.folders.end()) {
      return at->second.parent;
    }
    if (const auto at = world_.datacenters.find(ref.value); at != world_.datacenters.end()) {
      return at->second.parent;
    }
    if (const auto at = world_.computes.find(ref.value); at != world_.computes.end()) {
      return at->second.folder;
    }
    if (const auto at = world_.pools.find(ref.value); at != world_.pools.end()) {
      return at->second.parent;
    }
    if (const auto at = world_.hosts.find(ref.value); at != world_.hosts.end()) {
      return at->second.compute;
    }
    return {};
  }

  World& world_;
  const View& view_;
  std::unordered_map<std::string, bool> known_;
};

class Walk {
 public:
  Walk(Call& call, const Properties& from, const FilterSpec& spec)
      : call_(call), from_(from), spec_(spec) {}

  void visit(const Ref& object, const std::vector<Selection>& selections, bool skip) {
    if (!skip && wanted(object.type) && taken_.insert(object).second) found_.push_back(object);
    for (const Selection& each : selections) {
      const Selection& selection = each.type.empty() ? *spec_.named(each.name) : each;
      if (!is_a(from_, object.type, selection.type)) continue;
      // A folder reached twice by one traversal has nothing new to show.
      if (!done_.emplace(object, &selection).second) continue;
      for (const Ref& next : refs_in(read_property(call_, from_, object, selection.path))) {
        if (exists(call_, next)) visit(next, selection.next, selection.skip);
      }
    }
  }

  std::vector<Ref> take() { return std::move(found_); }

 private:
  bool wanted(const std::string& type) {
    const auto [at, is_new] = wanted_.try_emplace(type, false);
    if (is_new) {
      at->second = std::any_of(
          spec_.properties.begin(), spec_.properties.end(),
          [&](const FilterSpec::Properties& each) { return is_a(from_, type, each.type); });
    }
    return at->second;
  }

  Call& call_;
  const Properties& from_;
  const FilterSpec& spec_;
  std::vector<Ref> found_;
  std::set<Ref> taken_;
  std::set<std::pair<Ref, const Selection*>> done_;
  std::map<std::string, bool> wanted_;
};

}  // namespace

bool exists(const Call& call, const Ref& object) {
  World& world = call.world;
  const std::string& id = object.value;
  if (id.starts_with("session[")) {
    const SessionViews* const views = views_of(call);
    if (views == nullptr) return false;
    const std::string own = "session[" + call.session->key + "]";
    if (object.type == "EventHistoryCollector")
      return world.event_collectors.contains(id) && id.starts_with(own);
    if (object.type == "TaskHistoryCollector")
      return world.task_collectors.contains(id) && id.starts_with(own);
    if (object.type == "PropertyCollector") return views->collectors.contains(id);
    if (object.type != "PropertyFilter") return views->views.contains(id);
    return std::any_of(views->collectors.begin(), views->collectors.end(),
                       [&](const auto& each) { return each.second.filters.contains(id); });
  }
  if (object.type == "VirtualMachine") return world.vms.contains(id);
  if (object.type == "VirtualMachineSnapshot") return world.snapshot(id).second != nullptr;
  if (object.type == "Task") return world.tasks.contains(id);
  if (object.type == "HostSystem") return world.hosts.contains(id);
  if (object.type == "Datastore") return world.datastores.contains(id);
  if (object.type == "Folder") return world.folders.contains(id);
  if (object.type == "Datacenter") return world.datacenters.contains(id);
  if (object.type == "ResourcePool") return world.pools.contains(id);
  if (object.type.ends_with("ComputeResource")) return world.computes.contains(id);
  return true;
}

void throw_not_found(const Ref& object) {
  throw FaultReply{{.type = "ManagedObjectNotFound",
                    .message = "The object '" + object.type + ":" + object.value +
                               "' has already been deleted or has not been completely created",
                    .refs = {{"obj", object}}}};
}

bool is_a(const Properties& from, std::string_view type, std::string_view base) {
  if (type == base || base == "ManagedObject") return true;
  if (type == "ContainerView" || type == "ListView" || type == "InventoryView") {
    return base == "View" || base == "ManagedObjectView";
  }
  return from.derives(type, base);
}

std::optional<Value> read_property(Call& call, const Properties& from, const Ref& object,
                                   std::string_view path) {
  if (object.value.starts_with("session[")) {
    const SessionViews* const views = views_of(call);
    const auto view =
        views == nullptr ? decltype(views->views.end()){} : views->views.find(object.value);
    if (views != nullptr && view != views->views.end()) {
      return view_property(call, from, view->second, path);
    }
    // What another session made, or this client's last one, is not there for this one.
    if (!exists(call, object)) throw FaultReply{object_not_found(object)};
  }
  if (object.type == "PropertyCollector" && path == "filter") {
    if (auto filters = filters_of(call, object)) return filters;
  }
  const bool sessions = object.type == "SessionManager" && call.sessions != nullptr;
  if (sessions && (path == "currentSession" || path == "sessionList")) {
    return session_property(call, path);
  }
  return from.read(call.world, object, path);
}

std::vector<Ref> members_of(Call& call, const Properties& from, const View& view) {
  if (view.ref.type != "ContainerView") {
    std::vector<Ref> present;
    std::copy_if(view.members.begin(), view.members.end(), std::back_inserter(present),
                 [&](const Ref& each) { return exists(call, each); });
    return present;
  }
  World& world = call.world;
  Below below(world, view);
  std::vector<Ref> found;
  const auto wanted = [&](std::string_view type) {
    return view.types.empty() ||
           std::any_of(view.types.begin(), view.types.end(),
                       [&](const std::string& each) { return is_a(from, type, each); });
  };
  const auto take = [&](std::string_view type, const auto& objects, const auto& is_below) {
    if (!wanted(type)) return;
    for (const auto& [id, object] : objects) {
      if (object.ref.type == type && is_below(object)) found.push_back(object.ref);
    }
  };
  const auto by_parent = [&](const auto& each) { return below.holds(each.parent); };
  const auto by_folder = [&](const auto& each) { return below.holds(each.folder); };
  take("Folder", world.folders, by_parent);
  take("Datacenter", world.datacenters, by_parent);
  take("ComputeResource", world.computes, by_folder);
  take("ClusterComputeResource", world.computes, by_folder);
  take("HostSystem", world.hosts, [&](const Host& each) { return below.holds(each.compute); });
  take("ResourcePool", world.pools, by_parent);
  take("Datastore", world.datastores, by_folder);
  take("VirtualMachine", world.vms,
       [&](const Vm& each) { return below.holds(each.folder) || below.holds(each.pool); });
  if (wanted("Network")) {  // the world keeps none: the datacenters show them
    for (const auto& [id, datacenter] : world.datacenters) {
      if (!below.holds(datacenter.network_folder)) continue;
      for (Ref& ref : refs_in(from.read(world, datacenter.ref, "network"))) {
        found.push_back(std::move(ref));
      }
    }
  }
  return found;
}

std::vector<Ref> reach(Call& call, const Properties& from, const FilterSpec& spec) {
  Walk walk(call, from, spec);
  for (const FilterSpec::Start& start : spec.starts) {
    if (exists(call, start.object)) {
      walk.visit(start.object, start.selections, start.skip);
    } else if (!spec.report_missing) {
      throw_not_found(start.object);
    }
  }
  return walk.take();
}

std::vector<std::string> paths_for(const Properties& from, const FilterSpec& spec,
                                   const std::string& type) {
  std::vector<std::string> paths;
  const auto add = [&](const std::string& path) {
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  };
  for (const FilterSpec::Properties& each : spec.properties) {
    if (!is_a(from, type, each.type)) continue;
    if (each.all) {
      for (const std::string& name : from.names(type)) add(name);
    }
    for (const std::string& path : each.paths) add(path);
  }
  return paths;
}

}  // namespace sim
