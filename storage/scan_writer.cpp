#include <fmt/format.h>

#include <utility>

#include "storage/open_scan.h"
#include "storage/vm_text.h"

namespace storage {
namespace {

/// A caller that never ends a page still may not grow without bound.
constexpr std::size_t kPageBytes = std::size_t{1} << 20;

PendingVm pending(const policy::Vm& vm, const VmMark& mark) {
  PendingVm result{.text = {},
                   .moid = vm.identity.moid,
                   .instance_uuid = vm.identity.instance_uuid,
                   .name = vm.identity.name,
                   .raw_name = vm.identity.raw_name,
                   .path = vm.place.path,
                   .mark = mark,
                   .depth = vm.depth,
                   .probes = vm.probes,
                   .disks = {}};
  append_vm(result.text, vm);
  const bool readable = has_readings(vm);
  result.disks.reserve(vm.disks.size());
  for (const policy::Disk& disk : vm.disks) {
    result.disks.push_back(
        {.key = disk.key, .label = disk.label, .capacity = disk.capacity_bytes, .reading = {}});
    if (readable) result.disks.back().reading = reading_of(disk);
  }
  return result;
}

std::optional<Blob> mark_blob(const std::string& bytes) {
  if (bytes.empty()) return std::nullopt;
  return Blob{bytes};
}

/// Removes what scans wrote that never closed: after a crash, or a writer that was dropped.
void remove_leftovers(Database& db, const std::map<std::int64_t, std::int64_t>& open_scans) {
  std::vector<std::int64_t> left;
  {
    Query q(db, "SELECT id FROM scan WHERE finished IS NULL");
    while (q.next()) left.push_back(q.integer(0));
  }
  for (const auto& [endpoint, scan] : open_scans) std::erase(left, scan);
  for (const std::int64_t scan : left) {
    db.run("DELETE FROM sample WHERE vm IN (SELECT vm FROM staged WHERE scan = ?1) AND scan = ?1",
           scan);
    db.run("DELETE FROM vm_state WHERE id IN (SELECT state FROM staged WHERE scan = ?1)", scan);
    db.run("DELETE FROM staged WHERE scan = ?1", scan);
    db.run(
        "DELETE FROM disk WHERE vm IN "
        "(SELECT id FROM vm WHERE state IS NULL AND first_scan = ?1)",
        scan);
    db.run("DELETE FROM vm WHERE state IS NULL AND first_scan = ?1", scan);
    db.run("DELETE FROM scan WHERE id = ?1", scan);
  }
}

void check_endpoint(const OpenState& store, const policy::Endpoint& endpoint) {
  if (!endpoint.uuid.empty()) return;
  throw Error(
      ErrorKind::Failed,
      fmt::format("cannot begin a scan of {} in {}: the endpoint has no uuid to know it by; "
                  "check that the account may read the service content",
                  endpoint.name, store.file));
}

}  // namespace

OpenScan::OpenScan(OpenState& owner, const policy::Endpoint& seen_as, policy::Time start)
    : store(owner), endpoint(seen_as), started(start) {
  check_endpoint(store, endpoint);
  Database& target = store.to_write();
  Transaction begin(target, TransactionKind::WriteLazy,
                    fmt::format("begin a scan of {}", endpoint.name));
  remove_leftovers(target, store.open_scans);
  target.run("INSERT OR IGNORE INTO endpoint (uuid) VALUES (?1)", endpoint.uuid);
  endpoint_row = *target.number("SELECT id FROM endpoint WHERE uuid = ?1", endpoint.uuid);
  if (store.open_scans.contains(endpoint_row)) {
    throw Error(ErrorKind::Failed,
                fmt::format("cannot begin a scan of {} in {}: another scan of it is still open; "
                            "wait until that one is done",
                            endpoint.name, store.file));
  }
  target.run("INSERT INTO scan (endpoint, started) VALUES (?1, ?2)", endpoint_row, started);
  scan = target.last_insert_id();
  // A scan that was dropped may have had this number: what was looked at then is older than this.
  target.run("UPDATE vm SET looked = ?2 WHERE endpoint = ?1 AND looked IS NOT NULL AND looked > ?2",
             endpoint_row, scan - 1);
  begin.commit();
  store.open_scans.emplace(endpoint_row, scan);
}

OpenScan::~OpenScan() {
  if (open) store.open_scans.erase(endpoint_row);
}

Database& OpenScan::db() const {
  if (!open) {
    throw Error(ErrorKind::Failed,
                fmt::format("cannot add to the scan of {} in {}: it was closed before; begin "
                            "another one",
                            endpoint.name, store.file));
  }
  return *store.writer;
}

std::optional<OpenScan::KnownVm> OpenScan::find(const PendingVm& vm) const {
  Query q(db(),
          "SELECT v.id, v.instance_uuid, v.gone, v.last_scan IS NULL, v.state, s.text, v.mark, "
          "v.notes, v.looked IS NULL, v.looked >= ?3 FROM vm v "
          "LEFT JOIN vm_state s ON s.id = v.state "
          "WHERE v.endpoint = ?1 AND v.moid = ?2 ORDER BY v.id");
  q.bind(1, endpoint_row);
  q.bind(2, vm.moid);
  q.bind(3, scan);
  std::optional<KnownVm> best;
  int best_rank = 0;
  while (q.next()) {
    const std::string_view uuid = q.text(1);
    const bool exact = uuid == vm.instance_uuid;
    // A host that delivers no config must not cut a VM off its history; a moid is never given to
    // another VM while its own lives.
    if (!exact && !uuid.empty() && !vm.instance_uuid.empty()) continue;
    const bool visible = !q.flag(2);
    const int rank = (exact ? 2 : 0) + (visible ? 1 : 0);
    if (best && rank < best_rank) continue;
    best_rank = rank;
    // A look between two scans changed no history: this scan has to, though the text is the same.
    const bool same = visible && q.flag(3) && q.flag(8) && !q.null(4) && q.text(5) == vm.text;
    best = KnownVm{.row = q.integer(0),
                   .state = q.integer(4),
                   .same = same,
                   .newer = visible && q.flag(9),
                   .same_mark = q.text(6) == vm.mark.digest && q.text(7) == vm.mark.notes};
  }
  return best;
}

void OpenScan::save_disks(std::int64_t row, bool known, const PendingVm& vm) {
  if (known) {
    std::vector<int> keys;
    {
      Query q(db(), "SELECT key FROM disk WHERE vm = ?1");
      q.bind(1, row);
      while (q.next()) keys.push_back(q.small(0));
    }
    for (const auto& disk : vm.disks) std::erase(keys, disk.key);
    for (const int vanished : keys) record(db(), row, vanished, scan, std::nullopt);
  }
  for (const auto& disk : vm.disks) {
    db().run(
        "INSERT INTO disk VALUES (?1, ?2, ?3, ?4) ON CONFLICT (vm, key) DO UPDATE SET "
        "label = excluded.label, capacity = excluded.capacity "
        "WHERE label <> excluded.label OR capacity <> excluded.capacity",
        row, disk.key, disk.label, disk.capacity);
    if (known) {
      record(db(), row, disk.key, scan, disk.reading);
    } else if (disk.reading) {
      save_row(
          db(), row, disk.key,
          {.scan = scan, .reading = disk.reading, .max_depth = disk.reading->depth, .ends = false});
    }
  }
}

/// Of a VM that stays as it is. Not for the close to show: that this mark goes with this text is
/// true whatever becomes of the scan.
void OpenScan::save_mark(std::int64_t row, const VmMark& mark) {
  db().run("UPDATE vm SET mark = ?2, notes = ?3 WHERE id = ?1", row, mark_blob(mark.digest),
           mark_blob(mark.notes));
}

bool OpenScan::put_unchanged(std::string_view moid, const ScanWriter::SameVm& same) {
  // Put in this page and not saved yet: `staged` does not tell.
  for (const PendingVm& vm : page) {
    if (vm.moid == moid) return false;
  }
  Query q(db(),
          "SELECT id, mark, notes FROM vm WHERE endpoint = ?1 AND moid = ?2 AND gone = 0 AND "
          "last_scan IS NULL AND state IS NOT NULL AND mark IS NOT NULL");
  q.bind(1, endpoint_row);
  q.bind(2, moid);
  std::optional<std::int64_t> row;
  while (q.next()) {
    if (row || staged.has(q.integer(0)) || !same(q.text(1), q.text(2))) return false;
    row = q.integer(0);
  }
  if (row) page_unchanged.push_back(*row);
  return row.has_value();
}

void OpenScan::save(const PendingVm& vm) {
  const std::optional<KnownVm> known = find(vm);
  if (known && known->same && !staged.has(known->row)) {
    if (!known->same_mark) save_mark(known->row, vm.mark);
    seen.add(known->row);
    return;
  }
  if (known && known->newer) {
    seen.add(known->row);
    return;
  }
  std::int64_t row = 0;
  if (known) {
    row = known->row;
  } else {
    db().run("INSERT INTO vm (endpoint, moid, instance_uuid, first_scan) VALUES (?1, ?2, ?3, ?4)",
             endpoint_row, vm.moid, vm.instance_uuid, scan);
    row = db().last_insert_id();
  }
  if (staged.has(row)) {
    db().run("DELETE FROM vm_state WHERE id = (SELECT state FROM staged WHERE vm = ?1)", row);
  }
  db().run("INSERT INTO vm_state (text) VALUES (?1)", vm.text);
  db().run(
      "INSERT OR REPLACE INTO staged VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
      "?11, ?12)",
      row, scan, db().last_insert_id(), vm.moid, vm.instance_uuid, vm.name, vm.raw_name, vm.path,
      vm.depth, vm.probes, mark_blob(vm.mark.digest), mark_blob(vm.mark.notes));
  save_disks(row, known.has_value(), vm);
  seen.add(row);
  staged.add(row);
}

void OpenScan::save_page() {
  if (!page.empty()) save_changed();
  for (const std::int64_t row : page_unchanged) seen.add(row);
  page_unchanged.clear();
}

void OpenScan::save_changed() {
  Transaction save_all(db(), TransactionKind::WriteLazy,
                       fmt::format("save a page of the scan of {}", endpoint.name));
  for (const PendingVm& vm : page) save(vm);
  save_all.commit();
  page.clear();
  page_bytes = 0;
}

ScanWriter::ScanWriter(std::unique_ptr<OpenScan> scan) : scan_(std::move(scan)) {}
ScanWriter::ScanWriter(ScanWriter&&) noexcept = default;
ScanWriter::~ScanWriter() = default;

void ScanWriter::put(const policy::Vm& vm, const VmMark& mark) {
  scan_->db();
  scan_->page.push_back(pending(vm, mark));
  scan_->page_bytes += scan_->page.back().text.size();
  if (scan_->page_bytes > kPageBytes) scan_->save_page();
}

bool ScanWriter::put_unchanged(std::string_view moid, const SameVm& same) {
  return scan_->put_unchanged(moid, same);
}

void ScanWriter::put(const policy::Datastore& datastore) {
  scan_->db();
  scan_->datastores.push_back(datastore);
}

void ScanWriter::commit_page() {
  scan_->db();
  scan_->save_page();
}

void ScanWriter::discard_page() {
  scan_->db();
  scan_->page.clear();
  scan_->page_unchanged.clear();
  scan_->page_bytes = 0;
}

std::vector<policy::VmIdentity> ScanWriter::absent() {
  scan_->save_page();
  return scan_->absent();
}

ScanSummary ScanWriter::close(ScanOutcome outcome, std::vector<std::string> missing,
                              policy::Time finished) {
  scan_->db();
  return scan_->close(outcome, std::move(missing), finished);
}

ScanWriter Store::begin_scan(const policy::Endpoint& endpoint, policy::Time started) {
  return ScanWriter(std::make_unique<OpenScan>(*state_, endpoint, started));
}

}  // namespace storage
