#include "tests/simulator/views_test/small_world.h"

#include <gtest/gtest.h>

namespace sim {

WorldOptions SmallWorld::options() {
  WorldOptions options;
  options.start = Time(std::chrono::seconds(1700000000));
  options.speed = 0;
  options.instance_uuid = "70a55d0c-0000-4000-8000-000000000001";
  return options;
}

SmallWorld::SmallWorld() {
  world.root_folder = {"Folder", "group-d1"};
  const Ref root = world.root_folder, datacenter{"Datacenter", "datacenter-2"};
  const auto add_folder = [&](const std::string& moid, const std::string& name, const Ref& parent) {
    world.folders[moid] = Folder{{"Folder", moid}, name, parent};
    return Ref{"Folder", moid};
  };
  add_folder("group-d1", "Datacenters", {});
  const Ref vms = add_folder("group-v3", "vm", datacenter);
  const Ref hosts = add_folder("group-h4", "host", datacenter);
  const Ref stores = add_folder("group-s5", "datastore", datacenter);
  const Ref networks = add_folder("group-n6", "network", datacenter);
  world.datacenters["datacenter-2"] =
      Datacenter{datacenter, "DC0", root, vms, hosts, stores, networks};
  world.computes["domain-c7"] = Compute{cluster, "Cluster0", hosts, pool, true};
  world.pools["resgroup-8"] = Pool{pool, "Resources", cluster, cluster};
  Host& esx = world.hosts["host-9"];
  esx.ref = host;
  esx.name = "esx0.example";
  esx.uuid = "ec020c62-b583-adc6-cb92-080000000000";
  esx.compute = cluster;
  const auto add_store = [&](const Ref& ref, const std::string& name, const std::string& type) {
    Datastore& datastore = world.datastores[ref.value];
    datastore.ref = ref;
    datastore.name = name;
    datastore.type = type;
    datastore.folder = stores;
    datastore.capacity_bytes = 1ULL << 40;
  };
  add_store(vmfs, "vmfs6", "VMFS");
  add_store(vsan, "vsanDatastore", "vsan");
  add_store({"Datastore", "datastore-13"}, "nfs", "NFS");
  add_store({"Datastore", "datastore-14"}, "vvol", "VVOL");
}

LayerPtr SmallWorld::chain(const std::string& stem, LayerForm form, int deltas,
                           const Ref& datastore) {
  LayerPtr at;
  for (int level = 0; level <= deltas; ++level) {
    auto layer = std::make_shared<Layer>();
    layer->parent = at;
    layer->form = level == 0 ? LayerForm::Flat : form;
    layer->datastore = datastore;
    const std::string number = "00000" + std::to_string(level);
    layer->file = stem + (level == 0 ? "" : "-" + number.substr(number.size() - 6)) + ".vmdk";
    if (form == LayerForm::VsanSparse) layer->object_id = "d8741e65-" + std::to_string(level);
    layer->uuid = "6000C290-5704-a60f-b51b-f52108e005d1";
    layer->content_id = "f9e477c71d45b5b00bada1e326a33d1" + std::to_string(level % 10);
    layer->capacity_bytes = 16ULL << 30;
    layer->blocks.write(0, static_cast<std::uint64_t>(level) + 1, 1);
    at = layer;
  }
  return at;
}

Vm& SmallWorld::add_vm(const std::string& moid, LayerForm form, int snapshots) {
  const bool vsan_form = form == LayerForm::VsanSparse;
  const std::string directory = (vsan_form ? "[vsanDatastore] " : "[vmfs6] ") + moid + "/";
  Vm& vm = world.vms[moid];
  vm.ref = {"VirtualMachine", moid};
  vm.name = "web " + moid;
  vm.instance_uuid = "500f7e58-8c6b-2aae-3ffb-ea87f750a55d";
  vm.bios_uuid = "420fe454-848e-4d0b-a08f-c2423606b46c";
  vm.folder = folder;
  vm.pool = pool;
  vm.host = host;
  vm.home_datastore = vsan_form ? vsan : vmfs;
  vm.home = directory + moid + ".vmx";
  vm.writes.pattern = WriteModel::Pattern::None;
  Disk disk;
  disk.label = "Hard disk 1";
  disk.capacity_bytes = 16ULL << 30;
  disk.running = chain(directory + moid, form, snapshots, vm.home_datastore);
  const std::vector<const Layer*> layers = World::chain(disk.running);
  for (int number = 1; number <= snapshots; ++number) {
    Snapshot snapshot;
    snapshot.ref = {"VirtualMachineSnapshot", "snapshot-" + moid + "-" + std::to_string(number)};
    snapshot.id = number;
    snapshot.name = "Snap" + std::to_string(number);
    snapshot.created = options().start - std::chrono::hours(snapshots - number);
    if (number % 2 == 0) {
      snapshot.powered_on = true;
      snapshot.memory_bytes = 4ULL << 30;
    }
    if (vm.current_snapshot) snapshot.parent = vm.current_snapshot;
    LayerPtr frozen = disk.running;
    for (int up = snapshots; up >= number; --up) frozen = frozen->parent;
    snapshot.frozen[disk.key] = frozen;
    vm.current_snapshot = snapshot.ref;
    vm.snapshots.push_back(std::move(snapshot));
  }
  vm.disks.push_back(std::move(disk));
  world.recount();
  return vm;
}

std::string xml_of(World& world, const Ref& object, const std::string& path,
                   const std::string& version) {
  const std::optional<Value> value = property(world, object, path);
  std::string out;
  if (value) write_value(out, "val", *value, "", version);
  return out;
}

std::string text_of(World& world, const Ref& object, const std::string& path) {
  const std::optional<Value> value = property(world, object, path);
  EXPECT_TRUE(value) << object.value << " " << path << " is unset";
  return value ? value->text() : "";
}

}  // namespace sim
