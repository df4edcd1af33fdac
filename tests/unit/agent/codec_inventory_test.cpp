#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/codec/inventory_json.h"
#include "agent/error.h"
#include "policy/chain.h"
#include "tests/unit/policy/seen_vm.h"

namespace {

using agent::InventoryWriter;
using agent::read_inventory;
using nlohmann::ordered_json;
using testing::HasSubstr;

std::string contract() {
  std::ifstream in(std::string(DELTAKEEP_SOURCE_DIR) + "/tests/golden/inventory/contract.json");
  if (!in) throw std::runtime_error("cannot open tests/golden/inventory/contract.json");
  return {std::istreambuf_iterator<char>(in), {}};
}

policy::Inventory read(const std::string& text) {
  std::istringstream in(text);
  return read_inventory(in);
}

std::string written(const policy::Inventory& inventory) {
  std::ostringstream out;
  agent::write_inventory(out, inventory);
  return out.str();
}

/// Every member of the contract's example must be in what we write, with its value.
void expect_within(const ordered_json& expected, const ordered_json& found, const std::string& at) {
  if (expected.is_object()) {
    for (const auto& [name, value] : expected.items()) {
      ASSERT_TRUE(found.contains(name)) << at << "/" << name;
      expect_within(value, found[name], at + "/" + name);
    }
  } else if (expected.is_array()) {
    ASSERT_EQ(expected.size(), found.size()) << at;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expect_within(expected[i], found[i], at + "/" + std::to_string(i));
    }
  } else {
    EXPECT_EQ(expected, found) << at;
  }
}

policy::Vm branched_vm() {
  policy_test::SeenVm model;
  model.add_disk(2000, "vm", 1);
  model.add_disk(2001, "vm_1").mode = "independent_persistent";
  model.create();
  const auto lost = model.create();
  model.create();
  model.remove(lost, policy_test::SeenVm::Merge::Fails);
  model.revert("snapshot-1");
  policy::VmSeen seen = model.seen();
  seen.place = {"/DC0/vm/f/vm", "c", "host-1", {"datastore-1"}, {"a:b"}, {{"k", "v"}}};
  seen.state.question = "msg.redo: retry?";
  seen.state.disabled_methods = {"CreateSnapshot_Task"};
  seen.state.unreadable = {"config.x"};
  seen.state.managed_by = "com.vmware.vcls";
  seen.layout_time = policy::Time{std::chrono::microseconds{1'700'000'000'123'456}};
  policy::Vm vm = policy::build_vm(seen);
  vm.policies = {"daily"};
  vm.snapshots[0].owner = policy::Owner::Ours;
  vm.snapshots[0].pinned = true;
  vm.snapshots[0].state = policy::SnapshotState::InProgress;
  vm.snapshots[0].policy = "daily";
  vm.snapshots[0].in_use = vm.snapshots[0].leftover = true;
  return vm;
}

TEST(InventoryJson, KeepsEveryMemberOfTheContract) {
  const std::string text = contract();
  expect_within(ordered_json::parse(text), ordered_json::parse(written(read(text))), "");
}

TEST(InventoryJson, ReadsTheContractsExample) {
  const policy::Inventory inventory = read(contract());
  EXPECT_TRUE(inventory.complete);
  ASSERT_EQ(inventory.vms.size(), 1U);
  const policy::Vm& vm = inventory.vms[0];
  EXPECT_EQ(vm.identity.moid, "vm-1003");
  EXPECT_EQ(vm.depth, 6);
  EXPECT_EQ(vm.place.attributes.at("owner"), "web");
  EXPECT_EQ(vm.disks.at(0).kind, policy::DeltaKind::VsanSparse);
  EXPECT_EQ(vm.snapshots.at(0).parent, "snapshot-1011");
  EXPECT_TRUE(vm.snapshots.at(0).on_current_path);
  EXPECT_THAT(vm.flags, testing::ElementsAre(policy::VmFlag::HelperSnapshot));
  EXPECT_EQ(inventory.datastores.at(0).type, "vsan");
  EXPECT_EQ(inventory.endpoints.at(0).api, "8.0.2.0");
}

TEST(InventoryJson, TellsWhatNoPolicyMadeFromWhatIsNotSaid) {
  policy::Inventory inventory;
  inventory.vms = {branched_vm()};
  inventory.vms[0].snapshots[0].policy = "";
  std::vector<agent::UnattributedSnapshot> unattributed;
  std::istringstream said(written(inventory));
  agent::read_inventory(said, &unattributed);
  EXPECT_TRUE(unattributed.empty()) << "it says that none made it";
  ordered_json old = ordered_json::parse(written(inventory));
  for (auto& one : old["vms"][0]["snapshots"]) one.erase("policy");
  std::istringstream silent(old.dump());
  const policy::Inventory back = agent::read_inventory(silent, &unattributed);
  ASSERT_EQ(unattributed.size(), 1U) << "only of ours";
  EXPECT_EQ(back.vms[unattributed[0].vm].snapshots[unattributed[0].snapshot].owner,
            policy::Owner::Ours);
  EXPECT_FALSE(ordered_json::parse(written(back))["vms"][0]["snapshots"][1].contains("in_use"));
}

TEST(InventoryJson, ReadsBackWhatItWrote) {
  policy::Inventory inventory;
  inventory.taken = policy::Time{std::chrono::microseconds{1'795'000'000'000'001}};
  inventory.endpoints = {{"prod", "u-1", "8.0.2.0", "VMware vCenter Server 8.0", false},
                         {"esx", "u-2", "7.0", "VMware ESXi", true}};
  inventory.vms = {branched_vm(), policy::build_vm({})};
  policy::Datastore datastore{"prod", "datastore-1", "ds", "vmfs", 10, 3, false, {}, {}, {}, {}};
  datastore.se_sparse = true;
  datastore.vsan_sparse = false;
  inventory.datastores = {datastore};
  const policy::Inventory back = read(written(inventory));
  EXPECT_EQ(back.taken, inventory.taken);
  EXPECT_FALSE(back.complete);
  EXPECT_EQ(back.endpoints, inventory.endpoints);
  EXPECT_EQ(back.vms, inventory.vms);
  EXPECT_EQ(back.datastores, inventory.datastores);
}

TEST(InventoryJson, AVmIsTheSameInEveryList) {
  std::ostringstream out;
  agent::write_vm(out, branched_vm());
  EXPECT_EQ(ordered_json::parse(out.str()), agent::vm_json(branched_vm()));
  EXPECT_EQ(out.str().find('\n'), std::string::npos);
}

TEST(InventoryJson, ReplacesBytesThatAreNotUtf8) {
  policy::Vm vm = branched_vm();
  vm.identity.name = "caf\xe9\x01";
  vm.place.attributes = {{"\xff", "\xc3\x28"}};
  std::ostringstream out;
  agent::write_vm(out, vm);
  EXPECT_EQ(ordered_json::parse(out.str())["name"], "caf\xef\xbf\xbd\x01");
}

TEST(InventoryJson, AnEmptyInventoryHasAllItsLists) {
  std::ostringstream out;
  InventoryWriter(out, policy::Time{}).end(true);
  EXPECT_EQ(ordered_json::parse(out.str()),
            ordered_json::parse(R"({"format":1,"taken":"1970-01-01T00:00:00Z","endpoints":[],
                                    "vms":[],"datastores":[],"complete":true})"));
}

TEST(InventoryJson, HalfAnInventoryDoesNotReadAsAWholeOne) {
  std::ostringstream out;
  { InventoryWriter(out, policy::Time{}).vm(branched_vm()); }
  EXPECT_THROW(read(out.str()), agent::Error);
}

TEST(InventoryJson, RefusesToWriteOutOfOrder) {
  std::ostringstream out;
  InventoryWriter writer(out, policy::Time{});
  writer.datastore({});
  EXPECT_THROW(writer.vm({}), std::logic_error);
  writer.end(true);
  EXPECT_THROW(writer.end(true), std::logic_error);
}

TEST(InventoryJson, LeavesUnknownMembersAlone) {
  ordered_json document = ordered_json::parse(contract());
  document["later"] = ordered_json::array({1, 2});
  document["vms"][0]["later"] = 1;
  document["vms"][0]["disks"][0]["later"] = 1;
  EXPECT_EQ(read(document.dump()).vms, read(contract()).vms);
}

TEST(InventoryJson, WorksOutWhatAFileOfTheContractDoesNotSay) {
  const policy::Inventory inventory = read(R"({"format":1,"taken":"2026-01-01T00:00:00Z",
    "complete":true,"vms":[{"moid":"vm-1","name":"a","snapshots":[
      {"moid":"s1","created":"2026-01-01T00:00:00Z"},
      {"moid":"s2","created":"2026-01-01T01:00:00Z","parent":"s1","current":true}],
    "disks":[{"key":2000,"capacity_bytes":1000,"kind":"seSparse","inherited":1,"layers":[
      {"file":"d3","bytes":100,"snapshot":"s2"},{"file":"d2","bytes":100},
      {"file":"d1","bytes":500,"snapshot":"s1"},{"file":"own"},{"file":"parent"}]}]}]})");
  const policy::Vm& vm = inventory.vms.at(0);
  EXPECT_EQ(vm.tree_depth, 2);
  EXPECT_EQ(vm.depth, 3);
  const policy::Disk& disk = vm.disks.at(0);
  EXPECT_EQ(disk.orphans, 1);
  EXPECT_TRUE(disk.layers[1].orphan);
  EXPECT_FALSE(disk.layers[3].orphan);
  EXPECT_FALSE(disk.layers[3].inherited);
  EXPECT_TRUE(disk.layers[4].inherited);
  EXPECT_DOUBLE_EQ(disk.probes.best, 1 + 0.9 + 0.81 + 0.405 + 0.405);
  EXPECT_DOUBLE_EQ(vm.probes, disk.probes.best);
  EXPECT_TRUE(vm.snapshots[0].on_current_path);
}

std::string with_snapshots(const std::string& snapshots) {
  const std::string vm = R"({"moid":"vm-1","name":"a","snapshots":[)" + snapshots + "]}";
  return R"({"format":1,"taken":"2026-01-01T00:00:00Z","complete":true,"vms":[)" + vm + "]}";
}

constexpr const char* kRoot = R"({"moid":"s1","created":"2026-01-01T00:00:00Z"})";
constexpr const char* kChild = R"({"moid":"s2","created":"2026-01-02T00:00:00Z","parent":"s1"})";
constexpr const char* kTop =
    R"({"moid":"s3","created":"2026-01-03T00:00:00Z","parent":"s2","current":true})";

std::vector<std::string> moids(const policy::Vm& vm) {
  std::vector<std::string> all;
  for (const policy::Snapshot& one : vm.snapshots) all.push_back(one.moid);
  return all;
}

// A plan takes a snapshot whose parent does not stand before it for a root, and all below for
// detached: in another order the same tree would lose other snapshots.
TEST(InventoryJson, PutsParentsBeforeChildrenInWhateverOrderTheFileListsThem) {
  const std::string comma = ",";
  const policy::Vm whole = read(with_snapshots(kRoot + comma + kChild + comma + kTop)).vms.at(0);
  EXPECT_EQ(moids(whole), (std::vector<std::string>{"s1", "s2", "s3"}));
  EXPECT_EQ(whole.tree_depth, 3);
  EXPECT_EQ(read(with_snapshots(kTop + comma + kChild + comma + kRoot)).vms.at(0), whole);
  EXPECT_EQ(read(with_snapshots(kChild + comma + kTop + comma + kRoot)).vms.at(0), whole);
}

TEST(InventoryJson, SiblingsOutOfOrderAreSortedByCreation) {
  const std::string branches =
      R"({"moid":"b","created":"2026-01-05T00:00:00Z","parent":"s1"},
         {"moid":"a","created":"2026-01-04T00:00:00Z","parent":"s1","current":true},)";
  const policy::Vm vm = read(with_snapshots(branches + kRoot)).vms.at(0);
  EXPECT_EQ(moids(vm), (std::vector<std::string>{"s1", "a", "b"}));
  EXPECT_FALSE(vm.snapshots[2].on_current_path);
}

TEST(InventoryJson, ATreeWithoutACurrentSnapshotIsInDoubt) {
  const policy::Vm vm = read(with_snapshots(kRoot)).vms.at(0);
  EXPECT_TRUE(policy::has_flag(vm, policy::VmFlag::CurrentSnapshotUnset));
  const std::string root = kRoot;
  EXPECT_TRUE(read(with_snapshots(root + "," + kChild + "," + kTop)).vms.at(0).flags.empty());
}

void expect_refused(const std::string& text, const std::string& pointer, const std::string& what) {
  try {
    read(text);
    FAIL() << "accepted: " << text;
  } catch (const agent::Error& error) {
    EXPECT_EQ(error.code(), agent::ExitCode::Usage);
    EXPECT_THAT(error.what(), HasSubstr("malformed input at " + pointer + ": " + what));
  }
}

TEST(InventoryJson, TreesThatNoServerHasAreRefused) {
  const std::string root = kRoot;
  expect_refused(with_snapshots(R"({"moid":"s1","created":"2026-01-01T00:00:00Z","parent":"s2"},
      {"moid":"s2","created":"2026-01-01T01:00:00Z","parent":"s1","current":true})"),
                 "/vms/0/snapshots/0/parent", "its ancestors form a ring");
  expect_refused(with_snapshots(R"({"moid":"s1","created":"2026-01-01T00:00:00Z","parent":"s1"})"),
                 "/vms/0/snapshots/0/parent", "its ancestors form a ring");
  expect_refused(with_snapshots(root + "," + root), "/vms/0/snapshots/1/moid", "another snapshot");
  const std::string other = R"({"moid":"s0","created":"2026-01-01T00:00:00Z","current":true})";
  expect_refused(with_snapshots(other + "," + root + "," + kChild + "," + kTop),
                 "/vms/0/snapshots/3/current", "another snapshot");
}

TEST(InventoryJson, AMoidNamesOneVmOfAnEndpoint) {
  ordered_json document = ordered_json::parse(contract());
  document["vms"].push_back(document["vms"][0]);
  expect_refused(document.dump(), "/vms/1/moid", "another VM");
  document["vms"][1]["endpoint"] = "other";
  EXPECT_EQ(read(document.dump()).vms.size(), 2U);
}

struct Wrong {
  const char* pointer;
  const char* value;  ///< JSON; nullptr: the member is taken out
  const char* what;
};

class WrongInventory : public testing::TestWithParam<Wrong> {};

TEST_P(WrongInventory, IsRefusedWithItsPlace) {
  ordered_json document = ordered_json::parse(contract());
  const ordered_json::json_pointer place{GetParam().pointer};
  if (GetParam().value == nullptr) {
    document.at(place.parent_pointer()).erase(place.back());
  } else {
    document[place] = ordered_json::parse(GetParam().value);
  }
  try {
    read(document.dump());
    FAIL() << "accepted";
  } catch (const agent::Error& error) {
    EXPECT_EQ(error.kind(), "input");
    EXPECT_EQ(error.code(), agent::ExitCode::Usage);
    EXPECT_THAT(error.what(),
                HasSubstr(std::string("malformed input at ") + GetParam().pointer + ": "));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().what));
  }
}

INSTANTIATE_TEST_SUITE_P(
    InventoryJson, WrongInventory,
    testing::Values(
        Wrong{"/format", "2", "only format 1"}, Wrong{"/format", nullptr, "missing"},
        Wrong{"/taken", "\"yesterday\"", "RFC 3339"}, Wrong{"/complete", nullptr, "missing"},
        Wrong{"/complete", "1", "true or false"}, Wrong{"/vms", nullptr, "missing"},
        Wrong{"/vms", "{}", "an array"}, Wrong{"/vms/0", "7", "an object"},
        Wrong{"/vms/0", "[]", "an object"}, Wrong{"/vms/1", "null", "an object"},
        Wrong{"/vms/0/moid", nullptr, "missing"}, Wrong{"/vms/0/name", "1", "a string"},
        Wrong{"/vms/0/depth", "-1", "at least 0"}, Wrong{"/vms/0/tags", "\"a\"", "an array"},
        Wrong{"/vms/0/tags/0", "1", "a string"}, Wrong{"/vms/0/attributes/owner", "1", "a string"},
        Wrong{"/vms/0/connection", "\"so-so\"", "none of the known"},
        Wrong{"/vms/0/power", "\"ON\"", "none of the known"},
        Wrong{"/vms/0/flags/0", "\"x\"", "none of the known flags"},
        Wrong{"/vms/0/probes", "\"6\"", "a number"},
        Wrong{"/vms/0/disks/0/key", nullptr, "missing"},
        Wrong{"/vms/0/disks/0/key", "2000.5", "whole number"},
        Wrong{"/vms/0/disks/0/key", "2147483648", "out of range"},
        Wrong{"/vms/0/disks/0/key", "-2147483649", "out of range"},
        Wrong{"/vms/0/disks/0/capacity_bytes", "-1", "at least 0"},
        Wrong{"/vms/0/disks/0/inherited", "1", "at most 0 layers"},
        Wrong{"/vms/0/disks/0/layers/0/file", nullptr, "missing"},
        Wrong{"/vms/0/disks/0/layers/0/bytes", "true", "a JSON boolean"},
        Wrong{"/vms/0/snapshots/0/created", "\"2023-13-01T00:00:00Z\"", "RFC 3339"},
        Wrong{"/vms/0/snapshots/0/owner", "\"theirs\"", "none of the known"},
        Wrong{"/datastores/0/moid", nullptr, "missing"},
        Wrong{"/datastores/0/free_bytes", "1.5", "whole number"},
        Wrong{"/endpoints/0/name", nullptr, "missing"}));

TEST(InventoryJson, SaysWhereTheTextStopsBeingJson) {
  try {
    read("{\"format\":1,");
    FAIL() << "accepted";
  } catch (const agent::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("not valid JSON at byte 13"));
  }
}

TEST(InventoryJson, DeepNestingIsRefusedOrIgnoredButNeverCrashes) {
  const std::string deep(50000, '[');
  EXPECT_THROW(read(deep), agent::Error);
  EXPECT_THROW(read("{\"vms\":[" + deep + std::string(50000, ']') + "]}"), agent::Error);
}

}  // namespace
