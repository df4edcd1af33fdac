// Carries out steps on one endpoint: guard, journal, call, wait, verify, one operation per VM at a
// time, within limits; and settles what earlier runs left open. All that it believes, it has seen.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/act/connection.h"
#include "agent/act/execute/marker_key.h"
#include "agent/clock.h"
#include "policy/dispatch.h"
#include "policy/guard.h"
#include "policy/operation.h"
#include "policy/policy.h"
#include "storage/holds.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace agent {

enum class Quiesce { Try, Require, Never };

/// Where a clone goes, as people name it: the executor finds the objects, and a name that names
/// none or several refuses the step. Empty: where the source is.
struct CloneTarget {
  std::string name;                   ///< empty: made from the source's name and the time
  std::string datastore, host, pool;  ///< names
  std::string folder;                 ///< inventory path
  bool linked = false, as_template = false;
};

/// One thing to do to a VM. What is not of its kind stays empty.
struct JobStep {
  std::string id;  ///< of the plan, "" for an operator's
  policy::OpKind kind = policy::OpKind::Create;
  // Create
  std::string name;         ///< "": made from the policy's name, the time and the operation
  std::string description;  ///< line for people
  bool memory = false;
  Quiesce quiesce = Quiesce::Try;
  bool helper = false;  ///< made for the clone that follows, and for nothing else
  // Remove, Revert, Rename; Clone (moid "": from the running point, or from the helper just made)
  policy::NodeImage snapshot;
  std::optional<std::string> new_name, new_description;  ///< Rename
  bool suppress_power_on = false;                        ///< Revert
  bool remove_created = false;  ///< Remove of what this job's first Create made
  std::optional<CloneTarget> clone;
  bool partial_clone = false, allow_vtpm = false;
  // Destroy: the copy's operation
  std::string copy;
  bool needs_previous = false;  ///< not tried unless the step before it ended well
  bool needs_created = false;   ///< not tried unless the job's first Create ended well
  /// The operator named this one snapshot: rule 4's guard does not ask whose it is.
  bool named_by_operator = false;
};

/// The steps of one VM, in order. They stop at the first that does not end well, but for removals,
/// which go on without those that a guard refused, and for `remove_created`, which is tried
/// whenever the Create ended well: what was made for a clone alone goes, whatever became of the
/// clone. While an operation is open nothing else is tried.
struct Job {
  policy::OpSubject vm;
  policy::SlotDemand demand;
  std::chrono::seconds expected{60};
  const policy::Policy* policy = nullptr;  ///< null: an operator's command
  std::string policy_name;
  std::vector<JobStep> steps;
};

enum class StepEnd {
  Done,
  Refused,     ///< a guard said no right before the call
  Failed,      ///< known not to have happened
  Open,        ///< its outcome is not known, or a merge is pending: it is settled later
  NotTried,    ///< a step before it did not end well
  Interrupted  ///< we were asked to stop before it was sent
};
const char* step_end_name(StepEnd end);

struct StepResult {
  std::size_t job = 0, step = 0;
  StepEnd end = StepEnd::NotTried;
  std::vector<policy::Refusal> refusals;
  std::optional<policy::Operation> operation;  ///< of a step that got as far as the journal
  std::string text;                            ///< for a person
  std::chrono::seconds took{0};
  std::uint64_t bytes = 0;  ///< merged, or copied, where known
};

/// Told while it runs; never stored.
struct ExecuteWatch {
  std::function<void(const policy::Operation&)> changed;  ///< state or progress of one operation
  std::function<void(std::size_t done, std::size_t total)> counted;
  std::function<void(const std::string& line)> said;
};

/// What the guards are given right before a call, beside the look that the executor makes itself.
/// Asked by `recover`, too, where an operation's consolidation is due: then the job has the
/// operation's VM and policy name, no steps and no policy.
struct GuardSource {
  /// Anew at every call: pauses and doubts may have come meanwhile.
  std::function<policy::EndpointFacts()> endpoint;
  /// `Job::policy` may be null.
  std::function<policy::PolicyFacts(const Job&)> policy;
  /// Filled in by the executor: tasks, host, read, unfinished. To be given: shared, waiting_since,
  /// paused.
  std::function<policy::VmFacts(const Job&, const policy::Vm&)> vm;
  /// Sets owner and pins on what was just read (agent/act/execute/ownership.h), by the journal as
  /// it is at that moment: a step removes what the step before it has made.
  std::function<void(policy::Vm&)> own;
  std::function<std::map<std::string, std::string>(const policy::Vm&)> marks;
};

/// Sets `own` and `marks` to read the journal anew at each look, of the looked-at VM alone. All
/// must outlive the source.
void own_by_journal(GuardSource& source, const storage::Journal& journal,
                    const storage::Holds& holds, const MarkerKey& key, const Clock& clock,
                    const std::string& endpoint_uuid);

policy::SlotLimits slot_limits(const LimitsConfig& limits);

struct ExecutorInput {
  Connection& connection;
  storage::Store& store;  ///< what a verification saw is stored at once
  storage::Journal& journal;
  const MarkerKey& key;
  const Clock& clock;
  std::stop_token stop;
  policy::SlotLimits limits;
  GuardSource guards;
  ExecuteWatch watch;
  std::string run;  ///< id, "" outside of one
  std::string actor;
  std::set<std::string> forced;  ///< --force
};

class Executor {
 public:
  explicit Executor(ExecutorInput input);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Operations that begin from now on are of this run.
  void begin_run(const std::string& run);

  /// Looks once at every open operation of this endpoint and settles what can be settled, oldest
  /// first, consolidations that are due included, unless the guards know nothing of the endpoint
  /// yet. What stays open keeps its VM blocked. Gives them all as they are now. To be called before
  /// `run`.
  std::vector<policy::Operation> recover();

  /// Sends the consolidations that `recover` left, carries out the jobs and waits for each of the
  /// jobs' tasks, however long: no time-out is an outcome. A stop ends it: nothing more is sent,
  /// running tasks stay with the server, their rows stay open. Results in the order of jobs and
  /// steps. Throws only when the journal can't be written (then nothing more was sent) or the
  /// session is lost for good; rows tell the rest.
  std::vector<StepResult> run(std::span<const Job> jobs);

  /// The same in turns, so that one thread serves several endpoints: `take_on`, then `turn` until
  /// it says false, then `finish`. The jobs have to outlive that.
  void take_on(std::span<const Job> jobs);
  /// Starts what may start and settles what can be settled; when nothing can, waits for news, at
  /// most `longest` (from 1 s). False: nothing is left that this run waits for, or we were stopped.
  bool turn(std::chrono::seconds longest);
  /// The results. `lost`: what `take_on` or `turn` threw, if it did; then what was sent is open,
  /// and the rest was not tried for that reason.
  std::vector<StepResult> finish(const std::string& lost = {});

  /// How long a `turn` may wait when nobody else wants one.
  static constexpr std::chrono::seconds kLongestWait{60};

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// "01JD...": 26 characters, sorts by time; random by the system's source.
std::string new_id(policy::Time now);

}  // namespace agent
