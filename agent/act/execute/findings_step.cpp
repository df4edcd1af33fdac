#include "agent/act/execute/findings_step.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "agent/act/command/record.h"
#include "agent/act/vm_policies.h"
#include "agent/config/policies.h"
#include "storage/copies.h"
#include "storage/watch.h"

namespace agent {
namespace {

using Copied = std::map<std::pair<std::string, std::string>, policy::Time>;

/// By endpoint uuid and VM uuid: when its newest copy that still stands was taken.
Copied newest_copies(storage::Journal& journal) {
  Copied newest;
  for (const storage::Copy& copy : storage::Copies(journal).copies()) {
    if (copy.state != storage::CopyState::Made || !copy.verified) continue;
    policy::Time& taken = newest[{copy.source.endpoint_uuid, copy.source.instance_uuid}];
    taken = std::max(taken, copy.taken);
  }
  return newest;
}

}  // namespace

std::vector<policy::Finding> settle_findings_of(const Config& config, const storage::Store& store,
                                                storage::Journal& journal,
                                                const Ownership& ownership, policy::Time now) {
  const std::vector<policy::Datastore> datastores = store.datastores();
  const VmPolicies selecting(config, datastores, now);
  const Copied copies = newest_copies(journal);
  std::map<std::string, std::string> uuids = endpoint_uuids(store);
  std::map<std::string, policy::Policy> policies;
  for (policy::Policy& one : policies_of(config, now)) policies.emplace(one.name(), std::move(one));
  std::vector<policy::Condition> measured;
  std::set<std::pair<std::string, std::string>> seen;
  const auto take = [&](std::vector<policy::Condition> conditions) {
    for (policy::Condition& one : conditions) measured.push_back(std::move(one));
  };
  store.for_each_vm({}, [&](const policy::Vm& stored) {
    if (stored.stale) return;  // nothing was seen of it: its findings stay as they are
    policy::Vm vm = stored;
    const std::string& uuid = uuids[vm.identity.endpoint];
    ownership.apply(vm, uuid);
    const std::vector<std::string> names = selecting.names(vm);
    policy::FindingFacts facts;
    facts.selected = !names.empty();
    facts.policies.emplace();
    for (const std::string& name : names) {
      const policy::Policy& one = policies.at(name);
      facts.policies->insert(name);
      if (!one.facts.renamed_from.empty()) facts.policies->insert(one.facts.renamed_from);
      const auto& interval = one.backup_interval;
      if (interval && (!facts.backup_interval || *interval < *facts.backup_interval)) {
        facts.backup_interval = interval;
      }
    }
    const auto copy = copies.find({uuid, vm.identity.instance_uuid});
    if (copy != copies.end()) facts.newest_copy = copy->second;
    seen.insert({vm.identity.endpoint, vm.identity.moid});
    take(policy::vm_conditions(vm, now, selecting.thresholds(vm), facts));
  });
  for (const policy::Datastore& datastore : datastores) {
    seen.insert({datastore.endpoint, datastore.moid});
    take(policy::datastore_conditions(datastore, now));
  }
  for (const storage::GoneVm& gone : store.gone_vms()) {  // what is gone has no findings
    seen.insert({gone.identity.endpoint, gone.identity.moid});
  }
  storage::Watch watch(journal);
  const auto looked_at = [&](const policy::Subject& subject) {
    return seen.contains({subject.endpoint, subject.moid});
  };
  std::vector<policy::Finding> findings =
      policy::settle_findings(watch.findings(), measured, looked_at, now);
  watch.set_findings(findings);
  return findings;
}

}  // namespace agent
