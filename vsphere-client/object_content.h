// Reads one ObjectContent, the unit in which the property collector delivers objects.
#pragma once

#include "pugixml.hpp"
#include "vsphere-client/properties.h"

namespace vsphere {

/// Fills `out`, reusing its storage; the nodes in it live as long as `node`. Throws Error Protocol
/// when the element names no object.
void read_object_content(pugi::xml_node node, ObjectView& out);

/// The text of <obj> at the front of an unparsed ObjectContent. "" unless it stands there in its
/// plainest form: a miss costs the caller a lookup, never a wrong answer.
std::string_view moid_at_front(std::string_view xml);

/// <path>, <fault> of a missingSet entry.
MissingProperty read_missing(pugi::xml_node node);

/// Throws NotAuthenticated when a property is missing for that reason: the session has expired,
/// though the reply was no fault. There is no other cause for it; one object that may not be seen
/// says NoPermission.
void check_not_expired(const MoRef& object, const std::vector<MissingProperty>& missing);

}  // namespace vsphere
