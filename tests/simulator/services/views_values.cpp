// Small values and lookups that the tables of several types use.
#include <cctype>

#include "tests/simulator/services/views.h"
#include "tests/simulator/wire/schema.h"

namespace sim::views {

std::vector<std::string> path_steps(std::string_view path) {
  std::vector<std::string> steps;
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    std::size_t end = 0;
    if (path.starts_with("[\"")) {
      // A string key may hold dots and brackets.
      end = path.find("\"]", 2);
      end = end == std::string_view::npos ? path.size() : end + 2;
    } else if (path.starts_with("[")) {
      end = std::min(path.find(']'), path.size() - 1) + 1;
    } else {
      end = std::min(path.find_first_of(".["), path.size());
    }
    if (end == 0) break;
    steps.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return steps;
}

namespace {

/// A repeated field of a data object as it is told on its own: an array. Nothing when it is not
/// repeated or unset, or was put there as an array already.
Made repeated(const Value& object, const std::string& name) {
  const SchemaType* type = schema_type(object.type());
  const SchemaField* field = type == nullptr ? nullptr : type->field(name);
  const auto* values = object.field(name);
  if (field == nullptr || !field->repeated || values == nullptr) return std::nullopt;
  if (values->size() == 1 && values->front().is_array()) return std::nullopt;
  const bool xsd = field->type.starts_with("xsd:");
  const std::string item = xsd ? field->type.substr(4) : field->type;
  std::string array = "ArrayOf" + item;
  if (xsd) array[7] = static_cast<char>(std::toupper(static_cast<unsigned char>(array[7])));
  return Value::array(array, item, *values);
}

}  // namespace

Made descend(Value value, std::string_view rest) {
  for (const std::string& step : path_steps(rest)) {
    if (Made array = repeated(value, step)) {
      value = std::move(*array);
      continue;
    }
    const Value* next = value.step(step);
    if (next == nullptr) return std::nullopt;
    value = Value(*next);  // a copy first: it is a part of what it replaces
  }
  return value;
}

Value refs_value(std::vector<Ref> refs) {
  std::vector<Value> items;
  items.reserve(refs.size());
  for (Ref& ref : refs) items.push_back(Value::ref(std::move(ref)));
  return Value::array("ArrayOfManagedObjectReference", "ManagedObjectReference", std::move(items));
}

Value strings_value(std::vector<std::string> texts) {
  std::vector<Value> items;
  items.reserve(texts.size());
  for (std::string& text : texts) items.push_back(Value::text(std::move(text)));
  return Value::array("ArrayOfString", "string", std::move(items));
}

Value empty_array(const std::string& item) { return Value::array("ArrayOf" + item, item, {}); }

Value description_value(const std::string& label, const std::string& summary,
                        const std::string& key) {
  Value value = Value::object(key.empty() ? "Description" : "ElementDescription");
  value.set("label", Value::text(label)).set("summary", Value::text(summary));
  if (!key.empty()) value.set("key", Value::text(key));
  return value;
}

Value resource_config_value(const Ref& entity, std::uint32_t cpu_shares,
                            std::uint32_t memory_shares, bool pool) {
  const auto allocation = [&](std::uint32_t shares) {
    Value value = Value::object("ResourceAllocationInfo");
    Value share = Value::object("SharesInfo");
    share.set("shares", Value::integer(static_cast<std::int32_t>(shares)))
        .set("level", Value::word("SharesLevel", "normal"));
    value.set("reservation", Value::long_integer(0))
        .set("limit", Value::long_integer(-1))
        .set("shares", std::move(share));
    if (pool) value.set("expandableReservation", Value::boolean(true));
    return value;
  };
  Value value = Value::object("ResourceConfigSpec");
  value.set("entity", Value::ref(entity))
      .set("cpuAllocation", allocation(cpu_shares))
      .set("memoryAllocation", allocation(memory_shares));
  return value;
}

const Datacenter* datacenter_of(const World& world, Ref place) {
  // Folders only nest upwards; the bound is against a hand-written inventory with a loop.
  for (int depth = 0; depth < 100; ++depth) {
    if (const auto found = world.datacenters.find(place.value); found != world.datacenters.end())
      return &found->second;
    if (const auto host = world.hosts.find(place.value); host != world.hosts.end()) {
      place = host->second.compute;
    } else if (const auto compute = world.computes.find(place.value);
               compute != world.computes.end()) {
      place = compute->second.folder;
    } else if (const auto folder = world.folders.find(place.value); folder != world.folders.end()) {
      place = folder->second.parent;
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

Ref network_of(const Datacenter& datacenter) {
  const std::size_t dash = datacenter.ref.value.rfind('-');
  return {"Network", "network" + (dash == std::string::npos ? "-" + datacenter.ref.value
                                                            : datacenter.ref.value.substr(dash))};
}

std::string directory_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? std::string() : file.substr(0, slash + 1);
}

std::string stem_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  const std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  return name.substr(0, name.rfind('.'));
}

}  // namespace sim::views
