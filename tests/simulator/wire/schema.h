// The vim25 types this simulator can write: their bases, their fields in XSD order, and since when.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sim {

/// One type as written in the tables: own fields in XSD order as "name:type", with "*" for repeated
/// and "@7.0.0.0" for the version that brought it (none: older than anything offered). Types in
/// lower case are xsd's, "ref" is a ManagedObjectReference; a type without a row is an enumeration.
struct SchemaRow {
  std::string_view type, base, fields;
};

std::span<const SchemaRow> fault_schema();
std::span<const SchemaRow> device_schema();
std::span<const SchemaRow> vm_schema();
std::span<const SchemaRow> inventory_schema();
std::span<const SchemaRow> service_schema();

struct SchemaField {
  std::string name, type;  ///< "xsd:string", "ManagedObjectReference", a type or an enumeration
  std::string since;       ///< "" always
  bool repeated = false;
};

struct SchemaType {
  std::string name;
  const SchemaType* base = nullptr;
  std::vector<SchemaField> fields;  ///< of the bases first
  const SchemaField* field(std::string_view field_name) const;
};

/// Null for a type without a row.
const SchemaType* schema_type(std::string_view name);
/// True when `type` is `base` or derives from it; every data object derives from DynamicData.
bool schema_derives(std::string_view type, std::string_view base);

}  // namespace sim
