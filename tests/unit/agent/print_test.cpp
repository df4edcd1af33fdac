// What a person sees: whole screens, compared to the letter.
#include "agent/cli/print/print.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace agent {
namespace {

const policy::Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

policy::Snapshot snapshot(const std::string& moid, int id, std::optional<std::string> parent) {
  policy::Snapshot result;
  result.moid = moid;
  result.id = id;
  result.name = "Snap" + std::to_string(id);
  result.created = kNow - std::chrono::hours(24 * (10 - id));
  result.parent = std::move(parent);
  result.on_current_path = true;
  result.bytes = 16u << 20;
  return result;
}

policy::Vm branching_vm() {
  policy::Vm vm;
  vm.identity = {.endpoint = "prod",
                 .moid = "vm-7",
                 .instance_uuid = "",
                 .bios_uuid = "",
                 .name = "web",
                 .raw_name = "web"};
  vm.place.path = "/DC0/vm/web";
  vm.tree_depth = 2;
  vm.depth = 2;
  vm.snapshots = {snapshot("s-1", 1, std::nullopt), snapshot("s-2", 2, "s-1"),
                  snapshot("s-3", 3, "s-1"), snapshot("s-4", 4, "s-3")};
  vm.snapshots[1].current = true;
  vm.snapshots[2].on_current_path = vm.snapshots[3].on_current_path = false;
  vm.snapshots[3].memory = true;
  return vm;
}

class Print : public testing::Test {
 protected:
  std::ostringstream text_;
  Output output_{.out = text_, .screen = {}, .json = false, .quiet = false, .now = kNow};
  std::string text() const { return text_.str(); }
};

TEST_F(Print, DrawsBranchesAndTheRunningPointBelowTheCurrentSnapshot) {
  print_tree(branching_vm(), output_);
  EXPECT_EQ(text(),
            "web (vm-7)  /DC0/vm/web\n"
            "4 snapshots, tree depth 2, deepest disk 2\n"
            "\n"
            "SNAPSHOT            MOID  ID  CREATED               AGE    SIZE  OWNER    NOTES\n"
            "Snap1               s-1    1  2026-11-13T00:00:00Z  9 d  16 MiB  foreign\n"
            "├─ Snap2            s-2    2  2026-11-14T00:00:00Z  8 d  16 MiB  foreign\n"
            "│  └─ You are here\n"
            "└─ Snap3            s-3    3  2026-11-15T00:00:00Z  7 d  16 MiB  foreign  detached\n"
            "   └─ Snap4         s-4    4  2026-11-16T00:00:00Z  6 d  16 MiB  foreign  memory, "
            "detached\n");
}

TEST_F(Print, PutsTheRunningPointAtTheTopWhenNoSnapshotIsCurrent) {
  policy::Vm vm = branching_vm();
  vm.snapshots[1].current = false;
  print_tree(vm, output_);
  EXPECT_NE(text().find("\nYou are here"), std::string::npos) << text();
}

TEST_F(Print, SaysSoWhenThereAreDeltasWithoutSnapshots) {
  policy::Vm vm = branching_vm();
  vm.snapshots.clear();
  print_tree(vm, output_);
  EXPECT_NE(text().find("no snapshots, but 2 deltas on disk"), std::string::npos) << text();
}

policy::Vm line_of(int snapshots) {
  policy::Vm vm = branching_vm();
  vm.snapshots = {snapshot("s-0", 0, std::nullopt)};
  for (int id = 1; id < snapshots; ++id) {
    vm.snapshots.push_back(snapshot("s-" + std::to_string(id), id, "s-" + std::to_string(id - 1)));
  }
  vm.snapshots.back().current = true;
  return vm;
}

TEST_F(Print, ShowsTheRunningPointOfTheDeepestChainThatVsphereAllows) {
  print_tree(line_of(32), output_);
  EXPECT_NE(text().find("You are here"), std::string::npos);
}

TEST_F(Print, DrawsALineOfAThousandSnapshotsWithoutRecursion) {
  print_tree(line_of(1000), output_);
  const std::string shown = text();
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 3 + 1 + 1000 + 1);
}

TEST_F(Print, DefusesHostileNames) {
  policy::Vm vm = branching_vm();
  vm.identity.name = "web\x1b[2J\nfake";
  vm.snapshots[0].name = "\x1b]0;owned\x07";
  print_tree(vm, output_);
  print_chain(vm, output_);
  EXPECT_EQ(text().find('\x1b'), std::string::npos);
  EXPECT_EQ(text().find('\x07'), std::string::npos);
  EXPECT_EQ(text().find("\nfake"), std::string::npos);
}

policy::Disk two_layer_disk() {
  policy::Disk disk;
  disk.key = 2000;
  disk.label = "Hard disk 1";
  disk.capacity_bytes = 1ull << 30;
  disk.kind = policy::DeltaKind::SeSparse;
  disk.depth = 1;
  disk.layers = {{.file = "[ds] web/web-000001.vmdk", .bytes = 1u << 28, .snapshot = "s-1"},
                 {.file = "[ds] web/web.vmdk", .bytes = 1u << 30, .snapshot = std::nullopt}};
  disk.probes = {.best = 1.75,
                 .low = 1.75,
                 .high = 1.75,
                 .worst = 2,
                 .base_share = 0.75,
                 .split_64k = 7.5625,
                 .map_bytes = 2u << 20};
  return disk;
}

TEST_F(Print, ShowsEachLayerWithItsShareOfReads) {
  policy::Vm vm = branching_vm();
  vm.snapshots.resize(1);
  vm.snapshots[0].created = kNow;
  vm.disks = {two_layer_disk()};
  print_chain(vm, output_);
  EXPECT_NE(text().find("a random read looks in 1.75 of 2 files on average"), std::string::npos)
      << text();
  EXPECT_NE(text().find("1  [ds] web/web-000001.vmdk  256 MiB   25.0 %  25.0 %  since Snap1"),
            std::string::npos)
      << text();
  EXPECT_NE(text().find("0  [ds] web/web.vmdk           1 GiB  100.0 %  75.0 %  (base)"),
            std::string::npos)
      << text();
}

TEST_F(Print, GivesTheTreeAsOneJsonDocument) {
  output_.json = true;
  print_tree(branching_vm(), output_);
  const auto document = nlohmann::json::parse(text());
  EXPECT_EQ(document.at("format"), 1);
  EXPECT_EQ(document.at("vms").size(), 1u);
  EXPECT_EQ(document.at("vms")[0].at("snapshots").size(), 4u);
  EXPECT_EQ(document.at("vms")[0].at("risk").at("level"), "critical")
      << "the oldest snapshot is nine days old";
}

TEST_F(Print, ClosesAVmListThatBreaksOffAsAValidDocument) {
  output_.json = true;
  try {
    VmListWriter list(output_);
    list.add(branching_vm());
    throw std::runtime_error("source broke");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(nlohmann::json::parse(text()).at("vms").size(), 1u);
}

TEST_F(Print, PutsTheRiskiestVmFirstAndCountsInheritedLayersApart) {
  VmRow calm{.endpoint = "prod", .moid = "vm-1", .name = "calm"};
  VmRow worried{.endpoint = "prod", .moid = "vm-2", .name = "worried"};
  worried.level = policy::RiskLevel::Critical;
  worried.depth = 5;
  worried.inherited = 2;
  std::vector<VmRow> rows{calm, worried};
  std::sort(rows.begin(), rows.end(), riskier);
  print(rows, output_);
  const std::string shown = text();
  EXPECT_LT(shown.find("worried"), shown.find("calm"));
  EXPECT_NE(shown.find("5+2"), std::string::npos) << shown;
}

TEST_F(Print, GivesAFailedScanItsErrorAndCode) {
  output_.json = true;
  ScanResponse response;
  response.scans.resize(2);
  response.scans[0].endpoint = "a";
  response.scans[0].failure = Failure{"login", "wrong password", ExitCode::Login};
  response.scans[1].endpoint = "b";
  response.scans[1].summary.emplace();
  print(response, output_);
  const auto document = nlohmann::json::parse(text());
  EXPECT_EQ(document.at("scans")[0].at("error").at("exit"), 12);
  EXPECT_EQ(document.at("scans")[0].at("outcome"), "failed");
  EXPECT_TRUE(document.at("scans")[1].at("error").is_null());
}

}  // namespace
}  // namespace agent
