#include "storage/thin.h"

#include <algorithm>
#include <optional>

#include "storage/open_state.h"

namespace storage {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;

constexpr hours kRaw{48};
constexpr days kHourly{30};
constexpr std::size_t kSpansAtOnce = 24;  // bounds a transaction after a long pause

/// A UTC hour or day; of no length while its samples stay raw.
struct Stretch {
  policy::Time start{};
  hours length{0};
  bool operator==(const Stretch&) const = default;
};

Stretch stretch_of(policy::Time time, policy::Time now) {
  const policy::Time day = floor<days>(time);
  if (day + days(1) <= now - kHourly) return {.start = day, .length = hours(24)};
  const policy::Time hour = floor<hours>(time);
  if (hour + hours(1) <= now - kRaw) return {.start = hour, .length = hours(1)};
  return {};
}

struct DiskRow {
  std::int64_t vm = 0;
  int key = 0;
};

std::vector<DiskRow> disks_of_endpoint(Database& db, std::int64_t endpoint) {
  std::vector<DiskRow> disks;
  Query q(db,
          "SELECT disk.vm, disk.key FROM vm JOIN disk ON disk.vm = vm.id "
          "WHERE vm.endpoint = ?1 ORDER BY disk.vm, disk.key");
  q.bind(1, endpoint);
  while (q.next()) disks.push_back({.vm = q.integer(0), .key = q.small(1)});
  return disks;
}

std::vector<SampleRow> rows_in(const std::vector<SampleRow>& rows, const Span& span) {
  std::vector<SampleRow> inside;
  for (const SampleRow& row : rows) {
    if (row.scan >= span.front() && row.scan <= span.back()) inside.push_back(row);
  }
  return inside;
}

std::optional<Reading> held_before(const std::vector<SampleRow>& rows, std::int64_t scan) {
  std::optional<Reading> held;
  for (const SampleRow& row : rows) {
    if (row.scan < scan) held = held_after(row);
  }
  return held;
}

void thin_disk(Database& db, const DiskRow& disk, const std::vector<Span>& spans) {
  const std::vector<SampleRow> rows =
      load_rows(db, disk.vm, disk.key, spans.front().front(), spans.back().back());
  for (const Span& span : spans) {
    const std::vector<SampleRow> inside = rows_in(rows, span);
    if (inside.empty()) continue;
    const auto kept = fold(held_before(rows, span.front()), span, inside);
    if (inside.size() == 1 && kept == inside.front()) continue;
    db.run("DELETE FROM sample WHERE vm = ?1 AND key = ?2 AND scan BETWEEN ?3 AND ?4", disk.vm,
           disk.key, span.front(), span.back());
    if (kept) save_row(db, disk.vm, disk.key, *kept);
  }
}

std::vector<ScanPoint> closed_scans(Database& db, std::int64_t endpoint) {
  std::vector<ScanPoint> axis;
  Query q(db,
          "SELECT id, finished FROM scan WHERE endpoint = ?1 AND finished IS NOT NULL "
          "ORDER BY id");
  q.bind(1, endpoint);
  while (q.next()) axis.push_back({.id = q.integer(0), .finished = q.time(1)});
  return axis;
}

void thin_endpoint(Database& db, std::int64_t endpoint, policy::Time now) {
  const std::vector<Span> all = spans_to_thin(closed_scans(db, endpoint), now);
  for (std::size_t from = 0; from < all.size(); from += kSpansAtOnce) {
    const std::size_t to = std::min(from + kSpansAtOnce, all.size());
    const std::vector<Span> spans(all.begin() + static_cast<std::ptrdiff_t>(from),
                                  all.begin() + static_cast<std::ptrdiff_t>(to));
    // A span and its scans go in one transaction: half of it would count values of before the span
    // as values within it.
    Transaction thinning(db, TransactionKind::Write, "thin the history");
    for (const DiskRow& disk : disks_of_endpoint(db, endpoint)) thin_disk(db, disk, spans);
    for (const Span& span : spans) {
      for (std::size_t i = 0; i + 1 < span.size(); ++i) {
        db.run("DELETE FROM scan WHERE id = ?1", span[i]);
      }
    }
    thinning.commit();
  }
}

}  // namespace

std::vector<Span> spans_to_thin(const std::vector<ScanPoint>& axis, policy::Time now) {
  std::vector<Span> spans;
  Stretch current;
  for (const ScanPoint& point : axis) {
    const Stretch stretch = stretch_of(point.finished, now);
    const bool raw = stretch.length == hours(0);
    if (!raw && stretch != current) spans.emplace_back();
    if (!raw) spans.back().push_back(point.id);
    current = stretch;
  }
  std::erase_if(spans, [](const Span& span) { return span.size() < 2; });
  return spans;
}

void Store::thin_history(policy::Time now) {
  Database& db = state_->to_write();
  std::vector<std::int64_t> endpoints;
  {
    db.set_activity("thin the history");
    Query q(db, "SELECT id FROM endpoint");
    while (q.next()) endpoints.push_back(q.integer(0));
  }
  for (const std::int64_t endpoint : endpoints) thin_endpoint(db, endpoint, now);
}

}  // namespace storage
