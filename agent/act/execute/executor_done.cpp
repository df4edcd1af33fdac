// What an operation leaves behind besides its own row: copies, measures, the VM as it was seen.
#include <algorithm>
#include <utility>

#include "agent/act/execute/copy_claim.h"
#include "agent/act/execute/executor_impl.h"
#include "agent/act/execute/failpoint.h"
#include "storage/copies.h"
#include "storage/watch.h"

namespace agent {
namespace {

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

}  // namespace

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

bool Executor::Impl::before_done(Active& one, const OperationLook& seen) {
  policy::Operation& op = one.op;
  if (op.kind == policy::OpKind::Create && seen.look.vm) {
    if (const policy::Snapshot* made = policy::snapshot_of(*seen.look.vm, op.snapshot.moid)) {
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
    if (op.kind == policy::OpKind::Clone) claim_copy(op);
    if (op.kind == policy::OpKind::Destroy) forget_copy(op);
    if (op.kind == policy::OpKind::Clone || op.kind == policy::OpKind::Destroy) {
      failpoint(op.kind, Boundary::AfterClaim);
    }
  } catch (const storage::Error&) {
    record.fail(std::current_exception());
    return false;
  }
  return true;
}

void Executor::Impl::claim_copy(const policy::Operation& op) {
  storage::Copies copies(in.journal);
  // It is there already when an earlier process came this far.
  if (!op.clone || copy_of(copies, op.vm.endpoint_uuid, op.id)) return;
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
}

void Executor::Impl::forget_copy(const policy::Operation& op) {
  storage::Copies copies(in.journal);
  auto copy = copy_of(copies, op.vm.endpoint_uuid, op.job);
  if (!copy || copy->state != storage::CopyState::Made) return;
  copy->state = storage::CopyState::Deleted;
  copy->why = "deleted by operation " + op.id;
  copies.update(*copy, record.audit(op));
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

}  // namespace agent
