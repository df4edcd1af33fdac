// What commands that write to the state without a server have in common: who is known there under
// which name, and the line that the audit gets.
#pragma once

#include <map>
#include <string>

#include "agent/act/context.h"
#include "policy/inventory.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace agent {

/// By configured name, of the servers that were scanned.
std::map<std::string, std::string> endpoint_uuids(const storage::Store& store);
/// The other way round; a server that was renamed has its present name.
std::map<std::string, std::string> endpoint_names(const storage::Store& store);

/// Of the VM's server. Throws Error "no-scan" (exit 1) when it was never scanned.
std::string uuid_of_endpoint(const storage::Store& store, const std::string& name);

/// A line of the audit by who asks, now.
storage::AuditEntry audit_line(const Context& context, const std::string& action,
                               const std::string& text);
/// The same, about a VM.
storage::AuditEntry audit_line(const Context& context, const std::string& action,
                               const std::string& text, const policy::VmIdentity& vm);

}  // namespace agent
