#include "agent/act/execute/gather.h"

#include <algorithm>
#include <set>

#include "agent/act/execute/watermark.h"
#include "agent/config/policies.h"

namespace agent {
namespace {

/// How many VMs the last scan no longer found, beside those of the complete scan before it. Where
/// nothing is earlier nothing has shrunk; unset where the last scan tells nothing of absence, or
/// what is earlier is too old or too partial to compare with.
std::optional<policy::EndpointFacts::Shrunken> shrunken(const storage::Store& store,
                                                        const storage::ScanSummary& last,
                                                        const std::vector<storage::GoneVm>& gone) {
  constexpr std::size_t kLookedThrough = 200;
  const std::vector<storage::ScanSummary> scans = store.scans(kLookedThrough);
  bool first = scans.size() < kLookedThrough;
  for (const storage::ScanSummary& scan : scans) {
    if (scan.endpoint.uuid != last.endpoint.uuid || scan.id >= last.id) continue;
    first = false;
    if (scan.outcome != storage::ScanOutcome::Complete) continue;
    policy::EndpointFacts::Shrunken result{.before = scan.vms, .gone = 0};
    for (const storage::GoneVm& vm : gone) {
      if (vm.identity.endpoint == last.endpoint.name && vm.last_seen >= scan.started) ++result.gone;
    }
    return result;
  }
  if (!first || last.outcome != storage::ScanOutcome::Complete) return std::nullopt;
  return policy::EndpointFacts::Shrunken{.before = last.vms, .gone = 0};
}

class Gatherer {
 public:
  Gatherer(const Config& config, const storage::Store& store, storage::Journal& journal,
           const MarkerKey* key, policy::Time now)
      : config_(config), store_(store), journal_(journal), key_(key), watch_(journal) {
    result_.now = now;
    result_.endpoints = endpoint_facts(config);
    result_.journalled = !journal.identity().agent.empty();
  }

  Gathered gather() {
    const std::vector<storage::ScanSummary> scans = store_.last_scans();
    read_scans(scans);
    read_holds();
    read_vms();
    result_.copies = known_copies(journal_, key_, scans);
    look_at_released(result_.inventory, result_.copies);
    for (const auto& [name, uuid] : result_.endpoint_uuids) read_watch(name, uuid);
    return std::move(result_);
  }

 private:
  void read_scans(const std::vector<storage::ScanSummary>& scans) {
    policy::Inventory& inventory = result_.inventory;
    inventory.complete = true;
    std::vector<storage::GoneVm> gone = store_.gone_vms();
    forget_deleted_copies(journal_, gone);
    for (const storage::ScanSummary& scan : scans) {
      inventory.endpoints.push_back(scan.endpoint);
      // A plan is as old as the oldest of what it is from.
      if (result_.endpoint_uuids.empty() || scan.finished < inventory.taken) {
        inventory.taken = scan.finished;
      }
      result_.endpoint_uuids[scan.endpoint.name] = scan.endpoint.uuid;
      policy::EndpointFacts& facts = result_.endpoints[scan.endpoint.name];
      facts.is_host = scan.endpoint.is_host;
      facts.scan_complete = scan.outcome == storage::ScanOutcome::Complete;
      facts.gaps = scan.missing;
      facts.shrunken = shrunken(store_, scan, gone);
      for (const std::string& gap : scan.missing) {
        result_.gaps.push_back(scan.endpoint.name + ": " + gap);
      }
      inventory.complete = inventory.complete && *facts.scan_complete;
    }
    for (const VcenterConfig& vcenter : config_.vcenters) {
      if (result_.endpoint_uuids.contains(vcenter.name)) continue;
      result_.gaps.push_back(vcenter.name + " was never scanned");
      inventory.complete = false;
    }
    inventory.datastores = store_.datastores();
  }

  void read_holds() {
    const storage::Holds holds(journal_);
    storage::OperationFilter open_ones;
    open_ones.open_only = true;
    result_.open = journal_.operations(open_ones);
    result_.pauses = holds.pauses();
    for (const storage::Waiting& one : holds.waiting()) {
      const auto [place, added] =
          result_.waiting_since.try_emplace({one.endpoint_uuid, one.vm_moid}, one.since);
      if (!added) place->second = std::min(place->second, one.since);
    }
    for (const auto& [name, uuid] : result_.endpoint_uuids)
      result_.marks.merge(holds.marks(uuid, name));
    for (auto& [name, facts] : result_.endpoints) {
      facts.paused = pause_of(result_.pauses, "vcenter", name, result_.now);
    }
  }

  void read_vms() {
    const storage::Holds holds(journal_);
    const Ownership ownership(journal_, holds, key_, result_.now);
    store_.for_each_vm({}, [&](const policy::Vm& seen) {
      policy::Vm& vm = result_.inventory.vms.emplace_back(seen);
      ownership.apply(vm, uuid_of(vm), &result_.doubts);
    });
  }

  std::string uuid_of(const policy::Vm& vm) const {
    const auto found = result_.endpoint_uuids.find(vm.identity.endpoint);
    return found == result_.endpoint_uuids.end() ? std::string() : found->second;
  }

  void read_watch(const std::string& name, const std::string& uuid) {
    if (!result_.journalled) return;
    read_doubts(name, uuid);
    for (const storage::DetachedSnapshot& one : watch_.detached(uuid)) {
      result_.detached[{uuid, one.vm_moid}][one.snapshot_moid] = one.since;
    }
    read_rates(uuid);
  }

  /// What nobody compared yet stays unset: not known is not the same as in order.
  void read_doubts(const std::string& name, const std::string& uuid) {
    policy::EndpointFacts& facts = result_.endpoints[name];
    if (const std::optional<storage::Watermark> mark = watch_.watermark(uuid)) {
      facts.clock_skew =
          std::chrono::round<std::chrono::seconds>(mark->server_time - mark->our_time);
      facts.clock_step = std::chrono::seconds{0};
      facts.rolled_back = false;
    }
    if (key_ != nullptr) facts.database_restored = false;
    for (const OwnershipDoubt& doubt : result_.doubts) {
      if (doubt.endpoint != name) continue;
      if (doubt.kind == OwnershipDoubt::Kind::UnknownMark) facts.database_restored = true;
      if (doubt.renumbered) facts.rolled_back = true;
    }
    add_standing_doubts(watch_, uuid, facts);
  }

  void read_rates(const std::string& uuid) {
    std::map<std::string, std::vector<double>> of_vms, of_datastores;
    for (const storage::MergeMeasure& one : watch_.merges(uuid)) {
      if (one.bytes == 0 || one.took <= std::chrono::seconds{0}) continue;
      const double rate = static_cast<double>(one.bytes) / static_cast<double>(one.took.count());
      of_vms[one.vm_moid].push_back(rate);
      of_datastores[one.datastore].push_back(rate);
    }
    for (auto& [moid, rates] : of_vms) result_.vm_rates[{uuid, moid}] = median(rates);
    for (auto& [moid, rates] : of_datastores) result_.datastore_rates[{uuid, moid}] = median(rates);
  }

  static double median(std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }

  const Config& config_;
  const storage::Store& store_;
  storage::Journal& journal_;
  const MarkerKey* key_;
  storage::Watch watch_;
  Gathered result_;
};

const std::string* find_uuid(const Gathered& gathered, const policy::Vm& vm) {
  const auto found = gathered.endpoint_uuids.find(vm.identity.endpoint);
  return found == gathered.endpoint_uuids.end() ? nullptr : &found->second;
}

}  // namespace

Gathered gather(const Config& config, const storage::Store& store, storage::Journal& journal,
                const MarkerKey* key, policy::Time now) {
  return Gatherer(config, store, journal, key, now).gather();
}

void add_standing_doubts(const storage::Watch& watch, const std::string& uuid,
                         policy::EndpointFacts& facts) {
  for (const storage::Doubt& doubt : watch.doubts()) {
    if (doubt.endpoint_uuid != uuid) continue;
    if (doubt.kind == kRolledBack) facts.rolled_back = true;
    if (doubt.kind == kRestored) facts.database_restored = true;
    if (doubt.kind == kClockStep) facts.clock_step = clock_step_of(doubt);
  }
}

std::vector<policy::Policy> Gathered::policies(const Config& config) const {
  std::vector<policy::Policy> all = policies_of(config, now);
  for (policy::Policy& one : all) one.facts.paused = pause_of(pauses, "policy", one.name(), now);
  return all;
}

policy::VmFacts Gathered::vm_facts(const policy::Vm& vm) const {
  policy::VmFacts facts;
  const std::string* uuid = find_uuid(*this, vm);
  if (uuid == nullptr || !journalled) return facts;
  facts.unfinished = "";
  for (const policy::Operation& one : open) {
    if (one.vm.endpoint_uuid != *uuid) continue;
    const bool same_uuid =
        !one.vm.instance_uuid.empty() && one.vm.instance_uuid == vm.identity.instance_uuid;
    if (same_uuid || one.vm.moid == vm.identity.moid) facts.unfinished = one.id;
  }
  const auto waits = waiting_since.find({*uuid, vm.identity.moid});
  if (waits != waiting_since.end()) facts.waiting_since = waits->second;
  facts.paused = pause_of(pauses, "vm", pause_key(*uuid, vm.identity.moid), now);
  return facts;
}

policy::MergeRates Gathered::rates(const policy::Vm& vm) const {
  policy::MergeRates rates;
  const std::string* uuid = find_uuid(*this, vm);
  if (uuid == nullptr) return rates;
  const auto own = vm_rates.find({*uuid, vm.identity.moid});
  if (own != vm_rates.end()) {
    rates.merge_bytes_per_second = own->second;
    return rates;
  }
  for (const policy::Disk& disk : vm.disks) {
    const auto measured = datastore_rates.find({*uuid, disk.datastore});
    if (measured == datastore_rates.end()) continue;
    rates.merge_bytes_per_second =
        std::min(rates.merge_bytes_per_second.value_or(measured->second), measured->second);
  }
  return rates;
}

std::optional<policy::Time> Gathered::detached_since(const policy::Vm& vm,
                                                     const policy::Snapshot& snapshot) const {
  const std::string* uuid = find_uuid(*this, vm);
  if (uuid == nullptr || snapshot.on_current_path) return std::nullopt;
  const auto of_vm = detached.find({*uuid, vm.identity.moid});
  if (of_vm == detached.end()) return std::nullopt;
  const auto since = of_vm->second.find(snapshot.moid);
  return since == of_vm->second.end() ? std::nullopt : std::optional(since->second);
}

std::optional<policy::Pause> pause_of(const std::vector<storage::PauseRow>& pauses,
                                      const std::string& kind, const std::string& what,
                                      policy::Time now) {
  const storage::PauseRow* holds = nullptr;
  for (const storage::PauseRow& one : pauses) {
    if (one.until && *one.until <= now) continue;
    const bool all = one.kind == "all";
    if (!all && (one.kind != kind || one.what != what)) continue;
    // The one of all, should there be both: it is the one to take away first.
    if (holds == nullptr || all) holds = &one;
  }
  if (holds == nullptr) return std::nullopt;
  return policy::Pause{.scope = holds->scope(), .until = holds->until, .reason = holds->reason};
}

std::string pause_key(const std::string& endpoint_uuid, const std::string& vm_moid) {
  return endpoint_uuid + "/" + vm_moid;
}

}  // namespace agent
