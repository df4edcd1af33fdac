#include "agent/act/execute/clone_places.h"

#include <set>
#include <utility>

#include "vsphere-client/inventory_objects.h"
#include "vsphere-client/properties.h"

namespace agent {

void ClonePlaces::read() {
  if (places_) return;
  std::map<std::string, Place> read;
  const std::vector<std::string> paths{"name", "parent"};
  vsphere::retrieve_all(session_, session_.content().root_folder,
                        {{.type = "Folder", .paths = paths},
                         {.type = "Datacenter", .paths = paths},
                         {.type = "HostSystem", .paths = paths},
                         {.type = "ResourcePool", .paths = paths},
                         {.type = "Datastore", .paths = paths}},
                        [&](const vsphere::ObjectView& object) {
                          const vsphere::Entity entity = vsphere::decode_entity(object);
                          read[entity.ref.value] = {.type = entity.ref.type,
                                                    .name = vsphere::unescape_name(entity.name),
                                                    .parent = entity.parent.value};
                        });
  places_ = std::move(read);
}

std::string ClonePlaces::path_of(const std::string& moid) const {
  std::string path;
  std::set<std::string> visited;
  for (auto at = places_->find(moid); at != places_->end() && visited.insert(at->first).second;
       at = places_->find(at->second.parent)) {
    path.insert(0, "/" + at->second.name);
  }
  return path;
}

std::string ClonePlaces::only(const std::string& type, const std::string& name, const char* what,
                              std::vector<std::string>& problems) const {
  if (name.empty()) return {};
  std::vector<std::string> found;
  for (const auto& [moid, place] : *places_) {
    if (place.type == type && (place.name == name || moid == name)) found.push_back(moid);
  }
  if (found.size() == 1) return found.front();
  std::string text = std::string(what) + " \"" + name + "\" ";
  if (found.empty()) {
    text += "is not there, or the account may not see it";
  } else {
    text += "is ambiguous; name one of";
    for (const std::string& moid : found) text += " " + moid;
  }
  problems.push_back(std::move(text));
  return {};
}

std::string ClonePlaces::folder(const std::string& path, std::vector<std::string>& problems) const {
  if (path.empty()) return {};
  std::vector<std::string> found;
  for (const auto& [moid, place] : *places_) {
    if (place.type == "Folder" && (moid == path || path_of(moid) == path)) found.push_back(moid);
  }
  if (found.size() == 1) return found.front();
  problems.push_back("folder \"" + path + "\" " +
                     (found.empty() ? "is not there, or the account may not see it"
                                    : "is ambiguous; name it by its moid"));
  return {};
}

ClonePlaces::Found ClonePlaces::find(const CloneTarget& target) {
  Found found;
  const bool nowhere_else = target.folder.empty() && target.datastore.empty() &&
                            target.host.empty() && target.pool.empty();
  if (nowhere_else) return found;
  read();
  found.folder = folder(target.folder, found.problems);
  found.datastore = only("Datastore", target.datastore, "datastore", found.problems);
  found.host = only("HostSystem", target.host, "host", found.problems);
  found.pool = only("ResourcePool", target.pool, "resource pool", found.problems);
  return found;
}

}  // namespace agent
