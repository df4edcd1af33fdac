// The first step of everything: read one endpoint once and store what was seen, page by page.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/act/connection.h"
#include "agent/act/scan_marks.h"
#include "agent/act/vm_row.h"
#include "agent/clock.h"
#include "storage/store.h"

namespace agent {

/// Why a command could not do something for one endpoint.
struct Failure {
  std::string kind;
  std::string message;
  ExitCode code = ExitCode::Failed;
};

struct EndpointScan {
  std::string endpoint;                         ///< configured name
  std::optional<storage::ScanSummary> summary;  ///< unset: nothing was stored
  ScanTally tally;
  std::vector<std::string> notes;  ///< worth saying, takes nothing from the result
  std::optional<Failure> failure;
};

/// Told while reading: what, how many so far, of how many (0: unknown).
using ScanWatch =
    std::function<void(const std::string& what, std::uint64_t done, std::uint64_t total)>;

struct ScanOptions {
  bool tags_needed = false;  ///< a policy selects by tag: without tags the scan is partial
  ScanWatch watch;
  std::string build = build_identity();  ///< VMs that another build read are read again
  /// Whose policies judge the VMs; null: the defaults do. VMs that other policies judged are read
  /// again.
  const Config* config = nullptr;
  std::function<void(const policy::Vm&)> on_read;  ///< told of each VM that was read; may be empty
  /// Told of the moid of each one that was not, because it is unchanged; may be empty.
  std::function<void(std::string_view)> on_unchanged;
};

/// Reads and stores. Throws when nothing could be stored; then the stored state is as before.
/// Otherwise the summary is Complete, or Partial with each gap named: a page that broke off, a
/// property refused with NoPermission, a VM that was seen before, still exists and was not shown.
/// A VM that was deleted on the server is no gap.
EndpointScan scan_endpoint(Connection& connection, storage::Store& store, const Clock& clock,
                           const ScanOptions& options);

/// Exit code of one endpoint's result: its failure, else Partial or Ok.
ExitCode exit_code(const EndpointScan& scan);

}  // namespace agent
