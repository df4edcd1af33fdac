// What was asked of the commands that change something, or that tell what was changed.
#pragma once

#include <string>
#include <vector>

namespace agent {

struct RunRequest {
  std::vector<std::string> policies;  ///< empty: those that are due
  bool all = false;                   ///< every policy, due or not
  bool retention_only = false;        ///< `enforce`: nothing is created
  std::string plan;                   ///< a stored plan: its steps alone, and only unchanged ones
  std::string ticket;                 ///< with `plan`: who approved it, for the audit
  bool dry_run = false;
  std::vector<std::string> force;  ///< guards
};

/// One operation on one VM.
struct SnapshotRequest {
  enum class Act { Create, Rename, Revert, Remove, Consolidate };
  Act act = Act::Create;
  std::string vm, vcenter;
  std::string snapshot;  ///< name, moid or "current": of rename, revert, remove
  std::string name;      ///< of create; the new one of rename
  std::string description;
  bool memory = false;
  std::string quiesce = "try";  ///< try | require | never
  bool safety = false;          ///< revert: a snapshot of now is taken first
  bool suppress_power_on = false;
  std::string confirm;  ///< revert: the VM's name, typed before
  bool yes = false, dry_run = false;
  std::vector<std::string> force;
};

struct CloneRequest {
  std::string vm, vcenter, to, snapshot, datastore, folder, host, pool;
  bool linked = false, as_template = false, partial = false, allow_vtpm = false, dry_run = false;
  std::vector<std::string> force;
};

struct PinRequest {
  enum class Act { Add, Remove, List };
  Act act = Act::List;
  std::string vm, vcenter, snapshot, reason, until;
  long long id = 0;  ///< of remove
};

struct PauseRequest {
  bool resume = false;
  std::string vcenter, policy, vm;  ///< one of them, or none: everything
  std::string until, reason;
  std::string accept;  ///< resume: a doubt that is over: "rolled-back", "restored", "clock-step"
};

struct AdoptRequest {
  std::string vm, vcenter, snapshot;  ///< one snapshot, or all that could be ours of one VM
  std::string policy;                 ///< whose it shall be; empty: an operator's
  bool yes = false, dry_run = false;
  std::vector<std::string> force;
};

struct OpsRequest {
  std::string id;  ///< one, with its events
  std::string vm, vcenter;
  bool open = false;
  int limit = 0;
};

struct RunsRequest {
  std::string id;  ///< one, with its report
  int limit = 0;
};

/// Ends an operation that no look can settle.
struct ResolveRequest {
  std::string op;
  std::string as;  ///< "done" or "failed"; empty: look once more and tell what is seen
  std::string reason;
};

struct DbRequest {
  enum class Act { Check, Backup, Restore };
  Act act = Act::Check;
  std::string file;  ///< the copy
};

struct AuditRequest {
  bool verify = true;  ///< else export
  std::string output;
};

}  // namespace agent
