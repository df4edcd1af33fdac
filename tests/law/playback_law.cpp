// Laws of playing a VM forward, for chains, policies and growth that nobody thought of.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "policy/playback.h"
#include "policy/thresholds.h"
#include "tests/unit/policy/played_vm.h"

namespace {

using namespace policy;
using std::chrono::hours;

struct Scene {
  Vm vm;
  Policy policy;
  std::vector<Time> runs, ticks;
  std::vector<DiskWrites> writes;
};

Scene any_scene() {
  const auto gib =
      *rc::gen::resize(29, rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 60)));
  Scene scene;
  scene.vm = vm_with_deltas({gib.begin(), gib.end()});
  for (Snapshot& snapshot : scene.vm.snapshots) {
    snapshot.owner = *rc::gen::weightedElement<Owner>({{3, Owner::Ours}, {1, Owner::Foreign}});
    snapshot.pinned = *rc::gen::weightedElement<bool>({{5, false}, {1, true}});
  }
  scene.policy = keeping_last(*rc::gen::inRange(1, 12),
                              *rc::gen::element(Method::Snapshot, Method::Retain, Method::Clone));
  if (*rc::gen::arbitrary<bool>()) scene.policy.rules.cap.depth = *rc::gen::inRange(1, 10);
  if (*rc::gen::arbitrary<bool>()) scene.policy.mark_delay = hours{*rc::gen::inRange(0, 72)};
  Time at = noon(22);
  for (int i = *rc::gen::inRange(0, 25); i > 0; --i) {
    at += hours{*rc::gen::inRange(1, 40)};
    scene.runs.push_back(at);
    if (i % 3 == 0) scene.ticks.push_back(at + hours{1});
  }
  scene.writes = {*rc::gen::arbitrary<bool>() ? writes_of(*rc::gen::inRange(0, 5)) : DiskWrites{}};
  return scene;
}

void play_scene(const Scene& scene, const std::function<void(const PlayedMoment&)>& seen) {
  play({.vm = scene.vm,
        .policy = &scene.policy,
        .runs = scene.runs,
        .ticks = scene.ticks,
        .writes = scene.writes,
        .now = noon(22),
        .until = noon(22) + hours{24 * 50},
        .create_refused = {},
        .removal_refused = {},
        .copies = {}},
       seen);
}

RC_GTEST_PROP(PlaybackLaw, TimeNeverGoesBackAndEstimatesStayInOrder, ()) {
  const Scene scene = any_scene();
  Time last{};
  play_scene(scene, [&](const PlayedMoment& moment) {
    RC_ASSERT(moment.at >= last);
    last = moment.at;
    const PlayedDisk& disk = moment.disks[0];
    RC_ASSERT(played_probes_best(disk) == played_probes(disk).best);
    for (const PlayedDelta& delta : disk.deltas) {
      RC_ASSERT(delta.bytes.low <= delta.bytes.best * (1 + 1e-9) + 1);
      RC_ASSERT(delta.bytes.best <= delta.bytes.high * (1 + 1e-9) + 1);
    }
  });
}

RC_GTEST_PROP(PlaybackLaw, WhatIsForeignOrPinnedIsNeverRemoved, ()) {
  const Scene scene = any_scene();
  std::set<std::string> held;
  for (const Snapshot& snapshot : scene.vm.snapshots) {
    if (snapshot.owner == Owner::Foreign || snapshot.pinned) held.insert(snapshot.moid);
  }
  play_scene(scene, [&](const PlayedMoment& moment) {
    std::set<std::string> there;
    for (const PlayedSnapshot& one : moment.snapshots) there.insert(one.id);
    RC_ASSERT(std::includes(there.begin(), there.end(), held.begin(), held.end()));
  });
}

RC_GTEST_PROP(PlaybackLaw, NoCreateGoesBeyondTheDepthThatRefuses, ()) {
  const Scene scene = any_scene();
  const int most = std::max(scene.vm.depth, kDepthRefuse);
  play_scene(scene, [&](const PlayedMoment& moment) { RC_ASSERT(moment.depth <= most); });
}

RC_GTEST_PROP(PlaybackLaw, EverySnapshotHasItsDeltaAndOneIsCurrent, ()) {
  const Scene scene = any_scene();
  play_scene(scene, [](const PlayedMoment& moment) {
    RC_ASSERT(moment.disks[0].deltas.size() == moment.snapshots.size());
    const auto current = std::count_if(moment.snapshots.begin(), moment.snapshots.end(),
                                       [](const PlayedSnapshot& one) { return one.current; });
    RC_ASSERT(current == (moment.snapshots.empty() ? 0 : 1));
    for (std::size_t i = 0; i < moment.snapshots.size(); ++i) {
      RC_ASSERT(moment.disks[0].deltas[i].snapshot == moment.snapshots[i].serial);
    }
  });
}

RC_GTEST_PROP(PlaybackLaw, ARemovalTakesOneLayerAndMakesNothingLarger, ()) {
  const Scene scene = any_scene();
  int depth = 0;
  double bytes = 0;
  play_scene(scene, [&](const PlayedMoment& moment) {
    const double now = moment.disks[0].delta_bytes().best;
    if (moment.event == PlayedEvent::Remove) {
      RC_ASSERT(moment.depth == depth - 1);
      RC_ASSERT(now <= bytes * (1 + 1e-9) + 1);
    }
    depth = moment.depth;
    bytes = now;
  });
}

}  // namespace
