// The inside of the executor: what is under way, and what happens to it. Private to
// executor*.cpp.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/execute/call_guard.h"
#include "agent/act/execute/clone_places.h"
#include "agent/act/execute/executor.h"
#include "agent/act/execute/intent.h"
#include "agent/act/execute/live_endpoint.h"
#include "agent/act/execute/operation_look.h"
#include "agent/act/execute/operation_record.h"
#include "storage/copies.h"

namespace agent {

/// An operation that is not over: of a job, or left by an earlier run.
struct Active {
  enum class Slot { None, Queued, Held };
  policy::Operation op;
  Slot slot = Slot::None;
  std::uint64_t handle = 0;        ///< with the dispatcher
  std::optional<std::size_t> job;  ///< unset: of an earlier run
  std::size_t step = 0;
  std::optional<policy::Time> due;      ///< when to look, if the stream says nothing before
  bool end_seen = false;                ///< that its task is over was heeded
  std::optional<policy::Time> puzzled;  ///< since when looks leave it open, with no task running
  std::string declined;                 ///< why no other attempt was made; to be told with its end
  bool refreshed = false;               ///< the server was asked to read its storage anew
  bool finished = false;                ///< nobody looks at it again in this run
  CallChoice choice;
  std::optional<VmLook> guard;  ///< what was seen right before the call
  policy::SlotDemand demand;
};

/// How far a job has come.
struct JobProgress {
  std::size_t next = 0;  ///< step
  bool stopped = false;  ///< a step did not end well
  bool open = false;     ///< an operation of it is not settled: nothing else may touch the VM
  std::optional<StepEnd> previous;
  std::optional<StepEnd> created;   ///< of the first Create
  policy::NodeImage made;           ///< by it
  std::string clone_op;             ///< id that the job's Clone will have
  std::optional<VmLook> last_look;  ///< while nothing was sent since
  std::vector<StepResult> results;
};

/// A task that the stream does not show is asked for so often.
constexpr std::chrono::seconds kAskForTask{10};

/// By datastore, what removing the snapshot has to merge.
std::map<std::string, std::uint64_t> merged_bytes(const policy::Vm& before,
                                                  const std::string& snapshot);
/// Nothing is wrong with what was asked for; whether anybody can be asked is another matter.
bool is_about_the_connection(vsphere::ErrorKind kind);

struct Executor::Impl {
  explicit Impl(ExecutorInput from);

  std::vector<policy::Operation> recover();
  void take_on(std::span<const Job> work);
  bool turn(std::chrono::seconds longest);
  std::vector<StepResult> finish(const std::string& lost_because);

  // executor.cpp: the loop
  bool halted() const;
  /// Not with what an earlier run left, unless it is time to look at it.
  bool busy();
  void start_ready();
  bool settle_ready();
  void wait_for_news(std::chrono::seconds longest);
  void tell_progress();
  std::vector<StepResult> results(const std::string& lost_because);
  /// What a failing read means: true, and the one operation goes on later; else it throws.
  void survive(const vsphere::Error& error);
  /// The stream told that its task is over, and nobody has looked since.
  bool ended_unseen(const Active& active) const;
  /// Now is the time to look at it.
  bool has_news(const Active& active, policy::Time now) const;
  /// Unset: not before something is told of it.
  std::optional<policy::Time> next_look(const Active& active) const;
  void queue_slot(Active& active);
  /// Of its own, that is: a job keeps its slots from its first step to its last.
  void release_slot(Active& active);

  // executor_steps.cpp: from a step to an intent
  void go_on(std::size_t job);
  std::optional<StepEnd> skipped(const Job& job, const JobProgress& progress) const;
  /// True: it is under way. Else its result is set.
  bool try_step(std::size_t job);
  /// Its result is set; false.
  bool refuse(std::size_t job, std::vector<policy::Refusal> refusals);
  VmLook look_for(std::size_t job, const std::string& vm);
  CallQuestion question(const Job& job, const VmLook& look, policy::OpKind kind,
                        const std::string& own);
  policy::NodeImage target_of(std::size_t job) const;
  void end_step(std::size_t job, StepEnd end, std::string text,
                std::vector<policy::Refusal> refusals = {});

  // executor_copies.cpp
  /// Where the clone goes and what it is made of; adds to `no` what stands against it.
  ClonePlaces::Found judge_clone(std::size_t job, const JobStep& step, CallChoice& choice,
                                 std::vector<policy::Refusal>& no);
  /// Asked before its helper is made; refuses the step.
  bool may_be_cloned(std::size_t job);
  bool prepare_clone(std::size_t job, Active& active, policy::CloneImage& image);
  void intend_clone(Active& active, policy::CloneImage image);
  bool try_destroy(std::size_t job);
  /// Rule 7, right before the call: it is not the last good one.
  bool has_newer_copy(const storage::Copy& copy, const policy::PolicyFacts& policy);
  void give_up(storage::Copy copy, storage::CopyState state, const std::string& why);

  // executor_send.cpp: the only place that sends
  /// Writes the intent and sends. True: something is under way.
  bool begin(std::size_t job, Active active);
  /// Whether what the guards saw is still fresh after the intent was written, and we may go on.
  bool may_send(Active& active);
  /// Sends what the intent says; the operation is then in Task, Unknown or Failed.
  void send(Active& active);
  void note_failed_call(Active& active, const vsphere::Error& error);
  bool send_after_login(Active& active);
  /// Guards and intent anew, and the call. False: it was not written, let alone sent.
  bool attempt(Active& active, const VmLook& look, const char* why, bool quiesce);
  void consolidate(Active& active, const OperationLook& seen);

  // executor_settle.cpp: from a look to what follows
  void settle(Active& active);
  /// Leaves to a later run what looks have left open for too long.
  void end_if_puzzled(Active& active, policy::Time at);
  void note_failed_look(Active& active, const vsphere::Error& error);
  bool apply(Active& active, const policy::Settled& settled, OperationLook& seen);
  void go_on_after(Active& active, const policy::Settled& settled, const OperationLook& seen);
  /// The next rung of the ladder, if there is one.
  bool try_again(Active& active, const OperationLook& seen);
  /// It is over, or stays open for a later run.
  void end(Active& active);
  Job job_of(const policy::Operation& operation) const;

  // executor_done.cpp: what is stored beside the row
  bool before_done(Active& active, const OperationLook& seen);
  void claim_copy(const policy::Operation& operation);
  void forget_copy(const policy::Operation& operation);
  void after_done(Active& active, OperationLook& seen);
  void note_merge(const Active& active);

  ExecutorInput in;
  LiveEndpoint endpoint;
  OperationLooker looker;
  OperationRecord record;
  ClonePlaces places;
  Author author;

  std::list<Active> active;
  std::span<const Job> jobs;
  std::vector<JobProgress> progress;
  std::optional<policy::Dispatcher> dispatcher;
  std::uint64_t next_handle = 0;
  std::size_t steps_done = 0, steps_total = 0;
  int lost = 0;  ///< reads in a row that failed by the connection
  bool stopped = false;
};

}  // namespace agent
