// Properties that every ManagedEntity has: folders, hosts, datastores and VMs alike.
#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

Value status(const Entity& entity) { return Value::word("ManagedEntityStatus", entity.status); }

Value custom_values(const Entity& entity) {
  std::vector<Value> items;
  if (entity.custom_values != nullptr) {
    for (const auto& [key, text] : *entity.custom_values) {
      items.push_back(Value::object("CustomFieldStringValue"));
      items.back().set("key", Value::integer(key)).set("value", Value::text(text));
    }
  }
  return Value::array("ArrayOfCustomFieldValue", "CustomFieldValue", std::move(items));
}

Value available_fields(const World& world, const std::string& type) {
  std::vector<Value> items;
  for (const CustomField& field : world.fields) {
    // A field without a type is global: every entity has it.
    if (!field.type.empty() && !type.empty() && field.type != type) continue;
    Value item = Value::object("CustomFieldDef");
    item.set("key", Value::integer(field.key))
        .set("name", Value::text(field.name))
        .set("type", Value::text("string"));
    if (!field.type.empty()) item.set("managedObjectType", Value::text(field.type));
    items.push_back(std::move(item));
  }
  return Value::array("ArrayOfCustomFieldDef", "CustomFieldDef", std::move(items));
}

constexpr Entry<Entity> kTable[] = {
    {"alarmActionsEnabled", [](World&, const Entity&) -> Made { return Value::boolean(true); }},
    {"availableField",
     [](World& world, const Entity& entity) -> Made {
       return available_fields(world, entity.ref.type);
     }},
    {"configIssue", [](World&, const Entity&) -> Made { return empty_array("Event"); }},
    {"configStatus", [](World&, const Entity& entity) -> Made { return status(entity); }},
    {"customValue", [](World&, const Entity& entity) -> Made { return custom_values(entity); }},
    {"declaredAlarmState", [](World&, const Entity&) -> Made { return empty_array("AlarmState"); }},
    {"disabledMethod",
     [](World&, const Entity& entity) -> Made { return strings_value(entity.disabled_methods); }},
    {"effectiveRole",
     [](World&, const Entity&) -> Made {
       return Value::array("ArrayOfInt", "int", {Value::integer(-1)});
     }},
    {"name", [](World&, const Entity& entity) -> Made { return Value::text(entity.name); }},
    {"overallStatus", [](World&, const Entity& entity) -> Made { return status(entity); }},
    {"parent",
     [](World&, const Entity& entity) -> Made {
       if (!entity.parent || entity.parent->empty()) return std::nullopt;
       return Value::ref(*entity.parent);
     }},
    {"permission",
     [](World& world, const Entity& entity) -> Made {
       // What is defined on the entity itself: others inherit the root folder's.
       const bool defined = entity.ref == world.root_folder;
       return Value::array("ArrayOfPermission", "Permission",
                           defined ? permissions(world) : std::vector<Value>{});
     }},
    {"recentTask",
     [](World& world, const Entity& entity) -> Made {
       std::vector<Ref> refs;
       if (entity.recent_tasks != nullptr)
         for (const Ref& task : *entity.recent_tasks)
           if (world.tasks.contains(task.value)) refs.push_back(task);
       return refs_value(std::move(refs));
     }},
    {"tag", [](World&, const Entity&) -> Made { return empty_array("Tag"); }},
    {"triggeredAlarmState",
     [](World&, const Entity&) -> Made { return empty_array("AlarmState"); }},
    {"value", [](World&, const Entity& entity) -> Made { return custom_values(entity); }},
};

}  // namespace

std::vector<Value> permissions(const World& world) {
  std::vector<Value> all;
  for (const auto& [principal, group] : {std::pair("VSPHERE.LOCAL\\Administrator", false),
                                         std::pair("VSPHERE.LOCAL\\Administrators", true)}) {
    all.push_back(Value::object("Permission"));
    all.back()
        .set("entity", Value::ref(world.root_folder))
        .set("principal", Value::text(principal))
        .set("group", Value::boolean(group))
        .set("roleId", Value::integer(-1))
        .set("propagate", Value::boolean(true));
  }
  return all;
}

std::span<const Entry<Entity>> entity_table() { return kTable; }

}  // namespace sim::views
