#include "agent/act/command/record.h"

#include "agent/error.h"

namespace agent {

std::map<std::string, std::string> endpoint_uuids(const storage::Store& store) {
  std::map<std::string, std::string> uuids;
  for (const storage::ScanSummary& scan : store.last_scans()) {
    uuids[scan.endpoint.name] = scan.endpoint.uuid;
  }
  return uuids;
}

std::map<std::string, std::string> endpoint_names(const storage::Store& store) {
  std::map<std::string, std::string> names;
  for (const storage::ScanSummary& scan : store.last_scans()) {
    names[scan.endpoint.uuid] = scan.endpoint.name;
  }
  return names;
}

std::string uuid_of_endpoint(const storage::Store& store, const std::string& name) {
  const std::map<std::string, std::string> uuids = endpoint_uuids(store);
  const auto found = uuids.find(name);
  if (found != uuids.end()) return found->second;
  throw Error("no-scan", ExitCode::Failed,
              "[[vcenter]] " + name + " was never scanned, so nothing is known about it; run " +
                  "`deltakeep scan`");
}

storage::AuditEntry audit_line(const Context& context, const std::string& action,
                               const std::string& text) {
  storage::AuditEntry entry;
  entry.time = context.clock.now();
  entry.actor = context.actor;
  entry.action = action;
  entry.text = text;
  return entry;
}

storage::AuditEntry audit_line(const Context& context, const std::string& action,
                               const std::string& text, const policy::VmIdentity& vm) {
  storage::AuditEntry entry = audit_line(context, action, text);
  entry.endpoint = vm.endpoint;
  entry.vm = vm.name;
  return entry;
}

}  // namespace agent
