// From a look to what follows: every operation, of this run or an earlier one, goes through here.
#include <algorithm>
#include <utility>

#include "agent/act/execute/copy_claim.h"
#include "agent/act/execute/executor_impl.h"
#include "agent/act/execute/failpoint.h"
#include "agent/act/execute/ladder.h"
#include "storage/copies.h"
#include "storage/watch.h"

namespace agent {
namespace {

constexpr std::chrono::seconds kAskForTask{10};
/// One look may answer several questions in a row, but not more than there are states.
constexpr int kQuestions = 8;

const policy::Snapshot* find(const std::optional<policy::Vm>& vm, const std::string& moid) {
  if (!vm) return nullptr;
  for (const policy::Snapshot& snapshot : vm->snapshots) {
    if (snapshot.moid == moid) return &snapshot;
  }
  return nullptr;
}

/// How far the content of a snapshot can be trusted to be what programs in the guest take for
/// whole.
const char* consistency(const policy::Operation& operation, const policy::Snapshot& made) {
  if (operation.before.power == policy::Power::Off) return "powered-off";
  if (operation.memory) return "memory";
  return operation.quiesced && made.quiesced ? "quiesced" : "crash";
}

std::uint64_t bytes_of(const policy::Vm& vm) {
  std::uint64_t sum = 0;
  for (const policy::Disk& disk : vm.disks) {
    for (const policy::Layer& layer : disk.layers) {
      if (!layer.inherited) sum += layer.bytes;
    }
  }
  return sum;
}

/// By datastore, what a removal had to merge.
std::map<std::string, std::uint64_t> merged_bytes(const policy::Vm& before,
                                                  const std::string& snapshot) {
  std::map<std::string, std::uint64_t> bytes;
  for (const policy::Disk& disk : before.disks) {
    for (const policy::Layer& layer : disk.layers) {
      if (layer.snapshot == snapshot) bytes[disk.datastore] += layer.bytes;
    }
  }
  return bytes;
}

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
    one.op.why = error.what();
    one.op.updated = endpoint.now();
    one.due = one.op.updated + policy::kLookApart;
    return;
  }
  policy::Settled settled;
  for (int i = 0; i < kQuestions; ++i) {
    const policy::OpState before = one.op.state;
    settled = policy::settle(one.op, seen.look);
    if (!apply(one, settled, seen)) break;
    const bool ask_again = settled.next == policy::NextStep::LookAgain && settled.state != before &&
                           settled.look_at <= seen.look.at;
    if (!ask_again) break;
  }
  go_on_after(one, settled, seen);
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
  op.why = settled.why;
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
  if (op.state == policy::OpState::Intent) {  // another attempt was sent, or could not be
    return;
  }
  if (policy::is_over(op.state) || op.state == policy::OpState::NeedsOperator) return end(one);
  switch (settled.next) {
    case policy::NextStep::Wait: {
      one.end_seen = false;
      one.due = seen.look.at + kAskForTask;
      return;
    }
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
  if (seen.look.at - op.sent > policy::kUnknownFinding) end(one);
}

bool Executor::Impl::before_done(Active& one, const OperationLook& seen) {
  policy::Operation& op = one.op;
  if (op.kind == policy::OpKind::Create) {
    if (const policy::Snapshot* made = find(seen.look.vm, op.snapshot.moid)) {
      op.evidence.push_back({"consistency", consistency(op, *made)});
    }
  }
  if (op.kind == policy::OpKind::Clone && op.clone && seen.look.clone) {
    op.clone->moid = seen.look.clone->identity.moid;
    op.clone->instance_uuid = seen.look.clone->identity.instance_uuid;
    op.clone->name = seen.look.clone->identity.name;
    op.clone->change_version = seen.clone->change_version;
    op.clone->folder = seen.clone->folder;
    op.clone->bytes = bytes_of(*seen.look.clone);
  }
  failpoint(op.kind, Boundary::BeforeDone);
  try {
    storage::Copies copies(in.journal);
    const auto rows = op.kind == policy::OpKind::Clone || op.kind == policy::OpKind::Destroy
                          ? copies.copies(op.vm.endpoint_uuid)
                          : std::vector<storage::Copy>{};
    const std::string& id = op.kind == policy::OpKind::Destroy ? op.job : op.id;
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const storage::Copy& copy) { return copy.op == id; });
    if (op.kind == policy::OpKind::Clone && row == rows.end() && op.clone) {
      storage::Copy copy;
      copy.op = op.id;
      copy.source = op.vm;
      copy.policy = op.policy;
      copy.taken = op.snapshot.moid.empty() ? op.sent : op.snapshot.created;
      copy.verified = op.updated;
      copy.image = *op.clone;
      copy.endpoint_uuid = op.vm.endpoint_uuid;
      copy.mac = copy_mac(in.key, copy);
      copies.add(copy, record.audit(op));
    } else if (op.kind == policy::OpKind::Destroy && row != rows.end() &&
               row->state == storage::CopyState::Made) {
      storage::Copy copy = *row;
      copy.state = storage::CopyState::Deleted;
      copy.why = "deleted by operation " + op.id;
      copies.update(copy, record.audit(op));
    }
  } catch (const storage::Error&) {
    record.fail(std::current_exception());
    return false;
  }
  return true;
}

void Executor::Impl::after_done(Active& one, OperationLook& seen) {
  failpoint(one.op.kind, Boundary::AfterDone);
  if (record.broken()) return;
  try {
    note_merge(one);
    if (one.op.kind == policy::OpKind::Clone || !seen.vm.vm) return;
    in.guards.own(*seen.vm.vm);  // what was made just now is ours now
    in.store.update_vm(endpoint.endpoint(), *seen.vm.vm, seen.vm.at);
    if (one.job) progress[*one.job].last_look = seen.vm;
  } catch (const storage::Error& error) {
    // The journal has what counts; the next scan sees the rest.
    if (in.watch.said)
      in.watch.said(std::string("what was seen of ") + one.op.vm.name +
                    " could not be stored: " + error.what());
  }
}

void Executor::Impl::note_merge(const Active& one) {
  if (one.op.kind != policy::OpKind::Remove || !one.guard || !one.guard->vm) return;
  const policy::TaskSeen* const task = endpoint.board().find(one.op.task);
  if (task == nullptr || !task->completed || one.op.attempt > 1) return;
  const auto took = std::chrono::round<std::chrono::seconds>(*task->completed - task->queued);
  storage::Watch watch(in.journal);
  for (const auto& [datastore, bytes] : merged_bytes(*one.guard->vm, one.op.snapshot.moid)) {
    if (bytes == 0 || took <= std::chrono::seconds{0}) continue;
    watch.add_merge({.endpoint_uuid = one.op.vm.endpoint_uuid,
                     .vm_moid = one.op.vm.moid,
                     .datastore = datastore,
                     .at = one.op.updated,
                     .bytes = bytes,
                     .took = took});
  }
}

void Executor::Impl::consolidate(Active& one, const OperationLook& seen) {
  policy::Operation& op = one.op;
  if (halted()) return end(one);
  const Job job = one.job ? jobs[*one.job] : job_of(op);
  CallQuestion asked = question(job, seen.vm, policy::OpKind::Consolidate, op.id);
  asked.instance_uuid = op.vm.instance_uuid;
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
  failpoint(policy::OpKind::Consolidate, Boundary::AfterTask);
  if (op.task.empty()) end(one);
}

bool Executor::Impl::try_again(Active& one, const OperationLook& seen) {
  if (!one.job || halted()) return false;
  const JobStep& step = jobs[*one.job].steps[one.step];
  const std::string text = seen.look.task ? seen.look.task->fault_text : std::string{};
  if (!tries_without(step.quiesce, one.op, text)) return false;
  return attempt(one, seen.vm, kCrashConsistent, false);
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
    one.op.why += "; no other attempt: " + describe(refusals);
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
