#include "agent/act/execute/intent.h"

#include <algorithm>
#include <utility>

#include "agent/act/execute/ladder.h"
#include "agent/translate/operation_calls.h"
#include "policy/marker.h"

namespace agent {
namespace {

constexpr std::size_t kCloneName = 80;  // what vSphere takes for a name

policy::Marker marker_of(const policy::Operation& operation, const Author& author, bool helper) {
  return {.op = operation.id,
          .attempt = operation.attempt,
          .agent = author.agent,
          .endpoint_uuid = operation.vm.endpoint_uuid,
          .instance_uuid = operation.vm.instance_uuid,
          .policy = operation.policy,
          .helper = helper};
}

std::string marked(const policy::Operation& operation, const Author& author, bool helper,
                   const std::string& human) {
  const policy::Marker marker = marker_of(operation, author, helper);
  return policy::marker_description(marker, author.key.mac(marker), human);
}

std::string line_for_people(const JobStep& step, const Job& job) {
  if (!step.description.empty()) return step.description;
  if (step.helper) return "deltakeep: source of a clone that is being made; goes by itself";
  return job.policy_name.empty() ? "deltakeep: made by an operator"
                                 : "deltakeep: policy " + job.policy_name;
}

/// The first line of a description: what stands before the mark.
std::string human_part(const std::string& description) {
  return description.substr(0, description.find('\n'));
}

/// What is not renamed stays as it is. A mark stays with its snapshot whatever a person writes
/// before it: without it the snapshot would be nobody's. Only a new mark takes its place (`adopt`).
void fill_rename(policy::Operation& operation, const IntentInput& input) {
  const JobStep& step = input.step;
  operation.name = step.new_name.value_or("");
  operation.description = step.new_description.value_or("");
  const policy::Snapshot* const target = policy::snapshot_of(*input.look.vm, input.target.moid);
  if (target == nullptr) return;
  if (!step.new_name) operation.name = target->name;
  if (!step.new_description) operation.description = target->description;
  const auto found = policy::find_marker(target->description);
  if (!found || !step.new_description) return;
  if (policy::find_marker(*step.new_description)) return;
  operation.description =
      policy::marker_description(found->marker, found->mac, *step.new_description);
}

void fill_create(policy::Operation& operation, const IntentInput& input, const Author& author) {
  const JobStep& step = input.step;
  operation.name = step.name.empty()
                       ? policy::snapshot_name(input.job.policy_name, input.now, operation.id)
                       : step.name;
  operation.memory = step.memory;
  operation.quiesced = asks_for_quiesce(step.quiesce, input.look.vm->state.power, step.memory);
  operation.description = marked(operation, author, step.helper, line_for_people(step, input.job));
}

}  // namespace

policy::Operation make_intent(const IntentInput& input, const Author& author) {
  policy::Operation operation;
  operation.id = input.id;
  operation.kind = input.step.kind;
  operation.state = policy::OpState::Intent;
  operation.vm = input.job.vm;
  operation.vm.name = input.look.vm->identity.name;
  operation.policy = input.job.policy_name;
  operation.run = author.run;
  operation.actor = author.actor;
  operation.job = input.serves;
  operation.started = operation.updated = operation.sent = input.now;
  operation.attempt = 1;
  operation.method = method_of(operation.kind);
  operation.snapshot = input.target;
  operation.before = policy::image_of(*input.look.vm, input.look.change_version, input.look.at);
  operation.forced = input.forced;
  if (operation.kind == policy::OpKind::Create) fill_create(operation, input, author);
  if (operation.kind == policy::OpKind::Rename) fill_rename(operation, input);
  if (operation.kind == policy::OpKind::Remove || operation.kind == policy::OpKind::Revert) {
    // Afterwards nobody could tell which one it was.
    const policy::Snapshot* const target = policy::snapshot_of(*input.look.vm, input.target.moid);
    if (target != nullptr) operation.name = target->name;
  }
  return operation;
}

void another_attempt(policy::Operation& operation, const VmLook& look, policy::Time now,
                     const Author& author, bool helper, const std::string& note) {
  ++operation.attempt;
  operation.state = policy::OpState::Intent;
  operation.task.clear();
  operation.task_key.clear();
  operation.progress = -1;
  operation.settling.reset();
  operation.next_look.reset();
  operation.fault.clear();
  operation.why = note;
  operation.updated = operation.sent = now;
  operation.before = policy::image_of(*look.vm, look.change_version, look.at);
  if (operation.kind != policy::OpKind::Create) return;
  operation.snapshot = {};
  std::string human = human_part(operation.description);
  if (!note.empty() && human.find(note) == std::string::npos) human += "; " + note;
  operation.description = marked(operation, author, helper, human);
}

void leave_out(policy::Operation& operation, const CallChoice& choice) {
  std::erase_if(operation.before.disks, [&](const policy::DiskImage& disk) {
    const auto& out = choice.leave_out;
    return std::find(out.begin(), out.end(), disk.key) != out.end();
  });
}

std::string clone_name(const std::string& vm, policy::Time now) {
  std::string time = policy::format_utc(std::chrono::floor<std::chrono::seconds>(now));
  std::replace(time.begin(), time.end(), ':', '-');
  std::string name = vm;
  std::size_t room = kCloneName - 1 - time.size();
  if (name.size() > room) {
    const auto goes_on = [&](std::size_t at) {
      return (static_cast<unsigned char>(name[at]) & 0xC0U) == 0x80U;  // within a UTF-8 character
    };
    while (room > 0 && goes_on(room)) --room;
    name.resize(room);
  }
  return name + "_" + time;
}

}  // namespace agent
