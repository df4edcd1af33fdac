#include "policy/delta_kind.h"

#include <algorithm>
#include <bit>

namespace policy {
namespace {

DeltaKind by_file_name(std::span<const std::string_view> files) {
  for (const std::string_view file : files) {
    if (file.ends_with("-sesparse.vmdk")) return DeltaKind::SeSparse;
    if (file.ends_with("-delta.vmdk")) return DeltaKind::VmfsSparse;
  }
  return DeltaKind::Unknown;
}

DeltaKind by_variant(std::string_view variant, std::span<const std::string_view> files) {
  if (variant == "vsanSparseVariant") return DeltaKind::VsanSparse;
  if (variant == "vmfsSparseVariant") return DeltaKind::VmfsSparse;
  if (!variant.empty()) return DeltaKind::Unknown;  // a word of a later server
  return by_file_name(files) == DeltaKind::SeSparse ? DeltaKind::SeSparse : DeltaKind::VmfsSparse;
}

}  // namespace

DeltaKind delta_kind(const DiskSeen& disk, std::span<const std::string_view> leaf_files) {
  const auto told = std::find_if(disk.backings.begin(), disk.backings.end(),
                                 [](const BackingSeen& b) { return !b.delta_format.empty(); });
  if (told != disk.backings.end()) {
    if (told->delta_format == "seSparseFormat") return DeltaKind::SeSparse;
    if (told->delta_format == "nativeFormat") return DeltaKind::Native;
    if (told->delta_format == "redoLogFormat") return by_variant(told->delta_variant, leaf_files);
    return DeltaKind::Unknown;
  }
  const DeltaKind named = by_file_name(leaf_files);
  if (named == DeltaKind::Unknown && disk.backing == BackingKind::SeSparse) {
    return DeltaKind::SeSparse;
  }
  return named;
}

std::uint32_t delta_grain(DeltaKind kind, const DiskSeen& disk) {
  for (const BackingSeen& backing : disk.backings) {
    const std::uint32_t told = backing.grain_bytes.value_or(0);
    if (told >= 512 && told <= 1024 * 1024 && std::has_single_bit(told)) return told;
  }
  return kind == DeltaKind::VmfsSparse ? 512 : 4096;
}

}  // namespace policy
