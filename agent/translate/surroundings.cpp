#include <set>

#include "agent/translate/vm_seen.h"

namespace agent {

void Surroundings::add(const vsphere::Entity& entity) {
  entities_[entity.ref.value] = {.name = vsphere::unescape_name(entity.name),
                                 .type = entity.ref.type,
                                 .parent = entity.parent.value};
}

std::string Surroundings::path_of(const vsphere::MoRef& parent, const std::string& name) const {
  std::vector<const Node*> above;
  std::set<std::string_view> visited;
  std::string_view at = parent.value;
  while (!at.empty() && at != root_.value && visited.insert(at).second) {
    const auto found = entities_.find(at);
    if (found == entities_.end()) break;
    above.push_back(&found->second);
    at = found->second.parent;
  }
  const bool unknown = at != root_.value;
  std::string path = unknown ? "/?" : "";
  for (auto node = above.rbegin(); node != above.rend(); ++node) path += "/" + (*node)->name;
  return path + "/" + name;
}

std::string Surroundings::cluster_of(const vsphere::MoRef& host) const {
  const auto found = entities_.find(host.value);
  if (found == entities_.end()) return {};
  const auto owner = entities_.find(found->second.parent);
  return owner == entities_.end() ? std::string{} : owner->second.name;
}

}  // namespace agent
