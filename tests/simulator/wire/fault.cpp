// Faults as data objects and as SOAP.
#include "tests/simulator/wire/schema.h"
#include "tests/simulator/wire/soap.h"

namespace sim {
namespace {

constexpr std::string_view kNewest = "99";

Value typed_field(const SchemaType& type, const std::string& name, const std::string& text) {
  const SchemaField* const field = type.field(name);
  return Value::word(field == nullptr ? "xsd:string" : field->type, text);
}

Value localized(const FaultValue& fault) {
  Value value = Value::object("LocalizedMethodFault");
  value.set("fault", fault_value(fault)).set("localizedMessage", Value::text(fault.message));
  return value;
}

}  // namespace

Value fault_value(const FaultValue& fault) {
  Value value = Value::object(fault.type);
  const SchemaType* const type = schema_type(fault.type);
  if (type == nullptr) return value;  // a rule's own invention: its name is all there is to say
  if (fault.cause) value.set("faultCause", localized(*fault.cause));
  if (!fault.notes.empty()) {
    std::vector<Value> notes;
    for (const auto& [key, message] : fault.notes) {
      notes.push_back(Value::object("LocalizableMessage"));
      notes.back().set("key", Value::text(key)).set("message", Value::text(message));
    }
    value.set_all("faultMessage", std::move(notes));
  }
  for (const auto& [name, text] : fault.fields) value.set(name, typed_field(*type, name, text));
  for (const auto& [name, ref] : fault.refs) value.set(name, Value::ref(ref));
  for (const auto& [name, inner] : fault.nested) value.set(name, localized(*inner));
  return value;
}

std::string fault_envelope(const FaultValue& fault) {
  std::string detail;
  write_value(detail, fault.type + "Fault", fault_value(fault), "", kNewest);
  // The namespace goes in front of the type, as vCenter writes it.
  const std::size_t name_end = detail.find_first_of(" >");
  detail.insert(name_end, " xmlns=\"urn:vim25\"");
  return "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>" +
         escape_xml(fault.message) + "</faultstring><detail>" + detail +
         "</detail></soapenv:Fault>";
}

}  // namespace sim
