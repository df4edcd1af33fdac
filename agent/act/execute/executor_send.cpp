// The one place that sends: the intent first, then the call, then what came back.
#include <stdexcept>
#include <utility>

#include "agent/act/execute/executor_impl.h"
#include "agent/act/execute/failpoint.h"

namespace agent {

bool Executor::Impl::begin(std::size_t j, Active made) {
  JobProgress& of = progress[j];
  const policy::OpKind kind = made.op.kind;
  failpoint(kind, Boundary::BeforeIntent);
  try {
    record.begin(made.op);
  } catch (const storage::Error& error) {
    if (error.kind() == storage::ErrorKind::Conflict) {
      policy::Refusal busy;
      busy.rule = "unfinished-operation";
      busy.text = error.what();
      refuse(j, {std::move(busy)});
    } else {
      end_step(j, StepEnd::Failed, error.what());
    }
    return false;
  }
  failpoint(kind, Boundary::AfterIntent);
  made.job = j;
  made.step = of.next;
  made.slot = Active::Slot::Held;
  made.handle = j;
  made.demand = jobs[j].demand;
  Active& one = active.emplace_back(std::move(made));
  if (may_send(one)) send(one);
  if (!policy::is_over(one.op.state)) return true;
  const auto place = std::prev(active.end());
  StepResult& result = of.results[of.next];
  result.operation = one.op;
  const bool stopped_before = halted() && one.op.task.empty();
  end_step(j, stopped_before ? StepEnd::Interrupted : StepEnd::Failed, one.op.why);
  active.erase(place);
  return false;
}

bool Executor::Impl::may_send(Active& one) {
  policy::Operation& op = one.op;
  const policy::Time now = endpoint.now();
  const char* why = nullptr;
  if (in.stop.stop_requested()) why = "it was not sent: we were asked to stop";
  if (one.guard && now - one.guard->at > policy::kFreshRead) {
    why = "it was not sent: writing the intent took so long that what the guards saw is too old";
  }
  if (why == nullptr) return true;
  op.state = policy::OpState::Failed;
  op.why = why;
  op.updated = now;
  op.ended = now;
  record.update(op);
  return false;
}

void Executor::Impl::send(Active& one) {
  policy::Operation& op = one.op;
  try {
    op.task = endpoint.send(op, one.choice);
  } catch (const vsphere::Error& error) {
    note_failed_call(one, error);
    return;
  } catch (const std::invalid_argument& error) {  // refused before it was sent
    op.state = policy::OpState::Failed;
    op.why = error.what();
    op.ended = op.updated;
    record.update(op);
    return;
  }
  failpoint(op.kind, Boundary::AfterCall);
  one.end_seen = false;
  one.puzzled.reset();
  op.updated = endpoint.now();
  if (op.task.empty()) {  // done when it is answered
    one.due = op.updated;
    return;
  }
  op.state = policy::OpState::Task;
  op.why = "the server has a task for it";
  one.due = op.updated + kAskForTask;
  record.update(op);
  failpoint(op.kind, Boundary::AfterTask);
}

void Executor::Impl::note_failed_call(Active& one, const vsphere::Error& error) {
  policy::Operation& op = one.op;
  if (error.kind() == vsphere::ErrorKind::NotAuthenticated && send_after_login(one)) return;
  op.updated = endpoint.now();
  op.why = error.what() + std::exchange(one.declined, {});
  if (error.fault()) op.fault = error.fault()->type;
  if (error.kind() == vsphere::ErrorKind::Interrupted) stopped = true;
  if (error.outcome() == vsphere::Outcome::Unknown) {
    op.state = policy::OpState::Unknown;
    op.next_look = op.updated;
    one.due = op.updated;
  } else {
    op.state = policy::OpState::Failed;
    op.ended = op.updated;
  }
  record.update(op);
  if (op.state == policy::OpState::Unknown) failpoint(op.kind, Boundary::AfterLost);
}

bool Executor::Impl::send_after_login(Active& one) {
  // The session has logged in again and the call was not executed. It is decided on anew, once;
  // a revert and a deletion are sent once, whatever comes.
  const bool once = one.op.kind == policy::OpKind::Revert || one.op.kind == policy::OpKind::Destroy;
  if (once || one.op.attempt > 1 || !one.job || halted()) return false;
  try {
    const VmLook look = looker.look(one.op.vm.moid);
    return attempt(one, look, "the session had expired; after a new login and look", true);
  } catch (const vsphere::Error& error) {
    survive(error);
    return false;
  }
}

bool Executor::Impl::attempt(Active& one, const VmLook& look, const char* why, bool quiesce) {
  const Job& job = jobs[*one.job];
  const JobStep& step = job.steps[one.step];
  CallQuestion asked = question(job, look, one.op.kind, one.op.id);
  asked.for_clone = step.helper;
  asked.by_operator = step.named_by_operator;
  asked.snapshot = one.op.snapshot;
  const auto refusals = call_refusals(asked, in.forced);
  if (!refusals.empty()) {
    one.declined = "; no other attempt: " + describe(refusals);
    return false;
  }
  policy::Operation intent = one.op;
  const bool gives_way = intent.quiesced && !quiesce;
  intent.quiesced = intent.quiesced && quiesce;
  another_attempt(intent, look, asked.now, author, step.helper, gives_way ? why : "");
  intent.why = why;
  leave_out(intent, one.choice);
  failpoint(intent.kind, Boundary::BeforeIntent);
  try {
    record.intend(intent);
  } catch (const storage::Error&) {
    return false;
  }
  one.op = std::move(intent);
  one.guard = look;
  failpoint(one.op.kind, Boundary::AfterIntent);
  if (may_send(one)) send(one);
  return true;
}

void Executor::Impl::consolidate(Active& one, const OperationLook& seen) {
  policy::Operation& op = one.op;
  if (halted()) return end(one);
  const Job job = one.job ? jobs[*one.job] : job_of(op);
  CallQuestion asked = question(job, seen.vm, policy::OpKind::Consolidate, op.id);
  asked.instance_uuid = op.vm.instance_uuid;
  // Nothing was scanned yet: `run` asks again when the guards know what they go by.
  if (!asked.endpoint.rolled_back) {
    one.due = asked.now + policy::retry_after(1);
    return end(one);
  }
  const auto refusals = call_refusals(asked, in.forced);
  if (!refusals.empty()) {
    op.why = "a consolidation is due, but " + describe(refusals);
    op.next_look = asked.now + policy::retry_after(1);
    op.updated = asked.now;
    record.update(op);
    one.due = op.next_look;
    return end(one);
  }
  failpoint(policy::OpKind::Consolidate, Boundary::BeforeIntent);
  policy::Operation intent = op;
  ++intent.attempt;
  intent.method = "ConsolidateVMDisks_Task";
  intent.sent = intent.updated = asked.now;
  intent.task.clear();
  intent.task_key.clear();
  intent.progress = -1;
  intent.next_look.reset();
  intent.settling.reset();
  try {
    record.intend(intent);
  } catch (const storage::Error&) {
    return end(one);  // the record is broken: nothing is sent, and the run ends with its error
  }
  op = intent;
  failpoint(policy::OpKind::Consolidate, Boundary::AfterIntent);
  try {
    op.task = endpoint.consolidate(op.vm.moid);
    failpoint(policy::OpKind::Consolidate, Boundary::AfterCall);
    op.why = "a consolidation runs";
    one.due = asked.now + kAskForTask;
  } catch (const vsphere::Error& error) {
    // It asks for a state, so that it may be sent again: when it is due.
    if (error.kind() == vsphere::ErrorKind::Interrupted) stopped = true;
    op.why = error.what();
    op.next_look = one.due = asked.now + policy::retry_after(op.attempt);
  }
  one.end_seen = false;
  op.updated = endpoint.now();
  record.update(op);
  failpoint(policy::OpKind::Consolidate,
            op.task.empty() ? Boundary::AfterLost : Boundary::AfterTask);
  if (op.task.empty()) end(one);
}

}  // namespace agent
