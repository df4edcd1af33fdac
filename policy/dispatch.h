// Which of the waiting operations may start now, under limits per vCenter, host and datastore, so
// that no policy starves and the whole is done early.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/time.h"

namespace policy {

struct SlotLimits {
  int per_vcenter = 16, per_host = 4, per_datastore = 2;
};

/// What an operation takes while it runs.
struct SlotDemand {
  std::string vm;                       ///< moid: never two at once
  std::string host;                     ///< moid, may be ""
  std::vector<std::string> datastores;  ///< moids, each once
};

/// One endpoint's slots. Jobs are handles of the caller's.
/// Order: a job may start when all its slots are free. Of those that may, the one whose scarcest
/// resource has the most work left (sum of expected durations / limit) goes first, longest first;
/// no job is passed over by jobs queued later for longer than `patience`: then its slots are kept
/// free for it.
class Dispatcher {
 public:
  explicit Dispatcher(SlotLimits limits, std::chrono::seconds patience = std::chrono::minutes{30});
  using Job = std::uint64_t;
  /// `expected`: how long it will take, best guess.
  void add(Job job, SlotDemand demand, std::chrono::seconds expected, Time queued);
  /// Takes the slots of the next job; nothing when none may start.
  std::optional<Job> start(Time now);
  /// Takes the slots of one that runs already (found at a start), even above the limits.
  void adopt(Job job, SlotDemand demand);
  void finish(Job job);
  /// Out of the queue, when it is no longer wanted.
  void drop(Job job);
  std::size_t waiting() const;
  std::size_t running() const;
  /// Running operations that use each resource, by kind and moid, for reports and tests.
  int in_use_of_host(const std::string& host) const;
  int in_use_of_datastore(const std::string& datastore) const;

 private:
  struct Entry {
    Job job = 0;
    SlotDemand demand;
    std::chrono::seconds expected{0};
    Time queued{};
  };
  SlotLimits limits_;
  std::chrono::seconds patience_;
  std::map<Job, SlotDemand> running_;
  std::map<std::string, int> hosts_, datastores_;
  std::vector<Entry> queue_;
};

}  // namespace policy
