// A VM that every guard lets pass, for tests that spoil one thing of it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "policy/guard.h"

namespace policy::guarded {

inline const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
constexpr std::uint64_t kGiB = 1ULL << 30U;

/// A healthy VM with two snapshots of ours, about which everything is known.
struct Scene {
  Scene() {
    vm.identity.endpoint = "prod";
    vm.identity.moid = "vm-1";
    vm.identity.name = "web";
    vm.place.host = "host-1";
    vm.place.datastores = {"ds-1"};
    vm.state.connection = Connection::Connected;
    vm.snapshots = {snapshot("s1", std::chrono::hours(48)), snapshot("s2", std::chrono::hours(24))};
    vm.snapshots[1].parent = "s1";
    vm.snapshots[1].current = true;
    Disk disk;
    disk.label = "Hard disk 1";
    disk.datastore = "ds-1";
    disk.kind = DeltaKind::SeSparse;
    disk.depth = 2;
    disk.layers = {layer("web-2.vmdk", 1, "s2"), layer("web-1.vmdk", 1, "s1"),
                   layer("web.vmdk", 9, nullptr)};
    vm.disks = {disk};
    vm.depth = vm.tree_depth = 2;
    datastore.endpoint = "prod";
    datastore.moid = "ds-1";
    datastore.name = "fast";
    datastore.capacity_bytes = 100 * kGiB;
    datastore.free_bytes = 50 * kGiB;
    endpoint.armed = true;
    endpoint.scan_complete = true;
    endpoint.shrunken = EndpointFacts::Shrunken{.before = 100, .gone = 0};
    endpoint.clock_skew = std::chrono::seconds(1);
    endpoint.clock_step = std::chrono::seconds(0);
    endpoint.rolled_back = false;
    endpoint.database_restored = false;
    policy.armed = true;
    policy.name = "daily";
    facts.unfinished = "";
    facts.tasks.emplace();
    facts.host = HostState::Ready;
    facts.shared.emplace();
    facts.read = kNow;
  }

  static Layer layer(const char* file, std::uint64_t gib, const char* snapshot) {
    Layer one;
    one.file = file;
    one.bytes = gib * kGiB;
    if (snapshot != nullptr) one.snapshot = snapshot;
    return one;
  }

  static Snapshot snapshot(const char* moid, std::chrono::microseconds age) {
    Snapshot one;
    one.moid = one.name = moid;
    one.owner = Owner::Ours;
    one.policy = "daily";
    one.on_current_path = true;
    one.created = kNow - age;
    return one;
  }

  GuardInput input() const {
    datastores = {datastore_known ? &datastore : nullptr};
    return {vm, kNow, endpoint, policy, facts, datastores};
  }

  std::string create(Moment moment = Moment::Plan, Act act = Act::Create) const {
    return text(refusals(input(), act, moment, forced));
  }
  std::string remove(Moment moment = Moment::Plan) const {
    return text(refusals(input(), Act::Remove, moment, forced));
  }
  /// Asked with and without the knowledge that a whole plan has.
  std::string remove_snapshot(std::size_t index, Moment moment = Moment::Plan) const {
    GuardInput known = input();
    const std::string told = text(removal_refusals(known, vm.snapshots[index], moment, forced));
    known.straight = is_straight(vm);
    EXPECT_EQ(text(removal_refusals(known, vm.snapshots[index], moment, forced)), told);
    return told;
  }

  /// "rule:verdict" of each, so that a test sees all that was said.
  static std::string text(const std::vector<Refusal>& refusals) {
    std::string all;
    for (const Refusal& one : refusals) {
      all += (all.empty() ? "" : " ") + one.rule + ":" + verdict_name(one.verdict);
      EXPECT_FALSE(one.text.empty()) << one.rule;
      if (one.verdict != Verdict::NotLookedAt && !one.text.starts_with("not known")) {
        EXPECT_FALSE(one.evidence.empty()) << one.rule;
      }
    }
    return all;
  }

  Vm vm;
  Datastore datastore;
  EndpointFacts endpoint;
  PolicyFacts policy;
  VmFacts facts;
  std::set<std::string> forced;
  bool datastore_known = true;
  mutable std::vector<const Datastore*> datastores;
};

}  // namespace policy::guarded
