// Which of the waiting operations may start now, under limits per vCenter, host and datastore, so
// that no policy starves and the whole is done early.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
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

/// One endpoint's slots. Jobs are handles of the caller's, each is added or adopted once.
/// Order: a job may start when all its slots are free. Of those that may, the one whose scarcest
/// host or datastore has the most work left (sum of expected durations / limit) goes first, longest
/// first; no job is passed over by jobs queued later for longer than `patience` after it was
/// queued: then its slots on host and datastores are kept free for it. A start costs as many steps
/// as there are different sets of host and datastores in the queue.
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
  using Resources = std::vector<std::size_t>;  ///< hosts and datastores; sorted, each once
  struct Entry {
    Job job = 0;
    std::string vm;
    std::chrono::seconds expected{0};
    Time queued{};
  };
  /// Jobs that need the same resources: what keeps one from starting keeps all of them.
  struct Group {
    template <bool kOldestFirst>
    struct Order {
      bool operator()(const Entry& a, const Entry& b) const;
    };
    std::set<Entry, Order<false>> by_length;
    std::set<Entry, Order<true>> by_age;  ///< of equal age the longest first
  };
  using Groups = std::map<Resources, Group>;
  using GroupItem = Groups::value_type;
  struct Resource {
    int limit = 0, in_use = 0;
    std::chrono::seconds work{0};  ///< expected, of the jobs that wait for it
    std::set<const GroupItem*> groups;
    double load() const;  ///< seconds of work a slot
  };
  struct Choice;

  std::size_t resource(std::map<std::string, std::size_t>& names, const std::string& moid,
                       int limit);
  Resources resources_of(const SlotDemand& demand);
  bool has_room(const Resources& resources, const std::vector<int>& held) const;
  void consider(const GroupItem& group, const Entry* entry, Choice& best) const;
  const Entry* longest_idle(const Group& group) const;
  Choice choose_overdue(Time now, std::vector<int>& held) const;
  Choice choose_any(const std::vector<int>& held) const;
  void remove(Job job);
  void occupy(Job job, const std::string& vm, Resources resources);

  SlotLimits limits_;
  std::chrono::seconds patience_;
  std::vector<Resource> resources_;
  std::map<std::string, std::size_t> hosts_, datastores_;
  Groups groups_;
  std::map<Job, std::pair<Groups::iterator, Entry>> waiting_;
  std::map<Time, std::size_t> queued_;  ///< how many of the waiting jobs were queued when
  std::map<Job, std::pair<std::string, Resources>> running_;
  std::map<std::string, int> busy_vms_;
  bool nothing_can_start_ = false;  ///< since the last change
};

}  // namespace policy
