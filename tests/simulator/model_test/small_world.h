// A world with one host, one datastore of 1 TiB and VMs made to order, for tests that count bytes.
#pragma once

#include <string>

#include "tests/simulator/model/operations.h"
#include "tests/simulator/model/world.h"

namespace sim::test {

using namespace std::chrono_literals;

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;
inline const Time kStart{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

inline WorldOptions stepped() {
  WorldOptions options;
  options.start = kStart;
  options.speed = 0;
  return options;
}

struct SmallWorld {
  World world{stepped()};
  Ref folder, pool, host, datastore;

  SmallWorld() {
    folder = world.next_ref("Folder");
    world.folders[folder.value] = {folder, "vm", {}};
    pool = world.next_ref("ResourcePool");
    world.pools[pool.value] = {pool, "Resources", {}, {}};
    host = world.next_ref("HostSystem");
    world.hosts[host.value] = {host, "esx1", "", {}};
    datastore = world.next_ref("Datastore");
    world.datastores[datastore.value] = {datastore, "ds1", "VMFS", 6, {}, 1024 * kGib};
  }

  /// A powered on VM whose disks (10 GiB each) hold `filled` GiB; it writes `per_hour` bytes.
  Vm& add(const std::string& name, int disks = 1, double per_hour = 0, std::uint64_t filled = 4) {
    Vm vm;
    vm.ref = world.next_ref("VirtualMachine");
    vm.name = name;
    vm.folder = folder;
    vm.pool = pool;
    vm.host = host;
    vm.home_datastore = datastore;
    vm.home = "[ds1] " + name + "/" + name + ".vmx";
    vm.writes.bytes_per_hour = per_hour;
    vm.writes.seed = 7;
    vm.written_until = vm.layout_time = world.now();
    for (int index = 0; index < disks; ++index) {
      Disk disk;
      disk.key = 2000 + index;
      disk.unit = index;
      disk.label = "Hard disk " + std::to_string(index + 1);
      disk.capacity_bytes = 10 * kGib;
      disk.running = Operations(world).new_layer();
      disk.running->datastore = datastore;
      disk.running->capacity_bytes = disk.capacity_bytes;
      disk.running->file =
          "[ds1] " + name + "/" + name + (index ? "_" + std::to_string(index) : "") + ".vmdk";
      disk.running->blocks.write(0, filled * 1024, 1);
      vm.disks.push_back(disk);
    }
    Vm& made = world.vms[vm.ref.value] = std::move(vm);
    world.recount();
    return made;
  }

  /// Steps until the task has ended; at most ten virtual hours.
  const Task& ended(const Started& started) {
    const Task& task = world.tasks.at(started.task.value().value);
    for (int tenths = 0; !task.completed && tenths < 360000; ++tenths) world.step(100ms);
    return task;
  }

  Ref snapshot(Vm& vm, const std::string& name) {
    CreateSpec spec;
    spec.name = name;
    return ended(world.create_snapshot(vm, spec, "u")).result_ref.value();
  }

  void write(Vm& vm, std::uint64_t start, std::uint64_t count, std::uint64_t stamp,
             std::size_t disk = 0) {
    Operations(world).guest_write(vm, vm.disks[disk], start, count, stamp);
  }
};

}  // namespace sim::test
