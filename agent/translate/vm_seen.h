// Wire to domain: the only place where vSphere's vocabulary becomes ours.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "policy/inventory.h"
#include "policy/observation.h"
#include "vsphere-client/inventory_objects.h"
#include "vsphere-client/session.h"

namespace agent {

/// Folders, datacenters, clusters and hosts of one endpoint, to tell where a VM lives.
class Surroundings {
 public:
  /// `root` is the root folder, which lies outside its own view and has no place in a path.
  explicit Surroundings(vsphere::MoRef root) : root_(std::move(root)) {}
  void add(const vsphere::Entity& entity);
  /// "/DC0/vm/folder/name" with decoded names; an ancestor that we may not
  /// see leaves "?" in its place. A cycle ends the path.
  std::string path_of(const vsphere::MoRef& parent, const std::string& name) const;
  /// Decoded name of the cluster (or single host) that owns `host`; "" when unknown.
  std::string cluster_of(const vsphere::MoRef& host) const;
  std::size_t size() const { return entities_.size(); }

 private:
  struct Node {
    std::string name;
    std::string type;
    std::string parent;
  };
  vsphere::MoRef root_;
  std::map<std::string, Node, std::less<>> entities_;
};

/// What belongs to a VM but stands elsewhere on the wire.
struct VmContext {
  std::string endpoint;  ///< configured name
  const Surroundings* surroundings = nullptr;
  const std::map<int, std::string>* attribute_names = nullptr;
  const std::map<std::string, std::vector<std::string>>* tags = nullptr;  ///< by moid; may be null
};

/// Folder or vApp that a VM's path begins at.
const vsphere::MoRef& place_above(const vsphere::VirtualMachine& vm);

/// Total: an unknown server word becomes Unknown, nothing throws.
policy::VmSeen vm_seen(const vsphere::VirtualMachine& vm, const VmContext& context);

policy::Datastore datastore_seen(const vsphere::Datastore& datastore, const std::string& endpoint);

/// `host_uuid` stands in for the instance uuid that ESXi lacks.
policy::Endpoint endpoint_seen(const std::string& name, const vsphere::ServiceContent& content,
                               const std::string& version, const std::string& host_uuid);

}  // namespace agent
