// Gathers all that settling an operation asks for: the VM, its tasks, its marks, a clone.
#pragma once

#include <optional>
#include <string>

#include "agent/act/execute/executor.h"
#include "agent/act/execute/live_endpoint.h"
#include "policy/settle.h"

namespace agent {

struct OperationLook {
  policy::OpLook look;
  VmLook vm;                    ///< with owners and pins; `look.vm` is the same
  std::optional<VmLook> clone;  ///< of `look.clone`
};

class OperationLooker {
 public:
  OperationLooker(LiveEndpoint& endpoint, const GuardSource& source)
      : endpoint_(endpoint), source_(source) {}

  /// A VM with owners and pins.
  VmLook look(const std::string& vm) const;
  /// One round trip where all goes well; task, history and clone take more when they have to be
  /// looked for. `source`: the VM as it was cloned from, where that is known, spares reading it
  /// again. Throws vsphere::Error.
  OperationLook look(const policy::Operation& operation, const VmLook* source = nullptr) const;

 private:
  void add_task(const policy::Operation& operation, policy::OpLook& look) const;
  void add_history(const policy::Operation& operation, policy::OpLook& look) const;
  void add_clone(const policy::Operation& operation, OperationLook& out) const;
  void find_clone(const policy::Operation& operation, OperationLook& out) const;
  void add_doubt(const policy::Operation& operation, policy::OpLook& look) const;

  LiveEndpoint& endpoint_;
  const GuardSource& source_;
};

}  // namespace agent
