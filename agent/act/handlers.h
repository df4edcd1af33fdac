// One handler per command: request in, response out. Printing is agent/cli's, so that the same
// handler can answer over a socket.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/command/standing.h"
#include "agent/act/context.h"
#include "agent/act/scan.h"
#include "agent/act/vm_row.h"
#include "agent/cli/request.h"
#include "policy/inventory.h"
#include "storage/store.h"

namespace agent {

struct ScanResponse {
  std::vector<EndpointScan> scans;
  std::vector<std::string> notes;         ///< of no endpoint: pauses that ran out
  std::string output;                     ///< file the inventory was saved to, empty when none
  std::optional<Failure> output_failure;  ///< why it could not be saved; the scans stand
  ExitCode code = ExitCode::Ok;
};
/// Scans each endpoint in turn; one that fails does not stop the others. Interrupted ends all.
ScanResponse handle(const ScanRequest& request, Context& context);

struct StatusResponse {
  std::string state;
  std::vector<storage::ScanSummary> scans;  ///< the last of each endpoint
  ScanTally tally;
  std::vector<VmRow> worst;  ///< at most ten, those not ok
  std::uint64_t gone = 0;
  std::vector<std::string> never;             ///< configured endpoints that no scan has reached yet
  std::vector<storage::ScanFailure> failing;  ///< configured endpoints whose scans fail since
  Standing standing;  ///< operations, pauses, doubts, findings; not yet in what `on_scans` hears
  policy::Time now{};
};
/// `on_scans` hears of the last scans before the VMs are looked at.
StatusResponse handle(const StatusRequest& request, Context& context,
                      const std::function<void(const StatusResponse&)>& on_scans = {});

/// Rows by risk, cut to the limit of the request.
std::vector<VmRow> handle(const VmsRequest& request, Context& context);
/// The same VMs whole, with the policies that select them and the thresholds that hold for them, in
/// stored order, one by one.
void each_vm(const VmsRequest& request, Context& context,
             const std::function<void(const policy::Vm&, const policy::ThresholdPair&)>& sink);

/// The one stored VM that `text` names (name, inventory path or moid), of one endpoint when
/// `vcenter` names it. Throws Error "not-found" (exit 1), "ambiguous" (exit 2) with the candidates,
/// or "config" (exit 2) for an endpoint that is not configured.
policy::Vm find_vm(const std::string& text, const std::string& vcenter, Context& context);

struct HistoryResponse {
  std::optional<policy::VmIdentity> vm;
  std::vector<storage::DiskHistory> disks;
  std::vector<storage::ScanSummary> scans;  ///< when no VM was named
  policy::Time since{};
};
HistoryResponse handle(const HistoryRequest& request, Context& context);

struct DoctorCheck {
  enum class Verdict { Ok, Warning, Problem };
  Verdict verdict = Verdict::Ok;
  std::string name;  ///< stable: "session", "api-version", "clock-skew", ...
  std::string text;
  std::vector<std::string> items;  ///< privileges, datastores
};
struct DoctorEndpoint {
  std::string endpoint, url;
  std::vector<DoctorCheck> checks;
  std::optional<Failure> failure;
};
struct DoctorResponse {
  std::vector<DoctorEndpoint> endpoints;
  ExitCode code = ExitCode::Ok;
};
/// Looks and changes nothing.
DoctorResponse handle(const DoctorRequest& request, Context& context);

}  // namespace agent
