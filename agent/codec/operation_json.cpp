#include "agent/codec/operation_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/codec/json_values.h"
#include "agent/codec/run_json.h"

namespace agent {
namespace {

using nlohmann::ordered_json;

/// What is known of a step that is not in the journal.
ordered_json unsent_json(const JobStep& step, const policy::OpSubject& vm) {
  return {{"id", nullptr},
          {"operation", policy::op_kind_name(step.kind)},
          {"state", nullptr},
          {"endpoint", vm.endpoint},
          {"vm", vm.moid},
          {"instance_uuid", vm.instance_uuid},
          {"name", vm.name},
          {"snapshot", text_or_null(step.snapshot.moid)},
          {"snapshot_name", text_or_null(step.new_name.value_or(step.name))}};
}

ordered_json step_json(const JobStep& step, const StepResult& result,
                       const OperationResponse& response) {
  ordered_json told =
      result.operation ? operation_json(*result.operation) : unsent_json(step, response.vm);
  const bool would = response.dry_run && result.end != StepEnd::Refused;
  told["result"] = would ? "would-send" : step_end_name(result.end);
  told["text"] = result.text;
  told["seconds"] = result.took.count();
  told["bytes"] = result.bytes;
  told["refusals"] = ordered_json::array();
  for (const policy::Refusal& one : result.refusals) told["refusals"].push_back(refusal_json(one));
  return told;
}

}  // namespace

ordered_json response_json(const OperationResponse& response) {
  ordered_json told{{"format", 1}, {"operation", nullptr}, {"operations", ordered_json::array()}};
  for (const StepResult& result : response.results) {
    told["operations"].push_back(step_json(response.steps[result.step], result, response));
  }
  if (!response.results.empty()) told["operation"] = told["operations"].back();
  told["dry_run"] = response.dry_run;
  told["recovered"] = ordered_json::array();
  for (const policy::Operation& one : response.recovered) {
    told["recovered"].push_back(operation_json(one));
  }
  told["notes"] = response.notes;
  if (response.failure) {
    told["error"] = {{"kind", response.failure->kind},
                     {"message", response.failure->message},
                     {"exit", static_cast<int>(response.failure->code)}};
  }
  told["exit"] = static_cast<int>(response.code);
  return told;
}

ordered_json ops_json(const OpsResponse& response) {
  ordered_json told{{"format", 1}, {"operations", ordered_json::array()}};
  for (const policy::Operation& one : response.operations) {
    told["operations"].push_back(operation_json(one));
  }
  if (response.whole) {
    ordered_json& events = told["operations"].back()["events"] = ordered_json::array();
    for (const storage::Journal::Event& event : response.events) {
      events.push_back({{"time", policy::format_utc(event.time)},
                        {"state", policy::op_state_name(event.state)},
                        {"attempt", event.attempt},
                        {"text", event.why}});
    }
  }
  told["more"] = response.more;
  return told;
}

ordered_json runs_json(const RunsResponse& response) {
  ordered_json told{{"format", 1}, {"runs", ordered_json::array()}};
  for (const storage::Run& run : response.runs) {
    ordered_json one{{"run", run.id},
                     {"kind", run.kind},
                     {"policies", run.policies},
                     {"actor", run.actor},
                     {"ticket", text_or_null(run.ticket)},
                     {"started", policy::format_utc(run.started)},
                     {"ended", time_or_null(run.ended)},
                     {"outcome", run_outcome_name(run.outcome)}};
    if (response.whole) {
      // What can't be read any more is left out rather than kept from the reader as a whole.
      ordered_json report = ordered_json::parse(run.report, nullptr, false);
      one["report"] = report.is_discarded() ? ordered_json(nullptr) : std::move(report);
    }
    told["runs"].push_back(std::move(one));
  }
  told["more"] = response.more;
  return told;
}

ordered_json audit_json(const storage::AuditLine& line) {
  const storage::AuditEntry& entry = line.entry;
  return {{"number", line.number},
          {"time", policy::format_utc(entry.time)},
          {"actor", entry.actor},
          {"action", entry.action},
          {"endpoint", text_or_null(entry.endpoint)},
          {"vm", text_or_null(entry.vm)},
          {"snapshot", text_or_null(entry.snapshot)},
          {"subject", text_or_null(entry.subject)},
          {"policy", text_or_null(entry.policy)},
          {"text", entry.text},
          {"hash", line.hash}};
}

}  // namespace agent
