#include "vsphere-client/look.h"

#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

HostState decode_host(const ObjectView& object) {
  HostState out;
  out.ref = object.object;
  out.missing = object.missing;
  for (const auto& [path, value] : object.properties) {
    if (path == "name") out.name = text_of(value);
    if (path == "recentTask") out.recent_tasks = refs_of(value);
    if (path == "runtime.connectionState") out.connection_state = text_of(value);
    if (path == "runtime.inMaintenanceMode" && value) {
      out.in_maintenance = read_flag(value, {object.object, path});
    }
  }
  return out;
}

}  // namespace

Look look(Session& session, const LookAt& at) {
  std::vector<MoRef> objects;
  std::vector<PropertySpec> specs;
  if (!at.vm.empty()) {
    objects.push_back(at.vm);
    specs.push_back({"VirtualMachine", virtual_machine_paths()});
    specs.back().paths.emplace_back("config.guestId");
    specs.back().paths.emplace_back("recentTask");
  }
  if (!at.datastores.empty()) specs.push_back({"Datastore", datastore_paths()});
  objects.insert(objects.end(), at.datastores.begin(), at.datastores.end());
  if (!at.host.empty()) {
    objects.push_back(at.host);
    specs.push_back(
        {"HostSystem",
         {"name", "recentTask", "runtime.connectionState", "runtime.inMaintenanceMode"}});
  }
  Look out;
  const auto take = [&](const ObjectView& object) {
    if (object.object == at.vm) {
      out.vm = decode_virtual_machine(object);
      out.guest_id = text_of(object.find("config.guestId"));
      out.recent_tasks = refs_of(object.find("recentTask"));
    } else if (object.object == at.host) {
      out.host = decode_host(object);
    } else {
      out.datastores.push_back(decode_datastore(object));
    }
  };
  retrieve_objects(session, objects, specs, take,
                   [&out](const MoRef& gone) { out.gone.push_back(gone); });
  return out;
}

}  // namespace vsphere
