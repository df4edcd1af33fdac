// Scans that came to nothing are remembered until one does not.
#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ScanFailures : public testing::Test {
 protected:
  TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
};

TEST_F(ScanFailures, TellSinceWhenHowOftenAndWhyAtLast) {
  store.note_scan_failure("prod", at(1), "unreachable", "no route");
  store.note_scan_failure("prod", at(2), "unreachable", "no route");
  store.note_scan_failure("prod", at(3), "login", "it's \"wrong\"");
  EXPECT_THAT(store.scan_failures(), ElementsAre(ScanFailure{.endpoint = "prod",
                                                             .since = at(1),
                                                             .last = at(3),
                                                             .count = 3,
                                                             .kind = "login",
                                                             .message = "it's \"wrong\""}));
}

TEST_F(ScanFailures, OfEndpointsThatNeverAnsweredAreKeptInOrderOfTheirNames) {
  store.note_scan_failure("zeta", at(1), "unreachable", "z");
  store.note_scan_failure("alpha", at(2), "unreachable", "a");
  const auto kept = Store::open(dir.file(), Access::ReadOnly).scan_failures();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].endpoint, "alpha");
  EXPECT_EQ(kept[1].endpoint, "zeta");
}

TEST_F(ScanFailures, AreForgottenByTheNextScanOfThatEndpointThatCloses) {
  for (const ScanOutcome outcome : {ScanOutcome::Complete, ScanOutcome::Partial}) {
    store.note_scan_failure("prod", at(1), "unreachable", "no route");
    store.note_scan_failure("other", at(1), "unreachable", "no route");
    scan(store, at(2), {make_vm(1)}, outcome);
    const auto kept = store.scan_failures();
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].endpoint, "other");
  }
  store.note_scan_failure("prod", at(3), "unreachable", "again");
  EXPECT_EQ(store.scan_failures().back().since, at(3)) << "counted anew";
  EXPECT_EQ(store.scan_failures().back().count, 1u);
}

TEST_F(ScanFailures, AreKeptByAScanThatIsDropped) {
  store.note_scan_failure("prod", at(1), "unreachable", "no route");
  {
    ScanWriter writer = store.begin_scan(endpoint(), at(2));
    writer.put(make_vm(1));
    writer.commit_page();
  }
  EXPECT_EQ(store.scan_failures().size(), 1u);
}

TEST_F(ScanFailures, AreNotNotedInAStateOpenedForReading) {
  Store reading = Store::open(dir.file(), Access::ReadOnly);
  const Error error =
      error_of([&] { reading.note_scan_failure("prod", at(1), "unreachable", "no route"); });
  EXPECT_EQ(error.kind(), ErrorKind::Unwritable);
  EXPECT_THAT(error.what(), HasSubstr(dir.file()));
  EXPECT_THAT(store.scan_failures(), IsEmpty());
}

}  // namespace
}  // namespace storage::test
