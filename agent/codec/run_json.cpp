#include "agent/codec/run_json.h"

#include <nlohmann/json.hpp>

#include "agent/codec/json_values.h"

namespace agent {
namespace {

using nlohmann::ordered_json;

ordered_json step_json(const StepOutcome& step) {
  ordered_json told;
  told["id"] = step.id;
  told["step"] = step.what;
  told["end"] = step.held ? "held" : step_end_name(step.end);
  told["text"] = step.text;
  told["snapshot"] = text_or_null(step.snapshot);
  told["snapshot_name"] = text_or_null(step.snapshot_name);
  if (!step.copy.empty()) {
    told["copy"] = step.copy;
    told["copy_name"] = text_or_null(step.copy_name);
  }
  told["operation"] = text_or_null(step.op);
  if (!step.op.empty() && step.copy.empty() && step.end == StepEnd::Done) {
    told["layers"] = step.layers_verified ? "verified" : "unverified";
  }
  told["refusals"] = ordered_json::array();
  for (const policy::Refusal& one : step.refusals) told["refusals"].push_back(refusal_json(one));
  told["seconds"] = step.took.count();
  told["bytes"] = step.bytes;
  return told;
}

ordered_json vm_json(const VmOutcome& vm) {
  ordered_json told{
      {"policy", vm.policy}, {"endpoint", vm.endpoint},        {"moid", vm.moid},
      {"name", vm.name},     {"steps", ordered_json::array()}, {"refusals", ordered_json::array()}};
  for (const StepOutcome& step : vm.steps) told["steps"].push_back(step_json(step));
  for (const policy::Refusal& one : vm.refusals) told["refusals"].push_back(refusal_json(one));
  return told;
}

ordered_json endpoint_json(const EndpointScan& scan) {
  ordered_json told{{"endpoint", scan.endpoint}};
  told["complete"] = scan.summary && scan.summary->outcome == storage::ScanOutcome::Complete;
  told["vms"] = scan.summary ? scan.summary->vms : 0;
  if (scan.failure) {
    told["error"] = {{"kind", scan.failure->kind}, {"message", scan.failure->message}};
  }
  return told;
}

ordered_json due_json(const PolicyDue& due) {
  return {{"policy", due.policy},
          {"runs", due.runs},
          {"text", due.text},
          {"next", time_or_null(due.next)}};
}

}  // namespace

ordered_json refusal_json(const policy::Refusal& refusal) {
  ordered_json told{
      {"rule", refusal.rule},           {"verdict", policy::verdict_name(refusal.verdict)},
      {"text", refusal.text},           {"evidence", evidence_json(refusal.evidence)},
      {"forceable", refusal.forceable}, {"until", time_or_null(refusal.until)}};
  return told;
}

ordered_json operation_json(const policy::Operation& operation) {
  ordered_json told{{"id", operation.id},
                    {"operation", policy::op_kind_name(operation.kind)},
                    {"state", policy::op_state_name(operation.state)},
                    {"endpoint", operation.vm.endpoint},
                    {"vm", operation.vm.moid},
                    {"instance_uuid", operation.vm.instance_uuid},
                    {"name", operation.vm.name},
                    {"policy", text_or_null(operation.policy)},
                    {"run", text_or_null(operation.run)},
                    {"actor", operation.actor},
                    {"started", policy::format_utc(operation.started)},
                    {"updated", policy::format_utc(operation.updated)},
                    {"ended", time_or_null(operation.ended)},
                    {"attempt", operation.attempt},
                    {"task", text_or_null(operation.task)}};
  told["progress"] =
      operation.progress < 0 ? ordered_json(nullptr) : ordered_json(operation.progress);
  told["snapshot"] = text_or_null(operation.snapshot.moid);
  told["snapshot_name"] = text_or_null(operation.name);
  if (operation.clone) {
    told["clone"] = {{"name", operation.clone->name},
                     {"path", operation.clone->path},
                     {"moid", text_or_null(operation.clone->moid)},
                     {"instance_uuid", text_or_null(operation.clone->instance_uuid)},
                     {"linked", operation.clone->linked},
                     {"bytes", operation.clone->bytes}};
  }
  told["next_look"] = time_or_null(operation.next_look);
  told["layers"] = operation.layers_verified ? "verified" : "unverified";
  told["text"] = operation.why;
  told["fault"] = text_or_null(operation.fault);
  told["evidence"] = evidence_json(operation.evidence);
  told["forced"] = operation.forced;
  return told;
}

ordered_json run_json(const RunResponse& run) {
  ordered_json told{{"format", 1},
                    {"run", text_or_null(run.id)},
                    {"kind", run.retention_only ? "enforce" : "run"},
                    {"dry_run", run.dry_run},
                    {"ticket", text_or_null(run.ticket)},
                    {"started", policy::format_utc(run.started)},
                    {"ended", policy::format_utc(run.ended)},
                    {"outcome", run_outcome_name(outcome_of(run))},
                    {"summary", summary_of(run)},
                    {"exit", static_cast<int>(run.code)}};
  told["due"] = ordered_json::array();
  for (const PolicyDue& one : run.due) told["due"].push_back(due_json(one));
  told["endpoints"] = ordered_json::array();
  for (const EndpointScan& one : run.scans) told["endpoints"].push_back(endpoint_json(one));
  told["recovered"] = ordered_json::array();
  for (const policy::Operation& one : run.recovered) {
    told["recovered"].push_back(operation_json(one));
  }
  told["vms"] = ordered_json::array();
  for (const VmOutcome& vm : run.vms) told["vms"].push_back(vm_json(vm));
  told["notes"] = run.notes;
  if (run.failure) {
    told["error"] = {{"kind", run.failure->kind}, {"message", run.failure->message}};
  }
  return told;
}

std::string run_text(const RunResponse& run) {
  return run_json(run).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace agent
