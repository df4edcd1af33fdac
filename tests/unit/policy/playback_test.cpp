#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "played_vm.h"

namespace policy {
namespace {

using std::chrono::hours;

struct Told {
  PlayedEvent event;
  Time at;
  int depth;
  std::uint64_t merge_bytes;
  std::string why;
  double bytes;
  std::vector<std::string> ids;
  double copy_bytes;
  int copies;
};

struct Scene {
  Vm vm = vm_with_deltas({1, 1});
  Policy policy = keeping_last(2);
  std::vector<Time> runs = daily_runs(22, 5);
  std::vector<Time> ticks;
  std::vector<DiskWrites> writes{writes_of(1)};
  std::string create_refused, removal_refused;
  std::optional<PlayedCopies> copies;
  Time now = noon(21) + hours{1};
  bool with_policy = true;
  bool takes_over = false;

  std::vector<Told> play() const {
    std::vector<Told> told;
    policy::play({.vm = vm,
                  .policy = with_policy ? &policy : nullptr,
                  .runs = runs,
                  .ticks = ticks,
                  .writes = writes,
                  .now = now,
                  .until = noon(28),
                  .create_refused = create_refused,
                  .removal_refused = removal_refused,
                  .copies = copies,
                  .takes_over = takes_over},
                 [&](const PlayedMoment& moment) {
                   Told one{
                       moment.event, moment.at,
                       moment.depth, moment.merge_bytes,
                       moment.why,   moment.disks.empty() ? 0 : moment.disks[0].delta_bytes().best,
                       {},           moment.copy_bytes,
                       moment.copies};
                   for (const PlayedSnapshot& snapshot : moment.snapshots)
                     one.ids.push_back(snapshot.id);
                   told.push_back(std::move(one));
                 });
    return told;
  }
};

int most(const std::vector<Told>& told, PlayedEvent event) {
  int depth = 0;
  for (const Told& one : told) {
    if (one.event == event) depth = std::max(depth, one.depth);
  }
  return depth;
}

std::size_t times(const std::vector<Told>& told, PlayedEvent event) {
  return static_cast<std::size_t>(
      std::count_if(told.begin(), told.end(), [&](const Told& one) { return one.event == event; }));
}

TEST(Playback, KeepingTwoLeavesThreeDeltasBetweenRunsAndFourDuring) {
  const auto told = Scene{}.play();
  EXPECT_EQ(most(told, PlayedEvent::RunEnd), 3);
  EXPECT_EQ(most(told, PlayedEvent::Create), 4);
  EXPECT_EQ(times(told, PlayedEvent::Create), 5U);
}

TEST(Playback, ADiskWhoseLayersWereNotShownHasItsDepth) {
  Scene scene;
  const auto shown = scene.play();
  scene.vm.disks[0].layers.clear();
  const auto told = scene.play();
  ASSERT_EQ(told.size(), shown.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i].depth, shown[i].depth) << i;
    EXPECT_EQ(told[i].ids, shown[i].ids) << i;
  }
}

TEST(Playback, JudgesOnlyWhatItsPolicyMadeUnlessItTakesOver) {
  Scene scene;
  for (Snapshot& one : scene.vm.snapshots) one.policy = "gone";
  EXPECT_EQ(most(scene.play(), PlayedEvent::RunEnd), 5) << "two that stay, two and a marked one";
  scene.takes_over = true;
  EXPECT_EQ(most(scene.play(), PlayedEvent::RunEnd), 3);
}

TEST(Playback, WhatItMakesIsThePolicys) {
  const Scene scene;
  int made = 0;
  play({.vm = scene.vm,
        .policy = &scene.policy,
        .runs = scene.runs,
        .ticks = {},
        .writes = scene.writes,
        .now = scene.now,
        .until = noon(28),
        .create_refused = {},
        .removal_refused = {},
        .copies = {}},
       [&](const PlayedMoment& moment) {
         for (const PlayedSnapshot& one : moment.snapshots) {
           EXPECT_EQ(one.policy, "daily");
           made += one.id.starts_with("new-") ? 1 : 0;
         }
       });
  EXPECT_GT(made, 0);
}

TEST(Playback, ADateThatNoCalendarHasRefusesBothWays) {
  Scene scene;
  scene.policy.rules.keep.counts["daily"] = {.min = 0, .max = 1};
  using namespace std::chrono;
  scene.policy.zone =
      Zone("Test/Zone", {{sys_days{year{1970} / 1 / 1}, hours{1}}}, sys_days{year{2100} / 1 / 1});
  EXPECT_EQ(times(scene.play(), PlayedEvent::Refuse), 0U);
  scene.vm.snapshots[0].created = sys_days{year{1960} / 1 / 1};
  const auto told = scene.play();
  EXPECT_EQ(times(told, PlayedEvent::Refuse), scene.runs.size());
  EXPECT_EQ(times(told, PlayedEvent::Remove), 0U);
  for (const Told& one : told) {
    const bool refused = one.event == PlayedEvent::Refuse;
    EXPECT_EQ(one.why, refused ? "time-out-of-range" : "");
  }
}

TEST(Playback, AForkStays) {
  Scene scene;
  scene.vm = vm_with_deltas({1, 1, 1});
  Snapshot branch = scene.vm.snapshots[1];
  branch.moid = "branch";
  branch.on_current_path = false;
  scene.vm.snapshots.push_back(branch);  // beside the second one, above the first
  for (const Told& one : scene.play()) EXPECT_EQ(one.ids.front(), "s19");
}

TEST(Playback, ACopierTakesAwayWhatACopyLeft) {
  Scene scene;
  scene.policy = keeping_last(2, Method::Clone);
  scene.vm.snapshots[1].leftover = true;
  const auto told = scene.play();
  EXPECT_EQ(told.front().ids, (std::vector<std::string>{"s20", "s21"}));
  EXPECT_EQ(told.back().ids, std::vector<std::string>{"s20"});
}

TEST(Playback, WithNoDelayTheSameRunRemoves) {
  Scene scene;
  scene.policy.mark_delay = std::chrono::seconds{0};
  const auto told = scene.play();
  EXPECT_EQ(most(told, PlayedEvent::RunEnd), 2);
  EXPECT_EQ(most(told, PlayedEvent::Create), 3);
}

TEST(Playback, AMarkWaitsForItsDelay) {
  Scene scene;
  scene.policy.mark_delay = hours{48};
  const auto told = scene.play();
  EXPECT_EQ(most(told, PlayedEvent::RunEnd), 4);
}

TEST(Playback, ACapShrinksWhatIsKept) {
  Scene scene;
  scene.policy = keeping_last(9);
  scene.policy.rules.cap.depth = 4;
  const auto told = scene.play();
  EXPECT_EQ(most(told, PlayedEvent::Create), 4);
}

TEST(Playback, RemovesTheOldestIntoTheBaseAndTellsItsBytes) {
  const auto told = Scene{}.play();
  const auto removal = std::find_if(
      told.begin(), told.end(), [](const Told& one) { return one.event == PlayedEvent::Remove; });
  ASSERT_NE(removal, told.end());
  EXPECT_EQ(removal->at, noon(23));
  EXPECT_EQ(removal->merge_bytes, kGiB);
  EXPECT_EQ(removal->ids.front(), "s21");
}

TEST(Playback, AMergeIntoADeltaCountsBlocksThatBothHaveOnce) {
  Scene scene;
  scene.vm = vm_with_deltas({50, 50, 1});
  scene.vm.snapshots[0].pinned = true;
  scene.policy = keeping_last(1);
  scene.policy.mark_delay = std::chrono::seconds{0};
  scene.runs = daily_runs(22, 1);
  scene.writes = {writes_of(0)};
  const auto told = scene.play();
  // 50 and 50 of 100 GiB hold 75 together, with the third delta's 1 GiB 75.25.
  EXPECT_NEAR(told.back().bytes / static_cast<double>(kGiB), 75.25, 0.01);
  EXPECT_EQ(told.back().ids, (std::vector<std::string>{"s19", "new-4"}));
}

TEST(Playback, TheDepthLimitRefusesTheTwentyNinth) {
  Scene scene;
  scene.vm = vm_with_deltas(std::vector<double>(27, 1));
  scene.policy.rules.keep.counts["last"] = {.min = 0, .max = std::nullopt};
  const auto told = scene.play();
  EXPECT_EQ(times(told, PlayedEvent::Create), 1U);
  EXPECT_EQ(times(told, PlayedEvent::Refuse), 4U);
  EXPECT_EQ(told.back().depth, 28);
  EXPECT_EQ(std::find_if(told.begin(), told.end(),
                         [](const Told& one) { return one.event == PlayedEvent::Refuse; })
                ->why,
            "depth-limit");
}

TEST(Playback, AGuardThatRefusesNowRefusesEachRun) {
  Scene scene;
  scene.create_refused = "merge-debt";
  scene.removal_refused = "merge-debt";
  const auto told = scene.play();
  EXPECT_EQ(times(told, PlayedEvent::Refuse), 5U);
  EXPECT_EQ(told.back().depth, 2);
}

TEST(Playback, RetainOnlyMakesNothing) {
  Scene scene;
  scene.vm = vm_with_deltas({1, 1, 1, 1});
  scene.policy = keeping_last(2, Method::Retain);
  const auto told = scene.play();
  EXPECT_EQ(times(told, PlayedEvent::Create), 0U);
  EXPECT_EQ(told.back().depth, 2);
}

TEST(Playback, ACopyLeavesNoSnapshotAndKeepsItsCount) {
  Scene scene;
  scene.vm = vm_with_deltas({});
  scene.policy = keeping_last(2, Method::Clone);
  scene.copies = PlayedCopies{.datastore = "backup", .deletes_old = true};
  const auto told = scene.play();
  EXPECT_EQ(most(told, PlayedEvent::Create), 1);
  EXPECT_EQ(told.back().depth, 0);
  EXPECT_EQ(told.back().copies, 2);
  EXPECT_NEAR(told.back().copy_bytes, 80.0 * static_cast<double>(kGiB), 1e9);
}

TEST(Playback, CopiesPileUpWhereNobodyMayDeleteThem) {
  Scene scene;
  scene.vm = vm_with_deltas({});
  scene.policy = keeping_last(2, Method::Clone);
  scene.copies = PlayedCopies{.datastore = "backup", .deletes_old = false};
  EXPECT_EQ(scene.play().back().copies, 5);
}

TEST(Playback, AnIndependentDiskGetsNoDelta) {
  Scene scene;
  Disk disk = scene.vm.disks[0];
  disk.key = 2001;
  disk.mode = "independent_persistent";
  disk.depth = 0;
  disk.layers = {disk.layers.back()};
  scene.vm.disks.push_back(disk);
  scene.writes.push_back(writes_of(1));
  int deltas = 0;
  play({.vm = scene.vm,
        .policy = &scene.policy,
        .runs = scene.runs,
        .ticks = {},
        .writes = scene.writes,
        .now = scene.now,
        .until = noon(28),
        .create_refused = {},
        .removal_refused = {},
        .copies = {}},
       [&](const PlayedMoment& moment) {
         deltas = static_cast<int>(moment.disks[1].deltas.size());
       });
  EXPECT_EQ(deltas, 0);
}

TEST(Playback, AnotherProductsYoungBackupIsGoneWithinADayAndAPersonsSnapshotStays) {
  Scene scene;
  scene.with_policy = false;
  scene.vm.snapshots[0].owner = Owner::Foreign;
  scene.vm.snapshots[0].name = "before the update";
  scene.vm.snapshots[1].owner = Owner::Foreign;
  scene.vm.snapshots[1].name = "VEEAM BACKUP TEMPORARY SNAPSHOT";
  const auto told = scene.play();
  EXPECT_EQ(told.back().ids, std::vector<std::string>{"s20"});
  EXPECT_EQ(told.back().depth, 1);
  const auto gone = std::find_if(told.begin(), told.end(), [](const Told& one) {
    return one.event == PlayedEvent::ForeignGone;
  });
  ASSERT_NE(gone, told.end());
  EXPECT_EQ(gone->at, noon(22));
}

TEST(Playback, PlaysTheSameTwice) {
  const auto once = Scene{}.play();
  const auto again = Scene{}.play();
  ASSERT_EQ(once.size(), again.size());
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].at, again[i].at);
    EXPECT_EQ(once[i].ids, again[i].ids);
    EXPECT_EQ(once[i].bytes, again[i].bytes);
  }
}

TEST(Playback, RefusesMoreThanFourHundredDays) {
  const Scene scene;
  const PlaybackInput input{.vm = scene.vm,
                            .policy = nullptr,
                            .runs = {},
                            .ticks = {},
                            .writes = scene.writes,
                            .now = scene.now,
                            .until = scene.now + hours{401 * 24},
                            .create_refused = {},
                            .removal_refused = {},
                            .copies = {}};
  EXPECT_THROW(play(input, [](const PlayedMoment&) {}), std::invalid_argument);
}

TEST(WriteModel, TakesTheMedianOfDeltasThatLivedAboutAsLong) {
  const WriteModel model({{hours{24}, 10}, {hours{24}, 20}, {hours{24}, 90}, {hours{168}, 5000}},
                         {});
  EXPECT_DOUBLE_EQ(model.after(hours{24}).best, 20);
  EXPECT_DOUBLE_EQ(model.after(hours{168}).best, 5000);
}

TEST(WriteModel, ForALongerLifeExpectsAtMostAProportionalDelta) {
  const WriteModel model({{hours{24}, 100}}, {});
  const GrowthRange day = model.after(hours{24});
  const GrowthRange four = model.after(hours{4 * 24});
  EXPECT_DOUBLE_EQ(four.low, day.low);
  EXPECT_DOUBLE_EQ(four.best, 2 * day.best);
  EXPECT_DOUBLE_EQ(four.high, 4 * day.high);
}

TEST(WriteModel, OfOneDeltaLeavesRoomForAThirdAndThriceAsMuch) {
  const GrowthRange day = WriteModel({{hours{24}, 100}}, {}).after(hours{24});
  EXPECT_NEAR(day.low, 33, 1);
  EXPECT_DOUBLE_EQ(day.best, 100);
  EXPECT_NEAR(day.high, 300, 2);
}

TEST(WriteModel, ReadsFrozenDeltasOffTheChainButNotTheRunningOne) {
  const Vm vm = vm_with_deltas({1, 2, 3});
  const auto frozen = frozen_deltas(vm, vm.disks[0]);
  EXPECT_EQ(frozen, (std::vector<FrozenDelta>{{hours{24}, kGiB}, {hours{24}, 2 * kGiB}}));
}

TEST(WriteModel, ReadsFrozenDeltasOffTheHistoryOnlyWhereLooksAreClose) {
  std::vector<GrowthSample> samples;
  for (int hour = 0; hour < 50; ++hour) {  // a snapshot at hours 10 and 34
    const int age = hour < 10 ? hour : hour < 34 ? hour - 10 : hour - 34;
    samples.push_back({.time = noon(1) + hours{hour},
                       .running_bytes = static_cast<std::uint64_t>(100 * (age + 1)),
                       .depth = hour < 10   ? 1
                                : hour < 34 ? 2
                                            : 3,
                       .max_depth = 0});
  }
  EXPECT_EQ(frozen_deltas(samples), (std::vector<FrozenDelta>{{hours{23}, 2400}}));
  std::erase_if(samples, [](const GrowthSample& one) {
    return (one.time - noon(1)) % hours{12} != hours{0};
  });
  EXPECT_TRUE(frozen_deltas(samples).empty());
}

}  // namespace
}  // namespace policy
