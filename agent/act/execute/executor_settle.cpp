// From a look to what follows: every operation, of this run or an earlier one, goes through here.
#include <algorithm>
#include <utility>

#include "agent/act/execute/executor_impl.h"
#include "agent/act/execute/failpoint.h"
#include "agent/act/execute/ladder.h"

namespace agent {
namespace {

/// One look may answer several questions in a row, but not more than there are states.
constexpr int kQuestions = 8;

/// A rename has no task to wait for, and a consolidation under a removal none of its own.
void note_verify(const policy::Operation& operation) {
  const bool merged = operation.state == policy::OpState::MergePending && !operation.task.empty();
  if (merged) {
    failpoint(policy::OpKind::Consolidate, Boundary::BeforeVerify);
  } else if (operation.state == policy::OpState::Task || operation.kind == policy::OpKind::Rename) {
    failpoint(operation.kind, Boundary::BeforeVerify);
  }
}

bool same_row(const policy::Operation& a, const policy::Operation& b) {
  policy::Operation copy = a;
  copy.updated = b.updated;
  copy.progress = b.progress;
  return copy == b;
}

}  // namespace

Job Executor::Impl::job_of(const policy::Operation& operation) const {
  Job job;
  job.vm = operation.vm;
  job.policy_name = operation.policy;
  return job;
}

void Executor::Impl::settle(Active& one) {
  const policy::TaskSeen* const task = endpoint.board().find(one.op.task);
  const bool cloned = one.op.kind == policy::OpKind::Clone && task != nullptr &&
                      task->state == policy::TaskState::Success;
  // What it was cloned from is what the guards saw.
  const VmLook* const source = cloned && one.guard ? &*one.guard : nullptr;
  note_verify(one.op);
  OperationLook seen;
  try {
    seen = looker.look(one.op, source);
    lost = 0;
    if (seen.vm.vm && one.demand.host.empty()) {
      one.demand.host = seen.vm.vm->place.host;
      one.demand.datastores = seen.vm.vm->place.datastores;
    }
  } catch (const vsphere::Error& error) {
    survive(error);
    return note_failed_look(one, error);
  }
  failpoint(Place::SettleLooked);
  policy::Settled settled;
  for (int i = 0; i < kQuestions; ++i) {
    const policy::OpState before = one.op.state;
    settled = policy::settle(one.op, seen.look);
    if (!apply(one, settled, seen)) break;
    const bool ask_again = settled.next == policy::NextStep::LookAgain && settled.state != before &&
                           settled.look_at <= seen.look.at;
    if (!ask_again) break;
  }
  failpoint(Place::SettleWritten);
  go_on_after(one, settled, seen);
}

void Executor::Impl::note_failed_look(Active& one, const vsphere::Error& error) {
  policy::Operation& op = one.op;
  const bool told = op.why == error.what();
  op.why = error.what();
  op.updated = endpoint.now();
  op.next_look = one.due = op.updated + policy::kLookApart;
  if (!told) record.update(op);
  if (!halted()) end_if_puzzled(one, op.updated);
}

void Executor::Impl::end_if_puzzled(Active& one, policy::Time at) {
  if (!one.puzzled) one.puzzled = at;
  if (at - *one.puzzled > policy::kUnknownFinding) end(one);
}

bool Executor::Impl::apply(Active& one, const policy::Settled& settled, OperationLook& seen) {
  policy::Operation& op = one.op;
  const policy::Operation before = op;
  op.updated = seen.look.at;
  if (settled.next == policy::NextStep::Retry && settled.state == policy::OpState::Failed) {
    op.fault = settled.fault;
    op.why = settled.why;
    if (try_again(one, seen)) return false;
  }
  op.state = settled.state;
  op.why = settled.why + std::exchange(one.declined, {});
  op.fault = settled.fault.empty() ? op.fault : settled.fault;
  op.evidence = settled.evidence;
  op.layers_verified = settled.layers_verified;
  op.next_look = settled.next == policy::NextStep::LookAgain ? settled.look_at : std::nullopt;
  op.settling = settled.settling;
  if (settled.snapshot) op.snapshot = *settled.snapshot;
  if (!settled.task.empty()) {
    op.task = settled.task;
    op.task_key = settled.task_key;
  }
  if (policy::is_over(op.state)) op.ended = op.updated;
  if (op.state == policy::OpState::Done && !before_done(one, seen)) {
    op = before;
    return false;
  }
  if (!same_row(before, op)) record.update(op);
  if (op.state == policy::OpState::Done) after_done(one, seen);
  return true;
}

void Executor::Impl::go_on_after(Active& one, const policy::Settled& settled,
                                 const OperationLook& seen) {
  policy::Operation& op = one.op;
  if (op.state == policy::OpState::Intent) return;  // of a rename that was sent again
  if (policy::is_over(op.state) || op.state == policy::OpState::NeedsOperator) return end(one);
  switch (settled.next) {
    case policy::NextStep::Wait:
      one.end_seen = false;
      one.puzzled.reset();
      one.due = seen.look.at + kAskForTask;
      return;
    case policy::NextStep::Consolidate:
      return consolidate(one, seen);
    case policy::NextStep::LookAgain:
      break;
    case policy::NextStep::Nothing:
    case policy::NextStep::Retry:
    case policy::NextStep::Operator:
      return;  // over, and so handled above
  }
  one.due = settled.look_at.value_or(seen.look.at + policy::kLookApart);
  if (op.state == policy::OpState::MergePending) return end(one);
  const bool sizes_lag =
      op.state == policy::OpState::Result || op.state == policy::OpState::OffTree;
  if (sizes_lag && !one.refreshed) {
    one.refreshed = true;
    try {
      if (endpoint.refresh_storage(op.vm.moid)) one.due = seen.look.at;
    } catch (const vsphere::Error& error) {
      survive(error);  // the next look shows what there is
    }
  }
  end_if_puzzled(one, seen.look.at);
}

bool Executor::Impl::try_again(Active& one, const OperationLook& seen) {
  if (!one.job || halted()) return false;
  const JobStep& step = jobs[*one.job].steps[one.step];
  const std::string text = seen.look.task ? seen.look.task->fault_text : std::string{};
  if (!tries_without(step.quiesce, one.op, text)) return false;
  return attempt(one, seen.vm, kCrashConsistent, false);
}

void Executor::Impl::end(Active& one) {
  const policy::Operation& op = one.op;
  const bool over = policy::is_over(op.state);
  release_slot(one);
  // A pending merge is looked at again when it is due, beside what else there is to do.
  one.finished = op.state != policy::OpState::MergePending;
  if (!one.job) return;
  const std::size_t j = *one.job;
  JobProgress& of = progress[j];
  StepResult& result = of.results[one.step];
  result.operation = op;
  result.took = std::chrono::round<std::chrono::seconds>(op.updated - op.started);
  if (op.kind == policy::OpKind::Clone && op.clone) result.bytes = op.clone->bytes;
  if (op.kind == policy::OpKind::Remove && one.guard && one.guard->vm) {
    for (const auto& [store, bytes] : merged_bytes(*one.guard->vm, op.snapshot.moid)) {
      result.bytes += bytes;
    }
  }
  StepEnd how = over ? StepEnd::Failed : StepEnd::Open;
  std::string text = op.why;
  if (op.state == policy::OpState::Done) how = StepEnd::Done;
  const JobStep& step = jobs[j].steps[one.step];
  const bool was_quiesced =
      std::find(op.evidence.begin(), op.evidence.end(), policy::Evidence{"consistency", "crash"}) ==
      op.evidence.end();
  if (how == StepEnd::Done && step.quiesce == Quiesce::Require && op.quiesced && !was_quiesced) {
    how = StepEnd::Failed;
    text += "; but the server did not bring the guest to rest, which is required: check its Tools";
  }
  // Power and memory were asked for, too, and no look at disks tells of them.
  const bool said_failed = std::any_of(op.evidence.begin(), op.evidence.end(),
                                       [](const auto& told) { return told.key == "fault"; });
  if (how == StepEnd::Done && op.kind == policy::OpKind::Revert && said_failed) {
    how = StepEnd::Failed;
    text += "; look at the VM's power state";
  }
  if (of.next != one.step) {  // a merge that was pending: its job went on long ago
    result.end = how;
    result.text = std::move(text);
    return;
  }
  if (op.kind == policy::OpKind::Create && how == StepEnd::Done && !of.created) {
    of.made = op.snapshot;
  }
  end_step(j, how, std::move(text));
  go_on(j);
}

}  // namespace agent
