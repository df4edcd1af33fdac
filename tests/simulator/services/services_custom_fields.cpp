// Custom attributes: defining one, and setting its value on a VM.
#include <algorithm>

#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"

namespace sim {
namespace {

CustomField* field_named(World& world, const std::string& name) {
  for (auto& field : world.fields)
    if (field.name == name) return &field;
  return nullptr;
}

std::string add_definition(Call& call) {
  CustomField field;
  field.name = text_of(child_named(call.arguments, "name"));
  field.type = optional_text(call.arguments, "moType").value_or("");
  if (field.name.empty()) throw wrong_argument("name");
  if (field_named(call.world, field.name) != nullptr)
    throw FaultReply{{.type = "DuplicateName",
                      .message = "The name '" + field.name + "' already exists.",
                      .fields = {{"name", field.name}},
                      .refs = {{"object", call.self}}}};
  field.key = 100;
  for (const auto& other : call.world.fields) field.key = std::max(field.key, other.key);
  ++field.key;
  call.world.fields.push_back(field);
  call.world.touch(call.self, "field");
  Value made = Value::object("CustomFieldDef");
  made.set("key", Value::integer(field.key));
  made.set("name", Value::text(field.name));
  made.set("type", Value::text("string"));
  if (!field.type.empty()) made.set("managedObjectType", Value::text(field.type));
  std::string out;
  write_value(out, "returnval", made, "CustomFieldDef", call.api_version);
  return out;
}

/// An empty value takes the attribute off, as the API text says of SetField.
void set_value(World& world, Vm& vm, int key, const std::string& value) {
  if (value.empty())
    vm.custom_values.erase(key);
  else
    vm.custom_values[key] = value;
  for (const char* property : {"customValue", "value", "summary.customValue"})
    world.touch(vm.ref, property);
}

std::string set_field(Call& call) {
  const Ref entity = ref_of(child_named(call.arguments, "entity"));
  require_exists(call.world, entity);
  Vm* vm = call.world.vm(entity.value);
  if (vm == nullptr) throw unsupported();  // values are modelled on VMs alone
  const auto key = static_cast<int>(number_argument(call, "key"));
  const auto& fields = call.world.fields;
  if (std::none_of(fields.begin(), fields.end(), [key](const auto& f) { return f.key == key; }))
    throw wrong_argument("key");
  set_value(call.world, *vm, key, text_of(child_named(call.arguments, "value")));
  return {};
}

std::string set_custom_value(Call& call) {
  Vm& vm = target_vm(call);
  const auto* field = field_named(call.world, text_of(child_named(call.arguments, "key")));
  if (field == nullptr) throw wrong_argument("key");
  set_value(call.world, vm, field->key, text_of(child_named(call.arguments, "value")));
  return {};
}

}  // namespace

void add_custom_field_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  const std::string manager = "CustomFieldsManager";
  table.add({manager, "AddCustomFieldDef", Session, "Global.ManageCustomFields", add_definition});
  table.add({manager, "SetField", Session, "Global.SetCustomField", set_field});
  table.add(
      {"VirtualMachine", "setCustomValue", Session, "Global.SetCustomField", set_custom_value});
}

}  // namespace sim
