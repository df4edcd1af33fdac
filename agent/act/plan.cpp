#include "agent/act/plan.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "agent/act/private_file.h"
#include "agent/act/saved_inventory.h"
#include "agent/act/state.h"
#include "agent/codec/plan_json.h"
#include "agent/config/policies.h"

namespace agent {
namespace {

// The tables of zones end somewhere, and what a plan looks ahead to has to end before.
constexpr policy::Time kFirstPlanned = std::chrono::sys_days{std::chrono::year{1970} / 1 / 2};
constexpr policy::Time kLastPlanned = std::chrono::sys_days{std::chrono::year{2099} / 1 / 1};

using Facts = std::map<std::string, policy::EndpointFacts>;

struct Known {
  policy::Inventory inventory;
  std::vector<std::string> gaps;
};

void note_endpoint(const policy::Endpoint& endpoint, Facts& facts) {
  facts[endpoint.name].is_host = endpoint.is_host;
}

Known from_file(const std::string& file, const Config& config, Facts& facts) {
  Known known;
  known.inventory = load_inventory(file, config);
  for (const policy::Endpoint& endpoint : known.inventory.endpoints) {
    note_endpoint(endpoint, facts);
    facts[endpoint.name].scan_complete = known.inventory.complete;
  }
  if (!known.inventory.complete) known.gaps.push_back(file + " is of a scan that was not complete");
  return known;
}

/// How many VMs the last scan no longer found, beside those of the scan before it.
std::optional<policy::EndpointFacts::Shrunken> shrunken(const storage::Store& store,
                                                        const storage::ScanSummary& last,
                                                        const std::vector<storage::GoneVm>& gone) {
  constexpr std::size_t kLookedThrough = 200;
  for (const storage::ScanSummary& scan : store.scans(kLookedThrough)) {
    if (scan.endpoint.name != last.endpoint.name || scan.id >= last.id) continue;
    if (scan.outcome != storage::ScanOutcome::Complete) continue;
    policy::EndpointFacts::Shrunken result{.before = scan.vms, .gone = 0};
    for (const storage::GoneVm& vm : gone) {
      if (vm.identity.endpoint == last.endpoint.name && vm.last_seen >= scan.started) ++result.gone;
    }
    return result;
  }
  return std::nullopt;
}

Known from_state(Context& context, Facts& facts) {
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  const std::vector<storage::GoneVm> gone = store.gone_vms();
  Known known;
  known.inventory.complete = true;
  std::set<std::string> scanned;
  for (const storage::ScanSummary& scan : store.last_scans()) {
    known.inventory.endpoints.push_back(scan.endpoint);
    if (scanned.empty() || scan.finished < known.inventory.taken) {
      known.inventory.taken = scan.finished;  // a plan is as old as the oldest of what it is from
    }
    scanned.insert(scan.endpoint.name);
    note_endpoint(scan.endpoint, facts);
    policy::EndpointFacts& endpoint = facts[scan.endpoint.name];
    endpoint.scan_complete = scan.outcome == storage::ScanOutcome::Complete;
    endpoint.gaps = scan.missing;
    endpoint.shrunken = shrunken(store, scan, gone);
    for (const std::string& gap : scan.missing) {
      known.gaps.push_back(scan.endpoint.name + ": " + gap);
    }
    known.inventory.complete = known.inventory.complete && *endpoint.scan_complete;
  }
  for (const VcenterConfig& vcenter : context.config.vcenters) {
    if (scanned.contains(vcenter.name)) continue;
    known.gaps.push_back(vcenter.name + " was never scanned");
    known.inventory.complete = false;
  }
  store.for_each_vm({}, [&](const policy::Vm& vm) { known.inventory.vms.push_back(vm); });
  known.inventory.datastores = store.datastores();
  return known;
}

policy::Time time_of(const PlanRequest& request, const Context& context) {
  if (request.at.empty()) return context.clock.now();
  if (const auto time = policy::parse_utc(request.at)) {
    if (*time >= kFirstPlanned && *time <= kLastPlanned) return *time;
    throw Error("usage", ExitCode::Usage,
                "--at " + request.at + " is outside of what the calendars here cover: " +
                    policy::format_utc(kFirstPlanned) + " to " + policy::format_utc(kLastPlanned));
  }
  throw Error("usage", ExitCode::Usage,
              "--at \"" + request.at + "\" is no time; write for instance 2026-11-22T02:00:00Z");
}

std::set<std::string> chosen_policies(const PlanRequest& request, const Config& config) {
  if (config.policies.empty()) {
    throw Error("config", ExitCode::Usage,
                "there is no [[policy]] in " + config.source + ", so nothing is to be planned");
  }
  std::set<std::string> chosen;
  for (const std::string& name : request.policies) {
    const bool known = std::any_of(config.policies.begin(), config.policies.end(),
                                   [&](const PolicyConfig& one) { return one.name == name; });
    if (!known) {
      std::string names;
      for (const PolicyConfig& one : config.policies) names += " " + one.name;
      throw Error("config", ExitCode::Usage,
                  "no [[policy]] is called \"" + name + "\"; configured are:" + names);
    }
    chosen.insert(name);
  }
  return chosen;
}

ExitCode code_of(const policy::Plan& plan) {
  const policy::Totals totals = plan.totals();
  ExitCode code = plan.complete ? ExitCode::Ok : ExitCode::Partial;
  const std::uint64_t steps =
      totals.creates + totals.clones + totals.marks + totals.removals;
  if (steps == 0 && totals.refused > 0) code = worst(code, ExitCode::Refused);
  return code;
}

}  // namespace

PlanResponse handle(const PlanRequest& request, Context& context) {
  const policy::Time now = time_of(request, context);
  std::set<std::string> only = chosen_policies(request, context.config);
  Facts facts = endpoint_facts(context.config);
  Known known = request.inventory.empty() ? from_state(context, facts)
                                          : from_file(request.inventory, context.config, facts);
  PlanResponse response;
  response.gaps = std::move(known.gaps);
  response.sources = std::make_unique<const PlanResponse::Sources>(PlanResponse::Sources{
      std::move(known.inventory), policies_of(context.config, now)});
  const policy::Inventory& inventory = response.sources->inventory;
  if (!request.explain.empty()) {
    response.explained = &inventory.vms[find_vm(inventory, request.explain)];
    response.upcoming = upcoming_runs(context.config, now);
  }
  response.plan = policy::make_plan({.inventory = inventory,
                                     .policies = response.sources->policies,
                                     .now = now,
                                     .only = std::move(only),
                                     .protected_vms = protected_vms(context.config),
                                     .endpoints = std::move(facts)});
  response.code = code_of(response.plan);
  if (!request.output.empty()) {
    std::ostringstream text;
    write_plan(text, response.plan);
    text << '\n';
    write_private_file(request.output, text.str());
    response.output = request.output;
  }
  return response;
}

}  // namespace agent
