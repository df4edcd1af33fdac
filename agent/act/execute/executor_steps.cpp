// From a step to an intent: what may be skipped, what the guards say, what is asked for.
#include <algorithm>
#include <utility>

#include "agent/act/execute/executor_impl.h"

namespace agent {
namespace {

/// A look may serve the step that follows at once; well within the guards' five seconds.
constexpr std::chrono::seconds kStillFresh{2};

bool has_target(policy::OpKind kind) {
  return kind == policy::OpKind::Remove || kind == policy::OpKind::Revert ||
         kind == policy::OpKind::Rename || kind == policy::OpKind::Clone;
}

/// Made for a clone that is over or does not come: the journal may not have that clone, and then
/// takes the snapshot for a good one that has to stay.
void call_left_over(VmLook& look, const std::string& moid) {
  if (!look.vm) return;
  for (policy::Snapshot& snapshot : look.vm->snapshots) {
    if (snapshot.moid == moid) snapshot.leftover = true;
  }
}

}  // namespace

void Executor::Impl::go_on(std::size_t j) {
  JobProgress& of = progress[j];
  const Job& job = jobs[j];
  while (of.next < job.steps.size()) {
    if (const auto end = skipped(job, of)) {
      end_step(j, *end, {});
      continue;
    }
    if (halted()) return;
    try {
      if (try_step(j)) return;
    } catch (const vsphere::Error& error) {
      end_step(j, StepEnd::Failed, error.what());
      survive(error);
    } catch (const storage::Error& error) {
      record.fail(std::current_exception());
      end_step(j, StepEnd::Failed, error.what());
    }
  }
  dispatcher->finish(j);
}

std::optional<StepEnd> Executor::Impl::skipped(const Job& job, const JobProgress& of) const {
  const JobStep& step = job.steps[of.next];
  if (of.open) return StepEnd::NotTried;
  // What was made only to be cloned goes, whatever became of the clone.
  if (step.remove_created) {
    return of.created == StepEnd::Done ? std::nullopt : std::optional(StepEnd::NotTried);
  }
  if (of.stopped) return StepEnd::NotTried;
  if (step.needs_previous && of.previous && of.previous != StepEnd::Done) return StepEnd::NotTried;
  if (step.needs_created && of.created != StepEnd::Done) return StepEnd::NotTried;
  return std::nullopt;
}

void Executor::Impl::end_step(std::size_t j, StepEnd end, std::string text,
                              std::vector<policy::Refusal> refusals) {
  JobProgress& of = progress[j];
  const JobStep& step = jobs[j].steps[of.next];
  StepResult& result = of.results[of.next];
  result.end = end;
  result.text = std::move(text);
  result.refusals = std::move(refusals);
  if (end != StepEnd::NotTried || !of.previous) of.previous = end;
  if (step.kind == policy::OpKind::Create && !of.created) of.created = end;
  const bool goes_on = end == StepEnd::Done || end == StepEnd::NotTried ||
                       (end == StepEnd::Refused && step.kind == policy::OpKind::Remove);
  of.stopped = of.stopped || !goes_on;
  of.open = of.open || end == StepEnd::Open;
  ++of.next;
  ++steps_done;
  if (in.watch.counted) in.watch.counted(steps_done, steps_total);
}

bool Executor::Impl::refuse(std::size_t j, std::vector<policy::Refusal> refusals) {
  std::string text = describe(refusals);
  end_step(j, StepEnd::Refused, std::move(text), std::move(refusals));
  return false;
}

VmLook Executor::Impl::look_for(std::size_t j, const std::string& vm) {
  std::optional<VmLook>& last = progress[j].last_look;
  if (last && last->vm && last->vm->identity.moid == vm &&
      endpoint.now() - last->at <= kStillFresh) {
    // Its owners are those of before: what was made since is ours now.
    in.guards.own(*last->vm);
    return *std::exchange(last, std::nullopt);
  }
  last.reset();
  for (;;) {
    try {
      VmLook seen = looker.look(vm);
      lost = 0;
      return seen;
    } catch (const vsphere::Error& error) {
      // Nothing was asked for yet: a connection that broke while it was idle costs no step.
      if (!is_about_the_connection(error.kind())) throw;
      survive(error);
      if (halted()) throw;
    }
  }
}

CallQuestion Executor::Impl::question(const Job& job, const VmLook& look, policy::OpKind kind,
                                      const std::string& own) {
  CallQuestion asked{.kind = kind, .look = look};
  asked.endpoint = in.guards.endpoint();
  asked.policy = in.guards.policy(job);
  asked.instance_uuid = job.vm.instance_uuid;
  asked.now = endpoint.now();
  if (!look.vm) return asked;
  asked.facts = in.guards.vm(job, *look.vm);
  asked.facts.host = look.host;
  asked.facts.read = look.at;
  asked.facts.unfinished = "";
  for (const policy::Operation& open : in.journal.operations({.endpoint_uuid = job.vm.endpoint_uuid,
                                       .vm_moid = job.vm.moid,
                                       .run = {},
                                       .policy = {},
                                       .state = {},
                                       .open_only = true})) {
    if (open.id != own) asked.facts.unfinished = open.id;
  }
  std::vector<std::string> tasks;
  for (const policy::TaskSeen& task : endpoint.board().running_on(look.vm->identity.moid)) {
    tasks.push_back(describe(task));
  }
  asked.facts.tasks = std::move(tasks);
  return asked;
}

policy::NodeImage Executor::Impl::target_of(std::size_t j) const {
  const JobProgress& of = progress[j];
  const JobStep& step = jobs[j].steps[of.next];
  const bool made_here =
      step.remove_created || (step.kind == policy::OpKind::Clone && step.snapshot.moid.empty());
  if (made_here && of.created == StepEnd::Done) return of.made;
  return has_target(step.kind) ? step.snapshot : policy::NodeImage{};
}

bool Executor::Impl::try_step(std::size_t j) {
  const Job& job = jobs[j];
  JobProgress& of = progress[j];
  const JobStep& step = job.steps[of.next];
  if (step.kind == policy::OpKind::Destroy) return try_destroy(j);
  const bool clones = std::any_of(job.steps.begin(), job.steps.end(), [](const JobStep& one) {
    return one.kind == policy::OpKind::Clone;
  });
  // The helper's row says whom it serves, before that one is begun.
  if (clones && of.clone_op.empty()) of.clone_op = new_id(endpoint.now());
  const bool is_clone = step.kind == policy::OpKind::Clone;
  // A snapshot that no clone follows is in the way until it is merged.
  if (step.helper && !may_be_cloned(j)) return false;
  Active one;
  policy::CloneImage image;
  if (is_clone && !prepare_clone(j, one, image)) return false;
  one.guard = look_for(j, job.vm.moid);
  if (step.remove_created) call_left_over(*one.guard, of.made.moid);
  const VmLook& look = *one.guard;
  CallQuestion asked = question(job, look, step.kind, {});
  asked.for_clone = step.helper;
  asked.by_operator = step.named_by_operator;
  asked.snapshot = target_of(j);
  auto refusals = call_refusals(asked, in.forced);
  if (!refusals.empty()) return refuse(j, std::move(refusals));
  one.op = make_intent({.job = job,
                        .step = step,
                        .look = look,
                        .now = asked.now,
                        .id = is_clone ? of.clone_op : new_id(asked.now),
                        .serves = step.helper || step.remove_created ? of.clone_op : "",
                        .target = asked.snapshot,
                        .forced = overridden(asked, in.forced)},
                       author);
  one.choice.windows = look.windows;
  one.choice.suppress_power_on = step.suppress_power_on;
  one.choice.new_name = step.new_name.has_value();
  one.choice.new_description = step.new_description.has_value();
  if (is_clone) intend_clone(one, std::move(image));
  return begin(j, std::move(one));
}

}  // namespace agent
