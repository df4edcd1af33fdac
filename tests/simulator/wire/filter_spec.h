// PropertyFilterSpec as read from a request: which objects, reached how, and which of their
// properties.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <vector>

#include "tests/simulator/model/objects.h"

namespace sim {

/// A TraversalSpec, or with an empty type a SelectionSpec: a name that stands for one.
struct Selection {
  std::string name, type, path;
  bool skip = false;
  std::vector<Selection> next;
};

struct FilterSpec {
  struct Properties {
    std::string type;
    bool all = false;
    std::vector<std::string> paths;
  };
  struct Start {
    Ref object;
    bool skip = false;
    std::vector<Selection> selections;
  };
  std::vector<Properties> properties;
  std::vector<Start> starts;
  bool report_missing = false;

  /// The TraversalSpec of that name anywhere in the specification; null when there is none.
  const Selection* named(const std::string& name) const;
};

/// Reads a <specSet> or <spec> in any namespace prefix. Throws FaultReply InvalidArgument when it
/// has no propSet or no objectSet, or selects by a name that is not there.
FilterSpec parse_filter_spec(pugi::xml_node node);

/// Element name without its prefix.
std::string_view local_name(const pugi::xml_node& node);
/// First child of that local name; empty when there is none.
pugi::xml_node child_named(const pugi::xml_node& node, std::string_view name);

}  // namespace sim
