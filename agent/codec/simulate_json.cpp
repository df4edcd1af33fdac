#include "agent/codec/simulate_json.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace agent {
namespace {

using nlohmann::ordered_json;

ordered_json events_json(const policy::DayEvents& events) {
  return {{"creates", events.creates},
          {"removals", events.removals},
          {"refused", events.refused},
          {"merge_bytes", events.merge_bytes},
          {"copy_bytes", events.copy_bytes}};
}

ordered_json day_json(const policy::SimulatedTotals& day, const std::string& name,
                      policy::Time end) {
  ordered_json json{{"day", name},
                    {"ends", policy::format_utc(end)},
                    {"depth_max", day.depth_max},
                    {"depth_mean", day.depth_mean},
                    {"probes_max", day.probes_max},
                    {"probes_mean", day.probes_mean},
                    {"delta_bytes", day.delta_bytes},
                    {"vms_warn", day.warn},
                    {"vms_critical", day.critical}};
  json.update(events_json(day.events));
  return json;
}

ordered_json summary_json(const policy::SimulationSummary& summary) {
  ordered_json json{{"depth_max", summary.depth_max},
                    {"depth_mean", summary.depth_mean},
                    {"probes_max", summary.probes_max},
                    {"probes_mean", summary.probes_mean},
                    {"delta_bytes_max", summary.delta_bytes_max},
                    {"delta_bytes_end", summary.delta_bytes_end},
                    {"vms_warn_max", summary.warn_max},
                    {"vms_critical_max", summary.critical_max}};
  json.update(events_json(summary.events));
  return json;
}

ordered_json vm_row_json(const SimulatedRow& row) {
  ordered_json depth = ordered_json::array();
  ordered_json probes = ordered_json::array();
  ordered_json bytes = ordered_json::array();
  ordered_json merged = ordered_json::array();
  ordered_json removals = ordered_json::array();
  for (std::size_t i = 0; i < row.played.days.size(); ++i) {
    depth.push_back(row.played.days[i].depth);
    probes.push_back(row.played.days[i].probes);
    bytes.push_back(row.played.days[i].delta_bytes);
    merged.push_back(row.played.events[i].merge_bytes);
    removals.push_back(row.played.events[i].removals);
  }
  const bool refused = !row.played.refused.empty();
  return {{"endpoint", row.vm.endpoint},
          {"moid", row.vm.moid},
          {"name", row.vm.name},
          {"policy", row.policy.empty() ? ordered_json(nullptr) : ordered_json(row.policy)},
          {"writes_known", row.played.writes_known},
          {"refused", refused ? ordered_json(row.played.refused) : ordered_json(nullptr)},
          {"depth", std::move(depth)},
          {"probes", std::move(probes)},
          {"delta_bytes", std::move(bytes)},
          {"merge_bytes", std::move(merged)},
          {"removals", std::move(removals)}};
}

ordered_json one_json(const Simulation& simulation, const SimulateResponse& response) {
  ordered_json days = ordered_json::array();
  for (std::size_t i = 0; i < simulation.days.size(); ++i) {
    days.push_back(day_json(simulation.days[i], response.names[i], response.days[i]));
  }
  ordered_json vms = ordered_json::array();
  for (const SimulatedRow& row : simulation.vms) vms.push_back(vm_row_json(row));
  return {{"name", simulation.name},
          {"vms_without_history", simulation.writes_unknown},
          {"summary", summary_json(simulation.summary)},
          {"days", std::move(days)},
          {"vms", std::move(vms)}};
}

}  // namespace

ordered_json simulation_json(const SimulateResponse& response) {
  ordered_json simulations = ordered_json::array({one_json(response.before, response)});
  if (response.after) simulations.push_back(one_json(*response.after, response));
  return {{"format", 1},
          {"now", policy::format_utc(std::chrono::floor<std::chrono::seconds>(response.now))},
          {"gaps", response.gaps},
          {"simulations", std::move(simulations)}};
}

}  // namespace agent
