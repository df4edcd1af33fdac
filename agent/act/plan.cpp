#include "agent/act/plan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "agent/act/execute/gather.h"
#include "agent/act/execute/stored_ownership.h"
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

/// A saved inventory says all that was known when it was saved; what this state knows of its own
/// servers is not about it.
Gathered from_file(const std::string& file, const Config& config, policy::Time now) {
  Gathered known;
  known.now = now;
  known.endpoints = endpoint_facts(config);
  known.inventory = load_inventory(file, config);
  for (const policy::Endpoint& endpoint : known.inventory.endpoints) {
    policy::EndpointFacts& facts = known.endpoints[endpoint.name];
    facts.is_host = endpoint.is_host;
    facts.scan_complete = known.inventory.complete;
  }
  if (!known.inventory.complete) known.gaps.push_back(file + " is of a scan that was not complete");
  return known;
}

Gathered from_state(const Context& context, policy::Time now) {
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  storage::Journal journal(store);
  std::string problem;
  const std::optional<MarkerKey> key = key_to_look_with(context.config, problem);
  Gathered known = gather(context.config, store, journal, key ? &*key : nullptr, now);
  if (!problem.empty()) known.gaps.push_back(problem);
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
  for (const std::string& name : request.policies) require_policy(name, config);
  return {request.policies.begin(), request.policies.end()};
}

ExitCode code_of(const policy::Plan& plan) {
  const policy::Totals totals = plan.totals();
  ExitCode code = plan.complete ? ExitCode::Ok : ExitCode::Partial;
  const std::uint64_t steps = totals.creates + totals.clones + totals.marks + totals.removals +
                              totals.copy_marks + totals.destroys;
  if (steps == 0 && totals.refused > 0) code = worst(code, ExitCode::Refused);
  return code;
}

}  // namespace

policy::PlanInput plan_input(const PlanResponse::Sources& sources, const Gathered& known,
                             const Config& config) {
  policy::Protected left_alone = protected_vms(config);
  left_alone.clones = known.copies.never_selected;
  return {.inventory = sources.inventory,
          .policies = sources.policies,
          .now = known.now,
          .protected_vms = std::move(left_alone),
          .endpoints = known.endpoints,
          .vm_facts = [&known](const policy::Vm& vm) { return known.vm_facts(vm); },
          .marks = known.marks,
          .rates = [&known](const policy::Vm& vm) { return known.rates(vm); },
          .detached_since =
              [&known](const policy::Vm& vm, const policy::Snapshot& one) {
                return known.detached_since(vm, one);
              },
          .copies = sources.copies};
}

PlanResponse handle(const PlanRequest& request, Context& context) {
  const policy::Time now = time_of(request, context);
  std::set<std::string> only = chosen_policies(request, context.config);
  Gathered known = request.inventory.empty() ? from_state(context, now)
                                             : from_file(request.inventory, context.config, now);
  PlanResponse response;
  response.gaps = std::move(known.gaps);
  response.sources = std::make_unique<const PlanResponse::Sources>(PlanResponse::Sources{
      std::move(known.inventory), known.policies(context.config), std::move(known.copies.copies)});
  const policy::Inventory& inventory = response.sources->inventory;
  if (!request.explain.empty()) {
    response.explained = &inventory.vms[find_vm(inventory, request.explain)];
    response.upcoming = upcoming_runs(context.config, now);
  }
  policy::PlanInput input = plan_input(*response.sources, known, context.config);
  input.only = std::move(only);
  response.plan = policy::make_plan(input);
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
