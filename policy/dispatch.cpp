#include "policy/dispatch.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace policy {

template <bool kOldestFirst>
bool Dispatcher::Group::Order<kOldestFirst>::operator()(const Entry& a, const Entry& b) const {
  if (kOldestFirst && a.queued != b.queued) return a.queued < b.queued;
  return std::tie(b.expected, a.queued, a.job) < std::tie(a.expected, b.queued, b.job);
}

/// The best job so far, and what makes it so.
struct Dispatcher::Choice {
  const Entry* entry = nullptr;
  const Resources* resources = nullptr;
  double load = 0;  ///< seconds per slot of its scarcest resource
};

Dispatcher::Dispatcher(SlotLimits limits, std::chrono::seconds patience)
    : limits_(limits), patience_(patience) {}

std::size_t Dispatcher::resource(std::map<std::string, std::size_t>& names, const std::string& moid,
                                 int limit) {
  const auto [found, made] = names.emplace(moid, resources_.size());
  if (made) resources_.push_back({limit, 0, std::chrono::seconds{0}, {}});
  return found->second;
}

Dispatcher::Resources Dispatcher::resources_of(const SlotDemand& demand) {
  Resources resources;
  if (!demand.host.empty()) {
    resources.push_back(resource(hosts_, demand.host, limits_.per_host));
  }
  for (const std::string& datastore : demand.datastores) {
    resources.push_back(resource(datastores_, datastore, limits_.per_datastore));
  }
  std::sort(resources.begin(), resources.end());
  resources.erase(std::unique(resources.begin(), resources.end()), resources.end());
  return resources;
}

void Dispatcher::add(Job job, SlotDemand demand, std::chrono::seconds expected, Time queued) {
  remove(job);
  const auto [group, made] = groups_.try_emplace(resources_of(demand));
  const Entry entry{job, std::move(demand.vm), expected, queued};
  group->second.by_length.insert(entry);
  group->second.by_age.insert(entry);
  for (const std::size_t at : group->first) {
    resources_[at].work += expected;
    if (made) resources_[at].groups.insert(&*group);
  }
  waiting_.emplace(job, std::pair{group, entry});
  ++queued_[queued];
  nothing_can_start_ = false;
}

void Dispatcher::remove(Job job) {
  const auto found = waiting_.find(job);
  if (found == waiting_.end()) return;
  const auto& [group, entry] = found->second;
  group->second.by_length.erase(entry);
  group->second.by_age.erase(entry);
  const bool last = group->second.by_age.empty();
  for (const std::size_t at : group->first) {
    resources_[at].work -= entry.expected;
    if (last) resources_[at].groups.erase(&*group);
  }
  if (last) groups_.erase(group);
  const auto queued = queued_.find(entry.queued);
  if (--queued->second == 0) queued_.erase(queued);
  waiting_.erase(found);
}

void Dispatcher::drop(Job job) {
  remove(job);
  nothing_can_start_ = false;  // slots may have been kept free for it
}

void Dispatcher::occupy(Job job, const std::string& vm, Resources resources) {
  for (const std::size_t at : resources) ++resources_[at].in_use;
  ++busy_vms_[vm];
  running_.emplace(job, std::pair{vm, std::move(resources)});
}

void Dispatcher::adopt(Job job, SlotDemand demand) { occupy(job, demand.vm, resources_of(demand)); }

void Dispatcher::finish(Job job) {
  const auto found = running_.find(job);
  if (found == running_.end()) return;
  for (const std::size_t at : found->second.second) --resources_[at].in_use;
  const auto vm = busy_vms_.find(found->second.first);
  if (--vm->second == 0) busy_vms_.erase(vm);
  running_.erase(found);
  nothing_can_start_ = false;
}

bool Dispatcher::has_room(const Resources& resources, const std::vector<int>& held) const {
  return std::all_of(resources.begin(), resources.end(), [&](std::size_t at) {
    return resources_[at].in_use + held[at] < resources_[at].limit;
  });
}

double Dispatcher::Resource::load() const {
  return static_cast<double>(work.count()) / std::max(limit, 1);
}

void Dispatcher::consider(const GroupItem& group, const Entry* entry, Choice& best) const {
  if (entry == nullptr) return;
  double load = 0;
  for (const std::size_t at : group.first) load = std::max(load, resources_[at].load());
  const bool better = best.entry == nullptr || load > best.load ||
                      (load == best.load && Group::Order<false>{}(*entry, *best.entry));
  if (better) best = {entry, &group.first, load};
}

const Dispatcher::Entry* Dispatcher::longest_idle(const Group& group) const {
  for (const Entry& entry : group.by_length) {
    if (busy_vms_.count(entry.vm) == 0) return &entry;
  }
  return nullptr;
}

/// Those that waited too long, from the oldest on: the first that has room, or else what it needs
/// is held. More than all slots of a resource are not held, and whoever needs it comes later
/// anyway.
Dispatcher::Choice Dispatcher::choose_overdue(Time now, std::vector<int>& held) const {
  // Nobody can be passed over by jobs queued later while there are none.
  if (queued_.size() < 2 || now - queued_.begin()->first <= patience_) return {};
  using Place = std::pair<std::set<Entry, Group::Order<true>>::const_iterator, const GroupItem*>;
  const auto later = [](const Place& a, const Place& b) {
    return a.first->queued > b.first->queued;
  };
  std::priority_queue<Place, std::vector<Place>, decltype(later)> oldest(later);
  for (const auto& group : groups_) {
    const auto first = group.second.by_age.begin();
    if (now - first->queued > patience_) oldest.push({first, &group});
  }
  const auto all_held = [&](const Resources& resources) {
    return std::any_of(resources.begin(), resources.end(),
                       [&](std::size_t at) { return held[at] >= resources_[at].limit; });
  };
  while (!oldest.empty()) {
    // Jobs queued at one time pass each other freely.
    const Time queued = oldest.top().first->queued;
    std::vector<Place> cohort;
    for (; !oldest.empty() && oldest.top().first->queued == queued; oldest.pop()) {
      cohort.push_back(oldest.top());
    }
    Choice best;
    for (const auto& [first, group] : cohort) {
      if (!has_room(group->first, held)) continue;
      const auto end = group->second.by_age.end();
      auto at = first;
      while (at != end && at->queued == queued && busy_vms_.count(at->vm) != 0) ++at;
      if (at != end && at->queued == queued) consider(*group, &*at, best);
    }
    if (best.entry != nullptr) return best;
    for (auto [at, group] : cohort) {
      const auto end = group->second.by_age.end();
      for (; at != end && at->queued == queued && !all_held(group->first); ++at) {
        if (busy_vms_.count(at->vm) != 0) continue;  // slots are not what it waits for
        for (const std::size_t one : group->first) ++held[one];
      }
      if (at != end && now - at->queued > patience_ && !all_held(group->first)) {
        oldest.push({at, group});
      }
    }
  }
  return {};
}

/// From the scarcest resource on: the first one of which a job can start has the job, for one with
/// a scarcer resource would have been found there.
Dispatcher::Choice Dispatcher::choose_any(const std::vector<int>& held) const {
  std::vector<std::pair<double, std::size_t>> scarce;
  for (std::size_t at = 0; at < resources_.size(); ++at) {
    if (!resources_[at].groups.empty()) scarce.emplace_back(resources_[at].load(), at);
  }
  std::make_heap(scarce.begin(), scarce.end());
  Choice best;
  for (; !scarce.empty() && (best.entry == nullptr || scarce.front().first == best.load);
       scarce.pop_back()) {
    std::pop_heap(scarce.begin(), scarce.end());
    const auto [load, at] = scarce.back();
    if (resources_[at].in_use + held[at] >= resources_[at].limit) continue;
    for (const GroupItem* group : resources_[at].groups) {
      if (!has_room(group->first, held)) continue;
      const Entry* entry = longest_idle(group->second);
      if (entry == nullptr) continue;
      if (best.entry != nullptr && !Group::Order<false>{}(*entry, *best.entry)) continue;
      best = {entry, &group->first, load};
    }
  }
  if (best.entry != nullptr) return best;
  const auto free = groups_.find({});  // jobs that need no host and no datastore that is known
  if (free != groups_.end()) consider(*free, longest_idle(free->second), best);
  return best;
}

std::optional<Dispatcher::Job> Dispatcher::start(Time now) {
  const auto vcenter = static_cast<std::size_t>(std::max(limits_.per_vcenter, 0));
  if (nothing_can_start_ || waiting_.empty() || running_.size() >= vcenter) return std::nullopt;
  std::vector<int> held(resources_.size(), 0);
  Choice choice = choose_overdue(now, held);
  if (choice.entry == nullptr) choice = choose_any(held);
  if (choice.entry == nullptr) {
    // Time alone lets nothing start: it only makes more jobs overdue, which hold more.
    nothing_can_start_ = true;
    return std::nullopt;
  }
  const Entry entry = *choice.entry;
  Resources resources = *choice.resources;
  remove(entry.job);
  occupy(entry.job, entry.vm, std::move(resources));
  return entry.job;
}

std::size_t Dispatcher::waiting() const { return waiting_.size(); }
std::size_t Dispatcher::running() const { return running_.size(); }

int Dispatcher::in_use_of_host(const std::string& host) const {
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? 0 : resources_[found->second].in_use;
}

int Dispatcher::in_use_of_datastore(const std::string& datastore) const {
  const auto found = datastores_.find(datastore);
  return found == datastores_.end() ? 0 : resources_[found->second].in_use;
}

}  // namespace policy
