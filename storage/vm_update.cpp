// A look at one VM between two scans: shown at once, put into history by the next scan.
#include <fmt/format.h>

#include "storage/open_state.h"
#include "storage/vm_text.h"

namespace storage {
namespace {

struct KnownVm {
  std::int64_t row = 0;
  std::int64_t state = 0;
};

/// The VM in sight with this identity, by the rules of a scan.
std::optional<KnownVm> find(Database& db, std::int64_t endpoint,
                            const policy::VmIdentity& identity) {
  Query q(db,
          "SELECT id, state FROM vm WHERE endpoint = ?1 AND moid = ?2 AND state IS NOT NULL AND "
          "gone = 0 AND (instance_uuid = ?3 OR instance_uuid = '' OR ?3 = '') "
          "ORDER BY instance_uuid = ?3 DESC, id DESC");
  q.bind(1, endpoint);
  q.bind(2, identity.moid);
  q.bind(3, identity.instance_uuid);
  if (!q.next()) return std::nullopt;
  return KnownVm{.row = q.integer(0), .state = q.integer(1)};
}

/// What an open scan read of the VM is older than this look.
void drop_staged(Database& db, std::int64_t vm) {
  db.run("DELETE FROM sample WHERE vm = ?1 AND scan = (SELECT scan FROM staged WHERE vm = ?1)", vm);
  db.run("DELETE FROM vm_state WHERE id = (SELECT state FROM staged WHERE vm = ?1)", vm);
  db.run("DELETE FROM staged WHERE vm = ?1", vm);
}

/// The newest scan that began before now: the open one, else the last that closed.
std::int64_t newest_scan(Database& db, const OpenState& state, std::int64_t endpoint) {
  const auto open = state.open_scans.find(endpoint);
  if (open != state.open_scans.end()) return open->second;
  return db
      .number("SELECT max(id) FROM scan WHERE endpoint = ?1 AND finished IS NOT NULL", endpoint)
      .value_or(0);
}

}  // namespace

void Store::update_vm(const policy::Endpoint& endpoint, const policy::Vm& vm, policy::Time time) {
  Database& db = state_->to_write();
  Transaction update(db, TransactionKind::WriteLazy,
                     fmt::format("keep what a look at {} saw", vm.identity.name));
  const auto endpoint_row = db.number("SELECT id FROM endpoint WHERE uuid = ?1", endpoint.uuid);
  if (!endpoint_row) return;
  const auto known = find(db, *endpoint_row, vm.identity);
  if (!known) return;
  std::string text;
  append_vm(text, vm);
  drop_staged(db, known->row);
  db.run("DELETE FROM vm_state WHERE id = ?1", known->state);
  db.run("INSERT INTO vm_state (text) VALUES (?1)", text);
  db.run(
      "UPDATE vm SET state = ?10, last_scan = NULL, last_seen = NULL, name = ?2, raw_name = ?3, "
      "path = ?4, depth = ?5, probes = ?6, "
      "instance_uuid = CASE ?7 WHEN '' THEN instance_uuid ELSE ?7 END, "
      "mark = NULL, notes = NULL, looked = ?8, looked_at = ?9 WHERE id = ?1",
      known->row, vm.identity.name, vm.identity.raw_name, vm.place.path, vm.depth, vm.probes,
      vm.identity.instance_uuid, newest_scan(db, *state_, *endpoint_row), time,
      db.last_insert_id());
  update.commit();
}

}  // namespace storage
