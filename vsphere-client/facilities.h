// Small reads beside the inventory: custom attributes, privileges, and tags over REST.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "vsphere-client/session.h"

namespace vsphere {

/// Custom field key to name. Empty on a server without a CustomFieldsManager (ESXi).
std::map<int, std::string> fetch_custom_fields(Session& session);

/// For each entity (in order) the subset of `privileges` that our session holds on it.
/// Empty result when the server has no AuthorizationManager.
std::vector<std::vector<std::string>> fetch_privileges(Session& session,
                                                       const std::vector<MoRef>& entities,
                                                       const std::vector<std::string>& privileges);

/// Tags of VMs: VM moid to "category:tag" names, sorted. Tries `/api`, then `/rest`; asks in batches
/// of at most 2000 ids and resolves each tag and category once. Throws Error; NotFound when the
/// server has no tagging service, which callers may take for "no tags known".
/// Opens and deletes its own REST session.
std::map<std::string, std::vector<std::string>> fetch_tags(Transport& transport,
                                                           const CredentialSource& credentials,
                                                           const std::vector<std::string>& vm_moids);

}  // namespace vsphere
