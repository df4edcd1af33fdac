// Stored words of the enums: a number would change its meaning when policy reorders its
// enumerators.
#pragma once

#include <optional>
#include <string_view>

#include "policy/inventory.h"
#include "policy/risk.h"
#include "storage/copies.h"
#include "storage/runs.h"

namespace storage {

std::string_view word(policy::Connection value);
std::string_view word(policy::Power value);
std::string_view word(policy::Owner value);
std::string_view word(policy::SnapshotState value);
std::string_view word(policy::DeltaKind value);
std::string_view word(policy::RiskLevel value);
std::string_view word(RunOutcome value);
std::string_view word(CopyState value);

/// Reads a word back; nothing for a word that this version does not know.
template <class Enum>
std::optional<Enum> from_word(std::string_view text);
template <>
std::optional<policy::Connection> from_word(std::string_view text);
template <>
std::optional<policy::Power> from_word(std::string_view text);
template <>
std::optional<policy::Owner> from_word(std::string_view text);
template <>
std::optional<policy::SnapshotState> from_word(std::string_view text);
template <>
std::optional<policy::DeltaKind> from_word(std::string_view text);
template <>
std::optional<policy::VmFlag> from_word(std::string_view text);
template <>
std::optional<policy::RiskLevel> from_word(std::string_view text);
template <>
std::optional<RunOutcome> from_word(std::string_view text);
template <>
std::optional<CopyState> from_word(std::string_view text);

}  // namespace storage
