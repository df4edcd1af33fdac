#include "tests/simulator/services/targets.h"

#include <charconv>

#include "tests/simulator/model/faults.h"

namespace sim {
namespace {

std::string_view local_part(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  if (at + count > text.size()) return -1;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// What follows the seconds: a fraction, cut to microseconds, then Z, an offset or nothing.
std::optional<Duration> fraction_and_zone(std::string_view rest) {
  std::int64_t micros = 0;
  if (!rest.empty() && rest[0] == '.') {
    std::int64_t unit = 100000;
    rest.remove_prefix(1);
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      micros += (rest[0] - '0') * unit;
      unit /= 10;
      rest.remove_prefix(1);
    }
  }
  if (rest.empty() || rest == "Z") return Duration(micros);
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return std::nullopt;
  const int hours = digits(rest, 1, 2), minutes = digits(rest, 4, 2);
  if (hours < 0 || minutes < 0) return std::nullopt;
  const std::chrono::minutes east(hours * 60 + minutes);
  return Duration(micros) - (rest[0] == '+' ? east : -east);
}

}  // namespace

std::string_view local_name(pugi::xml_node node) { return local_part(node.name()); }

pugi::xml_node child_named(pugi::xml_node parent, std::string_view name) {
  for (const auto child : parent.children())
    if (local_name(child) == name) return child;
  return {};
}

std::vector<pugi::xml_node> children_named(pugi::xml_node parent, std::string_view name) {
  std::vector<pugi::xml_node> found;
  for (const auto child : parent.children())
    if (local_name(child) == name) found.push_back(child);
  return found;
}

std::string text_of(pugi::xml_node node) { return node.child_value(); }

std::optional<std::string> optional_text(pugi::xml_node parent, std::string_view name) {
  const auto node = child_named(parent, name);
  if (!node) return std::nullopt;
  return text_of(node);
}

bool flag_of(pugi::xml_node parent, std::string_view name, bool fallback) {
  const auto node = child_named(parent, name);
  if (!node) return fallback;
  const auto text = trimmed(node.child_value());
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  throw wrong_argument(std::string(name));
}

Ref ref_of(pugi::xml_node node) {
  return {node.attribute("type").value(), std::string(trimmed(node.child_value()))};
}

std::optional<Ref> optional_ref(pugi::xml_node parent, std::string_view name) {
  const auto node = child_named(parent, name);
  if (!node) return std::nullopt;
  return ref_of(node);
}

std::string wire_type_of(pugi::xml_node node) {
  for (const auto attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (name.find(':') != std::string_view::npos && local_part(name) == "type")
      return std::string(local_part(attribute.value()));
  }
  return {};
}

std::optional<Time> time_of(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[10] != 'T') return std::nullopt;
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (year < 0 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  const auto rest = fraction_and_zone(text.substr(19));
  if (!date.ok() || !rest) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) + *rest;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  text = trimmed(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::int64_t number_argument(const Call& call, const char* name) {
  const auto number = number_of(text_of(child_named(call.arguments, name)));
  if (!number) throw wrong_argument(name);
  return *number;
}

Vm& target_vm(Call& call) {
  Vm* vm = call.world.vm(call.self.value);
  if (vm == nullptr) throw no_such_object(call.self);
  return *vm;
}

std::pair<Vm&, Ref> target_snapshot(Call& call) {
  const auto [vm, snapshot] = call.world.snapshot(call.self.value);
  if (vm == nullptr || snapshot == nullptr) throw no_such_object(call.self);
  // Guest writes are played by vm() only, and every operation must start from the present.
  return {*call.world.vm(vm->ref.value), call.self};
}

std::string user_of(const Call& call) { return call.session == nullptr ? "" : call.session->user; }

bool exists(World& world, const Ref& object) {
  const auto& id = object.value;
  return world.vms.contains(id) || world.folders.contains(id) || world.datacenters.contains(id) ||
         world.hosts.contains(id) || world.computes.contains(id) || world.pools.contains(id) ||
         world.datastores.contains(id) || world.tasks.contains(id) ||
         world.snapshot(id).second != nullptr;
}

void require_exists(World& world, const Ref& object) {
  if (!exists(world, object)) throw no_such_object(object);
}

Ref parent_of(World& world, const Ref& object) {
  const auto& id = object.value;
  if (const auto it = world.vms.find(id); it != world.vms.end()) return it->second.folder;
  if (const auto it = world.folders.find(id); it != world.folders.end()) return it->second.parent;
  if (const auto it = world.datacenters.find(id); it != world.datacenters.end())
    return it->second.parent;
  if (const auto it = world.hosts.find(id); it != world.hosts.end()) return it->second.compute;
  if (const auto it = world.computes.find(id); it != world.computes.end()) return it->second.folder;
  if (const auto it = world.pools.find(id); it != world.pools.end())
    return it->second.parent.empty() ? it->second.owner : it->second.parent;
  if (const auto it = world.datastores.find(id); it != world.datastores.end())
    return it->second.folder;
  return {};
}

bool stands_under(World& world, Ref object, const Ref& ancestor) {
  if (const auto it = world.vms.find(object.value); it != world.vms.end())
    if (it->second.host.value == ancestor.value || it->second.pool.value == ancestor.value)
      return true;
  for (; !object.empty(); object = parent_of(world, object))
    if (object.value == ancestor.value) return true;
  return false;
}

FaultReply no_such_object(const Ref& object) { return {object_not_found(object)}; }

FaultReply wrong_argument(const std::string& property) { return {invalid_argument(property)}; }

FaultReply unsupported() {
  return {fault("NotSupported", "The operation is not supported on the object.")};
}

}  // namespace sim
