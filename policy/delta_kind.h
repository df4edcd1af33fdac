// Tells how a disk's deltas are stored, from what the device and its files say about them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "policy/observation.h"

namespace policy {

/// For a disk of more than one layer. In this order: the delta format of the leaf (or of the next
/// layer that has one: formats do not mix in a chain), the variant of a redo log, the names of the
/// leaf's files, the class of the backing. A redo log of which nothing more is told is vmfsSparse,
/// the server's own default.
DeltaKind delta_kind(const DiskSeen& disk, std::span<const std::string_view> leaf_files);

/// Bytes per map entry: what the device tells when that can be true, else the format's constant.
std::uint32_t delta_grain(DeltaKind kind, const DiskSeen& disk);

}  // namespace policy
