#include "agent/act/simulate.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>
#include <tuple>
#include <utility>

#include "agent/act/play_sources.h"
#include "agent/act/private_file.h"
#include "agent/codec/simulate_svg.h"
#include "agent/zones.h"

namespace agent {
namespace {

using PolicyOf = std::function<const PlannedPolicy*(const policy::Vm&)>;

/// Whole days of the zone, the first one what is left of it.
void name_days(SimulateResponse& response, int days, const policy::Zone& zone) {
  policy::Time time = response.now;
  for (int i = 0; i < days; ++i) {
    const policy::Period day = policy::period_of(policy::PeriodKind::Day, time, zone);
    time = policy::period_end(day, zone);
    response.days.push_back(time);
    response.names.push_back(policy::period_name(day));
  }
}

std::uint16_t deepest(const SimulatedRow& row) {
  std::uint16_t depth = 0;
  for (const policy::SimulatedDay& day : row.played.days) depth = std::max(depth, day.depth);
  return depth;
}

Simulation simulate(std::string name, const PlaySource& source, const SimulateResponse& frame,
                    const std::vector<const policy::Vm*>& vms, const PolicyOf& policy_of,
                    bool takes_over) {
  Simulation result{.name = std::move(name), .vms = {}, .days = {}, .summary = {}};
  policy::SimulatedFleet fleet(frame.days.size());
  for (const policy::Vm* vm : vms) {
    const PlannedPolicy* policy = policy_of(*vm);
    const VmHabits habits = habits_of(*vm, source, nullptr);
    policy::PlaybackInput play =
        playback_of(*vm, policy, habits, source, frame.days, frame.days.back());
    play.takes_over = takes_over;
    SimulatedRow row{
        .vm = vm->identity, .policy = policy != nullptr ? policy->policy.name() : "", .played = {}};
    row.played = policy::simulate_vm(
        play, policy != nullptr ? policy->policy.thresholds : policy::ThresholdPair{},
        habits.kinds);
    fleet.add(row.played);
    if (!row.played.writes_known) ++result.writes_unknown;
    result.vms.push_back(std::move(row));
  }
  std::stable_sort(result.vms.begin(), result.vms.end(),
                   [](const SimulatedRow& a, const SimulatedRow& b) {
                     return std::tuple(deepest(b), a.vm.name) < std::tuple(deepest(a), b.vm.name);
                   });
  result.days = fleet.days();
  result.summary = policy::summarise(result.days);
  return result;
}

Error nothing_selected(const SimulateRequest& request, std::size_t vms) {
  const std::string whom = request.vm.empty()
                               ? "any of the " + std::to_string(vms) + " virtual machines"
                               : "the virtual machine \"" + request.vm + "\"";
  const std::string who = request.policy.empty()
                              ? "no policy selects "
                              : "policy \"" + request.policy + "\" does not select ";
  return {"not-found", ExitCode::Failed, who + whom};
}

bool names_a_file(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".toml");
}

/// A directory that is not there is a path that was mistyped, and is not made.
void check_directory_of(const std::string& file) {
  const std::filesystem::path directory = std::filesystem::absolute(file).parent_path();
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return;
  throw Error("output", ExitCode::Failed,
              "writing " + file + ": there is no directory " + directory.string());
}

}  // namespace

SimulateResponse handle(const SimulateRequest& request, Context& context) {
  if (!request.svg.empty()) check_directory_of(request.svg);
  PlaySource source = load_source(request.inventory, context);
  if (!request.vm.empty()) keep_only(request.vm, source.inventory);
  SimulateResponse response;
  response.now = source.now;
  response.gaps = source.gaps;
  name_days(response, request.days, load_zone(context.config.timezone));
  if (context.config.policies.empty()) {
    throw Error(
        "config", ExitCode::Usage,
        "there is no [[policy]] in " + context.config.source + ", so nothing is to be played");
  }
  const PlannedPolicies own(context.config, source.inventory, source.now, response.days.back());
  if (!request.policy.empty()) own.named(request.policy);
  std::optional<Config> other_config;
  std::optional<PlannedPolicies> other;
  if (names_a_file(request.against)) {
    other_config = load_config(request.against, context.environment);
    other.emplace(*other_config, source.inventory, source.now, response.days.back());
  }
  const PlannedPolicy* against =
      request.against.empty() || other ? nullptr : &own.named(request.against);

  // The same VMs in both: those that either side has a policy for.
  std::vector<const policy::Vm*> vms;
  for (const policy::Vm& vm : source.inventory.vms) {
    const bool selected = own.of(vm, request.policy) != nullptr;
    const bool by_other = request.policy.empty() && other && other->of(vm) != nullptr;
    if (selected || by_other) vms.push_back(&vm);
  }
  if (vms.empty()) throw nothing_selected(request, source.inventory.vms.size());
  const std::string name = request.policy.empty() ? context.config.source : request.policy;
  response.before = simulate(
      name, source, response, vms, [&](const policy::Vm& vm) { return own.of(vm, request.policy); },
      false);
  if (!request.against.empty()) {
    // What is compared with is tried out in the place of what is: it judges the same snapshots.
    response.after = simulate(
        request.against, source, response, vms,
        [&](const policy::Vm& vm) { return other ? other->of(vm) : against; }, true);
  }
  if (!request.svg.empty()) {
    write_private_file(request.svg, simulation_svg(response));
    response.svg = request.svg;
  }
  return response;
}

}  // namespace agent
