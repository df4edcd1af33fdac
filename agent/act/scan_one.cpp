#include "agent/act/scan_one.h"

#include <algorithm>

#include "agent/act/scan_failure.h"

namespace agent {
namespace {

Failure failure_of(const vsphere::Error& error) {
  return {
      .kind = vsphere::kind_name(error.kind()), .message = error.what(), .code = exit_code(error)};
}

// Two names for one server would take turns in owning its VMs.
void refuse_twice(const policy::Endpoint& endpoint, const std::vector<EndpointScan>& before) {
  for (const EndpointScan& scan : before) {
    if (!scan.summary || scan.summary->endpoint.uuid != endpoint.uuid) continue;
    throw Error("config", ExitCode::Usage,
                "is the same server as " + scan.endpoint + " (" + endpoint.uuid +
                    "); remove one of the two [[vcenter]]");
  }
}

}  // namespace

ConnectedScan connect_and_scan(const VcenterConfig& endpoint,
                               const std::vector<EndpointScan>& before, storage::Store& store,
                               Context& context,
                               const std::function<void(Connection&)>& connected) {
  ConnectedScan result;
  EndpointScan& failed = result.scan;
  failed.endpoint = endpoint.name;
  try {
    result.connection = connect(endpoint, context.environment, context.stop, context.log);
    refuse_twice(result.connection->endpoint, before);
    if (connected) connected(*result.connection);
    const bool tags =
        std::any_of(context.config.policies.begin(), context.config.policies.end(),
                    [](const PolicyConfig& policy) {
                      return !policy.select.tag.empty() || !policy.exclude.tag.empty();
                    });
    result.scan =
        scan_endpoint(*result.connection, store, context.clock,
                      {.tags_needed = tags, .watch = context.watch, .config = &context.config});
    return result;
  } catch (const vsphere::Error& error) {
    failed.failure = failure_of(error);
  } catch (const Error& error) {
    failed.failure = Failure{error.kind(), error.what(), error.code()};
  }
  failed.failure->message = without_secrets(failed.failure->message, endpoint, context.environment);
  keep_failure(*failed.failure, endpoint.name, store, context);
  failed.failure->message = "endpoint " + endpoint.name + ": " + failed.failure->message;
  return result;
}

}  // namespace agent
