#include <fmt/format.h>

#include <map>
#include <utility>

#include "storage/open_scan.h"

namespace storage {

ScanClose::ScanClose(const OpenScan& scan, ScanOutcome outcome)
    : scan_(scan), db_(scan.db()), outcome_(outcome) {
  Query q(db_,
          "SELECT id, finished FROM scan WHERE endpoint = ?1 AND finished IS NOT NULL "
          "ORDER BY id DESC LIMIT 1");
  q.bind(1, scan_.endpoint_row);
  if (!q.next()) return;
  previous_scan_ = q.integer(0);
  previous_finished_ = q.time(1);
}

void ScanClose::show_staged() {
  db_.run(
      "DELETE FROM vm_state WHERE id IN (SELECT vm.state FROM staged JOIN vm ON "
      "vm.id = staged.vm WHERE staged.scan = ?1 AND vm.state IS NOT NULL)",
      scan_.scan);
  db_.run(
      "UPDATE vm SET state = s.state, moid = s.moid, name = s.name, raw_name = s.raw_name, "
      "path = s.path, depth = s.depth, probes = s.probes, mark = s.mark, notes = s.notes, "
      "gone = 0, last_scan = NULL, "
      "last_seen = NULL, looked = NULL, looked_at = NULL, "
      "instance_uuid = CASE s.instance_uuid WHEN '' THEN vm.instance_uuid "
      "ELSE s.instance_uuid END FROM staged s WHERE s.vm = vm.id AND s.scan = ?1",
      scan_.scan);
  db_.run("DELETE FROM staged WHERE scan = ?1", scan_.scan);
}

void ScanClose::absent(std::int64_t vm) {
  db_.run("UPDATE vm SET last_scan = ?2, last_seen = ?3 WHERE id = ?1", vm, previous_scan_,
          previous_finished_);
  std::vector<int> keys;
  {
    Query q(db_, "SELECT key FROM disk WHERE vm = ?1");
    q.bind(1, vm);
    while (q.next()) keys.push_back(q.small(0));
  }
  for (const int key : keys) record(db_, vm, key, scan_.scan, std::nullopt);
}

void ScanClose::mark_absent() {
  std::vector<std::int64_t> unseen;
  {
    Query q(db_,
            "SELECT id FROM vm WHERE endpoint = ?1 AND state IS NOT NULL AND gone = 0 AND "
            "(looked IS NULL OR looked < ?2)");
    q.bind(1, scan_.endpoint_row);
    q.bind(2, scan_.scan);
    while (q.next()) {
      if (!scan_.seen.has(q.integer(0))) unseen.push_back(q.integer(0));
    }
  }
  for (const std::int64_t vm : unseen) {
    if (!db_.number("SELECT last_scan FROM vm WHERE id = ?1", vm)) absent(vm);
    if (outcome_ == ScanOutcome::Complete) db_.run("UPDATE vm SET gone = 1 WHERE id = ?1", vm);
  }
}

void ScanClose::join_moved() {
  if (!db_.number("SELECT 1 FROM vm WHERE endpoint = ?1 AND gone = 1", scan_.endpoint_row)) return;
  std::map<std::int64_t, std::vector<std::int64_t>> heirs;  // by the row that left
  {
    Query q(db_,
            "SELECT n.id, (SELECT o.id FROM vm o WHERE o.gone = 1 AND o.endpoint = n.endpoint AND "
            "o.instance_uuid = n.instance_uuid AND o.last_scan < n.first_scan "
            "ORDER BY o.last_scan DESC, o.id DESC LIMIT 1) AS left_row FROM vm n "
            "WHERE n.endpoint = ?1 AND n.gone = 0 AND n.state IS NOT NULL AND "
            "n.instance_uuid <> '' AND left_row IS NOT NULL");
    q.bind(1, scan_.endpoint_row);
    while (q.next()) heirs[q.integer(1)].push_back(q.integer(0));
  }
  for (const auto& [left_row, candidates] : heirs) {
    if (candidates.size() == 1) join(left_row, candidates.front());
  }
}

void ScanClose::join(std::int64_t old_row, std::int64_t new_row) {
  db_.run("DELETE FROM vm_state WHERE id = (SELECT state FROM vm WHERE id = ?1)", old_row);
  db_.run("INSERT OR REPLACE INTO disk SELECT ?1, key, label, capacity FROM disk WHERE vm = ?2",
          old_row, new_row);
  db_.run("UPDATE OR REPLACE sample SET vm = ?1 WHERE vm = ?2", old_row, new_row);
  db_.run(
      "UPDATE vm SET state = n.state, moid = n.moid, name = n.name, raw_name = n.raw_name, "
      "path = n.path, depth = n.depth, probes = n.probes, mark = n.mark, notes = n.notes, "
      "gone = 0, last_scan = n.last_scan, last_seen = n.last_seen, looked = n.looked, "
      "looked_at = n.looked_at FROM vm n WHERE n.id = ?2 AND vm.id = ?1",
      old_row, new_row);
  db_.run("DELETE FROM disk WHERE vm = ?1", new_row);
  db_.run("DELETE FROM vm WHERE id = ?1", new_row);
}

void ScanClose::save_datastores() {
  if (outcome_ == ScanOutcome::Complete) {
    db_.run("DELETE FROM datastore WHERE endpoint = ?1", scan_.endpoint_row);
  }
  for (const policy::Datastore& d : scan_.datastores) {
    db_.run("INSERT OR REPLACE INTO datastore VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
            scan_.endpoint_row, d.moid, d.name, d.type, d.capacity_bytes, d.free_bytes,
            d.accessible, d.native_snapshots, d.se_sparse, d.vmfs_sparse, d.vsan_sparse);
  }
}

void ScanClose::save_endpoint() {
  // A configured name that now means another endpoint takes the old one's VMs out of sight; they
  // stay stored under their uuid.
  db_.run("UPDATE endpoint SET name = NULL WHERE name = ?1 AND id <> ?2", scan_.endpoint.name,
          scan_.endpoint_row);
  db_.run("UPDATE endpoint SET name = ?2, api = ?3, product = ?4, is_host = ?5 WHERE id = ?1",
          scan_.endpoint_row, scan_.endpoint.name, scan_.endpoint.api, scan_.endpoint.product,
          scan_.endpoint.is_host);
  db_.run("DELETE FROM scan_failure WHERE endpoint = ?1", scan_.endpoint.name);
}

ScanSummary OpenScan::close(ScanOutcome outcome, std::vector<std::string> missing,
                            policy::Time finished) {
  save_page();
  Database& target = store.to_write();
  Transaction closing(target, TransactionKind::Write,
                      fmt::format("close the scan of {}", endpoint.name));
  ScanClose conclude(*this, outcome);
  conclude.show_staged();
  conclude.mark_absent();
  conclude.join_moved();
  conclude.save_datastores();
  conclude.save_endpoint();
  for (std::size_t i = 0; i < missing.size(); ++i) {
    target.run("INSERT INTO scan_missing VALUES (?1, ?2, ?3)", scan, static_cast<std::int64_t>(i),
               missing[i]);
  }
  target.run("UPDATE scan SET finished = ?2, complete = ?3, vms = ?4 WHERE id = ?1", scan, finished,
             outcome == ScanOutcome::Complete, seen.size());
  closing.commit();
  open = false;
  store.open_scans.erase(endpoint_row);
  return {.id = scan,
          .endpoint = endpoint,
          .started = started,
          .finished = finished,
          .outcome = outcome,
          .missing = std::move(missing),
          .vms = seen.size()};
}

}  // namespace storage
