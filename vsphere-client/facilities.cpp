#include "vsphere-client/facilities.h"

#include <algorithm>

#include "vsphere-client/properties.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

constexpr std::size_t kEntitiesPerCall = 100;

/// EntityPrivilege: entity, then privId and isGranted of each privilege.
void read_entity_privilege(pugi::xml_node node, std::map<MoRef, std::vector<std::string>>& out) {
  const MoRef entity = ref_of(child_named(node, "entity"));
  for (const pugi::xml_node child : Children(node)) {
    if (local_name(child) != "privAvailability") continue;
    const Place place{entity, "isGranted"};
    if (!read_flag(child_named(child, "isGranted"), place)) continue;
    out[entity].push_back(text_of(child_named(child, "privId")));
  }
}

}  // namespace

std::map<int, std::string> fetch_custom_fields(Session& session) {
  std::map<int, std::string> fields;
  const MoRef& manager = session.content().custom_fields_manager;
  if (manager.empty()) return fields;
  const auto read = [&fields](const ObjectView& object) {
    for (const pugi::xml_node def : Children(object.find("field"))) {
      if (def.type() != pugi::node_element) continue;
      const Place place{object.object, "field"};
      fields[read_number<int>(child_named(def, "key"), place)] = text_of(child_named(def, "name"));
    }
  };
  retrieve_objects(session, {manager}, {manager.type, {"field"}}, read);
  return fields;
}

std::vector<std::vector<std::string>> fetch_privileges(Session& session,
                                                       const std::vector<MoRef>& entities,
                                                       const std::vector<std::string>& privileges) {
  const MoRef& manager = session.content().authorization_manager;
  if (manager.empty() || entities.empty()) return {};
  std::map<MoRef, std::vector<std::string>> held;
  for (std::size_t from = 0; from < entities.size(); from += kEntitiesPerCall) {
    const std::size_t to = std::min(entities.size(), from + kEntitiesPerCall);
    SoapRequest request("HasPrivilegeOnEntities", manager);
    for (std::size_t i = from; i < to; ++i) request.ref("entity", entities[i]);
    // The key of the session of now: not to be sent again by itself after a new login.
    request.text("sessionId", session.session_key());
    for (const std::string& privilege : privileges) request.text("privId", privilege);
    const SoapReply reply = session.call(request, Session::Retry::Never);
    for (const pugi::xml_node child : Children(reply.result())) {
      if (child.type() == pugi::node_element) read_entity_privilege(child, held);
    }
  }
  std::vector<std::vector<std::string>> out;
  for (const MoRef& entity : entities) out.push_back(held[entity]);
  return out;
}

}  // namespace vsphere
