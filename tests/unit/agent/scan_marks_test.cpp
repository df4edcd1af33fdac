#include "agent/act/scan_marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace agent {
namespace {

using std::chrono::hours;

const std::string kKey = "0123456789abcdef";
const policy::Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

vsphere::Entity entity(const std::string& type, const std::string& moid, const std::string& name,
                       const std::string& parent) {
  return {.ref = {type, moid}, .name = name, .parent = {"Folder", parent}, .missing = {}};
}

/// What stands around a VM; each test changes one thing.
struct Around {
  std::vector<vsphere::Entity> entities{entity("Datacenter", "dc-1", "DC0", "root"),
                                        entity("Folder", "group-v1", "prod", "dc-1"),
                                        entity("ClusterComputeResource", "domain-c1", "C0", "dc-1"),
                                        entity("HostSystem", "host-1", "esx-1", "domain-c1")};
  std::map<int, std::string> attributes{{1, "owner"}};
  std::map<std::string, std::vector<std::string>> tags{{"vm-1", {"backup:daily", "tier:2"}},
                                                       {"vm-2", {"tier:3"}}};
  std::string build = "build 1";

  template <class Ask>
  std::string ask(const Ask& ask_marks) const {
    Surroundings surroundings({"Folder", "root"});
    for (const vsphere::Entity& one : entities) surroundings.add(one);
    const VmContext context{.endpoint = "prod",
                            .surroundings = &surroundings,
                            .attribute_names = &attributes,
                            .tags = &tags};
    ScanMarks marks(kKey, context, build);
    return ask_marks(marks);
  }
  std::string place() const {
    return ask([](ScanMarks& marks) {
      return marks.of_place("vm-1", {.above = "group-v1", .host = "host-1", .name = "web"});
    });
  }
  std::string reply(const std::string& xml, const std::vector<std::string>& xsi) const {
    return ask(
        [&](ScanMarks& marks) { return marks.of_reply({.xml = xml, .inherited_xsi = xsi}); });
  }
};

TEST(ScanMarks, OfAPlaceChangeWithAllThatGoesIntoTheVmBesidesItsReply) {
  const std::string before = Around{}.place();
  EXPECT_EQ(Around{}.place(), before);
  Around folder;
  folder.entities[1].name = "Prod";
  EXPECT_NE(folder.place(), before) << "a folder on its path";
  Around datacenter;
  datacenter.entities[0].name = "DC1";
  EXPECT_NE(datacenter.place(), before) << "and one further up";
  Around cluster;
  cluster.entities[2].name = "C1";
  EXPECT_NE(cluster.place(), before);
  Around tag;
  tag.tags["vm-1"].pop_back();
  EXPECT_NE(tag.place(), before);
  Around none;
  none.tags.clear();
  EXPECT_NE(none.place(), before);
}

TEST(ScanMarks, OfAPlaceDoNotChangeWithTheRest) {
  Around other;
  other.tags["vm-2"] = {"tier:4"};
  other.entities.push_back(entity("Folder", "group-v2", "test", "dc-1"));
  EXPECT_EQ(other.place(), Around{}.place());
}

TEST(ScanMarks, OfAReplyChangeWithEachByteThePrefixesTheBuildAndTheAttributes) {
  const std::string xml = "<objects><obj type=\"VirtualMachine\">vm-1</obj></objects>";
  const std::vector<std::string> xsi{"xmlns:xsi"};
  std::set<std::string> seen{Around{}.reply(xml, xsi)};
  EXPECT_FALSE(seen.insert(Around{}.reply(xml, xsi)).second);
  for (std::size_t i = 0; i < xml.size(); ++i) {
    std::string changed = xml;
    changed[i] = static_cast<char>(changed[i] + 1);
    EXPECT_TRUE(seen.insert(Around{}.reply(changed, xsi)).second) << i;
  }
  EXPECT_TRUE(seen.insert(Around{}.reply(xml, {})).second);
  EXPECT_TRUE(seen.insert(Around{}.reply(xml, {"xmlns:x"})).second);
  Around newer;
  newer.build = "build 2";
  EXPECT_TRUE(seen.insert(newer.reply(xml, xsi)).second);
  Around attribute;
  attribute.attributes[1] = "team";
  EXPECT_TRUE(seen.insert(attribute.reply(xml, xsi)).second);
}

TEST(ScanMarks, TheBuildIsNamedBeyondItsVersion) {
  EXPECT_THAT(build_identity(), testing::StartsWith("deltakeep " DELTAKEEP_VERSION));
  EXPECT_GE(build_identity().size(), std::string("deltakeep " DELTAKEEP_VERSION " ").size() + 16)
      << "the linker wrote no build id: --build-id is missing";
}

policy::Snapshot snapshot(policy::Owner owner, bool pinned, hours age) {
  policy::Snapshot result;
  result.owner = owner;
  result.pinned = pinned;
  result.created = kNow - age;
  result.current = true;
  return result;
}

/// VMs whose risk comes from something else each.
std::vector<policy::Vm> some_vms() {
  using policy::Owner;
  std::vector<policy::Vm> vms(7);
  for (std::size_t i = 0; i < vms.size(); ++i) {
    policy::Vm& vm = vms[i];
    vm.identity = {.endpoint = "prod", .moid = "vm-1", .name = "web \"" + std::to_string(i)};
    policy::Disk& disk = vm.disks.emplace_back();
    disk.depth = vm.depth = static_cast<int>(i) * 4;
    disk.kind = policy::DeltaKind::SeSparse;
    disk.probes.best = vm.probes = 1.0 + static_cast<double>(i) / 3;
    for (std::size_t l = 0; l <= i * 4; ++l)
      disk.layers.push_back({.file = "f", .bytes = 1000 + l});
  }
  vms[1].snapshots = {snapshot(Owner::Ours, false, hours(1))};
  vms[2].snapshots = {snapshot(Owner::Foreign, false, hours(80)),
                      snapshot(Owner::Ours, true, hours(2))};
  vms[3].snapshots = {snapshot(Owner::Ours, true, hours(24 * 40)),
                      snapshot(Owner::Ours, true, hours(1))};
  vms[4].flags = {policy::VmFlag::ConsolidationNeeded};
  vms[5].snapshots = {snapshot(Owner::Foreign, false, hours(-3))};
  vms[6].snapshots = {snapshot(Owner::Ours, false, hours(5)),
                      snapshot(Owner::Foreign, false, hours(4))};
  return vms;
}

TEST(VmNotes, ReadBackAsTheyWerePacked) {
  vsphere::VirtualMachine wire;
  wire.parent_vapp = {"VirtualApp", "resgroup-v9"};
  wire.host = {"HostSystem", "host-1"};
  for (const policy::Vm& vm : some_vms()) {
    const VmNotes notes = notes_of(wire, vm);
    EXPECT_EQ(notes.above, "resgroup-v9");
    EXPECT_EQ(unpack_notes(pack_notes(notes)), notes) << vm.identity.name;
    const VmNotes judged = notes_of(wire, vm, {.warn = {.age = hours(5)}, .critical = {}});
    EXPECT_EQ(unpack_notes(pack_notes(judged)), judged);
    EXPECT_NE(judged, notes);
  }
}

TEST(VmNotes, OfADamagedRowAreRefused) {
  vsphere::VirtualMachine wire;
  const std::string whole = pack_notes(notes_of(wire, some_vms()[2]));
  ASSERT_TRUE(unpack_notes(whole));
  EXPECT_FALSE(unpack_notes(""));
  EXPECT_FALSE(unpack_notes(whole + std::string("\0x", 2)));
  EXPECT_FALSE(unpack_notes(whole + "x"));
  EXPECT_FALSE(unpack_notes(whole.substr(0, whole.find_last_of('\0'))));
}

/// Everything that counts, for comparison.
auto parts(const ScanTally& tally) {
  return std::tuple(tally.vms, tally.with_snapshots, tally.snapshots, tally.delta_bytes, tally.warn,
                    tally.critical, tally.max_depth, tally.deepest, tally.max_probes);
}

TEST(VmNotes, CountAsTheVmItselfCountsAtAnyTime) {
  vsphere::VirtualMachine wire;
  std::set<std::uint64_t> warned;
  policy::ThresholdPair strict;
  strict.warn.age = hours(20);
  strict.critical.age = hours(60);
  strict.critical.depth = 12;
  for (const auto& thresholds : {policy::ThresholdPair{}, strict}) {
    for (const hours later :
         {hours(0), hours(10), hours(70), hours(100), hours(170), hours(24 * 400)}) {
      ScanTally read;
      ScanTally remembered;
      for (const policy::Vm& vm : some_vms()) {
        add_to_tally(vm_row(vm, kNow + later, thresholds), read);
        const auto notes = unpack_notes(pack_notes(notes_of(wire, vm, thresholds)));
        ASSERT_TRUE(notes);
        add_to_tally(*notes, kNow + later, remembered);
        EXPECT_EQ(parts(remembered), parts(read)) << vm.identity.name << " after " << later.count();
      }
      warned.insert(read.warn * 100 + read.critical);
    }
  }
  EXPECT_GE(warned.size(), 5u) << "time must have made a difference, else nothing was tested";
}

}  // namespace
}  // namespace agent
