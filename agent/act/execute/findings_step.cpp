#include "agent/act/execute/findings_step.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "agent/act/command/record.h"
#include "agent/act/execute/copies_step.h"
#include "agent/act/execute/ended_pauses.h"
#include "agent/act/execute/open_notices.h"
#include "agent/act/execute/put_off.h"
#include "agent/act/execute/watermark.h"
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

/// A claim that did not hold up, and what that stops.
policy::Notice notice_of(const OwnershipDoubt& doubt) {
  const bool stops_all = doubt.kind == OwnershipDoubt::Kind::UnknownMark || doubt.renumbered;
  return {.rule = doubt_name(doubt.kind),
          .text = "snapshot " + doubt.snapshot_name + ": " + doubt.text +
                  (stops_all ? "; nothing is removed on " + doubt.endpoint + " until then" : ""),
          .evidence = {{"snapshot", doubt.snapshot_moid}}};
}

policy::Notice notice_of(const storage::Doubt& doubt, const std::string& endpoint) {
  // A clock step passes by itself.
  const bool passes = doubt.kind == kClockStep;
  return {.rule = doubt.kind,
          .text = doubt.text + "; nothing is removed there until " +
                  (passes ? "then, or until " : "") + "somebody has looked and says `deltakeep " +
                  "resume --vcenter " + endpoint + " --accept " + doubt.kind + "`",
          .level = passes ? policy::RiskLevel::Warn : policy::RiskLevel::Critical,
          .evidence = {{"since", policy::format_utc(doubt.since)}}};
}

/// What stops removals at a whole server.
std::vector<policy::Condition> endpoint_conditions(const std::string& name, const std::string& uuid,
                                                   const std::vector<storage::Doubt>& doubts) {
  std::vector<policy::Notice> notices;
  for (const storage::Doubt& doubt : doubts) {
    if (doubt.endpoint_uuid == uuid) notices.push_back(notice_of(doubt, name));
  }
  return policy::notice_conditions({.endpoint = name, .moid = {}, .name = name, .disk = {}},
                                   std::move(notices));
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
  CopiesStep made_copies(journal, store.last_scans(), policies);
  storage::Watch watch(journal);
  const std::vector<policy::Finding> before = watch.findings();
  const auto put_off = put_off_for_too_long(storage::Holds(journal), policies, now);
  const auto in_doubt = open_notices(journal, now);
  std::vector<policy::Condition> measured = pauses_that_ran_out(before, now);
  std::set<std::pair<std::string, std::string>> seen;
  const auto take = [&](std::vector<policy::Condition> conditions) {
    for (policy::Condition& one : conditions) measured.push_back(std::move(one));
  };
  store.for_each_vm({}, [&](const policy::Vm& stored) {
    if (stored.stale) {  // nothing was seen of it: its findings stay as they are
      made_copies.see(stored, selecting.names(stored));
      return;
    }
    policy::Vm vm = stored;
    const std::string& uuid = uuids[vm.identity.endpoint];
    std::vector<OwnershipDoubt> doubts;
    ownership.apply(vm, uuid, &doubts);
    const std::vector<std::string> names =
        made_copies.is_copy(vm) ? std::vector<std::string>{} : selecting.names(vm);
    made_copies.see(vm, names);
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
    std::vector<policy::Notice> notices;
    const auto waits = put_off.find({uuid, vm.identity.moid});
    if (waits != put_off.end()) notices = waits->second;
    const auto open = in_doubt.find({uuid, vm.identity.moid});
    if (open != in_doubt.end()) {
      notices.insert(notices.end(), open->second.begin(), open->second.end());
    }
    for (const OwnershipDoubt& doubt : doubts) notices.push_back(notice_of(doubt));
    take(policy::notice_conditions({vm.identity.endpoint, vm.identity.moid, vm.identity.name, {}},
                                   std::move(notices)));
  });
  take(made_copies.conditions());
  for (const policy::Datastore& datastore : datastores) {
    seen.insert({datastore.endpoint, datastore.moid});
    take(policy::datastore_conditions(datastore, now));
  }
  for (const storage::GoneVm& gone : store.gone_vms()) {  // what is gone has no findings
    seen.insert({gone.identity.endpoint, gone.identity.moid});
  }
  const std::vector<storage::Doubt> doubts = watch.doubts();
  for (const auto& [name, uuid] : uuids) {
    seen.insert({name, {}});
    take(endpoint_conditions(name, uuid, doubts));
  }
  const auto looked_at = [&](const policy::Subject& subject) {
    return subject.endpoint.empty() || seen.contains({subject.endpoint, subject.moid});
  };
  std::vector<policy::Finding> findings = policy::settle_findings(before, measured, looked_at, now);
  watch.set_findings(findings);
  return findings;
}

}  // namespace agent
