#include "agent/act/execute/endpoint_turns.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <string>
#include <utility>

namespace agent {
namespace {

/// The server's updates are waited for in whole seconds. One light call a second goes out in all,
/// however many endpoints have tasks that run.
constexpr std::chrono::seconds kAmongOthers{1};

/// One endpoint, and how far it has come.
class Worker {
 public:
  Worker(EndpointWork work, const std::stop_token& stop, const WorkWatch& watch)
      : work_(std::move(work)), stop_(stop), watch_(watch) {
    take_on(std::move(work_.jobs));
  }

  bool under_way() const { return under_way_; }

  void turn(std::chrono::seconds longest) {
    try {
      if (work_.executor->turn(longest)) return;
    } catch (const vsphere::Error& error) {
      lose(error);
    }
    finish();
  }

 private:
  void take_on(std::vector<PlannedJob> planned) {
    planned_ = std::move(planned);
    jobs_.clear();
    for (const PlannedJob& one : planned_) jobs_.push_back(one.job);
    under_way_ = true;
    try {
      work_.executor->take_on(jobs_);
    } catch (const vsphere::Error& error) {
      lose(error);
      finish();
    }
  }

  void lose(const vsphere::Error& error) {
    lost_ = error.what();
    watch_.lost(work_.endpoint, error);
  }

  void finish() {
    under_way_ = false;
    for (const StepResult& result : work_.executor->finish(lost_)) {
      watch_.took(planned_[result.job], result);
    }
    auto next = std::exchange(work_.next, nullptr);
    if (next && lost_.empty() && !stop_.stop_requested()) take_on(next());
  }

  EndpointWork work_;
  const std::stop_token& stop_;
  const WorkWatch& watch_;
  std::vector<PlannedJob> planned_;
  std::vector<Job> jobs_;  ///< the executor looks at them until it is finished
  bool under_way_ = false;
  std::string lost_;  ///< why the session is lost for good; "": it is not
};

}  // namespace

void work_side_by_side(std::vector<EndpointWork> work, const std::stop_token& stop,
                       const WorkWatch& watch) {
  std::list<Worker> workers;
  for (EndpointWork& one : work) {
    if (stop.stop_requested()) break;
    workers.emplace_back(std::move(one), stop, watch);
  }
  const auto under_way = [](const Worker& one) { return one.under_way(); };
  while (true) {
    const auto count = std::count_if(workers.begin(), workers.end(), under_way);
    if (count == 0) return;
    for (Worker& one : workers) {
      if (one.under_way()) one.turn(count == 1 ? Executor::kLongestWait : kAmongOthers);
    }
  }
}

}  // namespace agent
