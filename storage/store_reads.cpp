#include <utility>

#include "storage/open_scan.h"
#include "storage/pack.h"
#include "storage/vm_text.h"

namespace storage {
namespace {

policy::Vm vm_of_row(const Database& db, std::int64_t row, std::string_view text,
                     const std::string& endpoint) {
  try {
    return read_vm(text, endpoint);
  } catch (const PackError& problem) {
    damaged(db, row, problem.what());
  }
}

policy::VmIdentity identity_of_row(const Database& db, std::int64_t row, std::string_view text,
                                   const std::string& endpoint) {
  try {
    return read_identity(text, endpoint);
  } catch (const PackError& problem) {
    damaged(db, row, problem.what());
  }
}

struct NamedEndpoint {
  std::int64_t row = 0;
  std::string name;
};

/// Endpoints in sight, by name; one of them when `name` is not empty.
std::vector<NamedEndpoint> endpoints(Database& db, const std::string& name) {
  std::vector<NamedEndpoint> found;
  Query q(db,
          "SELECT id, name FROM endpoint WHERE name IS NOT NULL AND (?1 = '' OR name = ?1) "
          "ORDER BY name");
  q.bind(1, name);
  while (q.next()) found.push_back({.row = q.integer(0), .name = q.string(1)});
  return found;
}

ScanSummary read_scan(const Query& q) {
  return {.id = q.integer(0),
          .endpoint = {.name = q.string(5),
                       .uuid = q.string(6),
                       .api = q.string(7),
                       .product = q.string(8),
                       .is_host = q.flag(9)},
          .started = q.time(1),
          .finished = q.time(2),
          .outcome = q.flag(3) ? ScanOutcome::Complete : ScanOutcome::Partial,
          .missing = {},
          .vms = q.unsigned64(4)};
}

void read_missing(Database& db, std::vector<ScanSummary>& scans) {
  for (ScanSummary& scan : scans) {
    Query q(db, "SELECT sentence FROM scan_missing WHERE scan = ?1 ORDER BY place");
    q.bind(1, scan.id);
    while (q.next()) scan.missing.push_back(q.string(0));
  }
}

}  // namespace

std::string Store::mark_key() const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "read the key of the marks");
  Query q(db, "SELECT key FROM mark_key");
  if (q.next()) return q.string(0);
  throw Error(ErrorKind::Corrupt,
              "cannot " + db.activity() + " in " + db.file() +
                  ": there is none; restore the last good copy of the file, or move it aside and "
                  "scan again");
}

std::vector<ScanSummary> Store::last_scans() const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "read the last scans");
  std::vector<ScanSummary> found;
  Query q(db,
          "SELECT s.id, s.started, s.finished, s.complete, s.vms, e.name, e.uuid, e.api, "
          "e.product, e.is_host FROM endpoint e JOIN scan s ON s.id = (SELECT max(id) FROM scan "
          "WHERE endpoint = e.id AND finished IS NOT NULL) WHERE e.name IS NOT NULL "
          "ORDER BY e.name");
  while (q.next()) found.push_back(read_scan(q));
  read_missing(db, found);
  return found;
}

std::vector<ScanSummary> Store::scans(std::size_t limit) const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "read the scans");
  std::vector<ScanSummary> found;
  Query q(db,
          "SELECT s.id, s.started, s.finished, s.complete, s.vms, coalesce(e.name, ''), e.uuid, "
          "e.api, e.product, e.is_host FROM scan s JOIN endpoint e ON e.id = s.endpoint "
          "WHERE s.finished IS NOT NULL ORDER BY s.id DESC LIMIT ?1");
  q.bind(1, static_cast<std::uint64_t>(limit));
  while (q.next()) found.push_back(read_scan(q));
  read_missing(db, found);
  return found;
}

void Store::for_each_vm(const VmFilter& filter,
                        const std::function<void(const policy::Vm&)>& sink) const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "read the VMs");
  for (const auto& [row, name] : endpoints(db, filter.endpoint)) {
    Query q(db,
            "SELECT v.id, s.text, v.last_scan IS NOT NULL FROM vm v CROSS JOIN vm_state s ON s.id "
            "= v.state "
            "WHERE v.endpoint = ?1 AND v.state IS NOT NULL AND v.gone = 0 ORDER BY v.name, v.id");
    q.bind(1, row);
    while (q.next()) {
      policy::Vm vm = vm_of_row(db, q.integer(0), q.text(1), name);
      // The last scan was partial and did not reach it: what is shown is older than the scan.
      vm.stale = vm.stale || q.flag(2);
      sink(vm);
    }
  }
}

std::vector<policy::Datastore> Store::datastores() const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "read the datastores");
  std::vector<policy::Datastore> found;
  Query q(db,
          "SELECT e.name, d.moid, d.name, d.type, d.capacity_bytes, d.free_bytes, d.accessible, "
          "d.native_snapshots, d.se_sparse, d.vmfs_sparse, d.vsan_sparse FROM endpoint e "
          "JOIN datastore d ON d.endpoint = e.id WHERE e.name IS NOT NULL "
          "ORDER BY e.name, d.name, d.moid");
  while (q.next()) {
    found.push_back({.endpoint = q.string(0),
                     .moid = q.string(1),
                     .name = q.string(2),
                     .type = q.string(3),
                     .capacity_bytes = q.unsigned64(4),
                     .free_bytes = q.unsigned64(5),
                     .accessible = q.flag(6),
                     .native_snapshots = q.maybe_flag(7),
                     .se_sparse = q.maybe_flag(8),
                     .vmfs_sparse = q.maybe_flag(9),
                     .vsan_sparse = q.maybe_flag(10)});
  }
  return found;
}

std::vector<policy::Vm> Store::find_vms(const std::string& text) const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "look for a VM");
  std::vector<policy::Vm> found;
  Query q(db,
          "SELECT v.id, s.text, e.name, v.last_scan IS NOT NULL FROM endpoint e JOIN vm v "
          "ON v.endpoint = e.id "
          "JOIN vm_state s ON s.id = v.state WHERE e.name IS NOT NULL AND v.gone = 0 AND "
          "(v.name = ?1 OR v.raw_name = ?1 OR v.path = ?1 OR v.moid = ?1) "
          "ORDER BY e.name, v.name, v.id");
  q.bind(1, text);
  while (q.next()) {
    found.push_back(vm_of_row(db, q.integer(0), q.text(1), q.string(2)));
    found.back().stale = found.back().stale || q.flag(3);
  }
  return found;
}

std::vector<policy::VmIdentity> Store::known_vms(const std::string& endpoint_uuid) const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "read the known VMs");
  std::vector<policy::VmIdentity> found;
  Query q(db,
          "SELECT v.id, s.text, e.name FROM endpoint e JOIN vm v ON v.endpoint = e.id "
          "JOIN vm_state s ON s.id = v.state WHERE e.uuid = ?1 AND v.gone = 0 AND "
          "v.last_scan IS NULL ORDER BY v.id");
  q.bind(1, endpoint_uuid);
  while (q.next()) found.push_back(identity_of_row(db, q.integer(0), q.text(1), q.string(2)));
  return found;
}

std::vector<policy::VmIdentity> OpenScan::absent() const {
  const Transaction read(db(), TransactionKind::Read, "read the VMs that were not seen");
  std::vector<policy::VmIdentity> found;
  Query q(db(),
          "SELECT v.id, s.text FROM vm v JOIN vm_state s ON s.id = v.state "
          "WHERE v.endpoint = ?1 AND v.gone = 0 AND (v.looked IS NULL OR v.looked < ?2) "
          "ORDER BY v.id");
  q.bind(1, endpoint_row);
  q.bind(2, scan);
  while (q.next()) {
    if (!seen.has(q.integer(0))) {
      found.push_back(identity_of_row(db(), q.integer(0), q.text(1), endpoint.name));
    }
  }
  return found;
}

std::vector<GoneVm> Store::gone_vms() const {
  Database& db = *state_->reader;
  const Transaction read(db, TransactionKind::Read, "read the VMs that are gone");
  std::vector<GoneVm> found;
  Query q(db,
          "SELECT v.id, s.text, e.name, v.last_seen FROM endpoint e JOIN vm v ON "
          "v.endpoint = e.id JOIN vm_state s ON s.id = v.state WHERE e.name IS NOT NULL AND "
          "v.gone = 1 ORDER BY e.name, v.name, v.id");
  while (q.next()) {
    found.push_back({.identity = identity_of_row(db, q.integer(0), q.text(1), q.string(2)),
                     .last_seen = q.time(3)});
  }
  return found;
}

}  // namespace storage
