#include "agent/act/execute/executor.h"

#include <algorithm>
#include <utility>

#include "agent/act/execute/executor_impl.h"
#include "agent/act/execute/failpoint.h"

namespace agent {
namespace {

/// A connection that broke is replaced by the next call, at times by the one after it.
constexpr int kLostForGood = 3;
/// A task moves in steps of one percent; the journal need not.
constexpr int kProgressStep = 5;

bool is_task_over(const policy::TaskSeen& task) {
  return task.state == policy::TaskState::Success || task.state == policy::TaskState::Error;
}

}  // namespace

bool is_about_the_connection(vsphere::ErrorKind kind) {
  switch (kind) {
    case vsphere::ErrorKind::Unreachable:
    case vsphere::ErrorKind::Tls:
    case vsphere::ErrorKind::Transport:
    case vsphere::ErrorKind::Login:
    case vsphere::ErrorKind::NotAuthenticated:
      return true;
    case vsphere::ErrorKind::Protocol:
    case vsphere::ErrorKind::NoPermission:
    case vsphere::ErrorKind::NotFound:
    case vsphere::ErrorKind::Fault:
    case vsphere::ErrorKind::Interrupted:
      return false;
  }
  return false;
}

const char* step_end_name(StepEnd end) {
  switch (end) {
    case StepEnd::Done:
      return "done";
    case StepEnd::Refused:
      return "refused";
    case StepEnd::Failed:
      return "failed";
    case StepEnd::Open:
      return "open";
    case StepEnd::NotTried:
      return "not-tried";
    case StepEnd::Interrupted:
      return "interrupted";
  }
  return "unknown";
}

Executor::Impl::Impl(ExecutorInput from)
    : in(std::move(from)),
      endpoint(in.connection, in.store, in.clock),
      looker(endpoint, in.guards),
      record(in.journal, in.watch, in.actor),
      places(*in.connection.session),
      author{
          .key = in.key, .agent = in.journal.identity().agent, .run = in.run, .actor = in.actor} {}

Executor::Executor(ExecutorInput input) : impl_(std::make_unique<Impl>(std::move(input))) {}
Executor::~Executor() = default;
void Executor::begin_run(const std::string& run) { impl_->author.run = run; }
std::vector<policy::Operation> Executor::recover() { return impl_->recover(); }

std::vector<StepResult> Executor::run(std::span<const Job> jobs) {
  take_on(jobs);
  while (turn(kLongestWait)) continue;
  return finish();
}

void Executor::take_on(std::span<const Job> jobs) { impl_->take_on(jobs); }
bool Executor::turn(std::chrono::seconds longest) { return impl_->turn(longest); }
std::vector<StepResult> Executor::finish(const std::string& lost) { return impl_->finish(lost); }

bool Executor::Impl::halted() const {
  return stopped || in.stop.stop_requested() || record.broken();
}

void Executor::Impl::survive(const vsphere::Error& error) {
  if (error.kind() == vsphere::ErrorKind::Interrupted || in.stop.stop_requested()) {
    stopped = true;
  } else if (is_about_the_connection(error.kind()) && ++lost >= kLostForGood) {
    throw error;
  }
}

std::vector<policy::Operation> Executor::Impl::recover() {
  active.clear();  // the journal has them all
  std::vector<policy::Operation> found =
      in.journal.operations({.endpoint_uuid = endpoint.endpoint().uuid,
                             .vm_moid = {},
                             .run = {},
                             .policy = {},
                             .state = {},
                             .open_only = true});
  if (found.empty()) return found;
  std::reverse(found.begin(), found.end());
  failpoint(Place::RecoverBegin);
  endpoint.wait(std::chrono::seconds{0});
  for (policy::Operation& operation : found) {
    if (halted()) break;
    Active& one = active.emplace_back();
    one.op = operation;
    one.slot = Active::Slot::Held;  // nothing else runs yet
    one.demand.vm = operation.vm.moid;
    settle(one);
    operation = one.op;
    one.slot = Active::Slot::None;
  }
  std::erase_if(active, [](const Active& one) { return one.finished; });
  if (record.broken()) record.close();
  failpoint(Place::RecoverEnd);
  return found;
}

bool Executor::Impl::busy() {
  if (dispatcher->waiting() > 0) return true;
  const policy::Time now = active.empty() ? policy::Time{} : endpoint.now();
  return std::any_of(active.begin(), active.end(), [&](const Active& one) {
    return one.slot == Active::Slot::Held && (one.job || has_news(one, now));
  });
}

void Executor::Impl::take_on(std::span<const Job> work) {
  for (Active& left : active) {  // of an earlier run: nobody waits for them
    left.job.reset();
    left.slot = Active::Slot::None;
  }
  endpoint.forget_places();  // a scan may have seen others since
  jobs = work;
  progress.assign(work.size(), {});
  dispatcher.emplace(in.limits);
  next_handle = work.size();
  steps_done = steps_total = 0;
  for (std::size_t j = 0; j < work.size(); ++j) {
    progress[j].results.resize(work[j].steps.size());
    steps_total += work[j].steps.size();
  }
  failpoint(Place::RunPlanned);
  try {
    if (!work.empty()) endpoint.wait(std::chrono::seconds{0});
  } catch (const vsphere::Error& error) {
    survive(error);
  }
  const policy::Time queued = halted() ? policy::Time{} : endpoint.now();
  for (std::size_t j = 0; j < work.size(); ++j) {
    if (work[j].steps.empty()) continue;
    dispatcher->add(j, work[j].demand, work[j].expected, queued);
  }
  for (Active& left : active) {
    const policy::TaskSeen* const task = endpoint.board().find(left.op.task);
    if (task == nullptr || is_task_over(*task)) continue;
    left.handle = next_handle++;
    left.slot = Active::Slot::Held;
    dispatcher->adopt(left.handle, left.demand);
  }
  for (Active& left : active) {
    // By now the guards may know what they did not when it was recovered.
    if (left.op.state == policy::OpState::MergePending) left.due = queued;
  }
  if (!halted()) settle_ready();
}

bool Executor::Impl::turn(std::chrono::seconds longest) {
  if (halted()) return false;
  start_ready();
  if (halted() || !busy()) return false;
  if (!settle_ready()) wait_for_news(longest);
  return true;
}

std::vector<StepResult> Executor::Impl::finish(const std::string& lost_because) {
  std::vector<StepResult> out = results(lost_because);
  record.close();
  failpoint(Place::RunExecuted);
  return out;
}

void Executor::Impl::start_ready() {
  while (!halted()) {
    const auto handle = dispatcher->start(endpoint.now());
    if (!handle) {
      const bool any_runs = std::any_of(active.begin(), active.end(), [](const Active& one) {
        return one.slot == Active::Slot::Held;
      });
      // Nothing runs and nothing may start: limits of zero would have us wait for ever.
      if (!any_runs && dispatcher->waiting() > 0) stopped = true;
      return;
    }
    if (*handle < jobs.size()) {
      go_on(static_cast<std::size_t>(*handle));
      continue;
    }
    for (Active& one : active) {
      if (one.handle != *handle || one.slot != Active::Slot::Queued) continue;
      one.slot = Active::Slot::Held;
      one.due = endpoint.now();
    }
  }
}

std::optional<policy::Time> Executor::Impl::next_look(const Active& one) const {
  const policy::TaskSeen* const task =
      one.op.task.empty() ? nullptr : endpoint.board().find(one.op.task);
  // The stream tells of its end. A task that the stream does not show is asked for.
  const bool told = task != nullptr && !is_task_over(*task);
  return told || one.slot == Active::Slot::Queued ? std::nullopt : one.due;
}

bool Executor::Impl::ended_unseen(const Active& one) const {
  const policy::TaskSeen* const task =
      one.op.task.empty() ? nullptr : endpoint.board().find(one.op.task);
  return task != nullptr && is_task_over(*task) && !one.end_seen;
}

bool Executor::Impl::has_news(const Active& one, policy::Time now) const {
  const auto due = next_look(one);
  return ended_unseen(one) || (due && *due <= now);
}

void Executor::Impl::queue_slot(Active& one) {
  one.handle = next_handle++;
  one.slot = Active::Slot::Queued;
  dispatcher->add(one.handle, one.demand, std::chrono::seconds{60}, endpoint.now());
}

void Executor::Impl::release_slot(Active& one) {
  const bool own = dispatcher && one.handle >= jobs.size();
  if (own && one.slot == Active::Slot::Held) dispatcher->finish(one.handle);
  if (own && one.slot == Active::Slot::Queued) dispatcher->drop(one.handle);
  one.slot = Active::Slot::None;
}

bool Executor::Impl::settle_ready() {
  bool any = false;
  const policy::Time now = endpoint.now();
  for (auto at = active.begin(); at != active.end() && !halted();) {
    Active& one = *at;
    if (one.slot == Active::Slot::Queued || !has_news(one, now)) {
      ++at;
      continue;
    }
    one.end_seen = one.end_seen || ended_unseen(one);
    any = true;
    if (one.slot == Active::Slot::None) {
      queue_slot(one);
      ++at;
      continue;
    }
    settle(one);
    at = one.finished ? active.erase(at) : std::next(at);
  }
  return any;
}

void Executor::Impl::wait_for_news(std::chrono::seconds longest) {
  const policy::Time now = endpoint.now();
  for (const Active& one : active) {
    const auto due = next_look(one);
    if (!due) continue;
    const auto left = std::chrono::ceil<std::chrono::seconds>(*due - now);
    longest = std::min(longest, std::max(left, std::chrono::seconds{1}));
  }
  try {
    endpoint.wait(longest);
    lost = 0;
  } catch (const vsphere::Error& error) {
    survive(error);
  }
  tell_progress();
}

void Executor::Impl::tell_progress() {
  for (Active& one : active) {
    const policy::TaskSeen* const task =
        one.op.task.empty() ? nullptr : endpoint.board().find(one.op.task);
    if (task == nullptr || !task->running() || task->progress < 0) continue;
    one.op.task_key = task->key;
    if (std::abs(task->progress - one.op.progress) < kProgressStep) continue;
    one.op.progress = task->progress;
    record.progress(one.op);
  }
}

std::vector<StepResult> Executor::Impl::results(const std::string& lost_because) {
  for (const Active& one : active) {
    if (!one.job) continue;
    StepResult& result = progress[*one.job].results[one.step];
    result.end = StepEnd::Open;
    result.operation = one.op;
    result.text = one.op.why;
    progress[*one.job].open = true;
  }
  std::vector<StepResult> out;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    JobProgress& of = progress[j];
    for (std::size_t s = 0; s < of.results.size(); ++s) {
      StepResult& result = of.results[s];
      result.job = j;
      result.step = s;
      const bool untold = result.end == StepEnd::NotTried && result.text.empty();
      if (s == of.next && !of.open && untold && !lost_because.empty()) {
        result.text = "it was not sent: " + lost_because;
      } else if (s == of.next && !of.open && untold) {
        result.end = StepEnd::Interrupted;
        result.text = "stopped before it was sent";
      } else if (untold) {
        result.text = "a step before it did not end well";
      }
      out.push_back(std::move(result));
    }
  }
  return out;
}

}  // namespace agent
