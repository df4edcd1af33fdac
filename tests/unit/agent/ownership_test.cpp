// Rule 4: a snapshot is ours by row, mark and identity together. Each case takes one of them away.
#include "agent/act/execute/ownership.h"

#include <functional>

#include "owned_state.h"

namespace agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::kNow;

class OwnershipTest : public test::OwnedState {
 protected:
  /// Nothing that would let anybody remove or keep it as ours is left on a foreign snapshot.
  static void expect_foreign(const Judged& judged, const std::string& doubt) {
    EXPECT_FALSE(judged.ours());
    EXPECT_EQ(judged.first().policy, "");
    EXPECT_FALSE(judged.first().leftover);
    EXPECT_EQ(judged.doubt(), doubt);
  }
};

TEST_F(OwnershipTest, RowMarkAndIdentityTogetherMakeItOurs) {
  own_it();
  const Judged result = judged();
  EXPECT_TRUE(result.ours());
  EXPECT_EQ(result.first().policy, "daily");
  EXPECT_EQ(result.first().state, policy::SnapshotState::Complete);
  EXPECT_FALSE(result.first().in_use);
  EXPECT_FALSE(result.first().leftover);
  EXPECT_FALSE(result.first().pinned);
  EXPECT_TRUE(result.doubts.empty());
}

TEST_F(OwnershipTest, ItSaysSoWhateverWasClaimedBefore) {
  policy::Snapshot& snapshot = vm.snapshots.front();
  snapshot.owner = policy::Owner::Ours;
  snapshot.policy = "daily";
  snapshot.pinned = snapshot.in_use = snapshot.leftover = true;
  snapshot.state = policy::SnapshotState::InProgress;
  const Judged result = judged();
  EXPECT_FALSE(result.ours());
  EXPECT_EQ(result.first().policy, "");
  EXPECT_FALSE(result.first().pinned || result.first().in_use || result.first().leftover);
  EXPECT_EQ(result.first().state, policy::SnapshotState::Complete);
  EXPECT_TRUE(result.doubts.empty()) << "a snapshot without a mark that nobody claims is no doubt";
}

TEST_F(OwnershipTest, NothingIsOursWithoutTheKeyOrByDefault) {
  own_it();
  policy::Vm without = vm;
  std::vector<OwnershipDoubt> doubts;
  Ownership(journal, holds, nullptr, kNow).apply(without, kEndpoint, &doubts);
  EXPECT_EQ(without.snapshots.front().owner, policy::Owner::Foreign);
  EXPECT_TRUE(doubts.empty()) << "without the key no mark can be doubted";
  without.snapshots.front().owner = policy::Owner::Ours;
  Ownership().apply(without, kEndpoint, &doubts);
  EXPECT_EQ(without.snapshots.front().owner, policy::Owner::Foreign);
  EXPECT_TRUE(Ownership().marks(vm, kEndpoint).empty());
}

TEST_F(OwnershipTest, AnotherKeyOwnsNothing) {
  own_it();
  key = MarkerKey::load(directory.file("other.db"), MarkerKey::WhenMissing::Create);
  expect_foreign(judged(), "mark-gone");
  EXPECT_TRUE(Ownership(journal, holds, &key, kNow).marks(vm, kEndpoint).empty());
}

// What the server shows, changed one by one.

struct Change {
  const char* what;
  std::function<void(policy::Vm&)> apply;
  const char* doubt;
  bool renumbered;
};

TEST_F(OwnershipTest, EveryPartOfTheIdentityHasToAgreeWithTheRow) {
  own_it();
  const Change changes[] = {
      {"VM's moid", [](policy::Vm& one) { one.identity.moid = "vm-2"; }, "other-identity", false},
      {"instance uuid", [](policy::Vm& one) { one.identity.instance_uuid = "uuid-2"; },
       "other-identity", false},
      {"no instance uuid", [](policy::Vm& one) { one.identity.instance_uuid.clear(); },
       "other-identity", false},
      {"id", [](policy::Vm& one) { one.snapshots.front().id = 5; }, "other-identity", true},
      {"id zero", [](policy::Vm& one) { one.snapshots.front().id = 0; }, "other-identity", true},
      {"time",
       [](policy::Vm& one) { one.snapshots.front().created += std::chrono::microseconds(1); },
       "other-identity", true},
      {"moid", [](policy::Vm& one) { one.snapshots.front().moid = "snapshot-10"; },
       "other-identity", true},
  };
  const policy::Vm good = vm;
  for (const Change& change : changes) {
    SCOPED_TRACE(change.what);
    vm = good;
    change.apply(vm);
    const Judged result = judged();
    expect_foreign(result, change.doubt);
    ASSERT_EQ(result.doubts.size(), 1U);
    EXPECT_EQ(result.doubts.front().renumbered, change.renumbered);
    EXPECT_EQ(result.doubts.front().vm_name, "web-1");
    EXPECT_EQ(result.doubts.front().snapshot_moid, vm.snapshots.front().moid);
    EXPECT_FALSE(result.doubts.front().text.empty());
  }
}

TEST_F(OwnershipTest, ARowAloneIsNotEnoughEvenWithItsVmChangedToFit) {
  // Row for uuid-1, but both VM and an authentic mark say uuid-2: somebody moved the description.
  own_it();
  vm.identity.instance_uuid = "uuid-2";
  policy::Marker other = marker();
  other.instance_uuid = "uuid-2";
  describe(other);
  expect_foreign(judged(), "other-identity");
}

TEST_F(OwnershipTest, AVmWithoutAnInstanceUuidOwnsNothingThoughAllAgree) {
  vm.identity.instance_uuid.clear();
  create.vm.instance_uuid.clear();
  own_it();
  policy::Marker other = marker();
  other.instance_uuid.clear();
  describe(other);
  expect_foreign(judged(), "other-identity");
}

TEST_F(OwnershipTest, TheSameOnAnotherEndpointIsNotOurs) {
  own_it();
  expect_foreign(judged("vc-uuid-2"), "moved");
  expect_foreign(judged(""), "moved");
}

TEST_F(OwnershipTest, WithAMarkForTheOtherEndpointItIsStillNotOurs) {
  // Signed with the key for vc-uuid-2, but the journal knows the operation on vc-uuid-1 alone.
  own_it();
  policy::Marker other = marker();
  other.endpoint_uuid = "vc-uuid-2";
  describe(other);
  EXPECT_FALSE(judged("vc-uuid-2").ours());
  expect_foreign(judged(), "mark-gone");
}

// The mark, changed one by one, signed anew with our own key each time.

TEST_F(OwnershipTest, EveryPartOfTheMarkHasToAgreeWithTheRow) {
  own_it();
  const std::pair<const char*, std::function<void(policy::Marker&)>> changes[] = {
      {"operation", [](policy::Marker& one) { one.op = "op-2"; }},
      {"agent", [](policy::Marker& one) { one.agent = "fedcba9876543210"; }},
      {"no agent", [](policy::Marker& one) { one.agent.clear(); }},
      {"endpoint", [](policy::Marker& one) { one.endpoint_uuid = "vc-uuid-2"; }},
      {"VM", [](policy::Marker& one) { one.instance_uuid = "uuid-2"; }},
  };
  for (const auto& [what, change] : changes) {
    SCOPED_TRACE(what);
    policy::Marker other = marker();
    change(other);
    describe(other);
    expect_foreign(judged(), "mark-gone");
  }
}

TEST_F(OwnershipTest, AMarkThatAPersonEditedOrTookAwayMakesItTheirs) {
  own_it();
  std::string& text = vm.snapshots.front().description;
  const std::string good = text;
  const std::pair<const char*, std::string> edits[] = {
      {"no description", ""},
      {"another one", "before the upgrade, please keep"},
      {"the line for people alone", good.substr(0, good.find('\n'))},
      {"a policy of their own", std::string(good).replace(good.find("pol=daily"), 9, "pol=other")},
      {"one digit of the MAC", good.substr(0, good.size() - 1) + (good.back() == '0' ? '1' : '0')},
      {"two marks", good + "\n" + good.substr(good.find('\n') + 1)},
  };
  for (const auto& [what, edited] : edits) {
    SCOPED_TRACE(what);
    text = edited;
    expect_foreign(judged(), "mark-gone");
  }
  text = "kept for Bob\n\n" + good;
  EXPECT_TRUE(judged().ours()) << "what people write around it is theirs to write";
}

TEST_F(OwnershipTest, TheRowsPolicyHoldsAndNotTheMarks) {
  own_it();
  storage::OwnedSnapshot row = journal.owned().at(0);
  row.policy = "weekly";
  journal.adopt(row, audit());
  EXPECT_TRUE(judged().ours());
  EXPECT_EQ(judged().first().policy, "weekly");
}

// Marks without a row.

TEST_F(OwnershipTest, AMarkThatNoOperationKnowsSaysThatTheStateIsOld) {
  describe(marker());
  const Judged result = judged();
  expect_foreign(result, "unknown-mark");
  EXPECT_FALSE(result.doubts.front().renumbered);
  EXPECT_NE(result.doubts.front().text.find("adopt"), std::string::npos);
  storage::OwnedSnapshot adopted{.endpoint_uuid = kEndpoint,
                                 .vm_moid = "vm-1",
                                 .instance_uuid = "uuid-1",
                                 .snapshot = node(),
                                 .op = "op-1",
                                 .policy = "daily",
                                 .helper = false,
                                 .name = "n"};
  journal.adopt(adopted, audit());
  EXPECT_TRUE(judged().ours()) << "adopt clears it";
}

TEST_F(OwnershipTest, ABeginningOfAnOperationsIdIsNotThatOperation) {
  journal.begin(create, audit());
  end(create, policy::OpState::Failed);
  policy::Marker other = marker();
  other.op = "op";  // the journal finds op-1 by it
  describe(other);
  expect_foreign(judged(), "unknown-mark");
}

TEST_F(OwnershipTest, ACopiedVmsMarksAreWorthNothing) {
  own_it();
  vm.identity.moid = "vm-7";
  vm.identity.instance_uuid = "uuid-7";
  vm.snapshots.front().moid = "snapshot-70";
  expect_foreign(judged(), "foreign-mark");
  EXPECT_TRUE(Ownership(journal, holds, &key, kNow).marks(vm, kEndpoint).empty());
}

TEST_F(OwnershipTest, MarksOfOthersAndForgedOnesAreForeign) {
  policy::Marker other = marker();
  other.agent = "fedcba9876543210";
  describe(other);
  expect_foreign(judged(), "foreign-mark");  // another agent's, even with our key
  vm.snapshots.front().description =
      policy::marker_description(marker(), std::string(32, '0'), "made by deltakeep");
  expect_foreign(judged(), "foreign-mark");  // nobody without the key can make one
}

TEST_F(OwnershipTest, AMarkFromAnotherServerOfTheSameVmIsToBeAdopted) {
  policy::Marker other = marker();
  other.endpoint_uuid = "vc-uuid-0";
  describe(other);
  expect_foreign(judged(), "moved");
}

TEST_F(OwnershipTest, WhatWasReleasedOrGivenUpIsNotTakenBackByItsMark) {
  own_it();
  journal.disown(journal.owned().at(0), "taken over by hand", audit());
  expect_foreign(judged(), "unclaimed");
  policy::Operation failed = begun_create("op-2");
  journal.begin(failed, audit());
  end(failed, policy::OpState::Failed);
  policy::Marker other = marker();
  other.op = "op-2";
  describe(other);
  expect_foreign(judged(), "unclaimed");
}

TEST_F(OwnershipTest, WhatASecondCallMadeIsNotTheOneThatTheJournalMeans) {
  own_it();
  policy::Snapshot twin = vm.snapshots.front();
  twin.moid = "snapshot-10";
  twin.id = 5;
  policy::Marker second = marker();
  second.attempt = 2;
  twin.description = described(second);
  vm.snapshots.push_back(twin);
  const Judged result = judged();
  EXPECT_TRUE(result.ours());
  EXPECT_EQ(result.vm.snapshots[1].owner, policy::Owner::Foreign);
  EXPECT_EQ(result.doubt(), "other-identity");
  EXPECT_FALSE(result.doubts.front().renumbered) << "no sign of a rollback";
}

TEST_F(OwnershipTest, AVmThatWasRegisteredAnewIsNoSignOfARollback) {
  own_it();
  vm.identity.moid = "vm-2";
  vm.snapshots.front().moid = "snapshot-20";
  const Judged result = judged();
  expect_foreign(result, "other-identity");
  EXPECT_FALSE(result.doubts.front().renumbered);
}

// What is being made, and what clones need.

TEST_F(OwnershipTest, WhatAnOpenOperationMakesIsOursAndInProgress) {
  journal.begin(create, audit());
  describe(marker());
  for (const auto state : {policy::OpState::Unknown, policy::OpState::Result}) {
    create.state = state;
    if (state == policy::OpState::Result) create.snapshot = node();
    journal.update(create, audit());
    const Judged result = judged();
    EXPECT_TRUE(result.ours());
    EXPECT_EQ(result.first().state, policy::SnapshotState::InProgress);
    EXPECT_EQ(result.first().policy, "daily");
    EXPECT_TRUE(result.doubts.empty());
  }
}

TEST_F(OwnershipTest, AnOpenOperationClaimsOnlyWhatItNamesOnItsOwnVm) {
  journal.begin(create, audit());
  create.state = policy::OpState::Result;
  create.snapshot = node();
  create.snapshot.moid = "snapshot-8";
  journal.update(create, audit());
  describe(marker());
  expect_foreign(judged(), "other-identity");
  EXPECT_EQ(judged().first().state, policy::SnapshotState::Complete);
  create.snapshot.moid.clear();
  journal.update(create, audit());
  vm.identity.moid = "vm-2";
  expect_foreign(judged(), "other-identity");
}

TEST_F(OwnershipTest, AnOpenOperationOfAnotherEndpointClaimsNothingHere) {
  create.vm.endpoint_uuid = "vc-uuid-2";
  journal.begin(create, audit());
  describe(marker());
  expect_foreign(judged(), "other-identity");
}

TEST_F(OwnershipTest, WhatACloneReadsFromIsInUseUntilTheCloneIsOver) {
  own_it();
  policy::Operation clone = begun_create("op-5");
  clone.kind = policy::OpKind::Clone;
  clone.snapshot = node();
  journal.begin(clone, audit());
  EXPECT_TRUE(judged().first().in_use);
  EXPECT_FALSE(judged("vc-uuid-2").first().in_use);
  vm.snapshots.front().description.clear();
  EXPECT_TRUE(judged().first().in_use) << "a foreign one, too";
  clone.state = policy::OpState::Unknown;
  journal.update(clone, audit());
  EXPECT_TRUE(judged().first().in_use);
  end(clone, policy::OpState::Done);
  EXPECT_FALSE(judged().first().in_use);
}

TEST_F(OwnershipTest, AHelperIsLeftOverWhenItsCloneIsOver) {
  create.job = "op-5";
  own_it();
  policy::Operation clone = begun_create("op-5");
  clone.kind = policy::OpKind::Clone;
  clone.snapshot = node();
  journal.begin(clone, audit());
  EXPECT_TRUE(judged().ours());
  EXPECT_FALSE(judged().first().leftover);
  end(clone, policy::OpState::Failed);
  EXPECT_TRUE(judged().first().leftover) << "however it ended";
  EXPECT_TRUE(judged().ours());
}

TEST_F(OwnershipTest, AHelperWhoseCloneNeverBeganIsLeftOverAfterAWhile) {
  create.job = "op-5";
  own_it();
  const auto at = [&](policy::Time now) {
    policy::Vm seen = vm;
    Ownership(journal, holds, &key, now).apply(seen, kEndpoint);
    return seen.snapshots.front().leftover;
  };
  EXPECT_FALSE(at(*create.ended + minutes(59))) << "its clone may be about to begin";
  EXPECT_TRUE(at(*create.ended + hours(1)));
}

TEST_F(OwnershipTest, APolicysOwnSnapshotIsNeverLeftOver) {
  own_it();
  EXPECT_FALSE(judged().first().leftover);
}

// Pins.

class PinsTest : public test::OwnedState {
 protected:
  storage::Pin pin() const {
    storage::Pin one;
    one.endpoint_uuid = kEndpoint;
    one.vm_moid = "vm-1";
    one.instance_uuid = "uuid-1";
    one.vm_name = "web-1";
    one.snapshot = node();
    one.reason = "audit";
    one.actor = "ada";
    one.since = kNow - hours(1);
    return one;
  }
  bool pinned(const std::string& endpoint_uuid = kEndpoint) {
    return judged(endpoint_uuid).first().pinned;
  }
};

TEST_F(PinsTest, HoldAForeignSnapshotWithoutAnyKey) {
  EXPECT_FALSE(pinned());
  holds.pin(pin(), audit());
  policy::Vm seen = vm;
  Ownership(journal, holds, nullptr, kNow).apply(seen, kEndpoint);
  EXPECT_TRUE(seen.snapshots.front().pinned);
}

TEST_F(PinsTest, OfASnapshotHoldNoOther) {
  holds.pin(pin(), audit());
  policy::Snapshot other = vm.snapshots.front();
  other.moid = "snapshot-10";
  other.id = 5;
  vm.snapshots.push_back(other);
  const Judged result = judged();
  EXPECT_TRUE(result.vm.snapshots[0].pinned);
  EXPECT_FALSE(result.vm.snapshots[1].pinned);
}

TEST_F(PinsTest, FollowTheSnapshotWhereverItIsListed) {
  holds.pin(pin(), audit());
  vm.identity.moid = "vm-2";
  vm.snapshots.front().moid = "snapshot-20";
  EXPECT_TRUE(pinned());
  EXPECT_TRUE(pinned("vc-uuid-2")) << "the VM moved with it";
  vm.snapshots.front().created += minutes(1);
  EXPECT_FALSE(pinned());
}

TEST_F(PinsTest, OfAVmHoldAllOfItsSnapshots) {
  storage::Pin whole = pin();
  whole.snapshot = {};
  holds.pin(whole, audit());
  vm.snapshots.front().moid = "snapshot-99";
  EXPECT_TRUE(pinned());
  vm.identity.instance_uuid = "uuid-2";
  EXPECT_TRUE(pinned()) << "by its moid";
  vm.identity.moid = "vm-2";
  EXPECT_FALSE(pinned());
  vm.identity.instance_uuid = "uuid-1";
  EXPECT_TRUE(pinned()) << "by its instance uuid";
}

TEST_F(PinsTest, OfAVmWithoutUuidHoldNoOtherVmWithoutOne) {
  storage::Pin whole = pin();
  whole.snapshot = {};
  whole.instance_uuid.clear();
  holds.pin(whole, audit());
  vm.identity.instance_uuid.clear();
  EXPECT_TRUE(pinned());
  vm.identity.moid = "vm-2";
  EXPECT_FALSE(pinned());
}

TEST_F(PinsTest, RunOut) {
  storage::Pin short_one = pin();
  short_one.until = kNow + minutes(1);
  holds.pin(short_one, audit());
  EXPECT_TRUE(pinned());
  policy::Vm seen = vm;
  Ownership(journal, holds, &key, kNow + minutes(1)).apply(seen, kEndpoint);
  EXPECT_FALSE(seen.snapshots.front().pinned);
}

TEST_F(OwnershipTest, TheAuthenticMarksOfAVmAreGivenBySnapshot) {
  journal.begin(create, audit());
  describe(marker());
  policy::Snapshot edited = vm.snapshots.front();
  edited.moid = "snapshot-10";
  edited.description.back() = edited.description.back() == '0' ? '1' : '0';
  vm.snapshots.push_back(edited);
  const Ownership ownership(journal, holds, &key, kNow);
  EXPECT_EQ(ownership.marks(vm, kEndpoint),
            (std::map<std::string, std::string>{{"snapshot-9", "op-1"}}));
  EXPECT_TRUE(ownership.marks(vm, "vc-uuid-2").empty());
}

}  // namespace
}  // namespace agent
