#include "tests/simulator/wire/schema.h"

#include <map>
#include <stdexcept>

namespace sim {
namespace {

using Rows = std::map<std::string_view, const SchemaRow*>;
using Types = std::map<std::string, SchemaType, std::less<>>;

Rows all_rows() {
  Rows rows;
  for (const auto part :
       {fault_schema(), device_schema(), vm_schema(), inventory_schema(), service_schema()}) {
    for (const SchemaRow& row : part) {
      if (!rows.emplace(row.type, &row).second) {
        throw std::logic_error("schema: two rows for " + std::string(row.type));
      }
    }
  }
  return rows;
}

std::string full_type(std::string_view written) {
  if (written == "ref") return "ManagedObjectReference";
  const bool primitive = !written.empty() && written.front() >= 'a' && written.front() <= 'z';
  return primitive ? "xsd:" + std::string(written) : std::string(written);
}

SchemaField parse_field(std::string_view word) {
  SchemaField field;
  if (const auto at = word.find('@'); at != std::string_view::npos) {
    field.since = word.substr(at + 1);
    word = word.substr(0, at);
  }
  if (word.ends_with('*')) {
    field.repeated = true;
    word.remove_suffix(1);
  }
  const auto colon = word.find(':');
  if (colon == std::string_view::npos) {
    throw std::logic_error("schema: no type in " + std::string(word));
  }
  field.name = word.substr(0, colon);
  field.type = full_type(word.substr(colon + 1));
  return field;
}

const SchemaType& add_type(Types& types, const Rows& rows, std::string_view name) {
  if (const auto known = types.find(name); known != types.end()) return known->second;
  const auto row = rows.find(name);
  if (row == rows.end()) throw std::logic_error("schema: no row for the base " + std::string(name));
  SchemaType type;
  type.name = name;
  if (!row->second->base.empty()) {
    type.base = &add_type(types, rows, row->second->base);
    type.fields = type.base->fields;
  }
  std::string_view rest = row->second->fields;
  while (!rest.empty()) {
    const auto space = rest.find(' ');
    if (space != 0) type.fields.push_back(parse_field(rest.substr(0, space)));
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  }
  return types.emplace(type.name, std::move(type)).first->second;
}

struct Hash : std::hash<std::string_view> {
  using is_transparent = void;
};

struct Table {
  Types types;
  std::unordered_map<std::string_view, const SchemaType*, Hash> by_name;
  Table() {
    const Rows rows = all_rows();
    for (const auto& [name, row] : rows) add_type(types, rows, name);
    for (const auto& [name, type] : types) by_name.emplace(name, &type);
  }
};

}  // namespace

const SchemaField* SchemaType::field(std::string_view field_name) const {
  for (const SchemaField& each : fields) {
    if (each.name == field_name) return &each;
  }
  return nullptr;
}

const SchemaType* schema_type(std::string_view name) {
  static const Table table;
  const auto found = table.by_name.find(name);
  return found == table.by_name.end() ? nullptr : found->second;
}

bool schema_derives(std::string_view type, std::string_view base) {
  if (type == base) return true;
  const SchemaType* at = schema_type(type);
  if (base == "DynamicData") return at != nullptr;
  for (; at != nullptr; at = at->base) {
    if (at->name == base) return true;
  }
  return false;
}

}  // namespace sim
