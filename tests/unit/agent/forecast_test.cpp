// `forecast` from a state file: growth comes from the scans of days, and from nothing else.
#include "agent/act/forecast.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "storage/store.h"

namespace {

using agent::ForecastResponse;
using std::chrono::hours;

constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr policy::Time kBegin = std::chrono::sys_days{std::chrono::year{2026} / 11 / 10};

class FixedClock final : public agent::Clock {
 public:
  policy::Time now() const override { return time; }
  policy::Time time = kBegin;
};

/// A VM with one old snapshot of a stranger, whose delta grows by a GiB an hour.
policy::Vm growing(int hour) {
  policy::Vm vm;
  vm.identity = {.endpoint = "prod",
                 .moid = "vm-1",
                 .instance_uuid = "u-vm",
                 .bios_uuid = {},
                 .name = "db",
                 .raw_name = "db"};
  policy::Snapshot snapshot{.moid = "s1", .id = 1, .name = "before", .raw_name = "before"};
  snapshot.created = kBegin - hours{1};
  snapshot.current = snapshot.on_current_path = true;
  vm.snapshots.push_back(snapshot);
  policy::Disk disk{.key = 2000,
                    .label = "Hard disk 1",
                    .capacity_bytes = 2000 * kGiB,
                    .kind = policy::DeltaKind::SeSparse};
  disk.mode = "persistent";
  disk.datastore = "datastore-1";
  disk.depth = 1;
  disk.layers = {{.file = "[ds] db/db-1.vmdk",
                  .bytes = static_cast<std::uint64_t>(hour + 1) * kGiB,
                  .snapshot = "s1"},
                 {.file = "[ds] db/db.vmdk", .bytes = 900 * kGiB, .snapshot = {}}};
  vm.disks.push_back(disk);
  vm.depth = vm.tree_depth = 1;
  return vm;
}

class ForecastTest : public testing::Test {
 protected:
  ForecastTest()
      : directory_(std::filesystem::temp_directory_path() /
                   ("deltakeep-forecast-" +
                    std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) +
                    "-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(directory_);
  }
  ~ForecastTest() override { std::filesystem::remove_all(directory_); }

  /// The forecast after hourly scans for so long, of a datastore with 100 GiB free.
  ForecastResponse after(int hours_of_history, hours since_then = hours{0}) {
    const std::string state = (directory_ / "state.db").string();
    {
      storage::Store store = storage::Store::open(state, storage::Access::ReadWrite);
      for (int hour = 0; hour <= hours_of_history; ++hour) {
        clock_.time = kBegin + hours{hour};
        storage::ScanWriter scan = store.begin_scan(
            {.name = "prod", .uuid = "u-1", .api = "8.0.2.0", .product = "Paper"}, clock_.time);
        scan.put(growing(hour));
        scan.put(policy::Datastore{.endpoint = "prod",
                                   .moid = "datastore-1",
                                   .name = "ds",
                                   .type = "vmfs",
                                   .capacity_bytes = 3000 * kGiB,
                                   .free_bytes = 100 * kGiB});
        scan.commit_page();
        scan.close(storage::ScanOutcome::Complete, {}, clock_.time);
      }
    }
    agent::Context context{
        .config = {}, .environment = environment_, .clock = clock_, .stop = {}, .watch = {}};
    context.config.state = state;
    context.config.vcenters = vcenters_;
    clock_.time += since_then;
    return handle(agent::ForecastRequest{.vm = {}, .days = 30, .policy = {}, .inventory = {}},
                  context);
  }

  std::filesystem::path directory_;
  std::vector<agent::VcenterConfig> vcenters_;
  agent::Environment environment_;
  FixedClock clock_;
};

TEST_F(ForecastTest, FourDaysOfScansGiveAnIntervalAndSayWhenTheDatastoreIsFull) {
  const ForecastResponse response = after(96);
  ASSERT_EQ(response.vms.size(), 1U);
  const policy::Growth& growth = response.vms[0].forecast.disks.at(0).growth;
  EXPECT_EQ(growth.basis, policy::GrowthBasis::Interval);
  EXPECT_NEAR(growth.best * 3600 / static_cast<double>(kGiB), 1, 0.01);
  ASSERT_EQ(response.datastores.size(), 1U);
  const policy::Crossing& full = response.datastores[0].forecast.full;
  ASSERT_EQ(full.state, policy::CrossingState::At);
  EXPECT_LT(abs(*full.at - (clock_.time + hours{100})), hours{1});
}

TEST_F(ForecastTest, HalfADayOfScansIsNotEnoughHistory) {
  const ForecastResponse response = after(12);
  ASSERT_EQ(response.datastores.size(), 1U);
  EXPECT_EQ(response.datastores[0].forecast.full.state, policy::CrossingState::NotEnoughHistory);
  EXPECT_EQ(response.vms[0].forecast.disks.at(0).growth.basis, policy::GrowthBasis::Earliest);
}

TEST_F(ForecastTest, SaysWhoWasNeverScannedAndWhichScanIsOld) {
  vcenters_.resize(2);
  vcenters_[0].name = "prod";
  vcenters_[1].name = "lab";
  for (auto& one : vcenters_) one.url = "https://" + one.name + ".example.com/sdk";
  EXPECT_EQ(after(6, hours{2}).gaps, std::vector<std::string>{"lab was never scanned"})
      << "hourly scans, the last one two hours ago";
}

TEST_F(ForecastTest, AScanIsOldAfterTwiceTheUsualTime) {
  const ForecastResponse response = after(6, hours{3});
  EXPECT_EQ(response.now, kBegin + hours{9}) << "played from now on";
  ASSERT_EQ(response.gaps.size(), 1U);
  EXPECT_NE(response.gaps[0].find("prod: the last scan is of 2026-11-10T06:00:00Z"),
            std::string::npos);
}

TEST_F(ForecastTest, OfASingleScanADayIsNotOld) { EXPECT_TRUE(after(0, hours{24}).gaps.empty()); }

TEST_F(ForecastTest, OfASingleScanMoreThanADayIsOld) {
  EXPECT_EQ(after(0, hours{25}).gaps.size(), 1U);
}

TEST_F(ForecastTest, AStrangersSnapshotAgesWhetherOrNotAPolicyIsThere) {
  const ForecastResponse response = after(24);
  const policy::Crossing* warn =
      response.vms.at(0).forecast.disks.at(0).first(policy::ForecastLevel::Warn);
  ASSERT_NE(warn, nullptr);
  EXPECT_EQ(warn->rule, "age");
  EXPECT_EQ(warn->at, kBegin - hours{1} + hours{72});
}

}  // namespace
