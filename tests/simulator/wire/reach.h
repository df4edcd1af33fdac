// Which objects a view shows and a specification reaches, and what their properties are: the
// world's, and those of the session's own objects.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/wire/call.h"
#include "tests/simulator/wire/collector_state.h"

namespace sim {

/// Where properties come from: the world's views, or what a test puts in their place.
class Properties {
 public:
  virtual ~Properties() = default;
  virtual std::optional<Value> read(World& world, const Ref& object, std::string_view path) const;
  virtual std::vector<std::string> names(std::string_view type) const;
  virtual bool derives(std::string_view type, std::string_view base) const;
};

/// True while the object is there. Singletons and networks always are.
bool exists(const Call& call, const Ref& object);
[[noreturn]] void throw_not_found(const Ref& object);

/// `derives` with the view types, which no inventory knows.
bool is_a(const Properties& from, std::string_view type, std::string_view base);

/// A property as this session sees it. Throws FaultReply InvalidProperty.
std::optional<Value> read_property(Call& call, const Properties& from, const Ref& object,
                                   std::string_view path);

std::vector<Ref> members_of(Call& call, const Properties& from, const View& view);

/// The objects that the specification selects and has properties for, each once, in the order of
/// reaching them. Throws FaultReply ManagedObjectNotFound for a start that is gone.
std::vector<Ref> reach(Call& call, const Properties& from, const FilterSpec& spec);

/// The paths that the specification asks of this type, each once.
std::vector<std::string> paths_for(const Properties& from, const FilterSpec& spec,
                                   const std::string& type);

}  // namespace sim
