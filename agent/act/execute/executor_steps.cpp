// From a step to a call: guards, intent, send.
#include <algorithm>
#include <utility>

#include "agent/act/execute/copy_claim.h"
#include "agent/act/execute/executor_impl.h"
#include "agent/act/execute/failpoint.h"
#include "agent/translate/operation_calls.h"
#include "storage/copies.h"

namespace agent {
namespace {

/// A task that the stream does not show is asked for so often.
constexpr std::chrono::seconds kAskForTask{10};
/// A look may serve the step that follows at once; well within the guards' five seconds.
constexpr std::chrono::seconds kStillFresh{2};

policy::Refusal refusal(const char* rule, std::string text) {
  policy::Refusal one;
  one.rule = rule;
  one.text = std::move(text);
  return one;
}

bool has_target(policy::OpKind kind) {
  return kind == policy::OpKind::Remove || kind == policy::OpKind::Revert ||
         kind == policy::OpKind::Rename || kind == policy::OpKind::Clone;
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

VmLook Executor::Impl::look_for(std::size_t j, const std::string& vm) {
  std::optional<VmLook>& last = progress[j].last_look;
  if (last && last->vm && last->vm->identity.moid == vm &&
      endpoint.now() - last->at <= kStillFresh) {
    // Its owners are those of before: what was made since is ours now.
    in.guards.own(*last->vm);
    return *last;
  }
  VmLook seen = looker.look(vm);
  lost = 0;
  return seen;
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
  if (clones && of.clone_op.empty()) of.clone_op = new_id(endpoint.now());
  Active one;
  policy::CloneImage image;
  if (step.kind == policy::OpKind::Clone && !prepare_clone(j, one, image)) return false;
  one.guard = look_for(j, job.vm.moid);
  of.last_look.reset();
  const VmLook& look = *one.guard;
  CallQuestion asked = question(job, look, step.kind, {});
  asked.for_clone = step.helper;
  asked.by_operator = step.named_by_operator;
  asked.snapshot = target_of(j);
  auto refusals = call_refusals(asked, in.forced);
  if (!refusals.empty()) {
    std::string text = describe(refusals);
    end_step(j, StepEnd::Refused, std::move(text), std::move(refusals));
    return false;
  }
  const bool is_clone = step.kind == policy::OpKind::Clone;
  one.op = make_intent({.job = job,
                        .step = step,
                        .look = look,
                        .now = asked.now,
                        .id = is_clone ? of.clone_op : new_id(asked.now),
                        .serves = step.helper || step.remove_created ? of.clone_op : "",
                        .target = asked.snapshot,
                        .forced = overridden(asked, in.forced)},
                       author);
  one.choice.suppress_power_on = step.suppress_power_on;
  one.choice.new_name = step.new_name.has_value();
  one.choice.new_description = step.new_description.has_value();
  if (is_clone) {
    if (image.folder.empty()) image.folder = look.folder;
    if (image.name.empty()) image.name = clone_name(look.vm->identity.name, asked.now);
    one.op.name = image.name;
    one.op.description =
        "deltakeep: copy of " + look.vm->identity.name + ", operation " + one.op.id;
    one.op.clone = std::move(image);
    leave_out(one.op, one.choice);
  }
  return begin(j, std::move(one));
}

bool Executor::Impl::prepare_clone(std::size_t j, Active& one, policy::CloneImage& image) {
  const JobStep& step = jobs[j].steps[progress[j].next];
  std::vector<policy::Refusal> no;
  const CloneTarget target = step.clone.value_or(CloneTarget{});
  const ClonePlaces::Found found = places.find(target);
  for (const std::string& problem : found.problems) no.push_back(refusal("clone-target", problem));
  image.name = target.name;
  image.path = target.folder;
  image.folder = found.folder;
  image.datastore = found.datastore;
  image.host = found.host;
  image.pool = found.pool;
  image.linked = target.linked;
  image.as_template = target.as_template;
  if (target.linked && target_of(j).moid.empty()) {
    no.push_back(refusal("clone-target", "a linked clone stands on a snapshot: name one"));
  }
  one.choice.source = endpoint.clone_source(jobs[j].vm.moid);
  if (!one.choice.source) {
    no.push_back(refusal("vm-not-seen", "the VM to be cloned is no longer there"));
  } else {
    const CloneDoubts doubts = clone_doubts(*one.choice.source);
    if (doubts.unknown) {
      no.push_back(refusal("unreadable",
                           "the server does not show all devices of the VM, so that "
                           "its clone might lack some"));
    }
    if (doubts.secrets && !step.allow_vtpm) {
      no.push_back(refusal("vtpm",
                           "it is encrypted or has a vTPM, and a clone would hold the same "
                           "keys; to accept that: allow_vtpm = true"));
    }
    if (!doubts.unfit.empty() && !step.partial_clone) {
      no.push_back(refusal("unsupported",
                           "it has an independent disk or an RDM; to leave it out of "
                           "the clone: partial = true"));
    }
    one.choice.leave_out = doubts.unfit;
  }
  if (no.empty()) return true;
  std::string text = describe(no);
  end_step(j, StepEnd::Refused, std::move(text), std::move(no));
  return false;
}

bool Executor::Impl::try_destroy(std::size_t j) {
  const Job& job = jobs[j];
  const JobStep& step = job.steps[progress[j].next];
  const auto refuse = [&](const char* rule, std::string text) {
    std::vector<policy::Refusal> no{refusal(rule, text)};
    end_step(j, StepEnd::Refused, std::move(text), std::move(no));
    return false;
  };
  storage::Copies copies(in.journal);
  const auto rows = copies.copies(endpoint.endpoint().uuid);
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const storage::Copy& one) { return one.op == step.copy; });
  if (row == rows.end() || row->state != storage::CopyState::Made) {
    return refuse("no-claim",
                  "no copy of operation " + step.copy + " is on record as ours to delete");
  }
  storage::Copy copy = *row;
  Job of_clone = job;
  of_clone.vm = {.endpoint = endpoint.endpoint().name,
                 .endpoint_uuid = copy.endpoint_uuid,
                 .moid = copy.image.moid,
                 .instance_uuid = copy.image.instance_uuid,
                 .name = copy.image.name};
  const auto give_up = [&](storage::CopyState state, const std::string& why) {
    copy.state = state;
    copy.why = why;
    policy::Operation told;
    told.updated = endpoint.now();
    told.vm = of_clone.vm;
    storage::AuditEntry entry = record.audit(told);
    entry.action = "copy";
    entry.subject = copy.op;
    entry.text = why;
    copies.update(copy, entry);
  };
  const auto identity = endpoint.identity(copy.image.moid);
  Active one;
  one.guard = looker.look(copy.image.moid);
  lost = 0;
  const VmLook& look = *one.guard;
  if (!identity || !look.vm) {
    if (look.gone) give_up(storage::CopyState::Lost, "somebody else deleted it");
    return refuse("copy-gone", "the copy " + copy.image.name + " is not there");
  }
  if (const auto change = copy_change(copy, in.key, *identity, *look.vm)) {
    if (change->kind == CopyChange::Kind::Released) {
      give_up(storage::CopyState::Released, change->text);
    }
    return refuse(change->kind == CopyChange::Kind::Released ? "copy-released" : "copy-in-doubt",
                  "the copy " + copy.image.name + " stays: " + change->text);
  }
  const CallQuestion asked = question(of_clone, look, policy::OpKind::Destroy, {});
  for (const policy::SharedFile& file :
       asked.facts.shared.value_or(std::vector<policy::SharedFile>{})) {
    if (!file.is_ours) continue;
    give_up(storage::CopyState::Released, file.other_name + " stands on " + file.file);
    return refuse("copy-released", "the copy " + copy.image.name + " stays: " + copy.why);
  }
  auto refusals = call_refusals(asked, in.forced);
  if (!asked.facts.shared) {
    refusals.push_back(
        refusal("shared-files", "not known: whether linked clones stand on its files"));
  }
  if (!refusals.empty()) {
    std::string text = describe(refusals);
    end_step(j, StepEnd::Refused, std::move(text), std::move(refusals));
    return false;
  }
  one.op = make_intent({.job = of_clone,
                        .step = step,
                        .look = look,
                        .now = asked.now,
                        .id = new_id(asked.now),
                        .serves = copy.op,
                        .target = {},
                        .forced = overridden(asked, in.forced)},
                       author);
  one.op.clone = copy.image;
  return begin(j, std::move(one));
}

bool Executor::Impl::begin(std::size_t j, Active made) {
  JobProgress& of = progress[j];
  const policy::OpKind kind = made.op.kind;
  failpoint(kind, Boundary::BeforeIntent);
  try {
    record.begin(made.op);
  } catch (const storage::Error& error) {
    if (error.kind() == storage::ErrorKind::Conflict) {
      end_step(j, StepEnd::Refused, error.what(), {refusal("unfinished-operation", error.what())});
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
  op.why = error.what();
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

}  // namespace agent
