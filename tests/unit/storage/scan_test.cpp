#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// As it is read when the last scan did not reach it.
policy::Vm stale(policy::Vm vm) {
  vm.stale = true;
  return vm;
}

class Scan : public testing::Test {
 protected:
  TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
};

TEST_F(Scan, GivesBackEveryVmAsItWasPut) {
  const std::vector<policy::Vm> put{make_vm(1), make_vm(2, 0), make_vm(3, 5)};
  const ScanSummary summary = scan(store, at(2), put);
  EXPECT_EQ(all_vms(store), put);
  EXPECT_EQ(summary.vms, 3u);
  EXPECT_EQ(summary.finished, at(2));
}

TEST_F(Scan, OrdersVmsByEndpointAndName) {
  scan(store, at(1), {make_vm(9, 1, "zeta")}, ScanOutcome::Complete, endpoint("zeta"));
  scan(store, at(1), {make_vm(3), make_vm(1), make_vm(2)});
  std::vector<std::string> names;
  for (const policy::Vm& vm : all_vms(store)) {
    names.push_back(vm.identity.endpoint + ":" + vm.identity.name);
  }
  EXPECT_THAT(names, ElementsAre("prod:web-1", "prod:web-2", "prod:web-3", "zeta:web-9"));
  EXPECT_EQ(all_vms(store, "zeta").size(), 1u);
  EXPECT_THAT(all_vms(store, "no-such"), IsEmpty());
}

TEST_F(Scan, IsInvisibleUntilItIsClosed) {
  scan(store, at(1), {make_vm(1, 1), make_vm(2, 1)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  writer.put(make_vm(1, 7));
  writer.put(make_vm(3, 7));
  writer.commit_page();
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, 1), make_vm(2, 1)}));
  EXPECT_THAT(store.find_vms("web-3"), IsEmpty());
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(1));
  EXPECT_EQ(store.scans(10).size(), 1u);
  writer.close(ScanOutcome::Complete, {}, at(2, 5));
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, 7), make_vm(3, 7)}));
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(1, 7));
}

TEST_F(Scan, LeavesTheStateAsItWasWhenDropped) {
  scan(store, at(1), {make_vm(1, 1)});
  {
    ScanWriter writer = store.begin_scan(endpoint(), at(2));
    writer.put(make_vm(1, 7));
    writer.put(make_vm(2, 7));
    writer.commit_page();
  }
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 1)});
  scan(store, at(3), {make_vm(1, 2)});
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 2)});
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(1, 2));
  EXPECT_THAT(store.history(make_vm(2).identity, policy::Time{}), IsEmpty());
  EXPECT_THAT(gone_names(store), IsEmpty());
  EXPECT_EQ(store.scans(10).size(), 2u);
}

TEST_F(Scan, MarksAbsentVmsGoneWhenComplete) {
  scan(store, at(1), {make_vm(1), make_vm(2)});
  scan(store, at(2), {make_vm(1), make_vm(2)});
  scan(store, at(3), {make_vm(1)});
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1)});
  ASSERT_EQ(store.gone_vms().size(), 1u);
  EXPECT_EQ(store.gone_vms()[0].identity, make_vm(2).identity);
  EXPECT_EQ(store.gone_vms()[0].last_seen, at(2));
}

TEST_F(Scan, ConcludesNothingFromAbsenceWhenPartial) {
  scan(store, at(1), {make_vm(1, 1), make_vm(2, 1)});
  const ScanSummary partial = scan(store, at(2), {make_vm(1, 2)}, ScanOutcome::Partial);
  EXPECT_EQ(partial.outcome, ScanOutcome::Partial);
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, 2), stale(make_vm(2, 1))}));
  EXPECT_THAT(gone_names(store), IsEmpty());
  ASSERT_EQ(store.known_vms("uuid-of-prod").size(), 1u);
  EXPECT_EQ(store.known_vms("uuid-of-prod")[0], make_vm(1).identity);
  EXPECT_THAT(depths(store, make_vm(2).identity), ElementsAre(1)) << "no sample without a look";
}

TEST_F(Scan, RemembersWhenAVmThatIsGoneWasLastSeenAcrossPartialScans) {
  scan(store, at(1), {make_vm(1), make_vm(2)});
  scan(store, at(2), {make_vm(1)}, ScanOutcome::Partial);
  scan(store, at(3), {make_vm(1)}, ScanOutcome::Partial);
  scan(store, at(4), {make_vm(1)});
  ASSERT_EQ(store.gone_vms().size(), 1u);
  EXPECT_EQ(store.gone_vms()[0].last_seen, at(1));
}

TEST_F(Scan, WithNoVmAtAllStillCounts) {
  scan(store, at(1), {make_vm(1)});
  scan(store, at(2), {});
  EXPECT_THAT(all_vms(store), IsEmpty());
  EXPECT_THAT(gone_names(store), ElementsAre("web-1"));
  EXPECT_EQ(store.last_scans()[0].vms, 0u);
}

TEST_F(Scan, KeepsTheLaterOfTwoPutsOfOneVm) {
  scan(store, at(1), {make_vm(1, 1)});
  for (const int last : {3, 1}) {  // 1: back to what is stored, so nothing may stay staged
    ScanWriter writer = store.begin_scan(endpoint(), at(last + 1));
    writer.put(make_vm(1, 2));
    writer.put(make_vm(2, 2));
    writer.commit_page();
    writer.put(make_vm(1, last));
    writer.put(make_vm(2, 4));
    EXPECT_EQ(writer.close(ScanOutcome::Complete, {}, at(last + 1)).vms, 2u);
    EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, last), make_vm(2, 4)}));
  }
}

TEST_F(Scan, SummariesTellEndpointTimesAndWhatIsMissing) {
  scan(store, at(1), {make_vm(1)});
  scan(store, at(2), {make_vm(9, 1, "edge")}, ScanOutcome::Partial, endpoint("edge"));
  scan(store, at(3), {make_vm(1), make_vm(2)});
  const auto last = store.last_scans();
  ASSERT_EQ(last.size(), 2u);
  EXPECT_EQ(last[0].endpoint, endpoint("edge"));
  EXPECT_EQ(last[0].outcome, ScanOutcome::Partial);
  EXPECT_THAT(last[0].missing, ElementsAre("host esx-2 did not answer"));
  EXPECT_EQ(last[1].endpoint, endpoint("prod"));
  EXPECT_EQ(last[1].started, at(2, 59));
  EXPECT_EQ(last[1].finished, at(3));
  EXPECT_EQ(last[1].vms, 2u);
  const auto newest = store.scans(2);
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].finished, at(3));
  EXPECT_EQ(newest[1].finished, at(2));
}

TEST_F(Scan, OfAnEndpointThatIsBeingScannedIsRefused) {
  const ScanWriter first = store.begin_scan(endpoint(), at(1));
  const Error error = error_of([&] { store.begin_scan(endpoint(), at(1)); });
  EXPECT_EQ(error.kind(), ErrorKind::Failed);
  EXPECT_THAT(error.what(), HasSubstr("another scan of it is still open"));
}

TEST_F(Scan, OfTwoEndpointsMayBeOpenAtOnce) {
  ScanWriter first = store.begin_scan(endpoint("a"), at(1));
  ScanWriter second = store.begin_scan(endpoint("b"), at(1));
  first.put(make_vm(1, 1, "a"));
  second.put(make_vm(1, 2, "b"));
  first.commit_page();
  second.commit_page();
  first.put(make_vm(2, 1, "a"));
  first.close(ScanOutcome::Complete, {}, at(2));
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, 1, "a"), make_vm(2, 1, "a")}));
  second.close(ScanOutcome::Complete, {}, at(2));
  EXPECT_EQ(all_vms(store, "b"), std::vector{make_vm(1, 2, "b")});
}

TEST_F(Scan, TakesNothingMoreOnceClosed) {
  ScanWriter writer = store.begin_scan(endpoint(), at(1));
  writer.close(ScanOutcome::Complete, {}, at(1));
  EXPECT_THAT(error_of([&] { writer.put(make_vm(1)); }).what(), HasSubstr("was closed before"));
  EXPECT_THAT(error_of([&] { writer.close(ScanOutcome::Complete, {}, at(1)); }).what(),
              HasSubstr("was closed before"));
}

TEST_F(Scan, OfAnEndpointWithoutUuidIsRefused) {
  policy::Endpoint nameless = endpoint();
  nameless.uuid.clear();
  EXPECT_THAT(error_of([&] { store.begin_scan(nameless, at(1)); }).what(), HasSubstr("no uuid"));
}

TEST_F(Scan, FollowsAnEndpointThatWasRenamedInTheConfig) {
  scan(store, at(1), {make_vm(1)});
  scan(store, at(2), {make_vm(1, 3, "main")}, ScanOutcome::Complete,
       {.name = "main", .uuid = "uuid-of-prod", .api = "8", .product = "p", .is_host = false});
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 3, "main")});
  EXPECT_THAT(depths(store, make_vm(1, 3, "main").identity), ElementsAre(2, 3));
}

TEST_F(Scan, HidesTheVmsOfAnEndpointWhoseNameNowMeansAnother) {
  scan(store, at(1), {make_vm(1), make_vm(2)});
  policy::Endpoint rebuilt = endpoint();
  rebuilt.uuid = "another";
  scan(store, at(2), {make_vm(7)}, ScanOutcome::Complete, rebuilt);
  EXPECT_EQ(all_vms(store), std::vector{make_vm(7)});
  EXPECT_EQ(store.last_scans().size(), 1u);
}

TEST_F(Scan, ReplacesDatastoresWhenCompleteAndAddsToThemWhenPartial) {
  const policy::Datastore one{.endpoint = "prod",
                              .moid = "datastore-1",
                              .name = "a",
                              .type = "vsan",
                              .capacity_bytes = 10,
                              .free_bytes = 5,
                              .accessible = false,
                              .native_snapshots = true,
                              .se_sparse = {},
                              .vmfs_sparse = false,
                              .vsan_sparse = true};
  policy::Datastore two = one;
  two.moid = "datastore-2";
  two.name = "b";
  const auto put = [&](const policy::Datastore& datastore, ScanOutcome outcome) {
    ScanWriter writer = store.begin_scan(endpoint(), at(1));
    writer.put(datastore);
    writer.close(outcome, {}, at(1));
  };
  put(one, ScanOutcome::Complete);
  put(two, ScanOutcome::Partial);
  EXPECT_EQ(store.datastores(), (std::vector{one, two}));
  put(two, ScanOutcome::Complete);
  EXPECT_EQ(store.datastores(), std::vector{two});
}

TEST_F(Scan, FindsAVmByNameRawNamePathAndMoid) {
  policy::Vm odd = make_vm(5);
  odd.identity.name = "a/b";
  odd.identity.raw_name = "a%2fb";
  scan(store, at(1), {make_vm(1), odd, make_vm(2)});
  for (const char* text : {"a/b", "a%2fb", "vm-5", "/DC0/vm/prod/web-5"}) {
    EXPECT_EQ(store.find_vms(text), std::vector{odd}) << text;
  }
  EXPECT_THAT(store.find_vms("A/B"), IsEmpty()) << "names are exact";
  EXPECT_THAT(store.find_vms(""), IsEmpty());
}

TEST_F(Scan, ReadsStayOnOneStateWhileTheSinkClosesAnother) {
  scan(store, at(1), {make_vm(1, 1), make_vm(2, 1), make_vm(3, 1)});
  std::vector<int> seen;
  store.for_each_vm({}, [&](const policy::Vm& vm) {
    if (seen.empty()) scan(store, at(2), {make_vm(1, 9), make_vm(2, 9)});
    seen.push_back(vm.depth);
    EXPECT_EQ(store.find_vms("web-2")[0].depth, 1) << "a read inside a read sees the same state";
  });
  EXPECT_THAT(seen, ElementsAre(1, 1, 1));
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, 9), make_vm(2, 9)}));
}

TEST_F(Scan, AListOverTwoEndpointsIsOfOneMoment) {
  scan(store, at(1), {make_vm(1, 1, "a")}, ScanOutcome::Complete, endpoint("a"));
  scan(store, at(1), {make_vm(2, 1, "b")}, ScanOutcome::Complete, endpoint("b"));
  std::vector<int> seen;
  store.for_each_vm({}, [&](const policy::Vm& vm) {
    if (seen.empty()) {
      scan(store, at(2), {make_vm(2, 9, "b")}, ScanOutcome::Complete, endpoint("b"));
    }
    seen.push_back(vm.depth);
  });
  EXPECT_THAT(seen, ElementsAre(1, 1));
}

TEST_F(Scan, ForgetsAPageThatBrokeOff) {
  scan(store, at(1), {make_vm(1, 1), make_vm(2, 1)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  writer.put(make_vm(1, 5));
  writer.commit_page();
  writer.put(make_vm(2, 5));
  writer.put(make_vm(3, 5));
  writer.discard_page();
  EXPECT_EQ(writer.close(ScanOutcome::Partial, {"page 2"}, at(2)).vms, 1u);
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, 5), stale(make_vm(2, 1))}));
}

TEST_F(Scan, NamesTheVmsInSightThatItHasNotSeen) {
  scan(store, at(1), {make_vm(1), make_vm(2), make_vm(3), make_vm(4)});
  scan(store, at(2), {make_vm(1), make_vm(2), make_vm(3)});
  ScanWriter writer = store.begin_scan(endpoint(), at(3));
  writer.put(make_vm(1));
  writer.commit_page();
  writer.put(make_vm(2, 5));
  EXPECT_THAT(writer.absent(), ElementsAre(make_vm(3).identity)) << "4 was gone before";
  writer.put(make_vm(3));
  EXPECT_THAT(writer.absent(), IsEmpty());
}

TEST_F(Scan, StoresAPageThatIsNeverEndedPieceByPiece) {
  ScanWriter writer = store.begin_scan(endpoint(), at(1));
  std::vector<policy::Vm> put;
  for (int i = 1000; i < 2500; ++i) put.push_back(make_vm(i, 4));
  for (const policy::Vm& vm : put) writer.put(vm);
  EXPECT_EQ(writer.close(ScanOutcome::Complete, {}, at(1)).vms, put.size());
  EXPECT_EQ(all_vms(store), put);
}

TEST_F(Scan, ASinkThatThrowsEndsTheRead) {
  scan(store, at(1), {make_vm(1, 1), make_vm(2, 1)});
  EXPECT_THROW(store.for_each_vm({}, [](const policy::Vm&) { throw std::runtime_error("stop"); }),
               std::runtime_error);
  scan(store, at(2), {make_vm(1, 4)});
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 4)}) << "a read left open would see the old one";
}

}  // namespace
}  // namespace storage::test
