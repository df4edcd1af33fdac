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

/// Tags of VMs: VM moid to "category:tag" names, sorted. Tries `/api`, then `/rest`. Asks by tag
/// (list-attached-objects-on-tags, in batches), not by VM, so that the VMs need not be known before
/// and a server with many VMs and few tags costs few calls. Throws Error; NotFound when the server
/// has no tagging service, which callers may take for "no tags known".
/// Opens and deletes its own REST session.
std::map<std::string, std::vector<std::string>> fetch_tags(Transport& transport,
                                                           const CredentialSource& credentials);

}  // namespace vsphere
