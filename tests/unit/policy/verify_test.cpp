#include "policy/verify.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/unit/policy/settling_vm.h"

using namespace policy_test;
using policy::Operation;
using policy::OpKind;
using policy::Power;
using policy::Verification;
using policy::Verified;
using policy::VmImage;

namespace {

void drop_layer(VmImage& image, std::size_t disk) {
  image.disks[disk].files.erase(image.disks[disk].files.begin());
  --image.disks[disk].depth;
}

void add_layer(VmImage& image, std::size_t disk) {
  image.disks[disk].files.insert(image.disks[disk].files.begin(), "[ds1] vm/left.vmdk");
  ++image.disks[disk].depth;
}

/// Shows one file a disk, as servers do that have no chains.
void hide_layers(VmImage& image) {
  for (policy::DiskImage& disk : image.disks) {
    disk.files = {"[ds1] vm/vm.vmdk"};
    disk.depth = 0;
    disk.owned.clear();
  }
  image.layers_known = false;
}

struct ImageCase {
  const char* name;
  Verified expected;
  bool layers;
  std::function<void(VmImage& image)> change;
};

// ---- Created

class VerifyCreated : public testing::Test {
 protected:
  VerifyCreated() : operation(sent(OpKind::Create, image(vm))) {
    operation.snapshot.moid = vm.create();
    now = image(vm);
    operation.snapshot = node(now, operation.snapshot.moid);
  }
  Verification judge() const { return policy::verify_created(operation, now); }
  SeenVm vm = three_snapshots();
  Operation operation;
  VmImage now;
};

TEST_F(VerifyCreated, TellsEachWayInWhichItMayBeThereOrNot) {
  const ImageCase cases[] = {
      {"as made", Verified::Yes, true, [](VmImage&) {}},
      {"not in the tree", Verified::NotYet, false,
       [](VmImage& image) {
         image.nodes.pop_back();
         image.current = "snapshot-3";
       }},
      {"one disk still on its old layer", Verified::NotYet, false,
       [](VmImage& image) { drop_layer(image, 1); }},
      {"one layer too many", Verified::No, false, [](VmImage& image) { add_layer(image, 0); }},
      {"a disk is gone", Verified::No, false, [](VmImage& image) { image.disks.pop_back(); }},
      {"the old chain is another one", Verified::No, false,
       [](VmImage& image) { image.disks[0].files[2] = "[ds1] vm/other.vmdk"; }},
      {"all moved to another datastore", Verified::Yes, true,
       [](VmImage& image) {
         for (auto& disk : image.disks) {
           for (auto& file : disk.files) file = "[ds9] " + file.substr(6);
         }
       }},
      {"the flag went up", Verified::NotYet, false,
       [](VmImage& image) { image.consolidation_needed = true; }},
      {"a helper", Verified::NotYet, false, [](VmImage& image) { image.helper = true; }},
      {"nothing is current", Verified::NotYet, false, [](VmImage& image) { image.current = ""; }},
      {"reverted since", Verified::No, false, [](VmImage& image) { image.current = "snapshot-1"; }},
      {"under another parent", Verified::No, false,
       [](VmImage& image) { image.nodes.back().parent = "snapshot-1"; }},
      {"another snapshot under its name", Verified::No, false,
       [](VmImage& image) { image.nodes.back().created += std::chrono::seconds{1}; }},
      {"the server shows no layers, but did", Verified::NotYet, false, hide_layers},
      {"power does not count", Verified::Yes, true,
       [](VmImage& image) { image.power = Power::Off; }},
      {"a disk was added since", Verified::Yes, true,
       [](VmImage& image) {
         image.disks.push_back({2005, {"[ds1] vm/new.vmdk"}, 0, {}});
       }},
  };
  const VmImage made = now;
  for (const ImageCase& one : cases) {
    now = made;
    one.change(now);
    const Verification seen = judge();
    EXPECT_EQ(seen.verdict, one.expected) << one.name << ": " << seen.text;
    EXPECT_EQ(seen.layers, one.layers) << one.name;
    EXPECT_FALSE(seen.text.empty()) << one.name;
  }
}

TEST_F(VerifyCreated, CountsWhatOthersDidSince) {
  vm.create();
  now = image(vm);
  EXPECT_EQ(judge().verdict, Verified::Yes);
  vm.remove("snapshot-1", SeenVm::Merge::Done);
  now = image(vm);
  EXPECT_EQ(judge().verdict, Verified::Yes);
  EXPECT_TRUE(judge().layers);
}

TEST_F(VerifyCreated, SaysWhenNoLayersCanBeCounted) {
  hide_layers(operation.before);
  hide_layers(now);
  EXPECT_EQ(judge().verdict, Verified::Yes);
  EXPECT_FALSE(judge().layers);
}

TEST_F(VerifyCreated, LeavesIndependentDisksOut) {
  vm = three_snapshots();
  vm.add_disk(2002, "vm_2").mode = "independent_persistent";
  operation.before = image(vm);
  operation.snapshot.moid = vm.create();
  now = image(vm);
  operation.snapshot = node(now, operation.snapshot.moid);
  EXPECT_EQ(now.disks.size(), 2U);
  EXPECT_EQ(judge().verdict, Verified::Yes);
}

// ---- Removed

struct Removal {
  SeenVm vm;
  Operation operation;
  VmImage now;
};

Removal removed(SeenVm vm, const std::string& target, SeenVm::Merge merge = SeenVm::Merge::Done) {
  Operation operation = sent(OpKind::Remove, image(vm), target);
  vm.remove(target, merge);
  return {vm, operation, image(vm)};
}

TEST(VerifyRemoved, TellsEachWayInWhichItMayBeGoneOrNot) {
  const ImageCase cases[] = {
      {"as predicted", Verified::Yes, true, [](VmImage&) {}},
      {"still in the tree", Verified::NotYet, false,
       [](VmImage& image) { image = policy_test::image(three_snapshots()); }},
      {"another snapshot under its name", Verified::No, false,
       [](VmImage& image) {
         image.nodes.push_back({"snapshot-2", 9, kSent, "snapshot-1"});
       }},
      {"the flag is up", Verified::Pending, false,
       [](VmImage& image) { image.consolidation_needed = true; }},
      {"one disk kept its delta", Verified::Pending, false,
       [](VmImage& image) { add_layer(image, 1); }},
      {"the flag is up and a disk kept its delta", Verified::Pending, false,
       [](VmImage& image) {
         add_layer(image, 0);
         image.consolidation_needed = true;
       }},
      {"one disk lost more", Verified::No, false, [](VmImage& image) { drop_layer(image, 0); }},
      {"a disk is gone", Verified::No, false, [](VmImage& image) { image.disks.pop_back(); }},
      {"a helper without the flag", Verified::NotYet, false,
       [](VmImage& image) { image.helper = true; }},
      {"a helper and the flag", Verified::Pending, false,
       [](VmImage& image) { image.helper = image.consolidation_needed = true; }},
      {"the child has another parent", Verified::No, false,
       [](VmImage& image) { image.nodes.back().parent = ""; }},
      {"nothing is current", Verified::NotYet, false, [](VmImage& image) { image.current = ""; }},
      {"reverted since", Verified::No, false, [](VmImage& image) { image.current = "snapshot-1"; }},
      {"the tree is lost, the deltas are not", Verified::No, false,
       [](VmImage& image) {
         image.nodes.clear();
         image.current = "";
       }},
      {"power does not count", Verified::Yes, true,
       [](VmImage& image) { image.power = Power::Suspended; }},
  };
  for (const ImageCase& one : cases) {
    Removal removal = removed(three_snapshots(), "snapshot-2");
    one.change(removal.now);
    const Verification seen = policy::verify_removed(removal.operation, removal.now);
    EXPECT_EQ(seen.verdict, one.expected) << one.name << ": " << seen.text;
    EXPECT_EQ(seen.layers, one.layers) << one.name;
    EXPECT_FALSE(seen.text.empty()) << one.name;
  }
}

TEST(VerifyRemoved, PredictsOneLayerLessOnlyWhereTheSnapshotOwnsOne) {
  SeenVm added_later = three_snapshots();
  added_later.add_disk(2002, "vm_2");
  SeenVm linked = three_snapshots();
  linked.disks.clear();
  linked.snapshots.clear();
  linked.current.reset();
  linked.add_disk(2000, "clone", 4);
  linked.create();
  linked.create();
  SeenVm fork = three_snapshots();
  fork.revert("snapshot-2");
  SeenVm branch = three_snapshots();
  branch.revert("snapshot-1");
  const struct {
    const char* name;
    SeenVm vm;
    const char* target;
  } cases[] = {
      {"root", three_snapshots(), "snapshot-1"},
      {"middle", three_snapshots(), "snapshot-2"},
      {"current: the running delta goes", three_snapshots(), "snapshot-3"},
      {"a disk added after the snapshot", added_later, "snapshot-2"},
      {"a linked clone's root", linked, linked.snapshots.front().moid.c_str()},
      {"a linked clone's current", linked, linked.snapshots.back().moid.c_str()},
      {"the end of a detached branch", branch, "snapshot-3"},
      {"the middle of a detached branch", branch, "snapshot-2"},
  };
  for (const auto& one : cases) {
    const Removal good = removed(one.vm, one.target);
    const Verification seen = policy::verify_removed(good.operation, good.now);
    EXPECT_EQ(seen.verdict, Verified::Yes) << one.name << ": " << seen.text;
    EXPECT_TRUE(seen.layers) << one.name;
    for (std::size_t disk = 0; disk < good.now.disks.size(); ++disk) {
      VmImage more = good.now;
      add_layer(more, disk);
      EXPECT_EQ(policy::verify_removed(good.operation, more).verdict, Verified::Pending)
          << one.name << ", disk " << disk;
    }
  }
  // Below two branches nothing can be merged.
  const Removal forked = removed(fork, "snapshot-2", SeenVm::Merge::Fails);
  EXPECT_EQ(policy::verify_removed(forked.operation, forked.now).verdict, Verified::Yes);
}

TEST(VerifyRemoved, SeesDeltasLeftThoughNobodyWasKnownToOwnThem) {
  Removal removal = removed(three_snapshots(), "snapshot-2", SeenVm::Merge::Fails);
  for (auto& disk : removal.operation.before.disks) disk.owned.clear();
  EXPECT_EQ(policy::verify_removed(removal.operation, removal.now).verdict, Verified::Pending);
}

TEST(VerifyRemoved, LetsOlderLeftoversGoAlong) {
  SeenVm vm = three_snapshots();
  vm.remove("snapshot-1", SeenVm::Merge::Fails);
  Removal removal = removed(vm, "snapshot-2");
  EXPECT_EQ(policy::verify_removed(removal.operation, removal.now).verdict, Verified::Yes);
  for (std::size_t disk = 0; disk < 2; ++disk) drop_layer(removal.now, disk);
  EXPECT_EQ(policy::verify_removed(removal.operation, removal.now).verdict, Verified::Yes);
}

TEST(VerifyRemoved, CountsWhatOthersDidSince) {
  Removal removal = removed(three_snapshots(), "snapshot-2");
  removal.vm.create();
  EXPECT_EQ(policy::verify_removed(removal.operation, image(removal.vm)).verdict, Verified::Yes);
  removal.vm.remove("snapshot-1", SeenVm::Merge::Done);
  EXPECT_EQ(policy::verify_removed(removal.operation, image(removal.vm)).verdict, Verified::Yes);
  VmImage more = image(removal.vm);
  add_layer(more, 0);
  EXPECT_NE(policy::verify_removed(removal.operation, more).verdict, Verified::Yes);
}

TEST(VerifyRemoved, GoesByTreeAndFlagWhereNoLayersAreShown) {
  Removal removal = removed(three_snapshots(), "snapshot-2");
  hide_layers(removal.operation.before);
  hide_layers(removal.now);
  Verification seen = policy::verify_removed(removal.operation, removal.now);
  EXPECT_EQ(seen.verdict, Verified::Yes);
  EXPECT_FALSE(seen.layers);
  removal.now.consolidation_needed = true;
  EXPECT_EQ(policy::verify_removed(removal.operation, removal.now).verdict, Verified::Pending);
}

// ---- Consolidated, reverted, cloned

TEST(VerifyConsolidated, WantsTheFlagDownAndNoDeltaWithoutASnapshot) {
  SeenVm vm = three_snapshots();
  vm.remove("snapshot-2", SeenVm::Merge::Fails);
  const Operation operation = sent(OpKind::Consolidate, image(vm, true));
  EXPECT_EQ(policy::verify_consolidated(operation, image(vm, true), 2).verdict, Verified::Pending);
  EXPECT_EQ(policy::verify_consolidated(operation, image(vm), 2).verdict, Verified::Pending);
  SeenVm merged = three_snapshots();
  merged.remove("snapshot-2", SeenVm::Merge::Done);
  EXPECT_EQ(policy::verify_consolidated(operation, image(merged), 2).verdict, Verified::Yes);
  EXPECT_TRUE(policy::verify_consolidated(operation, image(merged), 2).layers);
  EXPECT_EQ(policy::verify_consolidated(operation, image(merged, true), 2).verdict,
            Verified::Pending);
  VmImage helper = image(merged);
  helper.helper = true;
  EXPECT_EQ(policy::verify_consolidated(operation, helper, 2).verdict, Verified::NotYet);
}

TEST(VerifyReverted, WantsTheTargetCurrentAndNewLayersAboveIt) {
  for (const char* target : {"snapshot-1", "snapshot-3"}) {
    SeenVm vm = three_snapshots();
    const Operation operation = sent(OpKind::Revert, image(vm), target);
    EXPECT_EQ(policy::verify_reverted(operation, image(vm)).verdict, Verified::NotYet) << target;
    vm.revert(target);
    EXPECT_EQ(policy::verify_reverted(operation, image(vm)).verdict, Verified::Yes) << target;
    EXPECT_TRUE(policy::verify_reverted(operation, image(vm)).layers) << target;
    EXPECT_EQ(policy::verify_reverted(operation, image(vm, true)).verdict, Verified::NotYet);
    VmImage half = image(vm);
    half.disks[1] = operation.before.disks[1];
    EXPECT_EQ(policy::verify_reverted(operation, half).verdict, Verified::NotYet) << target;
    VmImage other = image(vm);
    for (auto& one : other.nodes) one.created += std::chrono::seconds{1};
    EXPECT_EQ(policy::verify_reverted(operation, other).verdict, Verified::No) << target;
  }
}

TEST(VerifyReverted, CantTellARevertToTheCurrentSnapshotWithoutLayers) {
  SeenVm vm = three_snapshots();
  Operation operation = sent(OpKind::Revert, image(vm), "snapshot-3");
  hide_layers(operation.before);
  EXPECT_EQ(policy::verify_reverted(operation, operation.before).verdict, Verified::NotYet);
  Operation without_disks = sent(OpKind::Revert, image(vm), "snapshot-3");
  without_disks.before.disks.clear();
  EXPECT_EQ(policy::verify_reverted(without_disks, without_disks.before).verdict, Verified::NotYet);
  operation.snapshot = node(operation.before, "snapshot-1");
  VmImage now = operation.before;
  now.current = "snapshot-1";
  EXPECT_EQ(policy::verify_reverted(operation, now).verdict, Verified::Yes);
  EXPECT_FALSE(policy::verify_reverted(operation, now).layers);
}

policy::Vm clone_of(const policy::Vm& source) {
  policy::Vm clone = source;
  clone.identity.moid = "vm-9";
  clone.identity.instance_uuid = "uuid-9";
  clone.identity.name = "web-01-copy";
  clone.state.power = Power::Off;
  clone.snapshots.clear();
  for (policy::Disk& disk : clone.disks) {
    disk.layers = {{"[backup] web-01-copy/" + disk.label + ".vmdk", 1, {}, false, false}};
  }
  return clone;
}

TEST(VerifyCloned, TellsEachWayInWhichItMayBeACloneOrNot) {
  const policy::Vm source = built(three_snapshots());
  const struct {
    const char* name;
    Verified expected;
    bool linked;
    std::function<void(policy::Vm& clone)> change;
  } cases[] = {
      {"full", Verified::Yes, false, [](policy::Vm&) {}},
      {"full on a layer of its source", Verified::No, false,
       [&](policy::Vm& clone) { clone.disks[1].layers.push_back(source.disks[1].layers.back()); }},
      {"linked on a layer of its source", Verified::Yes, true,
       [&](policy::Vm& clone) {
         for (std::size_t i = 0; i < 2; ++i) {
           clone.disks[i].layers.push_back(source.disks[i].layers.back());
         }
       }},
      {"linked, but one disk stands alone", Verified::No, true,
       [&](policy::Vm& clone) { clone.disks[0].layers.push_back(source.disks[0].layers.back()); }},
      {"the same uuid", Verified::No, false,
       [](policy::Vm& clone) { clone.identity.instance_uuid = "uuid-1"; }},
      {"no uuid yet", Verified::NotYet, false,
       [](policy::Vm& clone) { clone.identity.instance_uuid = ""; }},
      {"powered on", Verified::No, false, [](policy::Vm& clone) { clone.state.power = Power::On; }},
      {"power not known", Verified::NotYet, false,
       [](policy::Vm& clone) { clone.state.power = Power::Unknown; }},
      {"old values", Verified::NotYet, false, [](policy::Vm& clone) { clone.stale = true; }},
      {"a disk is missing", Verified::No, false, [](policy::Vm& clone) { clone.disks.pop_back(); }},
      {"a disk has another capacity", Verified::No, false,
       [](policy::Vm& clone) { clone.disks[0].capacity_bytes /= 2; }},
      {"a template that was to be none", Verified::No, false,
       [](policy::Vm& clone) { clone.state.is_template = true; }},
      {"one path on two datastores that share a name", Verified::Yes, false,
       [&](policy::Vm& clone) {
         clone.disks = source.disks;
         clone.place.datastores = {"datastore-2"};
       }},
  };
  for (const auto& one : cases) {
    Operation operation = sent(OpKind::Clone, image(three_snapshots()), "snapshot-3");
    operation.clone.emplace();
    operation.clone->linked = one.linked;
    policy::Vm from = source;
    from.place.datastores = {"datastore-1"};
    policy::Vm clone = clone_of(from);
    one.change(clone);
    const Verification seen = policy::verify_cloned(operation, from, clone);
    EXPECT_EQ(seen.verdict, one.expected) << one.name << ": " << seen.text;
    EXPECT_EQ(seen.layers, one.expected == Verified::Yes) << one.name;
  }
}

TEST(VerifyCloned, WantsNoDiskThatCameAfterTheSnapshot) {
  SeenVm vm = three_snapshots();
  vm.add_disk(2002, "vm_2");
  const policy::Vm source = built(vm);
  const Operation operation = sent(OpKind::Clone, image(vm), "snapshot-3");
  policy::Vm clone = clone_of(built(three_snapshots()));
  EXPECT_EQ(policy::verify_cloned(operation, source, clone).verdict, Verified::Yes);
  Operation running = sent(OpKind::Clone, image(vm));
  EXPECT_EQ(policy::verify_cloned(running, source, clone).verdict, Verified::No);
}

}  // namespace
