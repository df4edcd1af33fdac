#include <sys/stat.h>

#include "storage/backup.h"
#include "storage/sqlite.h"

namespace storage {
namespace {

std::uint64_t count(Database& db, Sql sql, std::vector<std::string>& damage) {
  try {
    return static_cast<std::uint64_t>(db.number(sql).value_or(0));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Corrupt) throw;
    damage.emplace_back(error.what());
    return 0;
  }
}

void check_pages(Database& db, std::vector<std::string>& damage) {
  try {
    Query q(db, "PRAGMA quick_check");
    while (q.next()) {
      if (q.text(0) != "ok") damage.push_back(q.string(0));
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Corrupt) throw;
    damage.emplace_back(error.what());
  }
}

}  // namespace

StateCheck check_state(const std::string& file) {
  StateCheck check;
  const Store store = Store::open(file, Access::ReadOnly);
  Database db(file, Access::ReadOnly);
  db.set_activity("check the state");
  struct stat found {};
  if (stat(file.c_str(), &found) == 0) check.bytes = static_cast<std::uint64_t>(found.st_size);
  check.schema = db.number("PRAGMA user_version").value_or(0);
  check_pages(db, check.damage);
  // Whatever else is wrong with it follows from that.
  if (!check.damage.empty()) return check;
  check.vms = count(db,
                    "SELECT count(*) FROM vm JOIN endpoint ON endpoint.id = vm.endpoint "
                    "WHERE vm.state IS NOT NULL AND vm.gone = 0 AND endpoint.name IS NOT NULL",
                    check.damage);
  check.scans = count(db, "SELECT count(*) FROM scan WHERE finished IS NOT NULL", check.damage);
  try {
    const Journal journal(store);
    check.identity = journal.identity();
    if (check.identity.agent.empty()) return check;
    check.audit = journal.check_audit();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Corrupt) throw;
    check.damage.emplace_back(error.what());
    return check;
  }
  check.operations = count(db, "SELECT count(*) FROM operation", check.damage);
  check.open_operations = count(db, "SELECT count(*) FROM operation WHERE over = 0", check.damage);
  check.owned =
      count(db, "SELECT count(*) FROM owned_snapshot WHERE disowned IS NULL", check.damage);
  check.copies = count(db, "SELECT count(*) FROM copy", check.damage);
  check.runs = count(db, "SELECT count(*) FROM run", check.damage);
  check.pins = count(db, "SELECT count(*) FROM pin", check.damage);
  check.pauses = count(db, "SELECT count(*) FROM pause", check.damage);
  return check;
}

}  // namespace storage
