// Privileges: one user who has all of them, but those that a flag takes away.
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"
#include "tests/simulator/services/views.h"

namespace sim {
namespace {

using Denied = std::set<std::string>;

std::vector<std::string> texts(const Call& call, const char* name) {
  std::vector<std::string> all;
  for (const auto& node : children_named(call.arguments, name)) all.push_back(text_of(node));
  return all;
}

/// System.* comes with every role (API text of Role); no flag can take it away.
bool granted(const Denied& denied, const std::string& privilege) {
  return privilege.starts_with("System.") || !denied.contains(privilege);
}

std::string on_entities(Call& call, const Denied& denied) {
  std::string out;
  for (const auto& node : children_named(call.arguments, "entity")) {
    const Ref entity = ref_of(node);
    require_exists(call.world, entity);
    Value answer = Value::object("EntityPrivilege");
    answer.set("entity", Value::ref(entity));
    std::vector<Value> each;
    for (const auto& privilege : texts(call, "privId")) {
      Value availability = Value::object("PrivilegeAvailability");
      availability.set("privId", Value::text(privilege));
      availability.set("isGranted", Value::boolean(granted(denied, privilege)));
      each.push_back(std::move(availability));
    }
    answer.set_all("privAvailability", std::move(each));
    write_value(out, "returnval", answer, "EntityPrivilege", call.api_version);
  }
  return out;
}

std::string on_entity(Call& call, const Denied& denied) {
  require_exists(call.world, ref_of(child_named(call.arguments, "entity")));
  std::string out;
  for (const auto& privilege : texts(call, "privId"))
    write_value(out, "returnval", Value::boolean(granted(denied, privilege)), "xsd:boolean",
                call.api_version);
  return out;
}

std::string fetch(Call& call, const Denied& denied) {
  std::string out;
  for (const auto& node : children_named(call.arguments, "entities")) {
    const Ref entity = ref_of(node);
    require_exists(call.world, entity);
    Value answer = Value::object("UserPrivilegeResult");
    answer.set("entity", Value::ref(entity));
    std::vector<Value> each;
    for (const auto& privilege : views::privileges())
      if (granted(denied, std::string(privilege)))
        each.push_back(Value::text(std::string(privilege)));
    answer.set_all("privileges", std::move(each));
    write_value(out, "returnval", answer, "UserPrivilegeResult", call.api_version);
  }
  return out;
}

std::string entity_permissions(Call& call) {
  const Ref entity = ref_of(child_named(call.arguments, "entity"));
  require_exists(call.world, entity);
  const bool inherited = flag_of(call.arguments, "inherited", false);
  std::string out;
  if (inherited || entity.value == call.world.root_folder.value)
    for (const Value& each : views::permissions(call.world))
      write_value(out, "returnval", each, "Permission", call.api_version);
  return out;
}

}  // namespace

void add_authorization_services(ServiceTable& table, DeniedPrivileges denied) {
  using enum ServiceEntry::Needs;
  const auto with = [denied](std::string (*run)(Call&, const Denied&)) {
    return [denied, run](Call& call) { return run(call, *denied); };
  };
  const std::string manager = "AuthorizationManager";
  table.add({manager, "HasPrivilegeOnEntities", Session, "", with(on_entities)});
  table.add({manager, "HasPrivilegeOnEntity", Session, "", with(on_entity)});
  table.add({manager, "FetchUserPrivilegeOnEntities", Session, "", with(fetch)});
  table.add({manager, "RetrieveEntityPermissions", Session, "System.Read", entity_permissions});
}

void add_authorization_services(ServiceTable& table) {
  add_authorization_services(table, std::make_shared<const Denied>());
}

}  // namespace sim
