#include <algorithm>

#include "storage/open_state.h"
#include "storage/pack.h"
#include "storage/samples.h"
#include "storage/vm_text.h"

namespace storage {
namespace {

struct KnownVm {
  std::int64_t row = 0;
  std::int64_t endpoint = 0;
};

/// The stored VM that an identity means, by the rules of a scan: instance uuid and moid, then the
/// uuid alone when one VM has it (its moid changed since), then the moid alone where a uuid lacks.
std::optional<KnownVm> find(Database& db, const policy::VmIdentity& wanted) {
  const auto endpoint = endpoint_named(db, wanted.endpoint);
  if (!endpoint) return std::nullopt;
  Query q(db,
          "SELECT id, moid = ?2 AS by_moid, instance_uuid = ?3 AS by_uuid, instance_uuid = '' "
          "FROM vm WHERE endpoint = ?1 AND state IS NOT NULL AND "
          "(moid = ?2 OR (instance_uuid = ?3 AND ?3 <> '')) ORDER BY gone, id DESC");
  q.bind(1, *endpoint);
  q.bind(2, wanted.moid);
  q.bind(3, wanted.instance_uuid);
  std::optional<std::int64_t> both, moid_only, uuid_only;
  int with_uuid = 0;
  while (q.next()) {
    const bool by_moid = q.flag(1);
    const bool by_uuid = q.flag(2);
    if (by_moid && by_uuid && !both) both = q.integer(0);
    if (by_moid && (wanted.instance_uuid.empty() || q.flag(3)) && !moid_only) {
      moid_only = q.integer(0);
    }
    if (by_uuid && !wanted.instance_uuid.empty()) {
      ++with_uuid;
      if (!uuid_only) uuid_only = q.integer(0);
    }
  }
  const auto row = both ? both : with_uuid == 1 ? uuid_only : moid_only;
  if (!row) return std::nullopt;
  return KnownVm{.row = *row, .endpoint = *endpoint};
}

std::vector<ScanPoint> time_axis(Database& db, std::int64_t endpoint, policy::Time since) {
  std::vector<ScanPoint> axis;
  Query q(db, "SELECT id, finished FROM scan WHERE endpoint = ?1 AND finished >= ?2 ORDER BY id");
  q.bind(1, endpoint);
  q.bind(2, since);
  while (q.next()) axis.push_back({.id = q.integer(0), .finished = q.time(1)});
  return axis;
}

std::vector<DiskHistory> disks_of(Database& db, std::int64_t vm) {
  std::vector<DiskHistory> disks;
  Query q(db, "SELECT key, label, capacity FROM disk WHERE vm = ?1 ORDER BY key");
  q.bind(1, vm);
  while (q.next()) {
    disks.push_back({.key = q.small(0),
                     .label = q.string(1),
                     .capacity_bytes = q.unsigned64(2),
                     .samples = {}});
  }
  return disks;
}

}  // namespace

std::vector<DiskHistory> Store::history(const policy::VmIdentity& vm, policy::Time since) const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "read the history of a VM");
  const auto known = find(db, vm);
  if (!known) return {};
  const std::vector<ScanPoint> axis = time_axis(db, known->endpoint, since);
  if (axis.empty()) return {};
  std::vector<DiskHistory> disks = disks_of(db, known->row);
  for (DiskHistory& disk : disks) {
    disk.samples =
        expand(axis, load_rows(db, known->row, disk.key, axis.front().id, axis.back().id));
    // Scans are in the order they were made; a clock that was set back mixes their times.
    std::stable_sort(disk.samples.begin(), disk.samples.end(),
                     [](const Sample& a, const Sample& b) { return a.time < b.time; });
  }
  std::erase_if(disks, [](const DiskHistory& disk) { return disk.samples.empty(); });
  return disks;
}

}  // namespace storage
