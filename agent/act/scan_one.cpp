#include "agent/act/scan_one.h"

#include <algorithm>

#include "agent/act/execute/detached.h"
#include "agent/act/execute/watermark.h"
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

/// As the scan before this one stored it; still to be read while this one is not closed.
bool stored_before(const storage::Store& store, const policy::Vm& vm,
                   const policy::Snapshot& snapshot) {
  const std::vector<policy::Vm> stored = store.find_vms(vm.identity.moid);
  return std::any_of(stored.begin(), stored.end(), [&](const policy::Vm& one) {
    return one.identity.endpoint == vm.identity.endpoint &&
           std::any_of(one.snapshots.begin(), one.snapshots.end(), [&](const auto& other) {
             return other.moid == snapshot.moid && other.created == snapshot.created;
           });
  });
}

/// What a scan shows besides the VMs: whether it is still the server that it was, and what is
/// detached since when.
class Look {
 public:
  Look(Connection& connection, const storage::Store& store)
      : connection_(connection),
        journal_(store),
        watch_(journal_),
        server_(watch_.watermark(connection.endpoint.uuid),
                [&store](const policy::Vm& vm, const policy::Snapshot& snapshot) {
                  return stored_before(store, vm, snapshot);
                }),
        detached_(watch_, connection.endpoint.uuid) {}

  void read(const policy::Vm& vm) {
    server_.see_vm(vm.identity.moid);
    server_.see_snapshots(vm);
    detached_.see(vm);
  }
  void unchanged(std::string_view moid) { server_.see_vm(moid); }

  /// The scan is stored already and stays, whatever comes of this.
  void settle(const Context& context, EndpointScan& scan) {
    detached_.store(watch_, context.clock.now());
    ClockLook clocks;
    try {
      clocks.server = connection_.session->fetch_current_time();
      clocks.ours = context.clock.now();
    } catch (const vsphere::Error& error) {
      scan.notes.push_back(std::string("the server's clock could not be compared with ours: ") +
                           error.what());
      return;
    }
    storage::AuditEntry audit;
    audit.time = clocks.ours;
    audit.actor = context.actor;
    for (const storage::Doubt& doubt :
         settle_look(watch_, connection_.endpoint, server_, clocks, audit)) {
      scan.notes.push_back(doubt.text);
    }
  }

 private:
  Connection& connection_;
  storage::Journal journal_;
  storage::Watch watch_;
  ServerLook server_;
  DetachedLook detached_;
};

}  // namespace

EndpointScan connect_and_scan(const VcenterConfig& endpoint,
                              const std::vector<EndpointScan>& before, storage::Store& store,
                              Context& context, std::unique_ptr<Connection>& connection,
                              const std::function<void(Connection&)>& connected) {
  EndpointScan failed;
  failed.endpoint = endpoint.name;
  try {
    connection = connect(endpoint, context.environment, context.stop, context.log);
    refuse_twice(connection->endpoint, before);
    if (connected) connected(*connection);
    const bool tags =
        std::any_of(context.config.policies.begin(), context.config.policies.end(),
                    [](const PolicyConfig& policy) {
                      return !policy.select.tag.empty() || !policy.exclude.tag.empty();
                    });
    Look look(*connection, store);
    EndpointScan scan =
        scan_endpoint(*connection, store, context.clock,
                      {.tags_needed = tags,
                       .watch = context.watch,
                       .config = &context.config,
                       .on_read = [&](const policy::Vm& vm) { look.read(vm); },
                       .on_unchanged = [&](std::string_view moid) { look.unchanged(moid); }});
    look.settle(context, scan);
    return scan;
  } catch (const vsphere::Error& error) {
    failed.failure = failure_of(error);
  } catch (const Error& error) {
    failed.failure = Failure{error.kind(), error.what(), error.code()};
  }
  failed.failure->message = without_secrets(failed.failure->message, endpoint, context.environment);
  keep_failure(*failed.failure, endpoint.name, store, context);
  failed.failure->message = "endpoint " + endpoint.name + ": " + failed.failure->message;
  return failed;
}

}  // namespace agent
