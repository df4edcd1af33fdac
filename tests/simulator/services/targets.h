// Finds what a call names: its arguments in any namespace prefix and the objects of the world
// behind them, or the fault that vCenter answers when they are not there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulator/wire/call.h"

namespace sim {

/// The local part of a node's name: "v:name" and "name" are the same argument.
std::string_view local_name(pugi::xml_node node);
/// First child of that local name; an empty node when there is none.
pugi::xml_node child_named(pugi::xml_node parent, std::string_view name);
std::vector<pugi::xml_node> children_named(pugi::xml_node parent, std::string_view name);
std::string text_of(pugi::xml_node node);  ///< "" for an empty node
std::optional<std::string> optional_text(pugi::xml_node parent, std::string_view name);
bool flag_of(pugi::xml_node parent, std::string_view name, bool fallback);
/// The moref that a node holds; a type left out (as some clients do) stays empty.
Ref ref_of(pugi::xml_node node);
std::optional<Ref> optional_ref(pugi::xml_node parent, std::string_view name);
/// Local part of xsi:type, whatever its prefix; "" when absent.
std::string wire_type_of(pugi::xml_node node);
/// xsd:dateTime with Z or an offset, to the microsecond; nothing when it is none.
std::optional<Time> time_of(std::string_view text);
std::optional<std::int64_t> number_of(std::string_view text);

/// A required number; throws InvalidArgument naming it when it is absent or no number.
std::int64_t number_argument(const Call& call, const char* name);

Vm& target_vm(Call& call);                        ///< of `_this`; throws ManagedObjectNotFound
std::pair<Vm&, Ref> target_snapshot(Call& call);  ///< VM and snapshot of `_this`
std::string user_of(const Call& call);
/// True when an object of that type and moid is in the world.
bool exists(World& world, const Ref& object);
void require_exists(World& world, const Ref& object);  ///< throws ManagedObjectNotFound
/// The inventory parent of a folder, VM, host, ...; empty at the root and for what has none.
Ref parent_of(World& world, const Ref& object);
/// True when `object` is `ancestor` or stands below it in the inventory (hosts carry their VMs
/// too).
bool stands_under(World& world, Ref object, const Ref& ancestor);

FaultReply no_such_object(const Ref& object);
FaultReply wrong_argument(const std::string& property);
FaultReply unsupported();

}  // namespace sim
