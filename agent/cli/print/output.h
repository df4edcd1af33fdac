// Where a command's answer goes and in which form; shared by all printers.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "agent/cli/screen.h"
#include "agent/cli/table.h"
#include "agent/exit_code.h"
#include "policy/inventory.h"
#include "policy/risk.h"
#include "storage/store.h"

namespace agent {

struct Output {
  std::ostream& out;
  Screen screen;
  bool json = false;
  bool quiet = false;
  policy::Time now{};
};

/// One document and a newline. Bytes that are not UTF-8 become U+FFFD, so that this never throws
/// for text.
void write_json(std::ostream& out, const nlohmann::ordered_json& document);

Colour risk_colour(policy::RiskLevel level);
/// "3 d 4 h" of a moment before now; "-" when unset.
std::string age_text(const std::optional<policy::Time>& moment, policy::Time now);
const char* outcome_name(storage::ScanOutcome outcome);
/// The kind by its name, "-" for a disk without deltas.
std::string kind_text(policy::DeltaKind kind);
/// "name (moid)  path", and a line when what follows is the last known state only.
void print_heading(const policy::Vm& vm, const Output& output);
nlohmann::ordered_json scan_json(const storage::ScanSummary& scan);
/// A row per scan: endpoint, when, outcome, VMs, server.
Table scans_table(const std::vector<storage::ScanSummary>& scans, policy::Time now);
nlohmann::ordered_json error_json(const std::string& kind, const std::string& message,
                                  ExitCode code);
nlohmann::ordered_json risk_json(const policy::Risk& risk);
/// vm_json with its risk added.
nlohmann::ordered_json vm_with_risk(const policy::Vm& vm, policy::Time now,
                                    const policy::ThresholdPair& thresholds = {});

}  // namespace agent
