#include "agent/cli/print/output.h"

#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/codec/inventory_json.h"
#include "policy/names.h"

namespace agent {

void write_json(std::ostream& out, const nlohmann::ordered_json& document) {
  out << document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

Colour risk_colour(policy::RiskLevel level) {
  switch (level) {
    case policy::RiskLevel::Ok:
      return Colour::Good;
    case policy::RiskLevel::Warn:
      return Colour::Warning;
    case policy::RiskLevel::Critical:
      return Colour::Critical;
  }
  return Colour::None;
}

std::string age_text(const std::optional<policy::Time>& moment, policy::Time now) {
  if (!moment) return "-";
  return human_age(std::chrono::floor<std::chrono::seconds>(now - *moment));
}

const char* outcome_name(storage::ScanOutcome outcome) {
  switch (outcome) {
    case storage::ScanOutcome::Complete:
      return "complete";
    case storage::ScanOutcome::Partial:
      return "partial";
  }
  return "unknown";
}

std::string kind_text(policy::DeltaKind kind) {
  return kind == policy::DeltaKind::None ? "-" : std::string(policy::delta_kind_name(kind));
}

void print_heading(const policy::Vm& vm, const Output& output) {
  output.out << paint(Colour::Strong, safe_text(vm.identity.name, output.screen.charset),
                      output.screen)
             << " (" << safe_text(vm.identity.moid) << ")  "
             << safe_text(vm.place.path, output.screen.charset) << "\n";
  if (vm.stale) {
    output.out << paint(
                      Colour::Warning,
                      "not reached, by the last scan or by its host: this is the last known state",
                      output.screen)
               << "\n";
  }
}

nlohmann::ordered_json scan_json(const storage::ScanSummary& scan) {
  nlohmann::ordered_json json;
  json["id"] = scan.id;
  json["endpoint"] = scan.endpoint.name;
  json["uuid"] = scan.endpoint.uuid;
  json["api"] = scan.endpoint.api;
  json["product"] = scan.endpoint.product;
  json["started"] = policy::format_utc(scan.started);
  json["finished"] = policy::format_utc(scan.finished);
  json["outcome"] = outcome_name(scan.outcome);
  json["missing"] = scan.missing;
  json["vms"] = scan.vms;
  return json;
}

Table scans_table(const std::vector<storage::ScanSummary>& scans, policy::Time now) {
  Table table({{.title = "ENDPOINT", .align = Align::Left, .shrinks = true},
               {.title = "SCANNED"},
               {.title = "OUTCOME"},
               {.title = "VMS", .align = Align::Right},
               {.title = "SERVER", .align = Align::Left, .shrinks = true}});
  for (const storage::ScanSummary& scan : scans) {
    const bool complete = scan.outcome == storage::ScanOutcome::Complete;
    table.add_row({scan.endpoint.name,
                   age_text(scan.finished, now) + " ago",
                   {outcome_name(scan.outcome), complete ? Colour::Good : Colour::Warning},
                   human_count(scan.vms),
                   scan.endpoint.product});
  }
  return table;
}

nlohmann::ordered_json error_json(const std::string& kind, const std::string& message,
                                  ExitCode code) {
  return {{"kind", kind}, {"message", message}, {"exit", static_cast<int>(code)}};
}

nlohmann::ordered_json risk_json(const policy::Risk& risk) {
  nlohmann::ordered_json json;
  json["level"] = policy::risk_name(risk.level);
  json["reasons"] = nlohmann::ordered_json::array();
  for (const policy::RiskReason& reason : risk.reasons) {
    json["reasons"].push_back(
        {{"level", policy::risk_name(reason.level)}, {"rule", reason.rule}, {"text", reason.text}});
  }
  return json;
}

nlohmann::ordered_json vm_with_risk(const policy::Vm& vm, policy::Time now,
                                    const policy::ThresholdPair& thresholds) {
  nlohmann::ordered_json json = vm_json(vm);
  json["risk"] = risk_json(policy::assess_risk(vm, now, thresholds));
  return json;
}

}  // namespace agent
