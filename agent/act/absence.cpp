#include "agent/act/absence.h"

#include <map>

#include "vsphere-client/properties.h"

namespace agent {

std::vector<HiddenVm> find_hidden(vsphere::Session& session,
                                  const std::vector<policy::VmIdentity>& absent) {
  std::vector<HiddenVm> hidden;
  if (absent.empty()) return hidden;
  std::map<std::string, const policy::VmIdentity*> by_moid;
  std::vector<vsphere::MoRef> refs;
  for (const policy::VmIdentity& vm : absent) {
    by_moid[vm.moid] = &vm;
    refs.push_back({.type = "VirtualMachine", .value = vm.moid});
  }
  vsphere::retrieve_objects(
      session, refs, {.type = "VirtualMachine", .paths = {"name", "config.instanceUuid"}},
      [&](const vsphere::ObjectView& object) {
        const auto known = by_moid.find(object.object.value);
        if (known == by_moid.end()) return;
        for (const vsphere::MissingProperty& missing : object.missing) {
          hidden.push_back(
              {*known->second, "seen before, now refused (" + missing.fault.message + ")"});
          return;
        }
        const std::string uuid = object.find("config.instanceUuid").text().get();
        if (!uuid.empty() && !known->second->instance_uuid.empty() &&
            uuid != known->second->instance_uuid) {
          return;
        }
        hidden.push_back({*known->second, "seen before and still there, but in no list"});
      });
  return hidden;
}

}  // namespace agent
