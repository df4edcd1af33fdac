#include "policy/names.h"

#include "policy/name_table.h"

namespace policy {
namespace {

template <class Enum, std::size_t N>
using Names = NameTable<Enum, std::string_view, N>;

constexpr Names<Connection, 6> kConnections{{{Connection::Connected, "connected"},
                                             {Connection::Disconnected, "disconnected"},
                                             {Connection::Orphaned, "orphaned"},
                                             {Connection::Inaccessible, "inaccessible"},
                                             {Connection::Invalid, "invalid"},
                                             {Connection::Unknown, "unknown"}}};
constexpr Names<Power, 4> kPowers{{{Power::On, "on"},
                                   {Power::Off, "off"},
                                   {Power::Suspended, "suspended"},
                                   {Power::Unknown, "unknown"}}};
constexpr Names<Owner, 2> kOwners{{{Owner::Ours, "ours"}, {Owner::Foreign, "foreign"}}};
constexpr Names<SnapshotState, 4> kStates{{{SnapshotState::Complete, "complete"},
                                           {SnapshotState::Partial, "partial"},
                                           {SnapshotState::Failed, "failed"},
                                           {SnapshotState::InProgress, "in-progress"}}};
constexpr Names<DeltaKind, 6> kKinds{{{DeltaKind::None, "none"},
                                      {DeltaKind::VmfsSparse, "vmfsSparse"},
                                      {DeltaKind::SeSparse, "seSparse"},
                                      {DeltaKind::VsanSparse, "vsanSparse"},
                                      {DeltaKind::Native, "native"},
                                      {DeltaKind::Unknown, "unknown"}}};

}  // namespace

std::string_view connection_name(Connection value) { return name_in(kConnections, value); }
std::string_view power_name(Power value) { return name_in(kPowers, value); }
std::string_view owner_name(Owner value) { return name_in(kOwners, value); }
std::string_view snapshot_state_name(SnapshotState value) { return name_in(kStates, value); }
std::string_view delta_kind_name(DeltaKind value) { return name_in(kKinds, value); }

std::optional<Connection> connection_of(std::string_view name) {
  return value_in(kConnections, name);
}
std::optional<Power> power_of(std::string_view name) { return value_in(kPowers, name); }
std::optional<Owner> owner_of(std::string_view name) { return value_in(kOwners, name); }
std::optional<SnapshotState> snapshot_state_of(std::string_view name) {
  return value_in(kStates, name);
}
std::optional<DeltaKind> delta_kind_of(std::string_view name) { return value_in(kKinds, name); }

std::optional<VmFlag> flag_of(std::string_view name) {
  // The flags are counted from the first to the last enumerator: flag_name is the one list of them.
  for (int i = 0; i <= static_cast<int>(VmFlag::Unreadable); ++i) {
    const auto flag = static_cast<VmFlag>(i);
    if (flag_name(flag) == name) return flag;
  }
  return std::nullopt;
}

}  // namespace policy
