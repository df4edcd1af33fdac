// What a plan is told beside the inventory: each fact from its own place, and unknown where there
// is none.
#include "agent/act/execute/gather.h"

#include "agent/act/execute/stored_ownership.h"
#include "agent/act/execute/watermark.h"
#include "owned_state.h"

namespace agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kNow;

class GatherTest : public test::OwnedState {
 protected:
  GatherTest() : watch(journal) {
    VcenterConfig prod;
    prod.name = "prod";
    prod.mode = Mode::Act;
    config.vcenters = {prod};
    config.timezone = "UTC";
    config.state = directory.file("state.db");
    disk("datastore-1");
  }

  void disk(const std::string& datastore) {
    policy::Disk& one = vm.disks.emplace_back();
    one.key = 2000 + static_cast<int>(vm.disks.size());
    one.datastore = datastore;
  }
  void scan(storage::ScanOutcome outcome = storage::ScanOutcome::Complete,
            policy::Time time = kNow) {
    storage::ScanWriter writer = store.begin_scan(
        {.name = "prod", .uuid = kEndpoint, .api = "8.0.2.0", .product = "", .is_host = is_host},
        time - minutes(1));
    for (const policy::Vm& one : vms) writer.put(one);
    std::vector<std::string> missing;
    if (outcome == storage::ScanOutcome::Partial) missing = {"host esx-2 did not answer"};
    writer.close(outcome, missing, time);
  }
  Gathered gathered(const MarkerKey* with) {
    vms = {vm};
    scan();
    return gather(config, store, journal, with, kNow);
  }
  Gathered gathered() { return gathered(&key); }
  policy::EndpointFacts facts() { return gathered().endpoints.at("prod"); }

  void pause(const std::string& kind, const std::string& what,
             std::optional<policy::Time> until = {}) {
    storage::PauseRow row;
    row.kind = kind;
    row.what = what;
    row.shown = kind == "vm" ? "web-1" : what;
    row.reason = "because of " + kind;
    row.since = kNow - hours(1);
    row.until = until;
    holds.pause(row, audit());
  }
  void merged(const std::string& moid, const std::string& datastore, std::uint64_t bytes,
              seconds took) {
    storage::MergeMeasure one;
    one.endpoint_uuid = kEndpoint;
    one.vm_moid = moid;
    one.datastore = datastore;
    one.at = kNow;
    one.bytes = bytes;
    one.took = took;
    watch.add_merge(one);
  }

  Config config;
  storage::Watch watch;
  std::vector<policy::Vm> vms{vm};
  bool is_host = false;
};

TEST_F(GatherTest, HasTheInventoryWithItsOwners) {
  own_it();
  const Gathered all = gathered();
  EXPECT_TRUE(all.inventory.complete);
  EXPECT_EQ(all.inventory.taken, kNow);
  ASSERT_EQ(all.inventory.vms.size(), 1U);
  EXPECT_EQ(all.inventory.vms[0].snapshots[0].owner, policy::Owner::Ours);
  EXPECT_EQ(all.inventory.vms[0].snapshots[0].policy, "daily");
  EXPECT_EQ(all.endpoint_uuids.at("prod"), kEndpoint);
  EXPECT_TRUE(all.doubts.empty());
  EXPECT_TRUE(all.gaps.empty());
  EXPECT_EQ(all.endpoints.at("prod").armed, true);
  EXPECT_EQ(all.endpoints.at("prod").scan_complete, true);
}

TEST_F(GatherTest, WithoutAKeyAllIsForeignAndNobodyKnowsWhetherTheStateIsOld) {
  own_it();
  const Gathered all = gathered(nullptr);
  EXPECT_EQ(all.inventory.vms[0].snapshots[0].owner, policy::Owner::Foreign);
  EXPECT_FALSE(all.endpoints.at("prod").database_restored);
}

TEST_F(GatherTest, NamesWhatAScanDidNotReachAndWhatWasNeverScanned) {
  VcenterConfig lab;
  lab.name = "lab";
  config.vcenters.push_back(lab);
  scan(storage::ScanOutcome::Partial);
  const Gathered all = gather(config, store, journal, &key, kNow);
  EXPECT_FALSE(all.inventory.complete);
  EXPECT_EQ(all.gaps,
            (std::vector<std::string>{"prod: host esx-2 did not answer", "lab was never scanned"}));
  EXPECT_EQ(all.endpoints.at("prod").scan_complete, false);
  EXPECT_EQ(all.endpoints.at("prod").gaps.size(), 1U);
  EXPECT_FALSE(all.endpoints.at("lab").scan_complete) << "not known is not incomplete";
}

TEST_F(GatherTest, CountsWhatAnEarlierScanSawAndTheLastOneDoesNot) {
  policy::Vm other = vm;
  other.identity.moid = "vm-2";
  other.identity.instance_uuid = "uuid-2";
  other.identity.name = other.identity.raw_name = "web-2";
  vms = {vm, other};
  scan(storage::ScanOutcome::Complete, kNow - hours(2));
  vms = {vm};
  scan();
  const auto shrunken = gather(config, store, journal, &key, kNow).endpoints.at("prod").shrunken;
  ASSERT_TRUE(shrunken);
  EXPECT_EQ(shrunken->before, 2U);
  EXPECT_EQ(shrunken->gone, 1U);
}

TEST_F(GatherTest, NothingHasShrunkWhereNothingIsEarlier) {
  const auto shrunken = facts().shrunken;
  ASSERT_TRUE(shrunken);
  EXPECT_EQ(shrunken->before, 1U);
  EXPECT_EQ(shrunken->gone, 0U);
}

TEST_F(GatherTest, WhetherTheInventoryHasShrunkIsNotKnownFromAPartialScanAlone) {
  scan(storage::ScanOutcome::Partial, kNow - hours(2));
  EXPECT_FALSE(gather(config, store, journal, &key, kNow).endpoints.at("prod").shrunken);
  scan();
  EXPECT_FALSE(gather(config, store, journal, &key, kNow).endpoints.at("prod").shrunken)
      << "what is earlier can't be compared with";
}

TEST_F(GatherTest, KnowsAHostFromAVcenter) {
  EXPECT_FALSE(facts().is_host);
  is_host = true;
  EXPECT_TRUE(facts().is_host);
}

// Doubts.

TEST_F(GatherTest, NothingIsKnownOfClocksAndRollbacksBeforeALookWasCompared) {
  const policy::EndpointFacts before = facts();
  EXPECT_FALSE(before.clock_skew);
  EXPECT_FALSE(before.clock_step);
  EXPECT_FALSE(before.rolled_back);
  watch.set_watermark({.endpoint_uuid = kEndpoint,
                       .vm = 1,
                       .snapshot = 9,
                       .event_chain = 0,
                       .server_time = kNow + seconds(90),
                       .our_time = kNow});
  const policy::EndpointFacts after = facts();
  EXPECT_EQ(after.clock_skew, seconds(90));
  EXPECT_EQ(after.clock_step, seconds(0));
  EXPECT_EQ(after.rolled_back, false);
}

TEST_F(GatherTest, EachDoubtOfTheWatchIsItsOwnFact) {
  watch.set_watermark({.endpoint_uuid = kEndpoint,
                       .vm = 1,
                       .snapshot = 9,
                       .event_chain = 0,
                       .server_time = kNow,
                       .our_time = kNow});
  const auto doubt = [&](const char* kind, const std::string& uuid) {
    watch.doubt({.endpoint_uuid = uuid, .kind = kind, .text = "t", .since = kNow}, audit());
  };
  for (const char* kind : {kRolledBack, kRestored, kClockStep}) doubt(kind, "vc-uuid-2");
  EXPECT_EQ(facts().rolled_back, false);
  EXPECT_EQ(facts().database_restored, false);
  EXPECT_EQ(facts().clock_step, seconds(0));
  doubt(kRestored, kEndpoint);
  EXPECT_EQ(facts().database_restored, true);
  EXPECT_EQ(facts().rolled_back, false);
  doubt(kRolledBack, kEndpoint);
  EXPECT_EQ(facts().rolled_back, true);
  EXPECT_EQ(facts().clock_step, seconds(0));
  doubt(kClockStep, kEndpoint);
  EXPECT_GT(facts().clock_step, minutes(10));
}

TEST_F(GatherTest, AMarkThatTheJournalDoesNotKnowSaysThatTheStateIsOld) {
  EXPECT_EQ(facts().database_restored, false);
  describe(marker());
  EXPECT_EQ(facts().database_restored, true);
  EXPECT_FALSE(facts().rolled_back) << "that is another doubt";
}

TEST_F(GatherTest, OnlyTheEndpointThatShowsAnUnknownMarkIsInDoubt) {
  config.vcenters.push_back(config.vcenters.front());
  config.vcenters.back().name = "lab";
  store
      .begin_scan({.name = "lab", .uuid = "vc-uuid-2", .api = "", .product = "", .is_host = false},
                  kNow)
      .close(storage::ScanOutcome::Complete, {}, kNow);
  describe(marker());
  const Gathered all = gathered();
  EXPECT_EQ(all.endpoints.at("prod").database_restored, true);
  EXPECT_EQ(all.endpoints.at("lab").database_restored, false);
}

TEST_F(GatherTest, ASnapshotOfOursUnderAnotherNumberIsARollback) {
  own_it();
  EXPECT_FALSE(facts().rolled_back);
  vm.snapshots.front().moid = "snapshot-3";
  EXPECT_EQ(facts().rolled_back, true);
  vm.snapshots.front().moid = "snapshot-9";
  vm.snapshots.front().created += hours(3);
  EXPECT_EQ(facts().rolled_back, true) << "our number names another one";
}

TEST_F(GatherTest, OtherDoubtsOfOwnershipStopNobody) {
  own_it();
  vm.snapshots.front().description.clear();
  const Gathered all = gathered();
  EXPECT_EQ(all.doubts.size(), 1U);
  EXPECT_EQ(all.endpoints.at("prod").database_restored, false);
  EXPECT_FALSE(all.endpoints.at("prod").rolled_back);
}

// What is at work, waits or is held.

TEST_F(GatherTest, AnOpenOperationIsUnfinishedOnItsVmAlone) {
  EXPECT_EQ(gathered().vm_facts(vm).unfinished, "");
  journal.begin(create, audit());
  policy::Vm other = vm;
  other.identity.moid = "vm-2";
  const Gathered all = gathered();
  ASSERT_EQ(all.open.size(), 1U);
  EXPECT_EQ(all.vm_facts(vm).unfinished, create.id);
  EXPECT_NE(all.vm_facts(other).unfinished, "") << "by its instance uuid";
  other.identity.instance_uuid = "uuid-2";
  EXPECT_EQ(all.vm_facts(other).unfinished, "");
  other = vm;
  other.identity.instance_uuid.clear();
  EXPECT_NE(all.vm_facts(other).unfinished, "") << "by its moid";
  other.identity.endpoint = "lab";
  EXPECT_FALSE(all.vm_facts(other).unfinished) << "never scanned: not known";
  end(create, policy::OpState::Failed);
  EXPECT_EQ(gathered().vm_facts(vm).unfinished, "");
}

TEST_F(GatherTest, VmsWithoutAnInstanceUuidAreNotTakenForOneAnother) {
  vm.identity.instance_uuid.clear();
  create.vm.instance_uuid.clear();
  journal.begin(create, audit());
  policy::Vm other = vm;
  other.identity.moid = "vm-2";
  EXPECT_NE(gathered().vm_facts(vm).unfinished, "");
  EXPECT_EQ(gathered().vm_facts(other).unfinished, "");
}

TEST_F(GatherTest, AVmWaitsSinceTheFirstOfItsActsDid) {
  EXPECT_FALSE(gathered().vm_facts(vm).waiting_since);
  holds.wait({kEndpoint, "vm-1", "daily", "create", kNow - hours(1)});
  holds.wait({kEndpoint, "vm-1", "daily", "remove", kNow - hours(3)});
  holds.wait({kEndpoint, "vm-2", "daily", "remove", kNow - hours(9)});
  EXPECT_EQ(gathered().vm_facts(vm).waiting_since, kNow - hours(3));
}

TEST_F(GatherTest, APauseHoldsWhereItWasAskedFor) {
  PolicyConfig daily;
  daily.name = "daily";
  daily.timezone = "UTC";
  config.policies = {daily};
  const auto held = [&] {
    const Gathered all = gathered();
    return std::vector<bool>{all.endpoints.at("prod").paused.has_value(),
                             all.policies(config).at(0).facts.paused.has_value(),
                             all.vm_facts(vm).paused.has_value()};
  };
  EXPECT_EQ(held(), (std::vector<bool>{false, false, false}));
  pause("vcenter", "lab");
  pause("policy", "weekly");
  pause("vm", pause_key(kEndpoint, "vm-2"));
  EXPECT_EQ(held(), (std::vector<bool>{false, false, false})) << "those of others";
  pause("vm", pause_key(kEndpoint, "vm-1"));
  EXPECT_EQ(held(), (std::vector<bool>{false, false, true}));
  pause("policy", "daily");
  EXPECT_EQ(held(), (std::vector<bool>{false, true, true}));
  pause("vcenter", "prod");
  EXPECT_EQ(held(), (std::vector<bool>{true, true, true}));
}

TEST_F(GatherTest, APauseOfAllHoldsForEverythingUntilItRunsOut) {
  pause("all", "", kNow + minutes(1));
  const auto found = pause_of(holds.pauses(), "vcenter", "prod", kNow);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->scope, "everything");
  EXPECT_EQ(found->reason, "because of all");
  EXPECT_EQ(found->until, kNow + minutes(1));
  EXPECT_TRUE(facts().paused);
  EXPECT_FALSE(pause_of(holds.pauses(), "vcenter", "prod", kNow + minutes(1)));
}

TEST_F(GatherTest, APauseSaysWhatItIsOfInWordsForPeople) {
  pause("vm", pause_key(kEndpoint, "vm-1"));
  EXPECT_EQ(gathered().vm_facts(vm).paused->scope, "vm web-1");
}

TEST_F(GatherTest, MarksForRemovalAreThoseOfTheConfiguredName) {
  holds.mark(kEndpoint, "vm-1", node(), {.at = kNow - hours(24), .run = "run-1"}, audit());
  const Gathered all = gathered();
  ASSERT_EQ(all.marks.size(), 1U);
  EXPECT_EQ(all.marks.begin()->first, std::make_tuple("prod", "vm-1", "snapshot-9"));
  EXPECT_EQ(all.marks.begin()->second.at, kNow - hours(24));
}

TEST_F(GatherTest, ASnapshotIsDetachedSinceItWasSeenToBe) {
  vm.snapshots.front().on_current_path = false;
  EXPECT_FALSE(gathered().detached_since(vm, vm.snapshots.front()));
  watch.set_detached(kEndpoint, "vm-1", {"snapshot-9"}, kNow - hours(48));
  EXPECT_EQ(gathered().detached_since(vm, vm.snapshots.front()), kNow - hours(48));
  vm.snapshots.front().on_current_path = true;
  EXPECT_FALSE(gathered().detached_since(vm, vm.snapshots.front())) << "it is back on the path";
  vm.snapshots.front().on_current_path = false;
  vm.snapshots.front().moid = "snapshot-10";
  EXPECT_FALSE(gathered().detached_since(vm, vm.snapshots.front()));
}

// Rates.

TEST_F(GatherTest, AVmsOwnMergesSayHowFastTheNextOneWillBe) {
  EXPECT_FALSE(gathered().rates(vm).merge_bytes_per_second);
  merged("vm-2", "datastore-1", 500, seconds(1));
  EXPECT_EQ(gathered().rates(vm).merge_bytes_per_second, 500) << "its datastore's, for want of one";
  merged("vm-1", "datastore-1", 100, seconds(1));
  merged("vm-1", "datastore-1", 900, seconds(1));
  merged("vm-1", "datastore-2", 4000, seconds(20));
  EXPECT_EQ(gathered().rates(vm).merge_bytes_per_second, 200) << "the median of 100, 200 and 900";
  merged("vm-1", "datastore-1", 400, seconds(1));
  EXPECT_EQ(gathered().rates(vm).merge_bytes_per_second, 300) << "of 100, 200, 400 and 900";
}

TEST_F(GatherTest, TheSlowestDatastoreOfAVmCounts) {
  disk("datastore-2");
  merged("vm-7", "datastore-1", 500, seconds(1));
  merged("vm-8", "datastore-2", 300, seconds(1));
  merged("vm-9", "datastore-3", 100, seconds(1));
  EXPECT_EQ(gathered().rates(vm).merge_bytes_per_second, 300);
}

TEST_F(GatherTest, AMergeOfNothingOrInNoTimeMeasuresNothing) {
  merged("vm-1", "datastore-1", 0, seconds(5));
  merged("vm-1", "datastore-1", 5000, seconds(0));
  EXPECT_FALSE(gathered().rates(vm).merge_bytes_per_second);
}

// The commands that only look.

TEST_F(GatherTest, AStoredVmIsShownWithItsOwner) {
  own_it();
  scan();
  policy::Vm shown = vm;
  StoredOwnership(config, store, nullptr, kNow).apply(shown);
  EXPECT_EQ(shown.snapshots[0].owner, policy::Owner::Ours);
  shown.identity.endpoint = "lab";
  StoredOwnership(config, store, nullptr, kNow).apply(shown);
  EXPECT_EQ(shown.snapshots[0].owner, policy::Owner::Foreign);
}

TEST_F(GatherTest, AMissingKeyIsNothingToTellAndOneThatOthersCanReadIs) {
  std::string problem;
  EXPECT_TRUE(key_to_look_with(config, problem));
  EXPECT_EQ(problem, "");
  const std::string file = MarkerKey::file_of(config.state);
  std::filesystem::permissions(file, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_FALSE(key_to_look_with(config, problem));
  EXPECT_NE(problem.find("chmod 600"), std::string::npos);
  std::filesystem::remove(file);
  problem.clear();
  EXPECT_FALSE(key_to_look_with(config, problem));
  EXPECT_EQ(problem, "");
}

}  // namespace
}  // namespace agent
