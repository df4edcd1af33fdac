// What must hold whatever is asked of the world, in whatever order.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/simulator/model_test/small_world.h"

namespace sim::test {
namespace {

struct Laws : SmallWorld {
  std::mt19937_64 random{20260301};
  std::map<std::string, std::map<int, BlockMap>> frozen;  // by snapshot
  std::map<std::string, std::map<int, BlockMap>>
      running;  // by VM, guests do not write by themselves
  std::uint64_t highest_task = 0;
  std::uint64_t made = 0, refused = 0, failed = 0, linked = 0, chains_checked = 0;

  std::uint64_t number(std::uint64_t below) { return random() % below; }

  Vm& any_vm() {
    auto at = world.vms.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(number(world.vms.size())));
    return *world.vm(at->first);
  }

  Ref any_snapshot(const Vm& vm) {
    return vm.snapshots.empty() ? Ref{"VirtualMachineSnapshot", "snapshot-0"}
                                : vm.snapshots[number(vm.snapshots.size())].ref;
  }

  void note(const Vm& vm) {
    for (const Snapshot& one : vm.snapshots) {
      for (const auto& [key, layer] : one.frozen)
        frozen[one.ref.value].try_emplace(key, world.contents(layer));
    }
    for (const Disk& disk : vm.disks)
      running[vm.ref.value][disk.key] = world.contents(disk.running);
  }

  Started act(Vm& vm) {
    switch (number(12)) {
      case 0:
      case 1:
      case 2: {
        CreateSpec spec;
        spec.name = "s" + std::to_string(made);
        spec.memory = number(4) == 0;
        return world.create_snapshot(vm, spec, "u");
      }
      case 3:
      case 4:
        return world.remove_snapshot(vm, any_snapshot(vm), number(6) == 0, number(5) != 0, "u");
      case 5:
        if (number(4) != 0) return world.consolidate(vm, "u");
        return world.remove_all_snapshots(vm, true, "u");
      case 6:
        return world.revert_to_snapshot(vm, any_snapshot(vm), number(2) == 0, "u");
      case 7:
        return world.power(vm, vm.power == PowerState::On ? PowerState::Off : PowerState::On, "u");
      case 8: {
        if (world.vms.size() > 12) return world.destroy(vm, "u");
        CloneSpec spec;
        spec.name = "clone" + std::to_string(made);
        spec.folder = folder;
        spec.linked = number(2) == 0;
        if (!vm.snapshots.empty()) spec.snapshot = any_snapshot(vm);
        return world.clone(vm, spec, "u");
      }
      case 9: {
        ReconfigSpec spec;
        spec.change_tracking = number(2) == 0;
        return world.reconfigure(vm, spec, "u");
      }
      case 10:
        return world.estimate_consolidate(vm, "u");
      default:
        return world.revert_to_current(vm, true, "u");
    }
  }

  // The guest of one VM writes, outside of an operation.
  void guest(Vm& vm) {
    const std::size_t disk = number(vm.disks.size());
    const std::uint64_t start = number(10000);
    write(vm, start, 1 + number(200), random() | 1, disk);
    running[vm.ref.value][vm.disks[disk].key] = world.contents(vm.disks[disk].running);
  }

  using Contents = std::map<const Layer*, BlockMap>;

  // What a guest would read at a layer, as World::contents says, but each layer is laid over its
  // parent once for a whole check: asking for every layer of a chain by itself is square work.
  static const BlockMap& read(const LayerPtr& layer, Contents& known) {
    std::vector<const Layer*> missing;
    for (const Layer* at = layer.get(); at && !known.contains(at); at = at->parent.get())
      missing.push_back(at);
    for (auto one = missing.rbegin(); one != missing.rend(); ++one) {
      BlockMap all = (*one)->parent ? known.at((*one)->parent.get()) : BlockMap{};
      all.overlay((*one)->blocks);
      known.emplace(*one, std::move(all));
    }
    return known.at(layer.get());
  }

  // Of one VM, or of all ("").
  void check_contents(const std::string& only, const std::string& reverted_vm,
                      const Ref& reverted_to) {
    Contents known;
    for (auto& [moid, vm] : world.vms) {
      if (!only.empty() && moid != only) continue;
      for (const Snapshot& one : vm.snapshots) {
        for (const auto& [key, layer] : one.frozen) {
          const BlockMap& now = read(layer, known);
          ASSERT_EQ(frozen[one.ref.value].try_emplace(key, now).first->second, now)
              << one.ref.value << " of " << vm.name;
        }
      }
      const bool reverted = moid == reverted_vm;
      for (const Disk& disk : vm.disks) {
        const BlockMap& now = read(disk.running, known);
        if (reverted) {
          ASSERT_EQ(now, frozen[reverted_to.value].at(disk.key)) << "revert of " << vm.name;
          running[moid][disk.key] = now;
        } else {
          ASSERT_EQ(running[moid].try_emplace(disk.key, now).first->second, now) << vm.name;
        }
      }
    }
  }

  void check_space() {
    std::set<const Layer*> seen;
    std::uint64_t stored = 0;
    for (const auto& [moid, vm] : world.vms) {
      for (const LayerPtr& layer : Operations::layers_of(vm)) {
        if (seen.insert(layer.get()).second) stored += world.stored_bytes(*layer);
      }
      for (const Snapshot& one : vm.snapshots) stored += one.memory_bytes;
    }
    const Datastore& only = world.datastores.at(datastore.value);
    ASSERT_EQ(only.capacity_bytes - world.free_bytes(only), stored);
  }

  // Without debt, or layers that another VM keeps from being merged, the chain of the running point
  // is what the path to the current snapshot says.
  void check_chain(const Vm& vm) {
    const auto layers = Operations::layers_of(vm);
    if (std::any_of(layers.begin(), layers.end(),
                    [](const LayerPtr& layer) { return layer->shared; }))
      return;
    if (!Operations(world).unneeded(vm).empty()) return;
    ++chains_checked;
    const Snapshot* current = nullptr;
    for (const Snapshot& one : vm.snapshots) {
      if (vm.current_snapshot == one.ref) current = &one;
    }
    ASSERT_EQ(current != nullptr, vm.current_snapshot.has_value());
    ASSERT_FALSE(vm.consolidation_needed) << vm.name;
    if (!current) return;
    for (const Disk& disk : vm.disks) {
      LayerPtr below = disk.running->parent;
      while (below && below != current->frozen.at(disk.key)) {
        const auto children =
            std::count_if(layers.begin(), layers.end(),
                          [&](const LayerPtr& layer) { return layer->parent == below; });
        ASSERT_GT(children, 1) << below->file << " of " << vm.name
                               << " is neither a snapshot's nor a branch";
        below = below->parent;
      }
      ASSERT_TRUE(below) << vm.name << " does not stand on its current snapshot";
    }
  }

  void check_task(const Started& started) {
    if (!started.task) return;
    const std::uint64_t id = std::stoull(started.task->value.substr(5));
    ASSERT_GT(id, highest_task);
    highest_task = id;
  }

  // Of one VM, or of all ("").
  void check_trees(const std::string& only) {
    for (const auto& [moid, vm] : world.vms) {
      if (!only.empty() && moid != only) continue;
      check_chain(vm);
      std::set<int> ids;
      for (const Snapshot& one : vm.snapshots) {
        ASSERT_TRUE(ids.insert(one.id).second) << "two snapshots of " << vm.name << " with one id";
        ASSERT_LE(one.id, vm.last_snapshot_id);
        const bool rooted = !one.parent || std::any_of(vm.snapshots.begin(), vm.snapshots.end(),
                                                       [&](const Snapshot& other) {
                                                         return other.ref == *one.parent;
                                                       });
        ASSERT_TRUE(rooted) << one.ref.value << " has a parent that is not there";
      }
    }
  }
};

TEST(ModelLawTest, TenThousandRandomOperationsKeepDataSpaceAndTree) {
  constexpr int kRounds = 10000;
  Laws laws;
  for (int index = 0; index < 4; ++index) laws.note(laws.add("vm" + std::to_string(index), 2));
  for (int round = 0; round < kRounds; ++round, ++laws.made) {
    Vm& vm = laws.any_vm();
    const std::string moid = vm.ref.value;
    laws.guest(vm);
    if (laws.number(8) == 0) laws.world.locked_files.insert(vm.disks[0].running->file);
    const Started started = laws.act(vm);
    ASSERT_NE(started.task.has_value(), started.fault.has_value());
    std::string reverted;
    Ref target;
    if (started.fault) {
      ++laws.refused;
    } else {
      const std::string name = laws.world.tasks.at(started.task->value).name;
      const Task& task = laws.ended(started);
      ASSERT_TRUE(task.completed) << name << " never ends";
      laws.failed += task.error.has_value();
      const auto after = laws.world.vms.find(moid);
      if (!task.error && name.starts_with("Revert") && after != laws.world.vms.end()) {
        reverted = moid;
        target = after->second.current_snapshot.value();
      }
      if (task.result_ref && task.result_ref->type == "VirtualMachine") {
        const Vm& copy = laws.world.vms.at(task.result_ref->value);
        laws.linked += copy.disks[0].running->parent != nullptr;
      }
    }
    laws.world.locked_files.clear();
    laws.world.step(0s);
    // What was touched each time, the whole world now and then.
    const std::string where = round % 16 == 0 || round == kRounds - 1 ? "" : moid;
    ASSERT_NO_FATAL_FAILURE(laws.check_contents(where, reverted, target)) << "round " << round;
    ASSERT_NO_FATAL_FAILURE(laws.check_trees(where)) << "round " << round;
    ASSERT_NO_FATAL_FAILURE(laws.check_space()) << "round " << round;
    ASSERT_NO_FATAL_FAILURE(laws.check_task(started)) << "round " << round;
  }
  // The walk must have been through what it claims to check.
  EXPECT_GT(laws.linked, 50U);
  EXPECT_GT(laws.chains_checked, 4000U);
  EXPECT_GT(laws.failed, 200U);
  EXPECT_LT(laws.refused, 7000U);
}

}  // namespace
}  // namespace sim::test
