// What keeps deltakeep from acting beside the server's state: pins, pauses, marks for removal, and
// since when something waits. All of it survives restarts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/plan.h"
#include "storage/journal.h"

namespace storage {

/// A hold on one snapshot (moid), or on all of a VM ("").
struct Pin {
  std::int64_t id = 0;
  std::string endpoint_uuid, vm_moid, instance_uuid, vm_name;
  policy::NodeImage snapshot;  ///< moid "": the whole VM
  std::string snapshot_name;
  std::string reason, actor;
  policy::Time since{};
  std::optional<policy::Time> until;  ///< unset: until it is removed
};

/// A stop of new calls. One per scope; a new one replaces it.
struct PauseRow {
  std::string kind;   ///< "all", "vcenter", "policy", "vm"
  std::string what;   ///< name; of a vm: endpoint uuid '/' moid; of all: ""
  std::string shown;  ///< for people
  std::string reason, actor;
  policy::Time since{};
  std::optional<policy::Time> until;
  /// For people: "everything", "policy daily".
  std::string scope() const { return kind == "all" ? "everything" : kind + " " + shown; }
};

/// Since when an act on a VM waits for others (rule 11).
struct Waiting {
  std::string endpoint_uuid, vm_moid, policy, act;
  policy::Time since{};
};

class Holds {
 public:
  /// `journal` must outlive it.
  explicit Holds(Journal& journal) : journal_(journal) {}

  /// Gives the pin its id. Where an audit line has no subject, here and below, it gets the id of
  /// the pin or the scope of the pause.
  std::int64_t pin(const Pin& pin, const AuditEntry& audit);
  /// False when there is none with this id.
  bool unpin(std::int64_t id, const AuditEntry& audit);
  /// Those that hold at `now`; all when unset.
  std::vector<Pin> pins(const std::optional<policy::Time>& now = {}) const;

  void pause(const PauseRow& pause, const AuditEntry& audit);
  bool resume(const std::string& kind, const std::string& what, const AuditEntry& audit);
  /// Also those that have run out: who resumes work says so once (`forget_expired`, an audit line
  /// for each).
  std::vector<PauseRow> pauses() const;
  std::vector<PauseRow> forget_expired(policy::Time now, const AuditEntry& audit);

  /// Marks by configured endpoint name, as a plan takes them.
  policy::Marks marks(const std::string& endpoint_uuid, const std::string& endpoint) const;
  /// A mark that stands already keeps its time and run, and is no line of the audit. One on another
  /// snapshot that had this moid (other id or creation time) gives way.
  void mark(const std::string& endpoint_uuid, const std::string& vm_moid,
            const policy::NodeImage& snapshot, const policy::Mark& mark, const AuditEntry& audit);
  /// No longer chosen, or gone.
  void unmark(const std::string& endpoint_uuid, const std::string& vm_moid,
              const std::string& snapshot_moid, const AuditEntry& audit);

  /// Sets it when it is not set, or set later; gives since when.
  policy::Time wait(const Waiting& waiting);
  void stop_waiting(const std::string& endpoint_uuid, const std::string& vm_moid,
                    const std::string& policy, const std::string& act);
  std::vector<Waiting> waiting() const;

 private:
  Journal& journal_;
};

}  // namespace storage
