#include "storage/thin.h"

#include <map>
#include <random>

#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<ScanPoint> axis(const std::vector<policy::Time>& times) {
  std::vector<ScanPoint> points;
  for (const policy::Time time : times) {
    points.push_back({.id = static_cast<std::int64_t>(points.size()) + 1, .finished = time});
  }
  return points;
}

const policy::Time kNow = at(0) + days(100);

TEST(Spans, StayRawFor48Hours) {
  const policy::Time hour = kNow - hours(48);
  const auto points = axis({hour - hours(1), hour - minutes(1), hour, hour + minutes(1)});
  EXPECT_THAT(spans_to_thin(points, kNow), ElementsAre(Span{1, 2}));
  EXPECT_THAT(spans_to_thin(points, kNow - std::chrono::microseconds(1)), IsEmpty())
      << "an hour is thinned only when all of it is past the border";
}

TEST(Spans, StayHourlyFor30Days) {
  const policy::Time day = std::chrono::floor<days>(kNow) - days(31);
  const auto points = axis({day, day + hours(1), day + hours(1) + minutes(1),
                            day + hours(23) + minutes(59), day + hours(24)});
  EXPECT_THAT(spans_to_thin(points, day + days(31)), ElementsAre(Span{1, 2, 3, 4}));
  EXPECT_THAT(spans_to_thin(points, day + days(31) - std::chrono::microseconds(1)),
              ElementsAre(Span{2, 3}));
}

TEST(Spans, OfOneScanAreLeftAlone) {
  EXPECT_THAT(spans_to_thin(axis({at(1), at(2), at(3)}), at(3) + days(3)), IsEmpty());
  EXPECT_THAT(spans_to_thin({}, kNow), IsEmpty());
}

TEST(Spans, LeaveTheFutureAlone) {
  EXPECT_THAT(spans_to_thin(axis({kNow + hours(1), kNow + hours(1)}), kNow), IsEmpty());
}

TEST(Spans, DoNotReachAcrossAClockThatWasSetBack) {
  EXPECT_THAT(spans_to_thin(axis({at(1), at(1, 5), at(5), at(1, 1), at(1, 2)}), at(1) + days(5)),
              ElementsAre(Span{1, 2}, Span{4, 5}));
}

class Thin : public testing::Test {
 protected:
  TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
};

TEST_F(Thin, KeepsTheLastOfASpanAndItsGreatestDepth) {
  for (const auto& [minute, depth] : std::map<int, int>{{0, 2}, {10, 6}, {20, 1}, {50, 3}}) {
    scan(store, at(1, minute), {make_vm(1, depth)});
  }
  scan(store, at(2), {make_vm(1, 3)});
  store.thin_history(at(2) + days(3));
  const auto history = store.history(make_vm(1).identity, policy::Time{});
  ASSERT_EQ(history[0].samples.size(), 2u);
  EXPECT_EQ(history[0].samples[0].time, at(1, 50));
  EXPECT_EQ(history[0].samples[0].depth, 3);
  EXPECT_EQ(history[0].samples[0].max_depth, 6);
  EXPECT_EQ(history[0].samples[1].depth, 3);
  EXPECT_EQ(history[0].samples[1].max_depth, 3) << "a maximum holds in its own span only";
}

TEST_F(Thin, CountsAValueThatHeldIntoTheSpan) {
  scan(store, at(1), {make_vm(1, 9)});
  scan(store, at(2, 0), {make_vm(1, 9)});
  scan(store, at(2, 30), {make_vm(1, 1)});
  store.thin_history(at(2) + days(3));
  const auto history = store.history(make_vm(1).identity, policy::Time{});
  ASSERT_EQ(history[0].samples.size(), 2u);
  EXPECT_EQ(history[0].samples[1].depth, 1);
  EXPECT_EQ(history[0].samples[1].max_depth, 9) << "it was 9 deep at 02:00";
}

TEST_F(Thin, NeverTouchesTheStateOrTheLastScan) {
  for (int minute = 0; minute < 5; ++minute) {
    scan(store, at(1, minute), {make_vm(1, minute), make_vm(2)});
  }
  const auto last = store.last_scans();
  store.thin_history(at(1) + days(4000));
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, 4), make_vm(2)}));
  ASSERT_EQ(store.scans(10).size(), 1u);
  EXPECT_EQ(store.last_scans()[0].id, last[0].id);
  scan(store, at(2) + days(4000), {make_vm(1, 4)});
  EXPECT_EQ(store.gone_vms()[0].last_seen, at(1, 4));
}

TEST_F(Thin, LeavesAnOpenScanAlone) {
  scan(store, at(1, 0), {make_vm(1, 1)});
  scan(store, at(1, 1), {make_vm(1, 2)});
  ScanWriter writer = store.begin_scan(endpoint(), at(5));
  writer.put(make_vm(1, 7));
  writer.commit_page();
  store.thin_history(at(1) + days(40));
  writer.close(ScanOutcome::Complete, {}, at(5) + days(40));
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2, 7));
}

/// What `history` must answer, kept the plain way: every sample of every scan, thinned as a list.
class PlainHistory {
 public:
  void scan(policy::Time time, std::optional<int> depth) {
    points_.push_back({.time = time, .depth = depth, .max_depth = depth.value_or(0)});
  }
  void thin(policy::Time now) {
    std::vector<Point> kept;
    for (const Point& point : points_) {
      if (kept.empty() || !together(kept.back().time, point.time, now)) {
        kept.push_back(point);
        continue;
      }
      Point& last = kept.back();
      last.time = point.time;
      if (!point.depth) continue;
      last.max_depth = last.depth ? std::max(last.max_depth, point.max_depth) : point.max_depth;
      last.depth = point.depth;
    }
    points_ = kept;
  }
  std::vector<std::tuple<policy::Time, int, int>> samples() const {
    std::vector<std::tuple<policy::Time, int, int>> found;
    for (const Point& point : points_) {
      if (point.depth) found.emplace_back(point.time, *point.depth, point.max_depth);
    }
    return found;
  }

 private:
  struct Point {
    policy::Time time{};
    std::optional<int> depth;
    int max_depth = 0;
  };
  static bool together(policy::Time a, policy::Time b, policy::Time now) {
    const auto day = std::chrono::floor<days>(a);
    if (day == std::chrono::floor<days>(b) && day + days(1) <= now - days(30)) return true;
    const auto hour = std::chrono::floor<hours>(a);
    return hour == std::chrono::floor<hours>(b) && hour + hours(1) <= now - hours(48);
  }

  std::vector<Point> points_;
};

std::vector<std::tuple<policy::Time, int, int>> stored(const Store& store, int vm) {
  std::vector<std::tuple<policy::Time, int, int>> found;
  const auto history = store.history(make_vm(vm).identity, policy::Time{});
  if (history.empty()) return found;
  for (const Sample& s : history[0].samples) found.emplace_back(s.time, s.depth, s.max_depth);
  return found;
}

/// One random life of three VMs: changes, absences, hosts that fall away, partial scans, thinning.
void live_and_compare(unsigned seed, bool thin_often) {
  std::mt19937 random(seed);
  const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
  const TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
  std::vector<PlainHistory> plain(3);
  std::vector<int> depth(3, 1);
  policy::Time now = at(0);
  for (int step = 0; step < 60; ++step) {
    now += chance(80) ? minutes(7 + random() % 40) : hours(3 + random() % 200);
    ScanWriter writer = store.begin_scan(endpoint(), now);
    for (int i = 0; i < 3; ++i) {
      const auto n = static_cast<std::size_t>(i);
      if (chance(40)) depth[n] = static_cast<int>(random() % 6);
      const bool absent = chance(15);
      policy::Vm vm = make_vm(i, depth[n]);
      vm.stale = chance(10);
      if (!absent) writer.put(vm);
      plain[n].scan(now, absent || vm.stale ? std::nullopt : std::optional(depth[n]));
    }
    writer.close(chance(70) ? ScanOutcome::Complete : ScanOutcome::Partial, {}, now);
    if (!thin_often || !chance(20)) continue;
    store.thin_history(now);
    for (PlainHistory& history : plain) history.thin(now);
  }
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(stored(store, i), plain[static_cast<std::size_t>(i)].samples())
          << "seed " << seed << " round " << round << " VM " << i;
    }
    if (round == 1) now += days(33);
    store.thin_history(now);
    for (PlainHistory& history : plain) history.thin(now);
  }
}

TEST(ThinLaw, AnswersLikeAListThatWasThinnedOften) {
  for (unsigned seed = 1; seed <= 6; ++seed) live_and_compare(seed, true);
}

TEST(ThinLaw, AnswersLikeAListThatWasThinnedOnceLate) {
  for (unsigned seed = 101; seed <= 106; ++seed) live_and_compare(seed, false);
}

TEST_F(Thin, IsIdempotent) {
  for (int i = 0; i < 40; ++i) scan(store, at(0, i * 17), {make_vm(1, i % 5)});
  store.thin_history(at(0) + days(4));
  const auto once = stored(store, 1);
  store.thin_history(at(0) + days(4));
  EXPECT_EQ(stored(store, 1), once);
  EXPECT_EQ(once.size(), 12u) << "one per hour of 11 h 3 min";
}

}  // namespace
}  // namespace storage::test
