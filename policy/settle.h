// What became of an operation, told from what can be seen now: the one place where a journal row is
// settled, after a crash, a lost answer, a task that vanished or a person who was faster.
// Pure: (row, look, now) -> verdict. Order of the questions: facts of each state in
// policy/README.md.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/operation.h"
#include "policy/verify.h"

namespace policy {

enum class TaskState { Queued, Running, Success, Error, Unknown };

/// A task as the server tells of it, in our words.
struct TaskSeen {
  std::string moid, key;
  std::string entity;  ///< moid
  OpKind kind = OpKind::Create;
  bool known_kind = false;  ///< false: of a kind that is none of ours
  TaskState state = TaskState::Unknown;
  int progress = -1;
  bool cancelled = false;
  std::string user;
  Time queued{};
  std::optional<Time> completed;
  std::string result;             ///< moid of what it made, "" when none
  std::string fault, fault_text;  ///< of Error
  bool running() const { return state == TaskState::Queued || state == TaskState::Running; }
};

/// Everything that one look gathered about the VM of an operation.
struct OpLook {
  Time at{};             ///< server time of the look
  bool trusted = true;   ///< false: endpoint is another one, rolled back, or was not fully readable
  std::string doubt;     ///< of !trusted: why
  std::optional<Vm> vm;  ///< unset: not found under its moid
  bool gone = false;     ///< the server says that the VM does not exist, rather than not showing it
  std::string change_version;
  /// By snapshot moid: operation ids of markers that verify on this VM.
  std::map<std::string, std::string> marked;
  std::optional<TaskSeen> task;   ///< the operation's own, while the server knows it
  bool task_gone = false;         ///< the server does not know it any more
  std::vector<TaskSeen> running;  ///< on this VM, the own one left out
  std::optional<std::vector<TaskSeen>>
      history;                           ///< since shortly before the call; unset: no history
  std::string user;                      ///< as the server calls us
  std::optional<Vm> clone;               ///< of Clone: the VM that carries this operation's mark
  std::vector<std::string> clone_names;  ///< of Clone: whether its name is taken, and by whom
};

enum class NextStep {
  Nothing,      ///< it is over
  Wait,         ///< its task runs
  LookAgain,    ///< at Settled::look_at
  Consolidate,  ///< send a consolidation under this operation
  Retry,        ///< it is known not to have happened; a new attempt may be decided on, from scratch
  Operator
};

struct Settled {
  OpState state = OpState::Unknown;
  NextStep next = NextStep::LookAgain;
  std::optional<Time> look_at;
  std::string why;
  std::vector<Evidence> evidence;
  std::optional<NodeImage> snapshot;  ///< Create: the one that was found
  std::string task, task_key;         ///< a running task that was recognised as this operation's
  std::optional<VmImage> settling;    ///< to be stored for the second of two equal looks
  std::string fault;
  bool layers_verified = false;
};

/// How long the server may still be about to do what it was asked, after the call was sent.
constexpr std::chrono::seconds kSettleTime{180};
/// Two looks that agree must be this far apart.
constexpr std::chrono::seconds kLookApart{30};
/// From then on an operation whose outcome nobody knows is a finding.
constexpr std::chrono::minutes kUnknownFinding{15};

/// Total and deterministic; never asks for a call to be repeated while the outcome is not known,
/// never for a removal to be sent again (Retry there means: plan anew), never for a revert at all.
/// Goes one step at a time: with LookAgain at `look.at` the same look may be asked about the new
/// state at once.
Settled settle(const Operation& operation, const OpLook& look);

/// Whether an operation of this kind may be in the state at all, and go from one to the other by
/// itself. `resolve` and a new attempt are not bound by it.
bool has_state(OpKind kind, OpState state);
bool may_become(OpKind kind, OpState from, OpState to);

/// 5 min, 15 min, 1 h, then every 4 h: when a merge that is pending is tried again.
std::chrono::seconds retry_after(int attempt);

}  // namespace policy
