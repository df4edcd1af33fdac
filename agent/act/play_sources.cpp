#include "agent/act/play_sources.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "agent/act/execute/stored_ownership.h"
#include "agent/act/saved_inventory.h"
#include "agent/act/state.h"
#include "agent/config/policies.h"
#include "agent/config/schedule_text.h"
#include "policy/guard.h"

namespace agent {
namespace {

constexpr std::chrono::hours kHistory{30 * 24};

// The tables of zones end somewhere, and what is played forward has to end before.
constexpr policy::Time kFirstPlayed = std::chrono::sys_days{std::chrono::year{1970} / 1 / 2};
constexpr policy::Time kLastPlayed = std::chrono::sys_days{std::chrono::year{2099} / 1 / 1};

PlaySource from_file(const std::string& file, const Config& config) {
  PlaySource source;
  source.inventory = load_inventory(file, config);
  source.now = source.inventory.taken;
  if (source.now < kFirstPlayed || source.now > kLastPlayed) {
    throw Error("input", ExitCode::Usage,
                "the inventory " + file + " was taken at " + policy::format_utc(source.now) +
                    "; the calendars here reach from 1970 to 2100");
  }
  if (!source.inventory.complete)
    source.gaps.push_back(file + " is of a scan that was not complete");
  return source;
}

/// For how long a scan is as good as new: twice as long as scans of its endpoint mostly lie apart,
/// a day where too few were made to tell.
std::chrono::microseconds fresh_for(const storage::ScanSummary& last,
                                    const std::vector<storage::ScanSummary>& scans) {
  std::vector<policy::Time> times;  // newest first
  for (const storage::ScanSummary& scan : scans) {
    if (scan.endpoint.name == last.endpoint.name) times.push_back(scan.finished);
  }
  std::vector<std::chrono::microseconds> apart;
  for (std::size_t i = 1; i < times.size(); ++i) apart.push_back(times[i - 1] - times[i]);
  constexpr std::size_t kEnough = 3;
  if (apart.size() < kEnough) return std::chrono::hours{24};
  const auto middle = apart.begin() + static_cast<std::ptrdiff_t>(apart.size() / 2);
  std::nth_element(apart.begin(), middle, apart.end());
  return 2 * *middle;
}

PlaySource from_state(Context& context) {
  constexpr std::size_t kScansLookedAt = 200;
  PlaySource source;
  source.now = context.clock.now();
  source.store.emplace(open_state(context.config, storage::Access::ReadOnly));
  const std::vector<storage::ScanSummary> scans = source.store->scans(kScansLookedAt);
  std::set<std::string> scanned;
  for (const storage::ScanSummary& scan : source.store->last_scans()) {
    scanned.insert(scan.endpoint.name);
    if (source.now - scan.finished > fresh_for(scan, scans)) {
      source.gaps.push_back(scan.endpoint.name + ": the last scan is of " +
                            policy::format_utc(scan.finished) +
                            "; what happened since is not in it, `deltakeep scan` looks again");
    }
    for (const std::string& gap : scan.missing)
      source.gaps.push_back(scan.endpoint.name + ": " + gap);
  }
  const StoredOwnership ownership(context.config, *source.store, context.log, source.now);
  for (const VcenterConfig& vcenter : context.config.vcenters) {
    if (!scanned.contains(vcenter.name)) source.gaps.push_back(vcenter.name + " was never scanned");
  }
  source.store->for_each_vm(
      {}, [&](const policy::Vm& vm) { ownership.apply(source.inventory.vms.emplace_back(vm)); });
  source.inventory.datastores = source.store->datastores();
  return source;
}

std::vector<policy::Time> runs_of(const policy::Schedule& schedule, policy::Time now,
                                  policy::Time until) {
  std::vector<policy::Time> runs;
  for (auto run = schedule.next_run(now); run && run->start <= until;
       run = schedule.next_run(run->start)) {
    runs.push_back(run->start);
  }
  return runs;
}

const policy::Datastore* datastore_of(const policy::Vm& vm, const std::string& moid,
                                      const policy::Inventory& inventory) {
  for (const policy::Datastore& one : inventory.datastores) {
    if (one.endpoint == vm.identity.endpoint && one.moid == moid) return &one;
  }
  return nullptr;
}

policy::DeltaKind kind_of(const policy::Vm& vm, const policy::Disk& disk,
                          const policy::Inventory& inventory) {
  if (disk.kind != policy::DeltaKind::None) return disk.kind;
  const policy::Datastore* datastore = datastore_of(vm, disk.datastore, inventory);
  if (datastore == nullptr) return policy::DeltaKind::Unknown;
  if (datastore->type == "vsan") return policy::DeltaKind::VsanSparse;
  if (datastore->type == "vvol") return policy::DeltaKind::Native;
  return policy::DeltaKind::Unknown;
}

std::vector<policy::GrowthSample> growth_samples(const storage::DiskHistory& disk) {
  std::vector<policy::GrowthSample> samples;
  samples.reserve(disk.samples.size());
  for (const storage::Sample& one : disk.samples) {
    samples.push_back({.time = one.time,
                       .running_bytes = one.running_bytes,
                       .depth = one.depth,
                       .max_depth = one.max_depth});
  }
  return samples;
}

/// What is in the way until a person does something about it. Others pass by themselves, or are
/// played (the depth).
bool lasts(const std::string& rule) {
  constexpr std::array<std::string_view, 8> kLasting{
      "unsupported",     "unreadable", "broken-chain",  "tree-in-doubt",
      "helper-snapshot", "merge-debt", "orphan-deltas", "method-disabled"};
  return std::find(kLasting.begin(), kLasting.end(), rule) != kLasting.end();
}

std::string lasting_refusal(const policy::Vm& vm, const PlannedPolicy& policy,
                            const PlaySource& source, policy::Act act) {
  const policy::EndpointFacts endpoint;
  const policy::VmFacts facts;
  const policy::GuardInput input{vm, source.now, endpoint, policy.policy.facts, facts, {}};
  for (const policy::Refusal& one : policy::refusals(input, act, policy::Moment::Plan)) {
    const bool no =
        one.verdict == policy::Verdict::Refused || one.verdict == policy::Verdict::Skipped;
    if (no && lasts(one.rule)) return one.rule;
  }
  return {};
}

}  // namespace

PlaySource load_source(const std::string& inventory_file, Context& context) {
  return inventory_file.empty() ? from_state(context) : from_file(inventory_file, context.config);
}

void keep_only(const std::string& text, policy::Inventory& inventory) {
  std::vector<policy::Vm>& vms = inventory.vms;
  const std::size_t place = find_vm(inventory, text);
  if (place > 0) vms.front() = std::move(vms[place]);
  vms.erase(vms.begin() + 1, vms.end());
}

int PlannedPolicy::runs_between(policy::Time from, policy::Time to) const {
  if (!schedule || policy.method() == policy::Method::Retain) return 0;
  return static_cast<int>(runs_of(*schedule, from, to).size());
}

PlannedPolicies::PlannedPolicies(const Config& config, const policy::Inventory& inventory,
                                 policy::Time now, policy::Time until)
    : source_(config.source),
      selecting_(selection_rules(config), inventory.datastores, protected_vms(config)),
      endpoints_(endpoint_facts(config)) {
  std::vector<policy::Policy> policies = policies_of(config, now);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const PolicyConfig& written = config.policies[i];
    PlannedPolicy planned{
        .policy = std::move(policies[i]), .schedule = {}, .runs = {}, .clone = written.clone};
    if (!written.schedule.empty()) {
      planned.schedule = schedule_of(written, planned.policy.zone);
      planned.runs = runs_of(*planned.schedule, now, until);
    }
    policies_.push_back(std::move(planned));
  }
}

const PlannedPolicy* PlannedPolicies::of(const policy::Vm& vm) const {
  const policy::Selection selection = selecting_.of(vm);
  if (!selection.never.empty()) return nullptr;
  for (const policy::Method method :
       {policy::Method::Snapshot, policy::Method::Retain, policy::Method::Clone}) {
    for (const std::string& name : selection.policies) {
      const PlannedPolicy& one = named(name);
      if (one.policy.method() == method) return &one;
    }
  }
  return nullptr;
}

const PlannedPolicy* PlannedPolicies::of(const policy::Vm& vm, const std::string& name) const {
  if (name.empty()) return of(vm);
  const policy::Selection selection = selecting_.of(vm);
  const auto& has = selection.policies;
  const bool ours = selection.never.empty() && std::find(has.begin(), has.end(), name) != has.end();
  return ours ? &named(name) : nullptr;
}

const PlannedPolicy& PlannedPolicies::named(const std::string& name) const {
  std::string names;
  for (const PlannedPolicy& one : policies_) {
    if (one.policy.name() == name) return one;
    names += " " + one.policy.name();
  }
  throw Error("config", ExitCode::Usage,
              "no [[policy]] of " + source_ + " is called \"" + name + "\"; " +
                  (names.empty() ? "it has none" : "it has:" + names));
}

bool PlannedPolicies::armed(const PlannedPolicy& policy, const policy::Vm& vm) const {
  const auto endpoint = endpoints_.find(vm.identity.endpoint);
  return policy.policy.facts.armed && endpoint != endpoints_.end() &&
         endpoint->second.armed.value_or(false);
}

VmHabits habits_of(const policy::Vm& vm, const PlaySource& source, const PlannedPolicy* ours) {
  VmHabits habits;
  std::vector<storage::DiskHistory> history;
  if (source.store) history = source.store->history(vm.identity, source.now - kHistory);
  for (const policy::Disk& disk : vm.disks) {
    habits.kinds.push_back(kind_of(vm, disk, source.inventory));
    const auto found = std::find_if(history.begin(), history.end(),
                                    [&](const auto& one) { return one.key == disk.key; });
    std::vector<policy::GrowthSample> samples;
    if (found != history.end()) samples = growth_samples(*found);
    const policy::Growth growth = policy::estimate_growth(samples);
    std::vector<policy::FrozenDelta> frozen = policy::frozen_deltas(samples);
    // What the chain shows is what was written for sure; the history may have seen it, too.
    const std::vector<policy::FrozenDelta> chain = policy::frozen_deltas(vm, disk);
    frozen.insert(frozen.end(), chain.begin(), chain.end());
    habits.writes.push_back(
        {.model = policy::WriteModel(std::move(frozen), growth), .growth = growth});
    if (samples.empty() || habits.foreign) continue;
    const int own =
        ours == nullptr ? 0 : ours->runs_between(samples.front().time, samples.back().time);
    habits.foreign = policy::foreign_habit(samples, own);
  }
  return habits;
}

policy::PlaybackInput playback_of(const policy::Vm& vm, const PlannedPolicy* policy,
                                  const VmHabits& habits, const PlaySource& source,
                                  std::span<const policy::Time> ticks, policy::Time until) {
  policy::PlaybackInput input{.vm = vm,
                              .policy = nullptr,
                              .runs = {},
                              .ticks = ticks,
                              .writes = habits.writes,
                              .now = source.now,
                              .until = until,
                              .create_refused = {},
                              .removal_refused = {},
                              .copies = {},
                              .takes_over = false};
  if (policy == nullptr) return input;
  input.policy = &policy->policy;
  input.runs = policy->runs;
  const bool clone = policy->policy.method() == policy::Method::Clone;
  input.create_refused =
      lasting_refusal(vm, *policy, source, clone ? policy::Act::Clone : policy::Act::Create);
  input.removal_refused = lasting_refusal(vm, *policy, source, policy::Act::Remove);
  if (clone && policy->clone) {
    policy::PlayedCopies copies{.datastore = {}, .deletes_old = policy->clone->delete_old};
    for (const policy::Datastore& one : source.inventory.datastores) {
      const bool meant =
          one.endpoint == vm.identity.endpoint && one.name == policy->clone->datastore;
      if (meant) copies.datastore = one.moid;
    }
    input.copies = std::move(copies);
  }
  return input;
}

}  // namespace agent
