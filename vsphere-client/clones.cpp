#include "vsphere-client/clones.h"

#include <stdexcept>

#include "vsphere-client/task_call.h"

namespace vsphere {
namespace {

void write_text_unless_empty(SoapRequest& request, std::string_view name, const std::string& text) {
  if (!text.empty()) request.text(name, text);
}

void write_ref_unless_empty(SoapRequest& request, std::string_view name, const MoRef& ref) {
  if (!ref.empty()) request.ref(name, ref);
}

void write_location(SoapRequest& request, const CloneSpec& spec) {
  request.open("location");
  write_ref_unless_empty(request, "datastore", spec.datastore);
  // DisallowSharing would copy a chain layer by layer and give the clone a chain, too.
  request.text("diskMoveType",
               spec.linked ? "createNewChildDiskBacking" : "moveAllDiskBackingsAndConsolidate");
  write_ref_unless_empty(request, "pool", spec.pool);
  write_ref_unless_empty(request, "host", spec.host);
  request.close();
}

/// As the source is plugged in. A distributed port is left out: it is the source's own, and the
/// clone is given one of its group. Of an unknown class nothing is sent, which leaves it as it is.
void write_backing(SoapRequest& request, const NetworkBacking& backing) {
  if (backing.class_name == "VirtualEthernetCardNetworkBackingInfo") {
    request.open("backing", backing.class_name).text("deviceName", backing.device_name);
    write_ref_unless_empty(request, "network", backing.network);
    request.close();
  } else if (backing.class_name == "VirtualEthernetCardDistributedVirtualPortBackingInfo") {
    request.open("backing", backing.class_name).open("port");
    request.text("switchUuid", backing.switch_uuid);
    write_text_unless_empty(request, "portgroupKey", backing.portgroup_key);
    request.close().close();
  } else if (backing.class_name == "VirtualEthernetCardOpaqueNetworkBackingInfo") {
    request.open("backing", backing.class_name);
    request.text("opaqueNetworkId", backing.opaque_network_id);
    request.text("opaqueNetworkType", backing.opaque_network_type).close();
  }
}

/// No address is sent: the server gives the clone new ones, as it does without this change.
void write_disconnected(SoapRequest& request, const NetworkCard& card) {
  request.open("deviceChange").text("operation", "edit").open("device", card.class_name);
  request.number("key", card.key);
  // Means nothing to an edit, but clients send it, and not every server does without.
  request.open("deviceInfo", "Description")
      .text("label", card.label)
      .text("summary", card.summary)
      .close();
  write_backing(request, card.backing);
  request.open("connectable")
      .flag("startConnected", false)
      .flag("allowGuestControl", card.allow_guest_control)
      .flag("connected", false)
      .close();
  if (card.controller_key) request.number("controllerKey", *card.controller_key);
  if (card.unit_number) request.number("unitNumber", *card.unit_number);
  request.close().close();
}

/// Without a fileOperation: the source's file is not touched.
void write_without_disk(SoapRequest& request, int key) {
  request.open("deviceChange").text("operation", "remove").open("device", "VirtualDisk");
  request.number("key", key).number("capacityInKB", 0).close().close();
}

void write_config(SoapRequest& request, const CloneSpec& spec) {
  request.open("config");
  write_text_unless_empty(request, "annotation", spec.annotation);
  for (const NetworkCard& card : spec.disconnect) write_disconnected(request, card);
  for (const int key : spec.excluded_disks) write_without_disk(request, key);
  for (const auto& [key, value] : spec.extra_config) {
    request.open("extraConfig", "OptionValue").text("key", key);
    request.typed_text("value", "xsd:string", value).close();
  }
  request.close();
}

}  // namespace

MoRef clone_vm(Session& session, const MoRef& vm, const CloneSpec& spec) {
  if (spec.name.empty() || spec.folder.empty()) {
    throw std::invalid_argument("a clone needs a name and a folder");
  }
  if (spec.linked && spec.snapshot.empty()) {
    throw std::invalid_argument("a linked clone stands on a snapshot: name one");
  }
  SoapRequest request("CloneVM_Task", vm);
  request.ref("folder", spec.folder).text("name", spec.name).open("spec");
  write_location(request, spec);
  request.flag("template", spec.as_template);
  write_config(request, spec);
  request.flag("powerOn", false);
  write_ref_unless_empty(request, "snapshot", spec.snapshot);
  return start_task(session, request.close());
}

MoRef destroy_vm(Session& session, const MoRef& vm) {
  return start_task(session, SoapRequest("Destroy_Task", vm));
}

}  // namespace vsphere
