// Clones and their end: where one goes, what it can't hold, and whether one may be deleted.
#include <algorithm>
#include <utility>

#include "agent/act/execute/copy_claim.h"
#include "agent/act/execute/executor_impl.h"
#include "agent/translate/operation_calls.h"
#include "storage/copies.h"

namespace agent {
namespace {

policy::Refusal refusal(const char* rule, std::string text) {
  policy::Refusal one;
  one.rule = rule;
  one.text = std::move(text);
  return one;
}

void judge_source(const JobStep& step, CallChoice& choice, std::vector<policy::Refusal>& no) {
  if (!choice.source) {
    no.push_back(refusal("vm-not-seen", "the VM to be cloned is no longer there"));
    return;
  }
  const CloneDoubts doubts = clone_doubts(*choice.source);
  if (doubts.unknown) {
    no.push_back(refusal("unreadable",
                         "the server does not show all devices of the VM, so that its clone might "
                         "lack some"));
  }
  if (doubts.secrets && !step.allow_vtpm) {
    no.push_back(refusal("vtpm",
                         "it is encrypted or has a vTPM, and a clone would hold the same keys; to "
                         "accept that: allow_vtpm = true"));
  }
  if (!doubts.unfit.empty() && !step.partial_clone) {
    no.push_back(refusal("unsupported",
                         "it has an independent disk or an RDM; to leave it out of the clone: "
                         "partial = true"));
  }
  choice.leave_out = doubts.unfit;
}

policy::OpSubject subject_of(const storage::Copy& copy, const std::string& endpoint) {
  return {.endpoint = endpoint,
          .endpoint_uuid = copy.endpoint_uuid,
          .moid = copy.image.moid,
          .instance_uuid = copy.image.instance_uuid,
          .name = copy.image.name};
}

}  // namespace

ClonePlaces::Found Executor::Impl::judge_clone(std::size_t j, const JobStep& step,
                                               CallChoice& choice,
                                               std::vector<policy::Refusal>& no) {
  ClonePlaces::Found found = places.find(step.clone.value_or(CloneTarget{}));
  for (const std::string& problem : found.problems) no.push_back(refusal("clone-target", problem));
  choice.source = endpoint.clone_source(jobs[j].vm.moid);
  judge_source(step, choice, no);
  return found;
}

bool Executor::Impl::may_be_cloned(std::size_t j) {
  const std::vector<JobStep>& steps = jobs[j].steps;
  std::vector<policy::Refusal> no;
  for (std::size_t s = progress[j].next; s < steps.size(); ++s) {
    CallChoice choice;
    if (steps[s].kind == policy::OpKind::Clone) judge_clone(j, steps[s], choice, no);
  }
  return no.empty() || refuse(j, std::move(no));
}

bool Executor::Impl::prepare_clone(std::size_t j, Active& one, policy::CloneImage& image) {
  const JobStep& step = jobs[j].steps[progress[j].next];
  std::vector<policy::Refusal> no;
  const CloneTarget target = step.clone.value_or(CloneTarget{});
  const ClonePlaces::Found found = judge_clone(j, step, one.choice, no);
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
  return no.empty() || refuse(j, std::move(no));
}

void Executor::Impl::intend_clone(Active& one, policy::CloneImage image) {
  const VmLook& look = *one.guard;
  policy::Operation& op = one.op;
  if (image.folder.empty()) image.folder = look.folder;
  if (image.name.empty()) image.name = clone_name(look.vm->identity.name, op.sent);
  op.name = image.name;
  op.description = "deltakeep: copy of " + look.vm->identity.name + ", operation " + op.id;
  op.clone = std::move(image);
  leave_out(op, one.choice);
}

void Executor::Impl::give_up(storage::Copy copy, storage::CopyState state, const std::string& why) {
  copy.state = state;
  copy.why = why;
  policy::Operation about;
  about.updated = endpoint.now();
  about.vm = subject_of(copy, endpoint.endpoint().name);
  storage::AuditEntry entry = record.audit(about);
  entry.action = "copy";
  entry.subject = copy.op;
  entry.policy = copy.policy;
  entry.text = why;
  storage::Copies(in.journal).update(copy, entry);
}

bool Executor::Impl::has_newer_copy(const storage::Copy& copy, const policy::PolicyFacts& policy) {
  for (const storage::Copy& newer : newer_copies(storage::Copies(in.journal), copy, policy)) {
    const auto identity = endpoint.identity(newer.image.moid);
    if (identity && !identity_change(newer, in.key, *identity)) return true;
  }
  return false;
}

bool Executor::Impl::try_destroy(std::size_t j) {
  const JobStep& step = jobs[j].steps[progress[j].next];
  const auto no = [&](const char* rule, std::string text) {
    return refuse(j, {refusal(rule, std::move(text))});
  };
  storage::Copies copies(in.journal);
  const auto copy = copy_of(copies, endpoint.endpoint().uuid, step.copy);
  if (!copy || copy->state != storage::CopyState::Made) {
    return no("no-claim", "no copy of operation " + step.copy + " is on record as ours to delete");
  }
  Job of_clone = jobs[j];
  of_clone.vm = subject_of(*copy, endpoint.endpoint().name);
  const std::string who = "the copy " + copy->image.name;
  const auto identity = endpoint.identity(copy->image.moid);
  Active one;
  one.guard = look_for(j, copy->image.moid);
  if (!identity || !one.guard->vm) {
    if (one.guard->gone) give_up(*copy, storage::CopyState::Lost, "somebody else deleted it");
    return no("copy-gone", who + " is not there");
  }
  const CallQuestion asked = question(of_clone, *one.guard, policy::OpKind::Destroy, {});
  if (const auto change =
          copy_change(*copy, in.key, *identity, *one.guard->vm, asked.facts.shared)) {
    const bool released = change->kind == CopyChange::Kind::Released;
    if (released) give_up(*copy, storage::CopyState::Released, change->text);
    return no(released ? "copy-released" : "copy-in-doubt", who + " stays: " + change->text);
  }
  auto refusals = call_refusals(asked, in.forced);
  if (!refusals.empty()) return refuse(j, std::move(refusals));
  if (!asked.policy.allow_remove_all && !has_newer_copy(*copy, asked.policy)) {
    return no("last-good", who + " stays: no newer copy of " + copy->source.name + " is there");
  }
  one.op = make_intent({.job = of_clone,
                        .step = step,
                        .look = *one.guard,
                        .now = asked.now,
                        .id = new_id(asked.now),
                        .serves = copy->op,
                        .target = {},
                        .forced = overridden(asked, in.forced)},
                       author);
  one.op.clone = copy->image;
  return begin(j, std::move(one));
}

}  // namespace agent
