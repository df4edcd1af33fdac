// How a state grows over a year, and that it does so for history alone.
#include "storage/sqlite.h"
#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

std::uintmax_t size_after_vacuum(const std::string& file) {
  Database db(file, Access::ReadWrite);
  db.run("VACUUM");
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  return std::filesystem::file_size(file);
}

/// Bytes per VM and day after a year of daily scans; `change` makes the VM of a day.
template <class Change>
double growth(int vms, Change change) {
  const TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
  const auto scan_day = [&](int day) {
    ScanWriter writer = store.begin_scan(endpoint(), at(2) + days(day));
    for (int i = 100; i < 100 + vms; ++i) writer.put(change(i, day));
    writer.close(ScanOutcome::Complete, {}, at(2) + days(day));
  };
  scan_day(0);
  const auto first = size_after_vacuum(dir.file());
  for (int day = 1; day <= 365; ++day) {
    scan_day(day);
    store.thin_history(at(2) + days(day));
  }
  EXPECT_EQ(store.history(make_vm(100).identity, policy::Time{})[0].samples.size(), 366u);
  return static_cast<double>(size_after_vacuum(dir.file()) - first) / (vms * 365.0);
}

TEST(Growth, OfAYearInWhichEveryDiskChangesEveryDayStaysBelow200BytesPerVmAndDay) {
  const double bytes = growth(20, [](int number, int day) {
    policy::Vm vm = make_vm(number, 2);
    for (policy::Disk& disk : vm.disks) {
      disk.layers[0].bytes = (std::uint64_t{5} << 32) + static_cast<unsigned>(number * day) * 977u;
      disk.probes.best = 1 + 1.0 / (day + 3);
    }
    return vm;
  });
  RecordProperty("bytes_per_vm_and_day", std::to_string(bytes));
  EXPECT_LT(bytes, 200);
  EXPECT_GT(bytes, 40) << "then not all was stored";
}

TEST(Growth, OfAYearInWhichNothingChangesIsNextToNothing) {
  EXPECT_LT(growth(20, [](int number, int) { return make_vm(number, 2); }), 6)
      << "only the scans themselves, a few pages over a year";
}

TEST(Growth, OfAnUnchangedRescanIsTheScanItself) {
  const TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
  std::vector<policy::Vm> vms;
  for (int i = 100; i < 400; ++i) vms.push_back(make_vm(i));
  scan(store, at(1), vms);
  Database db(dir.file(), Access::ReadWrite);
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  scan(store, at(2), vms);
  const auto frame = 8192u + 24u;
  EXPECT_LT(std::filesystem::file_size(dir.file() + "-wal"), 32 + 8 * frame)
      << "two commits of a few pages, though 300 VMs were put";
}

}  // namespace
}  // namespace storage::test
