#include "agent/act/execute/stored_ownership.h"

#include <filesystem>
#include <system_error>

#include "agent/error.h"

namespace agent {

std::optional<MarkerKey> key_to_look_with(const Config& config, std::string& problem) {
  namespace fs = std::filesystem;
  std::error_code error;
  // Before the first command that changes something there is none, which is nothing to tell.
  const fs::file_status status = fs::symlink_status(MarkerKey::file_of(config.state), error);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  try {
    return MarkerKey::load(config.state, MarkerKey::WhenMissing::Fail);
  } catch (const Error& unusable) {
    problem = std::string(unusable.what()) + "; until then every snapshot counts as foreign";
    return std::nullopt;
  }
}

std::optional<MarkerKey> key_to_look_with(const Config& config, const Log* log) {
  std::string problem;
  std::optional<MarkerKey> key = key_to_look_with(config, problem);
  if (!problem.empty() && log != nullptr) log->write(LogLevel::Warning, problem, {});
  return key;
}

StoredOwnership::StoredOwnership(const Config& config, const storage::Store& store, const Log* log,
                                 policy::Time now)
    : journal_(store),
      holds_(journal_),
      key_(key_to_look_with(config, log)),
      ownership_(journal_, holds_, key_ ? &*key_ : nullptr, now) {
  for (const storage::ScanSummary& scan : store.last_scans()) {
    uuids_[scan.endpoint.name] = scan.endpoint.uuid;
  }
}

void StoredOwnership::apply(policy::Vm& vm) const {
  const auto found = uuids_.find(vm.identity.endpoint);
  ownership_.apply(vm, found == uuids_.end() ? std::string() : found->second);
}

}  // namespace agent
