// The stable spellings of the inventory's enums: JSON, tables and stored text must not drift apart.
#pragma once

#include <optional>
#include <string_view>

#include "policy/inventory.h"

namespace policy {

std::string_view connection_name(Connection value);         ///< "connected", "disconnected", ...
std::string_view power_name(Power value);                   ///< "on", "off", "suspended", "unknown"
std::string_view owner_name(Owner value);                   ///< "ours", "foreign"
std::string_view snapshot_state_name(SnapshotState value);  ///< "complete", ..., "in-progress"
std::string_view delta_kind_name(DeltaKind value);  ///< "vmfsSparse", ..., "none", "unknown"

/// The way back; nothing for a text that is no such name.
std::optional<Connection> connection_of(std::string_view name);
std::optional<Power> power_of(std::string_view name);
std::optional<Owner> owner_of(std::string_view name);
std::optional<SnapshotState> snapshot_state_of(std::string_view name);
std::optional<DeltaKind> delta_kind_of(std::string_view name);
std::optional<VmFlag> flag_of(std::string_view name);  ///< of flag_name in inventory.h

}  // namespace policy
