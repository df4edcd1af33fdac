// Laws of marks, verifications, settling and slots.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "policy/dispatch.h"
#include "policy/marker.h"
#include "tests/law/any_vm.h"
#include "tests/unit/policy/settle_worlds.h"

using namespace policy_test;
using policy::Marker;
using policy::NextStep;
using policy::Operation;
using policy::OpKind;
using policy::OpLook;
using policy::OpState;
using policy::Settled;
using policy::Verified;
using policy::VmImage;
using std::chrono::seconds;

namespace {

// ---- Marks

std::string any_text() {
  return *rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::element<char>('a', '~', '=', ' ', '\n', '\r', '.', '%', '\0'),
                     rc::gen::arbitrary<char>()));
}

Marker any_marker() {
  Marker marker{"op" + any_text(), *rc::gen::inRange(1, 1000), any_text(), any_text(), any_text(),
                any_text(),        *rc::gen::arbitrary<bool>()};
  return marker;
}

RC_GTEST_PROP(MarkerLaw, WhatWasWrittenIsRead, ()) {
  const Marker marker = any_marker();
  const auto found = policy::find_marker(policy::marker_description(marker, "00ff", any_text()));
  RC_ASSERT(found);
  RC_ASSERT(found->marker == marker);
  RC_ASSERT(found->mac == "00ff");
}

RC_GTEST_PROP(MarkerLaw, AChangedByteIsNoMarkOrAnotherText, ()) {
  const Marker marker = any_marker();
  std::string line = policy::marker_description(marker, "00ff", "");
  const auto at = *rc::gen::inRange<std::size_t>(0, line.size());
  const char old = line[at];
  line[at] = *rc::gen::arbitrary<char>();
  RC_PRE(line[at] != old);
  const auto found = policy::find_marker(line);
  RC_ASSERT((!found || found->mac != "00ff" ||
             policy::marker_signed_text(found->marker) != policy::marker_signed_text(marker)));
}

RC_GTEST_PROP(MarkerLaw, NamesOfSnapshotsAreShortAndClean, ()) {
  const auto now = policy::Time{std::chrono::hours{*rc::gen::inRange(0, 1000000)}};
  const std::string name = policy::snapshot_name(any_text(), now, any_text());
  RC_ASSERT(name.size() <= 60U);
  RC_ASSERT(name.find_first_of(std::string("%/\\\n\r\0", 6)) == std::string::npos);
}

// ---- Verifications

std::vector<std::string> removable(const SeenVm& vm) {
  std::vector<std::string> moids;
  for (const ModelSnapshot& one : vm.snapshots) {
    if (vm.above(one.moid) <= 1) moids.push_back(one.moid);
  }
  return moids;
}

RC_GTEST_PROP(VerifyLaw, ARemovalIsVerifiedAndOneLayerMoreNever, ()) {
  SeenVm vm = any_history();
  const auto moids = removable(vm);
  RC_PRE(!moids.empty());
  const std::string target = *rc::gen::elementOf(moids);
  const Operation operation = sent(OpKind::Remove, image(vm), target);
  const bool debt = policy::has_flag(built(vm), policy::VmFlag::OrphanDeltas);
  vm.remove(target, SeenVm::Merge::Done);
  VmImage now = image(vm);
  const Verified verdict = policy::verify_removed(operation, now).verdict;
  // Deltas that nobody explained before may be the snapshot's own: then doubt asks for a merge.
  RC_ASSERT((verdict == Verified::Yes || (debt && verdict == Verified::Pending)));
  VmImage raised = now;
  raised.consolidation_needed = true;
  RC_ASSERT(policy::verify_removed(operation, raised).verdict == Verified::Pending);
  RC_PRE((!now.disks.empty() && policy::verify_removed(operation, now).layers));
  const auto disk = *rc::gen::inRange<std::size_t>(0, now.disks.size());
  now.disks[disk].files.insert(now.disks[disk].files.begin(), "[ds1] vm/left.vmdk");
  ++now.disks[disk].depth;
  RC_ASSERT(policy::verify_removed(operation, now).verdict != Verified::Yes);
}

RC_GTEST_PROP(VerifyLaw, ASnapshotIsVerifiedAndOneLayerLessNever, ()) {
  SeenVm vm = any_history();
  Operation operation = sent(OpKind::Create, image(vm));
  const std::string made = vm.create();
  VmImage now = image(vm);
  operation.snapshot = node(now, made);
  RC_ASSERT(policy::verify_created(operation, now).verdict == Verified::Yes);
  RC_PRE(!now.disks.empty());
  const auto disk = *rc::gen::inRange<std::size_t>(0, now.disks.size());
  now.disks[disk].files.erase(now.disks[disk].files.begin());
  RC_ASSERT(policy::verify_created(operation, now).verdict != Verified::Yes);
}

RC_GTEST_PROP(VerifyLaw, ARevertIsVerifiedAndTheStateBeforeNever, ()) {
  SeenVm vm = any_history(Removals::AlwaysMerge);
  RC_PRE(!vm.snapshots.empty());
  const std::string target =
      vm.snapshots[*rc::gen::inRange<std::size_t>(0, vm.snapshots.size())].moid;
  const Operation operation = sent(OpKind::Revert, image(vm), target);
  vm.revert(target);
  const VmImage now = image(vm);
  RC_ASSERT(policy::verify_reverted(operation, now).verdict == Verified::Yes);
  RC_PRE(!operation.before.disks.empty());
  RC_ASSERT(policy::verify_reverted(operation, operation.before).verdict != Verified::Yes);
}

// ---- Settling

/// Any look into any world, with more put wrong.
OpLook any_look(const Operation& operation) {
  const World world = kWorlds[*rc::gen::inRange<std::size_t>(0, kWorlds.size())].first;
  OpLook look = look_into(operation, world, seconds{*rc::gen::inRange(-10, 4000)});
  const auto maybe = [] { return *rc::gen::inRange(0, 8) == 0; };
  if (maybe()) look.history.reset();
  if (maybe()) look.task.reset();
  if (maybe()) look.task_gone = !look.task_gone;
  if (maybe()) look.user.clear();
  if (maybe()) look.marked.clear();
  if (maybe()) look.marked["snapshot-1"] = operation.id;
  if (maybe()) look.change_version = "v9";
  if (maybe()) look.clone_names = {"vm-12"};
  if (maybe()) look.clone.reset();
  if (maybe() && look.vm) look.vm->state.consolidation_needed = true;
  if (maybe() && look.vm) look.vm->disks.clear();
  if (maybe() && look.vm) look.vm->snapshots.clear();
  for (const OpKind kind : kKinds) {
    if (!maybe()) continue;
    policy::TaskSeen task =
        task_of(operation, static_cast<policy::TaskState>(*rc::gen::inRange(0, 5)));
    task.kind = kind;
    task.moid = "task-" + std::to_string(*rc::gen::inRange(7, 10));
    task.known_kind = !maybe();
    if (maybe()) task.user = "anna";
    (task.running() ? look.running
     : look.history ? *look.history
                    : look.history.emplace())
        .push_back(task);
  }
  return look;
}

Operation any_operation() {
  const OpKind kind = kKinds[*rc::gen::inRange<std::size_t>(0, kKinds.size())];
  const OpState state = kStates[*rc::gen::inRange<std::size_t>(0, kStates.size())];
  Operation operation = operation_in(kind, state);
  operation.attempt = *rc::gen::inRange(0, 4);
  if (*rc::gen::arbitrary<bool>()) {
    const World world = kWorlds[*rc::gen::inRange<std::size_t>(0, kWorlds.size())].first;
    const OpLook first = look_into(operation, world, seconds{*rc::gen::inRange(0, 4000)});
    if (first.vm) {
      operation.settling = policy::image_of(*first.vm, first.change_version, first.at);
    }
  }
  return operation;
}

bool marked_in_tree(const Operation& operation, const OpLook& look) {
  if (!look.vm) return false;
  return std::any_of(look.vm->snapshots.begin(), look.vm->snapshots.end(), [&](const auto& one) {
    const auto found = look.marked.find(one.moid);
    return found != look.marked.end() && found->second == operation.id;
  });
}

RC_GTEST_PROP(SettleLaw, NothingIsSentAgainThatMayHaveHappened, ()) {
  const Operation operation = any_operation();
  const OpLook look = any_look(operation);
  const Settled settled = policy::settle(operation, look);
  RC_TAG(std::string(policy::op_state_name(settled.state)));
  const Settled again = policy::settle(operation, look);
  RC_ASSERT((settled.state == again.state && settled.next == again.next &&
             settled.why == again.why && settled.look_at == again.look_at));

  RC_ASSERT(policy::may_become(operation.kind, operation.state, settled.state));
  RC_ASSERT((policy::is_over(settled.state) ==
             (settled.next == NextStep::Nothing || settled.next == NextStep::Retry)));
  RC_ASSERT((settled.next == NextStep::LookAgain) == settled.look_at.has_value());
  RC_ASSERT((!settled.look_at || *settled.look_at >= look.at));
  RC_ASSERT((settled.state == OpState::NeedsOperator) == (settled.next == NextStep::Operator));

  const bool sends = settled.next == NextStep::Retry || settled.next == NextStep::Consolidate;
  const bool judged = !policy::is_over(operation.state);
  if (sends) {
    RC_ASSERT((judged && look.trusted && look.vm && !look.vm->stale));
    RC_ASSERT(look.running.empty());
  }
  if (judged && !look.trusted) RC_ASSERT(!policy::is_over(settled.state));
  if (settled.next == NextStep::Consolidate) {
    RC_ASSERT((operation.kind == OpKind::Remove || operation.kind == OpKind::Consolidate));
  }
  if (settled.next != NextStep::Retry) return;
  RC_ASSERT((operation.kind != OpKind::Revert && operation.kind != OpKind::Destroy));
  if (operation.kind == OpKind::Remove) {
    RC_ASSERT(look.at >= operation.sent + policy::kSettleTime);
    RC_ASSERT(operation.settling.has_value());
  }
  if (operation.kind == OpKind::Create) {
    RC_ASSERT(operation.settling.has_value());
    RC_ASSERT(!marked_in_tree(operation, look));
  }
}

// ---- Slots

RC_GTEST_PROP(DispatchLaw, LimitsHoldAndEveryJobGetsItsTurn, ()) {
  const policy::SlotLimits limits{*rc::gen::inRange(1, 6), *rc::gen::inRange(1, 4),
                                  *rc::gen::inRange(1, 3)};
  policy::Dispatcher slots(limits, std::chrono::minutes{*rc::gen::inRange(0, 60)});
  const int jobs = *rc::gen::inRange(1, 40);
  std::map<policy::Dispatcher::Job, policy::SlotDemand> demands;
  std::vector<policy::Dispatcher::Job> running;
  policy::Time now = kSent;
  std::size_t started = 0;
  const auto name = [](const char* kind, int below) {
    return kind + std::to_string(*rc::gen::inRange(0, below));
  };
  for (int i = 0; i < jobs; ++i) {
    const auto job = static_cast<policy::Dispatcher::Job>(i);
    policy::SlotDemand demand{name("vm-", 20), name("host-", 4), {name("datastore-", 4)}};
    if (*rc::gen::arbitrary<bool>()) demand.datastores.push_back(name("datastore-", 4));
    demands[job] = demand;
    slots.add(job, demand, std::chrono::minutes{*rc::gen::inRange(1, 60)}, now);
    now += std::chrono::minutes{*rc::gen::inRange(0, 30)};
  }
  while (slots.waiting() + slots.running() > 0) {
    while (const auto job = slots.start(now)) {
      running.push_back(*job);
      ++started;
      std::map<std::string, int> used;
      for (const auto one : running) {
        auto datastores = demands[one].datastores;
        std::sort(datastores.begin(), datastores.end());
        datastores.erase(std::unique(datastores.begin(), datastores.end()), datastores.end());
        for (const auto& datastore : datastores) {
          RC_ASSERT(++used[datastore] <= limits.per_datastore);
        }
        RC_ASSERT(++used[demands[one].host] <= limits.per_host);
        RC_ASSERT(++used[demands[one].vm] == 1);
      }
      RC_ASSERT(static_cast<int>(running.size()) <= limits.per_vcenter);
    }
    RC_ASSERT(!running.empty());  // else they would wait for ever
    const auto at = *rc::gen::inRange<std::size_t>(0, running.size());
    slots.finish(running[at]);
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
    now += std::chrono::minutes{7};
  }
  RC_ASSERT(started == static_cast<std::size_t>(jobs));
}

}  // namespace
