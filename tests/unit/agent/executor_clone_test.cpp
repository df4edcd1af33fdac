// Clones: with a helper that goes, linked, and copies that go by retention while nobody used them.
#include "storage/copies.h"
#include "tests/unit/agent/executor_world.h"

namespace agent::test {
namespace {

using policy::OpKind;
using policy::OpState;
using testing::HasSubstr;
using testing::SizeIs;

class AClone : public ExecutorWorld {};

/// Helper snapshot, clone, removal of the helper: what a policy of method clone asks for.
std::vector<JobStep> clone_steps(bool linked) {
  std::vector<JobStep> steps(3);
  steps[0].kind = OpKind::Create;
  steps[0].quiesce = Quiesce::Never;
  steps[0].helper = true;
  steps[1].kind = OpKind::Clone;
  steps[1].needs_previous = true;
  steps[1].clone = CloneTarget{.name = "web copy",
                               .datastore = {},
                               .host = {},
                               .pool = {},
                               .folder = "/DC/vm/copies",
                               .linked = linked,
                               .as_template = false};
  steps[2].kind = OpKind::Remove;
  steps[2].remove_created = true;
  if (linked) steps.pop_back();
  return steps;
}

TEST_F(AClone, ClonesFromAHelperThatGoesWhenTheCloneIsVerified) {
  const auto results = run({job("web", clone_steps(false))});
  ASSERT_THAT(results, SizeIs(3));
  for (const StepResult& result : results) EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_TRUE(vm("web").snapshots.empty());
  // One more than three for each: the folders, once, and what is plugged into the source.
  EXPECT_LE(round_trips(), 13U);
  const sim::Vm& copy = vm("web copy");
  EXPECT_EQ(copy.power, sim::PowerState::Off);
  EXPECT_FALSE(copy.network_connected);
  EXPECT_EQ(copy.disks[0].running->parent, nullptr);
  const auto copies = storage::Copies(journal).copies(uuid);
  ASSERT_THAT(copies, SizeIs(1));
  EXPECT_EQ(copies[0].state, storage::CopyState::Made);
  EXPECT_EQ(copies[0].image.instance_uuid, copy.instance_uuid);
  EXPECT_FALSE(copies[0].mac.empty());
}

TEST_F(AClone, MakesNoHelperForACloneThatHasNoPlace) {
  std::vector<JobStep> steps = clone_steps(false);
  steps[1].clone->datastore = "vautl";
  const auto results = run({job("web", steps)});
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_EQ(results[0].end, StepEnd::Refused);
  EXPECT_THAT(results[0].text, HasSubstr("vautl"));
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 0U);
}

TEST_F(AClone, RemovesTheHelperOfACloneThatWasNotEvenBegun) {
  policy_facts.allow_remove_all = false;  // it is the newest, and no good one
  changed = [this](const policy::Operation& operation) {
    if (operation.kind != OpKind::Create || operation.state != OpState::Done) return;
    rules({{{"method", "RetrievePropertiesEx"},
            {"times", 1},
            {"then", {{"fault", {{"type", "NoPermission"}}}}}}});
  };
  const auto results = run({job("web", clone_steps(false))});
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_EQ(results[1].end, StepEnd::Failed) << results[1].text;
  EXPECT_FALSE(results[1].operation) << "it has no row";
  EXPECT_EQ(results[2].end, StepEnd::Done) << results[2].text;
  EXPECT_TRUE(vm("web").snapshots.empty());
}

TEST_F(AClone, ClonesLinkedFromASnapshot) {
  const auto results = run({job("web", clone_steps(true))});
  for (const StepResult& result : results) EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_NE(vm("web copy").disks[0].running->parent, nullptr);
}

TEST_F(AClone, RemovesTheHelperOfACloneThatFailed) {
  rules({{{"method", "CloneVM_Task"}, {"then", {{"task_error", {{"type", "NoDiskSpace"}}}}}}});
  const auto results = run({job("web", clone_steps(false))});
  EXPECT_EQ(results.at(1).end, StepEnd::Failed) << results.at(1).text;
  EXPECT_EQ(results.at(2).end, StepEnd::Done) << results.at(2).text;
  EXPECT_TRUE(vm("web").snapshots.empty());
  EXPECT_TRUE(storage::Copies(journal).copies(uuid).empty());
}

class ACopy : public AClone {
 protected:
  ACopy() {
    run({job("web", clone_steps(false))});
    copy = vm("web copy").ref.value;
    forget_calls();
  }
  StepResult destroy() {
    JobStep step;
    step.kind = OpKind::Destroy;
    step.copy = storage::Copies(journal).copies(uuid).at(0).op;
    return one("web copy", step);
  }
  storage::CopyState state() { return storage::Copies(journal).copies(uuid).at(0).state; }
  std::string copy;
};

TEST_F(ACopy, IsDeletedWhenNobodyTouchedIt) {
  const StepResult result = destroy();
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_FALSE(world.vms.contains(copy));
  EXPECT_EQ(state(), storage::CopyState::Deleted);
}

TEST_F(ACopy, IsReleasedForEverOnceItWasPoweredOn) {
  touch({{"act", "power_on"}, {"vm", copy}});
  step(std::chrono::minutes{1});
  EXPECT_EQ(destroy().end, StepEnd::Refused);
  EXPECT_EQ(state(), storage::CopyState::Released);
  touch({{"act", "power_off"}, {"vm", copy}});
  step(std::chrono::minutes{1});
  EXPECT_EQ(destroy().end, StepEnd::Refused);
  EXPECT_TRUE(world.vms.contains(copy));
  EXPECT_EQ(calls("Destroy_Task"), 0U);
}

TEST_F(ACopy, IsReleasedThoughItRanOnlyWhileNobodyLooked) {
  for (const char* act : {"power_on", "power_off"}) {
    touch({{"act", act}, {"vm", copy}});
    step(std::chrono::minutes{1});
  }
  EXPECT_EQ(destroy().end, StepEnd::Refused);
  EXPECT_EQ(state(), storage::CopyState::Released);
  EXPECT_EQ(calls("Destroy_Task"), 0U);
}

TEST_F(ACopy, IsReleasedWhenItWasRenamed) {
  {
    const std::lock_guard hold(world.mutex);
    world.vms.at(copy).name = "web restored";
    world.touch(world.vms.at(copy).ref, "name");
  }
  JobStep step;
  step.kind = OpKind::Destroy;
  step.copy = storage::Copies(journal).copies(uuid).at(0).op;
  EXPECT_EQ(one("web restored", step).end, StepEnd::Refused);
  EXPECT_EQ(state(), storage::CopyState::Released);
}

TEST_F(ACopy, IsDeletedOnlyWhileANewerOneStandsUntouched) {
  policy_facts.allow_remove_all = false;
  const StepResult only = destroy();
  EXPECT_EQ(only.end, StepEnd::Refused);
  EXPECT_THAT(only.text, HasSubstr("last-good"));
  EXPECT_EQ(state(), storage::CopyState::Made);
  step(std::chrono::hours{1});
  auto steps = clone_steps(false);
  steps[1].clone->name = "newer";
  run({job("web", steps)});
  const nlohmann::json newer{{"act", "power_on"}, {"vm", vm("newer").ref.value}};
  touch(newer);
  step(std::chrono::minutes{1});
  EXPECT_EQ(destroy().end, StepEnd::Refused);
  EXPECT_EQ(calls("Destroy_Task"), 0U);
  steps[1].clone->name = "newest";
  run({job("web", steps)});
  const StepResult done = destroy();
  EXPECT_EQ(done.end, StepEnd::Done) << done.text;
  EXPECT_FALSE(world.vms.contains(copy));
}

}  // namespace
}  // namespace agent::test
