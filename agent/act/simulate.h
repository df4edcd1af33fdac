// `simulate`: plays policies forward day by day, armed or not, and sets two of them side by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/act/context.h"
#include "agent/cli/request.h"
#include "policy/simulate.h"

namespace agent {

struct SimulatedRow {
  policy::VmIdentity vm;
  std::string policy;  ///< empty: none, time passes
  policy::SimulatedVm played;
};

/// All VMs under one set of policies.
struct Simulation {
  std::string name;               ///< a policy, or the file of a configuration
  std::vector<SimulatedRow> vms;  ///< worst first
  std::vector<policy::SimulatedTotals> days;
  policy::SimulationSummary summary;
  std::uint64_t writes_unknown = 0;  ///< VMs whose bytes are too low
};

struct SimulateResponse {
  policy::Time now{};
  std::vector<policy::Time> days;  ///< when each ends; the first began when the source was taken
  std::vector<std::string> names;  ///< of the days: the date in the agent's zone
  Simulation before;
  std::optional<Simulation> after;
  std::vector<std::string> gaps;
  std::string svg;  ///< file that was written, empty when none
};

/// Throws agent::Error: "config" for a policy that there is not and when none is configured,
/// "input" for an inventory, "not-found" when no VM is selected, "output" for the SVG.
SimulateResponse handle(const SimulateRequest& request, Context& context);

}  // namespace agent
