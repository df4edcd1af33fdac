// The journal: every change that deltakeep makes to a VM, written durably before the call is sent
// and kept until somebody has seen how it ended. Schema enforces one open operation per VM.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/operation.h"
#include "storage/error.h"
#include "storage/store.h"

namespace storage {

struct OpenJournal;  // private to this folder

/// Who this state belongs to; goes into markers. Random, made with the file.
struct AgentIdentity {
  std::string agent;       ///< 16 hex digits
  std::int64_t epoch = 0;  ///< raised by each `restore`: rows of before and after can be told apart
};

/// A line of the audit: who decided or did what to whom, and how it went. Chained by SHA-256.
struct AuditEntry {
  policy::Time time{};
  std::string actor;   ///< user, or "schedule"
  std::string action;  ///< "operation", "plan", "pin", "pause", "adopt", "resolve", "force", ...
  std::string endpoint, vm, snapshot;  ///< names or moids, "" where it has none
  std::string subject;                 ///< id of the operation, run, pin, ...
  std::string policy;
  std::string text;  ///< what was decided or became of it
  bool operator==(const AuditEntry&) const = default;
};
struct AuditLine {
  std::int64_t number = 0;
  AuditEntry entry;
  std::string
      hash;  ///< hex: SHA-256 of the hash before and all fields, each preceded by its length
};

/// What the chain of the audit is worth.
struct AuditCheck {
  std::uint64_t lines = 0;
  std::string head;  ///< hash of the last line
  /// First line that does not follow from the one before it, or is missing.
  std::optional<std::int64_t> broken_at;
  std::string why;
};

struct OperationFilter {
  std::string endpoint_uuid, vm_moid, run, policy;  ///< empty: any
  std::optional<policy::OpState> state;
  bool open_only = false;
  std::optional<policy::Time> since;
  std::size_t limit = 0;  ///< 0: all; newest first
};

/// A snapshot that the journal says is ours: an operation Create that ended Done, and was neither
/// removed nor released since.
struct OwnedSnapshot {
  std::string endpoint_uuid, vm_moid, instance_uuid;
  policy::NodeImage snapshot;
  std::string op;
  std::string policy;  ///< of its operation, or what `adopt` made it
  bool helper = false;
  std::string name;
};

/// A connection of its own to the file of a Store, with synchronous=FULL: what returned is on disk.
/// Belongs to one thread; several may be open; none may outlive the Store, which holds the lock.
/// Every method throws Error; a failed write leaves what was before. Read-only when the store is
/// (but for one that was opened beside another): then every write is Error Unwritable, and a state
/// that has no journal yet reads as an empty one.
class Journal {
 public:
  explicit Journal(const Store& store);
  Journal(Journal&&) noexcept;
  ~Journal();

  AgentIdentity identity() const;
  /// A state that was restored from a copy goes on under the next epoch.
  AgentIdentity raise_epoch(const AuditEntry& audit);

  /// Writes a new operation in state Intent, or throws Error Conflict, naming the open operation,
  /// when the VM has one (same endpoint uuid, and same moid or same non-empty instance uuid).
  /// `audit` is written in the same transaction, as in every method that takes one.
  void begin(const policy::Operation& operation, const AuditEntry& audit);
  /// Writes it whole under its id. Throws Error Conflict when it is over already, or was never
  /// begun. Each change of state, attempt or `why` is kept as an event too. What it does to the
  /// list of snapshots that are ours is written with it: a Create that is Done is owned, a Remove
  /// that is Done no longer, a Rename that is Done has its new name.
  void update(const policy::Operation& operation, const AuditEntry& audit);
  /// Progress alone: not durable, no event, no audit. Not an error: it is over, or was never begun.
  void note_progress(const std::string& id, int percent, policy::Time now);

  /// By full id or a unique beginning of it. Throws Error NotFound or Ambiguous otherwise.
  policy::Operation operation(std::string_view id) const;
  std::vector<policy::Operation> operations(const OperationFilter& filter) const;

  struct Event {
    policy::Time time{};
    policy::OpState state{};
    int attempt = 0;
    std::string why;
    std::vector<policy::Evidence> evidence;
  };
  std::vector<Event> events(const std::string& id) const;  ///< oldest first

  /// All, or of one endpoint, or of one VM there. What a snapshot's marker and identity must agree
  /// with (rule 4).
  std::vector<OwnedSnapshot> owned(const std::string& endpoint_uuid = {},
                                   const std::string& vm_moid = {}) const;
  /// The snapshot went, or became somebody else's; the row stays with the reason. Not an error: it
  /// is not ours any more; then nothing is written.
  void disown(const OwnedSnapshot& snapshot, const std::string& why, const AuditEntry& audit);
  /// `adopt`: takes over (or back) a snapshot under a policy; "" for none.
  void adopt(const OwnedSnapshot& snapshot, const AuditEntry& audit);

  /// Operations that ended before `before` go, with their events, and runs that began before it
  /// lose plan and report. What stays in any case: what is open or made a snapshot or copy that is
  /// ours still, what serves one of those, the operations in `named`, and every line of the audit,
  /// which gets one more where anything went. One transaction.
  struct Pruned {
    std::uint64_t operations = 0, events = 0, runs = 0;
    bool any() const { return operations + events + runs > 0; }
  };
  Pruned prune(policy::Time before, const std::set<std::string>& named, const AuditEntry& audit);

  void audit(const AuditEntry& entry);
  /// Lines from this number on, in order. The sink must not write to this Journal.
  void for_each_audit(std::int64_t from, const std::function<void(const AuditLine&)>& sink) const;
  /// Reads the whole chain. What follows from a check is up to the caller.
  AuditCheck check_audit() const;

 private:
  friend class Holds;
  friend class Runs;
  friend class Copies;
  friend class Watch;
  std::unique_ptr<OpenJournal> journal_;
};

}  // namespace storage
