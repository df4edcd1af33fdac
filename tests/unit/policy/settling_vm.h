// What the tests of operations share: a VM that snapshots move for real, the operation that is to
// change it, and looks at it.
#pragma once

#include <chrono>
#include <string>

#include "policy/chain.h"
#include "policy/settle.h"
#include "tests/unit/policy/seen_vm.h"

namespace policy_test {

inline const policy::Time kSent = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
inline const std::string kOp = "01JDA1B2C3D4E5F6G7H8J9K0MN";
inline const std::string kUser = "VSPHERE.LOCAL\\svc";

/// Two disks and snapshot-1 under snapshot-2 under snapshot-3, which is current.
inline SeenVm three_snapshots() {
  SeenVm vm;
  vm.add_disk(2000, "vm");
  vm.add_disk(2001, "vm_1");
  for (int i = 0; i < 3; ++i) vm.create();
  return vm;
}

inline policy::Vm built(const SeenVm& vm, bool flag = false) {
  policy::VmSeen seen = vm.seen();
  seen.state.consolidation_needed = flag;
  return policy::build_vm(seen);
}

inline policy::VmImage image(const SeenVm& vm, bool flag = false) {
  return policy::image_of(built(vm, flag), "v1", kSent);
}

inline policy::NodeImage node(const policy::VmImage& image, const std::string& moid) {
  for (const policy::NodeImage& node : image.nodes) {
    if (node.moid == moid) return node;
  }
  return {};
}

/// Sent once, at kSent, to a VM that looked like `before`.
inline policy::Operation sent(policy::OpKind kind, const policy::VmImage& before,
                              const std::string& target = "") {
  policy::Operation operation;
  operation.id = kOp;
  operation.kind = kind;
  operation.vm = {"prod", "endpoint-1", "vm-1", "uuid-1", "web-01"};
  operation.started = operation.sent = kSent;
  operation.attempt = 1;
  operation.before = before;
  operation.snapshot = node(before, target);
  return operation;
}

inline policy::TaskSeen task_of(const policy::Operation& operation, policy::TaskState state) {
  policy::TaskSeen task;
  task.moid = "task-7";
  task.key = "7";
  task.entity = operation.vm.moid;
  task.kind = operation.kind;
  task.known_kind = true;
  task.state = state;
  task.user = kUser;
  task.queued = kSent + std::chrono::seconds{1};
  if (!task.running()) task.completed = kSent + std::chrono::seconds{5};
  if (state == policy::TaskState::Error) task.fault = "FileLocked";
  return task;
}

inline policy::OpLook look_at(policy::Vm vm, std::chrono::seconds after,
                              const std::string& version = "v1") {
  policy::OpLook look;
  look.at = kSent + after;
  look.vm = std::move(vm);
  look.change_version = version;
  look.user = kUser;
  look.history.emplace();
  return look;
}

}  // namespace policy_test
