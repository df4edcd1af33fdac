#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "agent/act/execute/ended_pauses.h"
#include "agent/act/execute/stored_ownership.h"
#include "agent/act/handlers.h"
#include "agent/act/scan_one.h"
#include "agent/act/state.h"
#include "agent/act/vm_policies.h"
#include "agent/codec/inventory_json.h"

namespace agent {
namespace {

// A link is followed; a device or pipe would be replaced by the rename, so it is refused.
std::string output_target(const std::string& file) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error("usage", ExitCode::Usage,
                "--output " + file + " is no regular file; name one (it is replaced whole)");
  }
  if (fs::is_symlink(fs::symlink_status(file, error)) && fs::exists(status)) {
    return fs::canonical(file).string();
  }
  return file;
}

// Written beside the target and renamed, so that a reader never meets half an inventory.
void save_inventory(const std::string& file, const ScanResponse& response,
                    const storage::Store& store, const Context& context) {
  const policy::Time taken = context.clock.now();
  const VmPolicies policies(context.config, store.datastores(), taken);
  const StoredOwnership ownership(context.config, store, context.log, taken);
  const std::string draft = file + ".part-" + std::to_string(::getpid());
  std::ofstream out(draft, std::ios::binary | std::ios::trunc);
  const auto give_up = [&](const std::string& what) {
    const std::string why = std::strerror(errno);
    std::remove(draft.c_str());
    throw Error("output", ExitCode::Failed,
                "saving the inventory to " + file + ": " + what + ": " + why);
  };
  if (!out) give_up("cannot create " + draft);
  InventoryWriter writer(out, taken);
  bool complete = true;
  for (const EndpointScan& scan : response.scans) {
    complete = complete && exit_code(scan) == ExitCode::Ok;
    if (scan.summary) writer.endpoint(scan.summary->endpoint);
  }
  for (const EndpointScan& scan : response.scans) {
    if (!scan.summary) continue;
    store.for_each_vm({.endpoint = scan.endpoint}, [&](policy::Vm vm) {
      vm.policies = policies.names(vm);
      ownership.apply(vm);
      writer.vm(vm);
    });
  }
  for (const policy::Datastore& datastore : store.datastores()) {
    const bool scanned =
        std::any_of(response.scans.begin(), response.scans.end(), [&](const EndpointScan& scan) {
          return scan.summary && scan.endpoint == datastore.endpoint;
        });
    if (scanned) writer.datastore(datastore);
  }
  writer.end(complete);
  out.close();
  if (!out) give_up("writing failed");
  if (std::rename(draft.c_str(), file.c_str()) != 0) give_up("renaming failed");
}

}  // namespace

ScanResponse handle(const ScanRequest& request, Context& context) {
  const std::vector<VcenterConfig> endpoints = choose_endpoints(context.config, request.vcenters);
  const std::string output = request.output.empty() ? "" : output_target(request.output);
  storage::Store store = open_state(context.config, storage::Access::ReadWrite);
  ScanResponse response;
  storage::Journal journal(store);
  response.notes = end_pauses(context, journal);
  for (const VcenterConfig& endpoint : endpoints) {
    std::unique_ptr<Connection> connection;
    response.scans.push_back(
        connect_and_scan(endpoint, response.scans, store, context, connection));
    response.code = worst(response.code, exit_code(response.scans.back()));
    if (response.code == ExitCode::Interrupted) return response;
  }
  const bool stored =
      std::any_of(response.scans.begin(), response.scans.end(),
                  [](const EndpointScan& scan) { return scan.summary.has_value(); });
  // Where nothing was stored there is nothing new to thin, and a failure to do so would hide why.
  if (stored) store.thin_history(context.clock.now());
  if (!request.output.empty() && stored) {
    try {
      save_inventory(output, response, store, context);
      response.output = output;
    } catch (const Error& error) {
      // What was scanned is stored and still to be told.
      response.output_failure = Failure{error.kind(), error.what(), error.code()};
      response.code = worst(response.code, error.code());
    }
  }
  return response;
}

}  // namespace agent
