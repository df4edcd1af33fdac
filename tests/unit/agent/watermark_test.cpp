// What two looks at a server tell: that it was rolled back, or that a clock jumped, and what tells
// neither.
#include "agent/act/execute/watermark.h"

#include "agent/act/execute/gather.h"
#include "owned_state.h"

namespace agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kNow;

class WatermarkTest : public test::OwnedState {
 protected:
  WatermarkTest() : watch(journal) {
    endpoint = {
        .name = "prod", .uuid = kEndpoint, .api = "8.0.2.0", .product = "", .is_host = false};
    vm.snapshots.clear();
  }

  policy::Snapshot& snapshot(const std::string& moid, policy::Time created) {
    policy::Snapshot& made = vm.snapshots.emplace_back();
    made.moid = moid;
    made.created = created;
    return made;
  }

  /// A look at the VM as it is, an hour after the last one by both clocks, but for `server` and
  /// `ours`.
  std::vector<std::string> look(seconds server = hours(1), seconds ours = hours(1)) {
    clocks.server += server;
    clocks.ours += ours;
    ServerLook seen(watch.watermark(kEndpoint),
                    [this](const policy::Vm&, const policy::Snapshot& one) {
                      ++asked;
                      return seen_before.contains(one.moid);
                    });
    seen.see_vm(vm.identity.moid);
    seen.see_snapshots(vm);
    if (chain > 0) seen.see_new_event_chain(chain);
    std::vector<std::string> kinds;
    for (const storage::Doubt& doubt : settle_look(watch, endpoint, seen, clocks, audit())) {
      EXPECT_EQ(doubt.endpoint_uuid, kEndpoint);
      kinds.push_back(doubt.kind);
    }
    return kinds;
  }
  std::vector<std::string> standing() const {
    std::vector<std::string> kinds;
    for (const storage::Doubt& doubt : watch.doubts()) kinds.push_back(doubt.kind);
    return kinds;
  }
  policy::EndpointFacts facts() {
    storage::ScanWriter writer = store.begin_scan(endpoint, kNow);
    writer.close(storage::ScanOutcome::Complete, {}, kNow);
    return gather({}, store, journal, &key, kNow).endpoints.at("prod");
  }

  using Kinds = std::vector<std::string>;
  storage::Watch watch;
  policy::Endpoint endpoint;
  ClockLook clocks{.server = kNow, .ours = kNow};
  std::set<std::string> seen_before;
  int asked = 0;
  std::int64_t chain = 0;
};

TEST_F(WatermarkTest, TheFirstLookIsNotedAndDoubtsNothing) {
  vm.identity.moid = "vm-17";
  snapshot("snapshot-40", kNow);
  snapshot("snapshot-12", kNow + hours(30));
  EXPECT_EQ(look(hours(1), hours(7)), Kinds{});
  const auto mark = watch.watermark(kEndpoint);
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->vm, 17);
  EXPECT_EQ(mark->snapshot, 40);
  EXPECT_EQ(mark->server_time, clocks.server);
  EXPECT_EQ(mark->our_time, clocks.ours);
  EXPECT_EQ(standing(), Kinds{});
}

TEST_F(WatermarkTest, TheMarkRisesAndNeverFallsWhileAllIsWell) {
  vm.identity.moid = "vm-17";
  snapshot("snapshot-40", kNow);
  look();
  vm.identity.moid = "vm-3";
  vm.snapshots.clear();
  EXPECT_EQ(look(), Kinds{}) << "the newest ones were removed, as they are every day";
  EXPECT_EQ(watch.watermark(kEndpoint)->vm, 17);
  EXPECT_EQ(watch.watermark(kEndpoint)->snapshot, 40);
  snapshot("snapshot-41", clocks.server + minutes(30));
  EXPECT_EQ(look(), Kinds{});
  EXPECT_EQ(watch.watermark(kEndpoint)->snapshot, 41);
  EXPECT_EQ(asked, 0) << "nothing of this needs a second look";
}

TEST_F(WatermarkTest, ANumberThatIsGivenAnewIsARollbackUntilSomebodySaysOtherwise) {
  snapshot("snapshot-40", kNow);
  look();
  EXPECT_EQ(facts().rolled_back, false);
  snapshot("snapshot-38", clocks.server + minutes(30));
  EXPECT_EQ(look(), Kinds{kRolledBack});
  EXPECT_EQ(facts().rolled_back, true);
  const std::string text = watch.doubts().at(0).text;
  EXPECT_NE(text.find("snapshot-38 of web-1"), std::string::npos) << text;
  EXPECT_NE(text.find("snapshot-40"), std::string::npos) << text;
  EXPECT_EQ(look(), Kinds{}) << "it is told once";
  EXPECT_EQ(look(), Kinds{});
  EXPECT_EQ(standing(), Kinds{kRolledBack}) << "and stays";
  ASSERT_TRUE(watch.settle_doubt(kEndpoint, kRolledBack, audit()));
  EXPECT_EQ(look(), Kinds{}) << "what was accepted does not come back";
  EXPECT_EQ(facts().rolled_back, false);
  snapshot("snapshot-37", clocks.server + minutes(30));
  EXPECT_EQ(look(), Kinds{kRolledBack}) << "but the next one does";
}

TEST_F(WatermarkTest, AnOldSnapshotOfAVmThatWasHiddenIsNoRollback) {
  snapshot("snapshot-40", kNow);
  look();
  snapshot("snapshot-2", kNow - hours(900));
  snapshot("snapshot-3", clocks.server + kClockSlack);
  EXPECT_EQ(look(), Kinds{});
}

TEST_F(WatermarkTest, ASnapshotOfAHostWhoseClockIsAheadIsNoRollback) {
  snapshot("snapshot-40", kNow + hours(30));
  look();
  seen_before.insert("snapshot-40");
  EXPECT_EQ(look(), Kinds{});
  EXPECT_EQ(asked, 1);
}

TEST_F(WatermarkTest, ItIsNotAskedForEverySnapshotOfAHostWithAWrongClock) {
  snapshot("snapshot-1000", kNow);
  for (int i = 1; i < 500; ++i) {
    seen_before.insert(snapshot("snapshot-" + std::to_string(i), kNow + hours(3000)).moid);
  }
  look();
  EXPECT_EQ(look(), Kinds{});
  EXPECT_LE(asked, 20);
}

TEST_F(WatermarkTest, MoidsOfAnotherFormCountForNothing) {
  vm.identity.moid = "12";
  for (const char* moid : {"12-snapshot-3", "snapshot-", "snapshot-x", "snapshot-3x", "snapshot--3",
                           "snapshot-99999999999999999999", "snapshot-0"}) {
    snapshot(moid, kNow);
  }
  look();
  EXPECT_EQ(watch.watermark(kEndpoint)->vm, 0);
  EXPECT_EQ(watch.watermark(kEndpoint)->snapshot, 0);
}

TEST_F(WatermarkTest, ATaskWithALowerEventChainIsARollback) {
  chain = 700;
  look();
  chain = 0;
  EXPECT_EQ(look(), Kinds{}) << "a look without a task says nothing";
  EXPECT_EQ(watch.watermark(kEndpoint)->event_chain, 700);
  chain = 701;
  EXPECT_EQ(look(), Kinds{});
  chain = 701;
  EXPECT_EQ(look(), Kinds{kRolledBack}) << "a new task has a new number";
}

TEST_F(WatermarkTest, AServerWhoseTimeWentBackWasRolledBack) {
  look();
  EXPECT_EQ(look(-kClockSlack, minutes(0)), Kinds{});
  EXPECT_EQ(look(-kClockSlack - seconds(1), minutes(1)), (Kinds{kClockStep, kRolledBack}));
}

TEST_F(WatermarkTest, ClocksThatRunTogetherHaveNotJumpedHoweverLongItTook) {
  look();
  EXPECT_EQ(look(hours(3000), hours(3000)), Kinds{});
  EXPECT_EQ(look(minutes(60), minutes(50)), Kinds{});
  EXPECT_EQ(facts().clock_step, seconds(0));
  EXPECT_EQ(facts().clock_skew, seconds(600));
}

TEST_F(WatermarkTest, AClockThatJumpedIsADoubtUntilTwoLaterLooksAgree) {
  look();
  EXPECT_EQ(look(hours(1), hours(3)), Kinds{kClockStep});
  EXPECT_EQ(facts().clock_step, -hours(2));
  EXPECT_EQ(facts().rolled_back, false);
  EXPECT_EQ(look(), Kinds{});
  EXPECT_EQ(standing(), Kinds{kClockStep}) << "one look that agrees with it is not two";
  EXPECT_EQ(look(), Kinds{});
  EXPECT_EQ(standing(), Kinds{});
  EXPECT_EQ(facts().clock_step, seconds(0));
  EXPECT_EQ(facts().clock_skew, -hours(2)) << "the skew stays for the guard to see";
}

TEST_F(WatermarkTest, EitherClockInEitherDirectionCounts) {
  const std::pair<seconds, seconds> jumps[] = {{hours(3), hours(1)},
                                               {hours(1), hours(3)},
                                               {hours(1), -hours(1)},
                                               {minutes(61), minutes(50)}};
  for (const auto& [server, ours] : jumps) {
    look();
    look();
    look();
    ASSERT_EQ(standing(), Kinds{});
    EXPECT_EQ(look(server, ours), Kinds{kClockStep}) << server.count() << " " << ours.count();
    EXPECT_EQ(facts().clock_step, server - ours);
    watch.settle_doubt(kEndpoint, kClockStep, audit());
  }
}

TEST_F(WatermarkTest, AClockThatJumpsAgainHasToAgreeAnew) {
  look();
  look(hours(2), hours(1));
  look(hours(1), hours(1));
  EXPECT_EQ(look(hours(5), hours(1)), Kinds{kClockStep});
  EXPECT_EQ(facts().clock_step, hours(4));
  look();
  EXPECT_EQ(standing(), Kinds{kClockStep});
  look();
  EXPECT_EQ(standing(), Kinds{});
}

TEST_F(WatermarkTest, DoubtsAreOfTheirEndpointAlone) {
  look();
  storage::Watermark other = *watch.watermark(kEndpoint);
  other.endpoint_uuid = "vc-uuid-2";
  other.snapshot = 1000;
  watch.set_watermark(other);
  watch.doubt({.endpoint_uuid = "vc-uuid-2", .kind = kRolledBack, .text = "t", .since = kNow},
              audit());
  snapshot("snapshot-500", clocks.server + minutes(30));
  EXPECT_EQ(look(), Kinds{});
  EXPECT_EQ(facts().rolled_back, false);
  EXPECT_EQ(watch.watermark("vc-uuid-2")->snapshot, 1000);
  snapshot("snapshot-499", clocks.server + minutes(30));
  EXPECT_EQ(look(), Kinds{kRolledBack}) << "the other's doubt does not stand for this one's";
}

TEST_F(WatermarkTest, AStepInSomebodyElsesWordsIsAStepAllTheSame) {
  EXPECT_GT(clock_step_of({.endpoint_uuid = "", .kind = kClockStep, .text = "?", .since = {}}),
            kClockSlack);
  EXPECT_GT(
      clock_step_of(
          {.endpoint_uuid = "", .kind = kClockStep, .text = "a clock jumped by", .since = {}}),
      kClockSlack);
}

}  // namespace
}  // namespace agent
