// A disk's history as rows that hold until the next one: an unchanged disk costs nothing, and the
// scans of its endpoint are the time axis that turns rows back into samples.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "policy/inventory.h"
#include "storage/sqlite.h"

namespace storage {

/// What a sample holds of one look at a disk; the time comes from the scan.
struct Reading {
  int depth = 0;
  int inherited = 0;
  int orphans = 0;
  double probes = 1;
  std::uint64_t delta_bytes = 0;
  std::uint64_t running_bytes = 0;
  bool operator==(const Reading&) const = default;
};

Reading reading_of(const policy::Disk& disk);

/// False where sizes would be stale or zero and read as a drop: such a look is a gap in history.
bool has_readings(const policy::Vm& vm);

/// One row of table `sample`.
struct SampleRow {
  std::int64_t scan = 0;
  std::optional<Reading> reading;  ///< nothing: from here on the disk was not seen
  int max_depth = 0;
  bool ends = false;  ///< holds at this scan only
  bool operator==(const SampleRow&) const = default;
};

/// What holds after a row, until the next one.
inline std::optional<Reading> held_after(const SampleRow& row) {
  return row.ends ? std::nullopt : row.reading;
}

/// A point of the time axis: a closed scan of the endpoint, ordered by id.
struct ScanPoint {
  std::int64_t id = 0;
  policy::Time finished{};
};

/// Rows of a disk ordered by scan: from the one that holds at scan `from` on, up to `to`.
std::vector<SampleRow> load_rows(Database& db, std::int64_t vm, int key, std::int64_t from,
                                 std::int64_t to);
void save_row(Database& db, std::int64_t vm, int key, const SampleRow& row);

/// Records what a scan saw of a disk (or that it was not seen), unless that is what holds anyway.
/// A second look in the same scan replaces the first.
void record(Database& db, std::int64_t vm, int key, std::int64_t scan,
            const std::optional<Reading>& reading);

/// One sample per scan at which the disk was seen. Axis and rows are ordered by scan.
std::vector<Sample> expand(const std::vector<ScanPoint>& axis, const std::vector<SampleRow>& rows);

/// The row that stands at `kept`, the last of the scans `span`, for all rows of the span: last
/// value seen, greatest depth. `held` is what held before the span. Nothing when no row is needed.
std::optional<SampleRow> fold(const std::optional<Reading>& held,
                              const std::vector<std::int64_t>& span,
                              const std::vector<SampleRow>& rows);

}  // namespace storage
