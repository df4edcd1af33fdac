#include "tests/simulator/inventory/inventory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/simulator/control/endpoint.h"
#include "tests/simulator/control/state.h"
#include "tests/simulator/model/build.h"
#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

using nlohmann::json;

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

WorldOptions options_at(Time start) {
  WorldOptions options;
  options.start = start;
  options.speed = 0;
  return options;
}

const Time kStart{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours(2)};

json sample() {
  std::ifstream file(DELTAKEEP_SOURCE_DIR "/tests/simulator/samples/small-shop.json");
  return json::parse(file);
}

std::string refusal(const json& document) {
  World world(options_at(kStart));
  try {
    load_inventory(world, document);
  } catch (const InventoryError& error) {
    return error.what();
  }
  return "accepted";
}

struct Shop : ::testing::Test {
  World world{options_at(*inventory_start(sample()))};
  Shop() { load_inventory(world, sample()); }
  json truth(const std::string& moid) { return vm_json(world, world.vms.at(moid)); }
  std::vector<std::uint64_t> layers(const std::string& moid, std::size_t disk = 0) {
    std::vector<std::uint64_t> blocks;  // of 1 MiB, newest first
    for (const Layer* layer : World::chain(world.vms.at(moid).disks.at(disk).running))
      blocks.push_back(layer->blocks.allocated());
    return blocks;
  }
};

TEST_F(Shop, StandsInItsPlaces) {
  EXPECT_EQ(world.options().start, kStart);
  EXPECT_EQ(world.datacenters.size(), 2U);
  EXPECT_EQ(world.hosts.size(), 4U);
  EXPECT_EQ(world.vms.size(), 9U);
  const Vm& web = world.vms.at("vm-101");
  EXPECT_EQ(world.folders.at(web.folder.value).name, "Web");
  EXPECT_EQ(world.pools.at(web.pool.value).name, "Gold");
  EXPECT_EQ(world.hosts.at(web.host.value).name, "esx1.example.org");
  EXPECT_EQ(world.vms.at("vm-102").name, web.name) << "names may repeat";
  EXPECT_NE(world.vms.at("vm-102").folder, web.folder);
  EXPECT_TRUE(world.vms.at("vm-105").is_template);
  EXPECT_TRUE(world.vms.at("vm-105").pool.empty());
  EXPECT_EQ(world.vms.at("vm-109").connection, ConnectionState::Disconnected);
  EXPECT_EQ(world.tags.at(0).attached, std::vector<Ref>{web.ref});
  EXPECT_EQ(web.custom_values.at(world.fields.at(0).key), "web team");
}

TEST_F(Shop, ChainsHaveTheSizesOfTheFile) {
  EXPECT_EQ(layers("vm-101"), (std::vector<std::uint64_t>{64, 96, 512, 12 * 1024}));
  EXPECT_EQ(layers("vm-101", 1), (std::vector<std::uint64_t>{64, 2048, 512, 30 * 1024}));
  EXPECT_EQ(layers("vm-103"), (std::vector<std::uint64_t>{40, 700, 20 * 1024})) << "on the right";
  EXPECT_EQ(layers("vm-103", 1), (std::vector<std::uint64_t>{100 * 1024})) << "independent";
  EXPECT_EQ(layers("vm-104", 1), (std::vector<std::uint64_t>{0})) << "a mapping has no data";
  EXPECT_EQ(layers("vm-107"), (std::vector<std::uint64_t>{50, 200, 100, 25 * 1024}));
  EXPECT_EQ(truth("vm-107")["disks"][0]["chain"][0]["file"],
            "[vvol-1] orphaned deltas/late-000009.vmdk");
  EXPECT_TRUE(world.vms.at("vm-107").consolidation_needed) << "two deltas that no snapshot needs";
}

TEST_F(Shop, SnapshotsStandAsTheFileSays) {
  const json web = truth("vm-101");
  EXPECT_EQ(web["snapshots"][1]["parent"], web["snapshots"][0]["moid"]);
  EXPECT_EQ(web["snapshots"][0]["created"], "2026-11-12T02:00:00Z");
  EXPECT_EQ(web["snapshots"][0]["description"], "ask Eve first");
  EXPECT_EQ(web["snapshots"][1]["change_ids"].size(), 2U);
  EXPECT_EQ(web["current_snapshot"], web["snapshots"][2]["moid"]);
  const json db = truth("vm-103");
  EXPECT_EQ(db["snapshots"][2]["parent"], "snapshot-201");
  EXPECT_EQ(db["current_snapshot"], "snapshot-203");
  EXPECT_EQ(truth("vm-109")["snapshots"][0]["memory_bytes"], 4 * kGib);
}

TEST_F(Shop, ALinkedCloneStandsOnItsSourcesLayers) {
  const auto& clone = world.vms.at("vm-106").disks.at(0).running;
  const auto& source = world.vms.at("vm-105").snapshots.at(0).frozen.at(2000);
  EXPECT_EQ(clone->parent, source);
  EXPECT_TRUE(source->shared);
  EXPECT_EQ(clone->blocks.allocated(), 800U);
}

TEST_F(Shop, FreeSpaceIsWhatTheFileSays) {
  for (const auto& [moid, datastore] : world.datastores) {
    const bool old = datastore.name == "vmfs-old";
    EXPECT_TRUE(!old || world.free_bytes(datastore) == 30 * kGib) << world.free_bytes(datastore);
    EXPECT_TRUE(datastore.name != "vsan-1" || datastore.capacity_bytes == 8192 * kGib);
    EXPECT_GT(datastore.capacity_bytes, 0U) << datastore.name;
  }
}

TEST_F(Shop, OperationsWorkOnIt) {
  Vm& vm = *world.vm("vm-107");
  const BlockMap before = world.contents(vm.disks[0].running);
  vm.writes.bytes_per_hour = 0;
  const Ref task = world.consolidate(vm, "u").task.value();
  world.step(std::chrono::hours(1));
  const auto& done =
      world.task_history.empty() ? world.tasks.at(task.value) : world.task_history.back();
  EXPECT_FALSE(done.error);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 2U);
  EXPECT_EQ(world.contents(vm.disks[0].running), before);
  EXPECT_FALSE(vm.consolidation_needed);
}

TEST_F(Shop, WhatIsWrittenBackLoadsToTheSame) {
  const json first = inventory_json(world);
  World again(options_at(*inventory_start(first)));
  load_inventory(again, first);
  EXPECT_EQ(inventory_json(again), first);
  EXPECT_EQ(truth("vm-106")["disks"][0]["chain"].size(),
            vm_json(again, again.vms.at("vm-106"))["disks"][0]["chain"].size());
}

TEST(Inventory, ABuiltOneComesBackTheSame) {
  BuildOptions build_options;
  build_options.vms = 120;
  build_options.vcls = build_options.questions = 0.05;
  World built(options_at(kStart));
  build(built, build_options);
  const json first = inventory_json(built);
  World again(options_at(kStart));
  load_inventory(again, first);
  const json second = inventory_json(again);
  ASSERT_EQ(second["vms"].size(), 120U);
  for (std::size_t vm = 0; vm < 120; ++vm) ASSERT_EQ(second["vms"][vm], first["vms"][vm]);
  EXPECT_EQ(second["datacenters"], first["datacenters"]);
  for (const auto& [moid, vm] : built.vms) {
    for (std::size_t disk = 0; disk < vm.disks.size(); ++disk)
      ASSERT_EQ(World::chain(vm.disks[disk].running).size(),
                World::chain(again.vms.at(moid).disks[disk].running).size())
          << moid;
  }
  const Ref next = again.next_ref("VirtualMachine");
  EXPECT_FALSE(again.snapshot("snapshot-" + next.value.substr(3)).second)
      << "numbers of the file are not given again";
}

TEST(Inventory, IsServedByTheControlEndpoint) {
  World world(options_at(kStart));
  load_inventory(world, sample());
  Control control(1);
  HttpRequest request;
  request.method = "GET";
  request.path = "/control/inventory";
  const HttpReply reply = ControlEndpoint(world, control).handle(request);
  ASSERT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.body), inventory_json(world));
}

TEST(Inventory, EveryMistakeIsToldAtOnceWithItsPlace) {
  json wrong = sample();
  wrong["vms"][0]["disks"][0]["size_gib"] = "forty";
  wrong["vms"][0]["snapshots"][1]["written_mib"] = -1;
  wrong["vms"][1]["colour"] = "red";
  wrong["vms"][2]["current"] = "middle";
  wrong["vms"][3]["host"] = "esx77";
  wrong["vms"][5]["linked_clone_of"]["snapshot"] = "no such";
  wrong["vms"][8]["snapshots"][0]["created"] = "2027-01-01T00:00:00Z";
  wrong["datacenters"][0]["datastores"][0]["type"] = "floppy";
  wrong["datacenters"][0]["folders"][1] = "Nowhere/Web";
  const std::string told = refusal(wrong);
  for (const char* const place :
       {"/vms/0/disks/0/size_gib: must be a number", "/vms/0/snapshots/1/written_mib: must be MiB",
        "/vms/1/colour: is no key", "/vms/2/current: names no snapshot",
        "/vms/3/host: is none of this datacenter", "/vms/5/linked_clone_of: names no VM",
        "/vms/8/snapshots/0: needs either", "/datacenters/0/datastores/0/type: must be vmfs5",
        "/datacenters/0/folders/1: lies in \"Nowhere\""}) {
    EXPECT_NE(told.find(place), std::string::npos) << place << "\nin\n" << told;
  }
}

TEST(Inventory, WhatIsNoneIsRefused) {
  EXPECT_NE(refusal(json::array()).find("must be an object"), std::string::npos);
  EXPECT_NE(refusal({{"vcenter_sim", 2}, {"datacenters", json::array()}}).find("must be 1"),
            std::string::npos);
  json twice = sample();
  twice["vms"][1]["moid"] = "vm-101";
  EXPECT_NE(refusal(twice).find("/vms/1/moid"), std::string::npos);
  json full = sample();
  full["vms"][1]["disks"][0]["used_gib"] = 41;
  EXPECT_NE(refusal(full).find("/vms/1/disks/0: holds more"), std::string::npos);
}

json saved_scan() {
  return json::parse(R"({"format":1,"taken":"2026-11-22T02:00:00Z","complete":true,
    "endpoints":[{"name":"prod","uuid":"u","api":"8.0.2.0"}],
    "vms":[{"endpoint":"prod","moid":"vm-1003","name":"a/b","raw_name":"a%2fb",
      "instance_uuid":"50-x","path":"/SDDC/vm/Team/Web/a%2fb","cluster":"C1","host":"host-14",
      "connection":"connected","power":"on","template":false,"tags":["backup:daily"],
      "attributes":{"owner":"eve"},"question":null,"disabled_methods":["PowerOnVM_Task"],
      "consolidation_needed":false,
      "snapshots":[
       {"moid":"snapshot-1012","id":9,"name":"S2","raw_name":"S2","created":"2026-11-21T02:00:00Z",
        "parent":"snapshot-1011","current":true,"memory":false,"quiesced":true},
       {"moid":"snapshot-1011","id":8,"name":"S1","raw_name":"S1","created":"2026-11-20T02:00:00Z",
        "parent":null,"current":false,"memory":false,"quiesced":false}],
      "disks":[{"key":2000,"label":"Hard disk 1","capacity_bytes":10737418240,"kind":"seSparse",
       "mode":"persistent","layers":[
        {"file":"[ds] ab/ab-000002.vmdk","bytes":1048576,"snapshot":"snapshot-1012"},
        {"file":"[ds] ab/ab-000001.vmdk","bytes":5242880,"snapshot":"snapshot-1011"},
        {"file":"[ds] ab/ab.vmdk","bytes":1073741824,"snapshot":null}]}]},
     {"endpoint":"prod","moid":"vm-1004","name":"clone","path":"/SDDC/vm/clone","cluster":"C1",
      "host":"host-14","power":"off","snapshots":[],
      "disks":[{"key":2000,"label":"Hard disk 1","capacity_bytes":10737418240,"kind":"vmfsSparse",
       "layers":[
        {"file":"[old] c/c-000001.vmdk","bytes":3145728,"snapshot":null,"inherited":false},
        {"file":"[ds] ab/ab.vmdk","bytes":1073741824,"snapshot":null,"inherited":true}]}]}],
    "datastores":[{"endpoint":"prod","moid":"datastore-1","name":"ds","type":"VMFS",
      "capacity_bytes":1099511627776,"free_bytes":107374182400,"accessible":true}]})");
}

TEST(Inventory, ASavedScanBecomesTheSameVCenter) {
  ASSERT_TRUE(is_saved_scan(saved_scan()));
  World world(options_at(*inventory_start(saved_scan())));
  load_inventory(world, saved_scan());
  const Vm& vm = world.vms.at("vm-1003");
  EXPECT_EQ(vm.name, "a%2fb");
  EXPECT_EQ(vm.instance_uuid, "50-x");
  EXPECT_EQ(vm.home, "[ds] ab/ab.vmx");
  EXPECT_EQ(world.folders.at(vm.folder.value).name, "Web");
  EXPECT_EQ(vm.snapshots.at(0).ref.value, "snapshot-1011") << "parents first";
  EXPECT_EQ(vm.current_snapshot->value, "snapshot-1012");
  const auto chain = World::chain(vm.disks.at(0).running);
  ASSERT_EQ(chain.size(), 3U);
  EXPECT_EQ(chain[0]->file, "[ds] ab/ab-000002.vmdk");
  EXPECT_EQ(chain[0]->blocks.allocated(), 1U);
  EXPECT_EQ(chain[1]->blocks.allocated(), 5U);
  EXPECT_EQ(vm.snapshots.at(0).frozen.at(2000).get(), chain[2]);
  EXPECT_EQ(vm.snapshots.at(1).frozen.at(2000).get(), chain[1]);
  EXPECT_EQ(world.free_bytes(world.datastores.at("datastore-1")), 100 * kGib);
  EXPECT_EQ(world.tags.at(0).name, "daily");
  EXPECT_EQ(vm.host.value, "host-14");
  const Vm& clone = world.vms.at("vm-1004");
  EXPECT_EQ(clone.disks.at(0).running->parent.get(), chain[2]) << "one file, as in the scan";
  EXPECT_EQ(clone.home, "[old] c/c.vmx");
  EXPECT_EQ(world.datastores.at(clone.home_datastore.value).vmfs_major, 5) << "by its deltas";
}

TEST(Inventory, ASavedScanWithMistakesTellsThem) {
  json wrong = saved_scan();
  wrong["vms"][0]["snapshots"][1]["parent"] = "snapshot-1012";
  EXPECT_NE(refusal(wrong).find("/vms/0/snapshots/0/parent"), std::string::npos) << "a circle";
  wrong = saved_scan();
  wrong["vms"][0]["disks"][0]["layers"] = "none";
  EXPECT_NE(refusal(wrong).find("/vms/0/disks/0/layers: must be a list"), std::string::npos);
}

}  // namespace
}  // namespace sim
