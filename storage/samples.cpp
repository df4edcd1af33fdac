#include "storage/samples.h"

#include <algorithm>
#include <limits>

namespace storage {
namespace {

SampleRow read_row(const Query& q) {
  SampleRow row{.scan = q.integer(0), .reading = {}, .max_depth = 0, .ends = q.flag(8)};
  if (q.null(1)) return row;
  row.reading = Reading{.depth = q.small(1),
                        .inherited = q.small(2),
                        .orphans = q.small(3),
                        .probes = q.real(4),
                        .delta_bytes = q.unsigned64(5),
                        .running_bytes = q.unsigned64(6)};
  row.max_depth = q.null(7) ? row.reading->depth : q.small(7);
  return row;
}

constexpr const char* kRowBefore =
    "SELECT scan, depth, inherited, orphans, probes, delta_bytes, running_bytes, max_depth, ends "
    "FROM sample WHERE vm = ?1 AND key = ?2 AND scan < ?3 ORDER BY scan DESC LIMIT 1";
constexpr const char* kRowsBetween =
    "SELECT scan, depth, inherited, orphans, probes, delta_bytes, running_bytes, max_depth, ends "
    "FROM sample WHERE vm = ?1 AND key = ?2 AND scan BETWEEN ?3 AND ?4 ORDER BY scan";

std::optional<SampleRow> row_before(Database& db, std::int64_t vm, int key, std::int64_t scan) {
  Query q(db, kRowBefore);
  q.bind(1, vm);
  q.bind(2, key);
  q.bind(3, scan);
  if (!q.next()) return std::nullopt;
  return read_row(q);
}

Sample sample_at(policy::Time time, const Reading& reading, int max_depth) {
  return {.time = time,
          .depth = reading.depth,
          .inherited = reading.inherited,
          .orphans = reading.orphans,
          .probes = reading.probes,
          .delta_bytes = reading.delta_bytes,
          .running_bytes = reading.running_bytes,
          .max_depth = max_depth};
}

}  // namespace

Reading reading_of(const policy::Disk& disk) {
  Reading reading{.depth = disk.depth,
                  .inherited = disk.inherited,
                  .orphans = disk.orphans,
                  .probes = disk.probes.best,
                  .delta_bytes = 0,
                  .running_bytes = disk.layers.empty() ? 0 : disk.layers.front().bytes};
  const std::size_t deltas =
      std::min(disk.layers.size(), static_cast<std::size_t>(std::max(disk.depth, 0)));
  for (std::size_t i = 0; i < deltas; ++i) reading.delta_bytes += disk.layers[i].bytes;
  return reading;
}

bool has_readings(const policy::Vm& vm) {
  return !vm.stale && std::find(vm.flags.begin(), vm.flags.end(), policy::VmFlag::LayoutUnknown) ==
                          vm.flags.end();
}

std::vector<SampleRow> load_rows(Database& db, std::int64_t vm, int key, std::int64_t from,
                                 std::int64_t to) {
  std::vector<SampleRow> rows;
  if (const auto before = row_before(db, vm, key, from)) rows.push_back(*before);
  Query q(db, kRowsBetween);
  q.bind(1, vm);
  q.bind(2, key);
  q.bind(3, from);
  q.bind(4, to);
  while (q.next()) rows.push_back(read_row(q));
  return rows;
}

void save_row(Database& db, std::int64_t vm, int key, const SampleRow& row) {
  Query q(db, "INSERT OR REPLACE INTO sample VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)");
  q.bind(1, vm);
  q.bind(2, key);
  q.bind(3, row.scan);
  if (row.reading) {
    q.bind(4, row.reading->depth);
    q.bind(5, row.reading->inherited);
    q.bind(6, row.reading->orphans);
    q.bind(7, row.reading->probes);
    q.bind(8, row.reading->delta_bytes);
    q.bind(9, row.reading->running_bytes);
    if (row.max_depth != row.reading->depth) q.bind(10, row.max_depth);
  }
  if (row.ends) q.bind(11, 1);
  q.next();
}

void record(Database& db, std::int64_t vm, int key, std::int64_t scan,
            const std::optional<Reading>& reading) {
  const auto before = row_before(db, vm, key, scan);
  const std::optional<Reading> held = before ? held_after(*before) : std::nullopt;
  if (held == reading) {
    db.run("DELETE FROM sample WHERE vm = ?1 AND key = ?2 AND scan = ?3", vm, key, scan);
    return;
  }
  save_row(
      db, vm, key,
      {.scan = scan, .reading = reading, .max_depth = reading ? reading->depth : 0, .ends = false});
}

std::vector<Sample> expand(const std::vector<ScanPoint>& axis, const std::vector<SampleRow>& rows) {
  std::vector<Sample> samples;
  std::optional<Reading> held;
  auto row = rows.begin();
  for (const ScanPoint& point : axis) {
    for (; row != rows.end() && row->scan < point.id; ++row) held = held_after(*row);
    if (row != rows.end() && row->scan == point.id) {
      if (row->reading) samples.push_back(sample_at(point.finished, *row->reading, row->max_depth));
      held = held_after(*row++);
    } else if (held) {
      samples.push_back(sample_at(point.finished, *held, held->depth));
    }
  }
  return samples;
}

std::optional<SampleRow> fold(const std::optional<Reading>& held,
                              const std::vector<std::int64_t>& span,
                              const std::vector<SampleRow>& rows) {
  std::optional<Reading> now = held;
  std::optional<Reading> last;
  int max_depth = std::numeric_limits<int>::min();
  const auto see = [&](const Reading& reading, int depth) {
    last = reading;
    max_depth = std::max(max_depth, depth);
  };
  auto row = rows.begin();
  for (const std::int64_t scan : span) {
    if (row != rows.end() && row->scan == scan) {
      if (row->reading) see(*row->reading, row->max_depth);
      now = held_after(*row++);
    } else if (now) {
      see(*now, now->depth);
    }
  }
  const std::int64_t kept = span.back();
  if (!last) {
    if (held == now) return std::nullopt;
    return SampleRow{.scan = kept, .reading = {}, .max_depth = 0, .ends = false};
  }
  const bool holds_anyway = held == last && now == last && max_depth == last->depth;
  if (holds_anyway) return std::nullopt;
  return SampleRow{.scan = kept, .reading = last, .max_depth = max_depth, .ends = !now.has_value()};
}

}  // namespace storage
