// What a session holds on the server: views, property collectors with their filters, pages to come.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulator/model/objects.h"
#include "tests/simulator/wire/filter_spec.h"
#include "tests/simulator/wire/value.h"

namespace sim {

struct View {
  Ref ref;        ///< ContainerView, ListView or InventoryView
  Ref container;  ///< ContainerView only
  std::vector<std::string> types;
  bool recursive = false;
  std::vector<Ref> members;  ///< ListView and InventoryView
};

/// What a filter told its client about one object last.
struct Seen {
  std::uint64_t version = 0;  ///< of the world, when read
  struct Known {
    std::size_t hash = 0;        ///< of the value as written
    std::optional<Value> value;  ///< kept for partial updates only
    bool operator==(const Known&) const = default;
  };
  std::map<std::string, Known> values;
  std::set<std::string> missing;
};

struct Filter {
  Ref ref;
  FilterSpec spec;
  bool partial = false;
  std::map<Ref, Seen> seen;
  std::uint64_t looked_at = 0;  ///< version of the world at the last look, 0 never
};

/// Pages of one RetrievePropertiesEx that were not fetched yet.
struct Rest {
  FilterSpec spec;
  std::vector<Ref> objects;
  std::size_t next = 0;
  std::size_t page = 0;
  std::string api_version;
};

/// An object that has news for a filter, perhaps: known when it is read.
struct Candidate {
  std::string filter;
  Ref object;
  bool left = false;
};

struct Collector {
  Ref ref;
  std::map<std::string, Filter> filters;
  std::map<std::string, Rest> rests;
  std::uint64_t next_token = 0;
  // Update stream
  std::uint64_t version = 0;
  std::uint64_t page = 0;  ///< 0: not within a truncated set
  std::deque<Candidate> queue;
  std::string answered_from, last_answer;  ///< to repeat an untruncated answer that got lost
  std::uint64_t cancels = 0;
};

struct SessionViews {
  bool alive = true;          ///< false once the session ended: a wait under way must give up
  std::uint64_t changes = 0;  ///< rises with every view or filter made, changed or destroyed
  std::uint64_t serial = 0;
  std::map<std::string, View> views;
  std::map<std::string, Collector> collectors;
};

}  // namespace sim
