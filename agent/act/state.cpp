#include "agent/act/state.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>

namespace agent {
namespace {

void make_directory(const std::string& file) {
  namespace fs = std::filesystem;
  const fs::path directory = fs::path(file).parent_path();
  if (directory.empty() || fs::exists(directory)) return;
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    throw Error("state", ExitCode::Failed,
                "creating " + directory.string() + " for the state file " + file + ": " +
                    error.message() + "; create it, or name another file with --state");
  }
  fs::permissions(directory, fs::perms::owner_all, error);
}

}  // namespace

Error state_error(const storage::Error& error) {
  switch (error.kind()) {
    case storage::ErrorKind::Locked:
      return {"locked", ExitCode::Locked, error.what()};
    case storage::ErrorKind::Missing:
      return {"no-state", ExitCode::Failed, error.what()};
    case storage::ErrorKind::NotFound:
      return {"not-found", ExitCode::Failed, error.what()};
    case storage::ErrorKind::Ambiguous:
      return {"ambiguous", ExitCode::Usage, error.what()};
    case storage::ErrorKind::Conflict:
      return {"conflict", ExitCode::Refused, error.what()};
    case storage::ErrorKind::Newer:
    case storage::ErrorKind::NotOurs:
    case storage::ErrorKind::NetworkFs:
    case storage::ErrorKind::Corrupt:
    case storage::ErrorKind::Unwritable:
    case storage::ErrorKind::Failed:
      break;
  }
  return {"state", ExitCode::Failed, error.what()};
}

storage::Store open_state(const Config& config, storage::Access access) {
  if (access == storage::Access::ReadWrite) make_directory(config.state);
  try {
    return storage::Store::open(config.state, access);
  } catch (const storage::Error& error) {
    throw state_error(error);
  }
}

storage::Store open_beside(const Config& config) {
  try {
    if (auto beside = storage::Store::open_beside(config.state)) return *std::move(beside);
  } catch (const storage::Error& error) {
    throw state_error(error);
  }
  return open_state(config, storage::Access::ReadWrite);
}

}  // namespace agent
