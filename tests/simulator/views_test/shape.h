// Compares what the simulator writes with what a real server wrote: the same elements in the same
// order with the same types, though perhaps fewer of the optional ones.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <vector>

namespace shape {

std::string local_name(pugi::xml_node node);
/// The local part of xsi:type, whatever prefix it hides behind; "" when there is none.
std::string xsi_type(pugi::xml_node node);

/// Where `ours` departs from `theirs`, one line each; empty when it nowhere does. `typed` is false
/// for recordings that a Go program wrote anew: those type every field that has subtypes, the
/// server only those where a subtype stands.
std::vector<std::string> differences(pugi::xml_node ours, pugi::xml_node theirs, bool typed);

}  // namespace shape
